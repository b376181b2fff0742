import type { Dispatcher } from 'undici';
import { deadline, pause } from './deadline.ts';
import { hostForbidden } from './connections.ts';
import type { Connections, Target } from './connections.ts';
import { FetchFailure, outOfTime } from './failure.ts';
import { originText } from './host.ts';
import { networkFailure } from './network-failure.ts';
import type { FetchLimits } from './options.ts';
import { FORBIDDEN_ADDRESS } from './resolver.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** One request; nothing in it comes from the server's own text except a path that was checked. */
export interface HttpRequest {
  readonly target: Target;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** Sent as `application/x-www-form-urlencoded` with POST; without it the request is a GET. */
  readonly form?: string;
}

/** An answer; `body` is empty unless the status is 200. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
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
const DISCARDED_BYTES = 64 * 1024;

/** An HTTP client that follows no redirect and retries little; throws only FetchFailure. */
export function createHttp(connections: Connections, limits: FetchLimits, userAgent: string, stats: HttpStats): Http {
  async function once(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const source = request.target.origin.host.text;
    if (signal.aborted) throw outOfTime(source);
    const limit = deadline(signal, limits.requestTimeout);
    stats.requests += 1;
    try {
      const response = await connections.to(request.target).request(dispatchOptions(request, userAgent, limit.signal));
      const { statusCode: status, headers } = response;
      if (status === 200) return { status, headers, body: await readBody(response, request.maxBytes, source) };
      await response.body.dump({ limit: DISCARDED_BYTES, signal: limit.signal });
      return { status, headers, body: new Uint8Array() };
    } catch (error) {
      throw translate(error, request.target, { expired: limit.expired(), gaveUp: signal.aborted, timeout: limits.requestTimeout });
    } finally {
      limit.done();
    }
  }

  return async function send(request, signal) {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= limits.retries;
      const result = await once(request, signal).catch((error: unknown) => {
        if (last || !isTransient(error)) throw error;
        return undefined;
      });
      const wait = result === undefined ? jitter(attempt) : retryDelay(result, attempt);
      if (result !== undefined && (last || wait === undefined)) return result;
      stats.retries += 1;
      await pause(wait ?? 0, signal);
    }
  };
}

function dispatchOptions({ target, path, headers, form }: HttpRequest, userAgent: string, signal: AbortSignal): Dispatcher.RequestOptions {
  const fixed = { 'user-agent': userAgent, 'accept-encoding': 'identity' };
  const common = { origin: originText(target.origin), path, signal };
  if (form === undefined) return { ...common, method: 'GET', headers: { ...headers, ...fixed } };
  return { ...common, method: 'POST', headers: { ...headers, ...fixed, 'content-type': 'application/x-www-form-urlencoded' }, body: form };
}

/** Reads at most `maxBytes`; a compressed body is refused because its size is not known before it is unpacked (F15). */
async function readBody(response: Dispatcher.ResponseData, maxBytes: number, source: string): Promise<Uint8Array> {
  const { body, headers } = response;
  const refuse = (problem: FetchFailure['problem']): never => {
    body.on('error', () => undefined).destroy();
    throw new FetchFailure(problem);
  };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    refuse({ code: 'FETCH_RESPONSE_INVALID', source, found: `content-encoding ${String(encoding).slice(0, 40)}`, expected: 'an unpacked body, as asked for' });
  }
  const tooLarge = { code: 'FETCH_TOO_LARGE', source, expected: `at most ${maxBytes} bytes` } as const;
  const declared = Number(headers['content-length'] ?? 0);
  if (declared > maxBytes) refuse({ ...tooLarge, found: `${declared} bytes` });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) refuse({ ...tooLarge, found: 'more' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function translate(error: unknown, target: Target, state: { readonly expired: boolean; readonly gaveUp: boolean; readonly timeout: number }): FetchFailure {
  const source = target.origin.host.text;
  if (error instanceof FetchFailure) return error;
  const { code, address } = error as { code?: unknown; address?: unknown };
  if (code === FORBIDDEN_ADDRESS) return hostForbidden(target.origin, String(address));
  if (state.gaveUp) return outOfTime(source);
  if (state.expired) return new FetchFailure({ code: 'FETCH_TIMEOUT', source, found: `no complete answer after ${state.timeout} ms` });
  return networkFailure(error, source);
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
