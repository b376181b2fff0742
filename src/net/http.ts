/** One HTTP request under all rules of this room: slot, breaker, address guard, bounds, few retries. */
import type { Dispatcher } from 'undici';
import type { Advice } from './words/advice.ts';
import type { Asked, Breaker, Ending } from './breaker.ts';
import { hostForbidden, routeKey } from './connections.ts';
import type { Connections, Route, Target } from './connections.ts';
import { dialFor } from './connector.ts';
import { pause } from '../flow/pause.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { exchange, GivenUp } from './exchange.ts';
import type { HttpReply } from './exchange.ts';
import { FetchFailure, outOfTime } from './failure.ts';
import { originText } from './host.ts';
import { networkFailure } from './words/network-failure.ts';
import type { FetchLimits } from './options.ts';
import { FORBIDDEN_ADDRESS } from './resolver.ts';
import type { Slots } from './slots.ts';

export type { Headers, HttpReply } from './exchange.ts';

/** One request; nothing in it comes from the server's own text except a path that was checked. */
export interface HttpRequest {
  readonly target: Target;
  /** For which repository it is asked, and with which credentials: failures are held against these first. */
  readonly asker: Pick<Asked, 'repository' | 'access'>;
  /** Which answer it is, for messages: `the manifest v1`. */
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** The status is the answer, whatever comes after it. */
  readonly statusAlone?: true;
  /** Sent as `application/x-www-form-urlencoded` with POST; without it and `send` the request is a GET. */
  readonly form?: string;
  /** Something that is written there. Repeating it must do no harm. */
  readonly send?: { readonly method: 'POST' | 'PUT'; readonly type: string; readonly body: Uint8Array };
}

/** Counters for the metrics. */
export interface HttpStats {
  requests: number;
  retries: number;
}

/** Sends requests within all limits of size and time. */
export type Http = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

const RETRY_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LONGEST_WAIT = 2_000;

/** What an HTTP client is made of. */
export interface HttpParts {
  readonly connections: Connections;
  readonly breaker: Breaker;
  readonly slots: Slots;
  readonly limits: FetchLimits;
  readonly userAgent: string;
  readonly stats: HttpStats;
  /** For whom what helps is written; without it the catalogue's remedies stand. */
  readonly advice?: Advice;
}

/** An HTTP client that follows no redirect and retries little; throws only FetchFailure. */
export function createHttp({ connections, breaker, slots, limits, userAgent, stats, advice }: HttpParts): Http {
  async function once(request: HttpRequest, signal: AbortSignal, onSent: () => void): Promise<HttpReply> {
    const { target, maxBytes, statusAlone } = request;
    stats.requests += 1;
    let route: Route | undefined;
    try {
      const { dispatcher } = (route = connections.to(target));
      const options = dispatchOptions(request, route, userAgent);
      return await dialFor(signal, () =>
        exchange(
          dispatcher, options, { maxBytes, ms: limits.requestTimeout, source: target.origin.host.text, onSent, statusAlone }, signal,
        ),
      );
    } catch (error) {
      throw withPlace(translate(error, target, { timeout: limits.requestTimeout, proxy: route?.proxy, advice }), request);
    }
  }

  /**
   * Waits for a slot, and for whoever is just finding out whether this may be asked again; begins, and gives the function that takes
   * how it ended and gives the slot back. Throws when it may not be asked.
   */
  async function admitted(request: HttpRequest, signal: AbortSignal): Promise<(ending: Ending) => void> {
    const asked: Asked = { host: routeKey(request.target), ...request.asker };
    const host = request.target.origin.host.text;
    for (;;) {
      refuseIfPaused(breaker, asked, request);
      if (signal.aborted) throw outOfTime(host);
      const probing = breaker.probing(asked);
      if (probing !== undefined) {
        await untilAborted(probing, signal, () => { throw outOfTime(host); });
        continue;
      }
      const giveBack = await slots.take(originText(request.target.origin), host, signal);
      if (breaker.refusal(asked) === undefined && breaker.probing(asked) === undefined) {
        const report = breaker.begin(asked);
        return (ending) => {
          report(ending);
          giveBack();
        };
      }
      // Whoever waits for another holds no slot that a third one could use.
      giveBack();
    }
  }

  /** One try, when there is a free slot and nobody says that it is pointless. */
  async function attempt(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const end = await admitted(request, signal);
    let ending: Ending = { kind: 'unknown' };
    let sent = false;
    try {
      const reply = await once(request, signal, () => { sent = true; });
      ending = endingOf(reply, request.target.origin.host.text);
      return reply;
    } catch (error) {
      if (!signal.aborted && error instanceof FetchFailure && FAILURES.has(error.problem.code))
        ending = { kind: sent ? 'failed' : 'unreached', problem: error.problem };
      throw error;
    } finally {
      end(ending);
    }
  }

  return async function send(request, signal) {
    for (let tried = 0; ; tried += 1) {
      const last = tried >= limits.retries;
      const result = await attempt(request, signal).catch((error: unknown) => {
        if (last || !isTransient(error)) throw error;
        return undefined;
      });
      const wait = result === undefined ? jitter(tried) : retryDelay(result, tried);
      if (result !== undefined && (last || wait === undefined)) return result;
      stats.retries += 1;
      await pause(wait ?? 0, signal);
    }
  };
}

/** What says that whoever was asked is in trouble: before there was a connection the host, else the repository. */
const FAILURES: ReadonlySet<string> = new Set(['FETCH_UNREACHABLE', 'FETCH_TIMEOUT', 'FETCH_TLS']);

/** A rate limit is somebody's own: it must not close the repository for those who have another account. */
function endingOf({ status }: HttpReply, source: string): Ending {
  if (status >= 500) return { kind: 'failed', problem: { code: 'FETCH_SERVER_ERROR', source, found: `status ${status}` } };
  return { kind: status === 429 ? 'unknown' : 'good' };
}

/** With the words of a question that was sent: whether it was makes no difference to who reads of it. */
function refuseIfPaused(breaker: Breaker, asked: Asked, request: HttpRequest): void {
  const refusal = breaker.refusal(asked);
  if (refusal === undefined) return;
  throw new FetchFailure(refusal.code === 'FETCH_SERVER_ERROR' ? { ...refusal, cause: placeOf(request) } : refusal);
}

/** An answer that cannot be used says nothing about the artifact: whose it was, and to which question, is what helps. */
function withPlace(failure: FetchFailure, request: HttpRequest): FetchFailure {
  const { problem } = failure;
  if (problem.code !== 'FETCH_TOO_LARGE' && problem.code !== 'FETCH_RESPONSE_INVALID') return failure;
  const place = placeOf(request);
  return new FetchFailure({ ...problem, cause: problem.cause === undefined ? place : `${place}; ${problem.cause}` });
}

/** Who was asked for what, for messages: `registry ghcr.io was asked for the manifest v1`. */
export function placeOf({ target, what, asker }: Pick<HttpRequest, 'target' | 'what' | 'asker'>): string {
  const host = target.origin.host.text;
  return `${asker.repository.startsWith(`${host}/`) ? 'registry ' : ''}${host} was asked for ${what}`;
}

function dispatchOptions({ target, path, headers, form, send }: HttpRequest, route: Route, userAgent: string): Dispatcher.DispatchOptions {
  const fixed = { ...route.headers, 'user-agent': userAgent, 'accept-encoding': 'identity' };
  const common = { origin: originText(target.origin), path: `${route.prefix}${path}` };
  if (send !== undefined) {
    return { ...common, method: send.method, headers: { ...headers, ...fixed, 'content-type': send.type }, body: send.body };
  }
  if (form === undefined) return { ...common, method: 'GET', headers: { ...headers, ...fixed } };
  return { ...common, method: 'POST', headers: { ...headers, ...fixed, 'content-type': 'application/x-www-form-urlencoded' }, body: form };
}

function translate(
  error: unknown,
  target: Target,
  { timeout, proxy, advice }: { readonly timeout: number; readonly proxy: string | undefined; readonly advice: Advice | undefined },
): FetchFailure {
  const source = target.origin.host.text;
  if (error instanceof FetchFailure) return error;
  const { code, address } = error as { code?: unknown; address?: unknown };
  if (code === FORBIDDEN_ADDRESS) return hostForbidden(target.origin, String(address), advice);
  if (error instanceof GivenUp && !error.late) return outOfTime(source);
  const failure =
    error instanceof GivenUp
      ? new FetchFailure({ code: 'FETCH_TIMEOUT', source, found: `no complete answer after ${timeout} ms` })
      : networkFailure(error, { source, scheme: target.origin.scheme, advice });
  return proxy === undefined ? failure : new FetchFailure({ cause: `asked through the proxy ${proxy}`, ...failure.problem });
}

function isTransient(error: unknown): boolean {
  return error instanceof FetchFailure && error.problem.code === 'FETCH_UNREACHABLE' && error.problem.found === 'connection reset';
}

function jitter(attempt: number): number {
  return 50 * 2 ** attempt + Math.random() * 100;
}

/** Milliseconds to wait before asking again, or `undefined` when the answer is final or asks for too much patience. */
function retryDelay(reply: HttpReply, attempt: number): number | undefined {
  if (!RETRY_STATUS.has(reply.status)) return undefined;
  const after = reply.headers['retry-after'];
  if (after === undefined) return jitter(attempt);
  const seconds = typeof after === 'string' && /^[0-9]{1,6}$/.test(after) ? Number(after) : Number.POSITIVE_INFINITY;
  return seconds * 1000 <= LONGEST_WAIT ? seconds * 1000 + Math.random() * 100 : undefined;
}
