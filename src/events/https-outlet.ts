/** Events sent over HTTPS as batches of CloudEvents, under the network rules of everything that goes out. */
import { gzip as gzipOf } from 'node:zlib';
import { promisify } from 'node:util';
import type { Clock } from '../domain/ports.ts';
import { createBreaker } from '../net/breaker.ts';
import { createConnections } from '../net/connections.ts';
import { FetchFailure } from '../net/failure.ts';
import { originText, parseHttpUrl } from '../net/host.ts';
import { createHttp } from '../net/http.ts';
import type { HttpReply } from '../net/http.ts';
import { DEFAULT_LIMITS } from '../net/options.ts';
import type { HostLookup, ProxySettings } from '../net/options.ts';
import { sharedLookup } from '../net/resolver.ts';
import { createSlots } from '../net/slots.ts';
import { NotTaken } from './outlet.ts';
import type { Outlet } from './outlet.ts';

/** What sending takes. */
export interface HttpsOutletOptions {
  /** `https://…`; its host may be private, since the configuration names it. */
  readonly url: string;
  /** PEM of authorities besides the system's. */
  readonly ca?: string | undefined;
  /** The bearer token as it is now; absent: none is shown. Rejects with words that hold nothing of it. */
  readonly token?: (() => Promise<string>) | undefined;
  readonly gzip: boolean;
  readonly clock: Clock;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
}

const TYPE = 'application/cloudevents-batch+json';
const REQUEST_MS = 10_000;
/** These lines will never be taken; everything else may have another cause than they. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const LONGEST_PAUSE_S = 300;

const compressed = promisify(gzipOf);

/** Makes the outlet; throws for an address that is none. Nothing is sent yet. */
export function createHttpsOutlet(options: HttpsOutletOptions): Outlet {
  const place = parseHttpUrl(options.url);
  if (place === undefined || place.origin.scheme !== 'https') throw new Error('decisions.events.url: expected an https URL');
  const limits = { ...DEFAULT_LIMITS, requestTimeout: REQUEST_MS, retries: 0, concurrency: 1 };
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, breaker: createBreaker(options.clock), slots: createSlots(1),
    userAgent: options.userAgent ?? 'gatehouse', stats: { requests: 0, retries: 0 },
  });
  const target = { origin: place.origin, reach: 'named', ca: options.ca } as const;
  const name = originText(place.origin);

  async function post(body: Uint8Array, signal: AbortSignal): Promise<HttpReply> {
    const authorization = options.token === undefined ? {} : { authorization: `Bearer ${await options.token()}` };
    const encoding = options.gzip ? { 'content-encoding': 'gzip' } : {};
    const send = { method: 'POST', type: TYPE, body: options.gzip ? await compressed(body) : body } as const;
    return http(
      { target, path: place?.path ?? '/', headers: { ...authorization, ...encoding }, maxBytes: 0, statusAlone: true,
        asker: { repository: name, access: '' }, what: 'decision events', send },
      signal,
    );
  }

  return {
    name,
    async send({ bytes }, signal) {
      let reply: HttpReply;
      try {
        reply = await post(batchOf(bytes), signal);
      } catch (cause) {
        throw new NotTaken(`${name}: ${wordsOf(cause)}`);
      }
      const { status, headers } = reply;
      if (status >= 200 && status < 300) return 'taken';
      if (REFUSED.has(status)) return 'refused';
      throw new NotTaken(`${name}: HTTP ${status}`, pauseOf(headers['retry-after']));
    },
    close: () => connections.close(),
  };
}

const [NEWLINE, COMMA, OPEN, CLOSE] = [0x0a, 0x2c, 0x5b, 0x5d];

/** Lines as one JSON array. JSON in one line holds no end of a line, so each of them stands between two events. */
export function batchOf(lines: Buffer): Buffer {
  const batch = Buffer.allocUnsafe(lines.length + 1);
  lines.copy(batch, 1);
  batch[0] = OPEN;
  for (let at = batch.indexOf(NEWLINE); at >= 0; at = batch.indexOf(NEWLINE, at)) batch[at] = COMMA;
  batch[batch.length - 1] = CLOSE;
  return batch;
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof FetchFailure)) return cause instanceof Error ? cause.message : String(cause);
  const { code, found, expected } = cause.problem;
  return [code, found, expected === undefined ? undefined : `expected ${expected}`].filter(Boolean).join(': ');
}

/** Seconds that the receiver wants us to wait, in milliseconds; a date is not worth a clock. */
function pauseOf(after: string | string[] | undefined): number | undefined {
  return typeof after === 'string' && /^\d{1,6}$/.test(after) ? Math.min(Number(after), LONGEST_PAUSE_S) * 1000 : undefined;
}
