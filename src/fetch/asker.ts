/** Asking places that the configuration names besides registries: at their own address and nowhere else. */
import type { Clock } from '../domain/ports.ts';
import { createBreaker } from '../net/breaker.ts';
import { createConnections } from '../net/connections.ts';
import { FetchFailure } from '../net/failure.ts';
import { parseHttpUrl } from '../net/host.ts';
import { createHttp } from '../net/http.ts';
import type { HttpReply, HttpStats } from '../net/http.ts';
import { DEFAULT_LIMITS, withDefaults } from '../net/options.ts';
import type { FetchLimits, HostLookup, ProxySettings } from '../net/options.ts';
import { sharedLookup } from '../net/resolver.ts';
import { createSlots } from '../net/slots.ts';
import { leadsTo } from '../net/words/leads-to.ts';

/** What asking takes; what is left out has the defaults of the room. */
export interface AskOptions {
  readonly clock: Clock;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** A place that the configuration names. */
export interface AskedPlace {
  /** What is asked there, for the breaker: `npm https://…`. */
  readonly name: string;
  /** Base URL; a path in it stands before every path that is asked for. Naming a host here permits it to be private. */
  readonly url: string;
  /** PEM of certificate authorities that are trusted for it in addition to the system's. */
  readonly ca: string | undefined;
  /** What is said of an address that may not be asked since it has no TLS. */
  readonly withoutTls: Pick<FetchFailure['problem'], 'source' | 'cause' | 'fix'>;
}

/** One question to a place. */
export interface PlaceQuestion {
  /** Below the address of the place, with a slash at its beginning; every part of it is checked or encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** Which answer it is, for messages. */
  readonly what: string;
  /** JSON that is posted; absent: the question is a GET. */
  readonly post?: string | undefined;
}

/** A place that can be asked, and the name of its host for messages. */
export interface OpenPlace {
  readonly host: string;
  /** The answer, whatever its status; redirects are not followed. Throws a FetchFailure when there is none within the bounds. */
  ask(question: PlaceQuestion, signal: AbortSignal): Promise<HttpReply>;
}

/** Everything that asks places shares connections, slots and the breaker. */
export interface Asker {
  at(place: AskedPlace): OpenPlace;
  readonly limits: FetchLimits;
  readonly stats: Readonly<HttpStats>;
  close(): Promise<void>;
}

/** Opens what asks places. Nothing is sent yet. */
export function createAsker(options: AskOptions): Asker {
  const limits = withDefaults(DEFAULT_LIMITS, options.limits);
  const stats: HttpStats = { requests: 0, retries: 0 };
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, stats, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse',
  });
  const plain = new Set(options.plainHttp);

  function at({ name, url, ca, withoutTls }: AskedPlace): OpenPlace {
    const base = parseHttpUrl(url);
    const prefix = base?.path.replace(/\/+$/, '') ?? '';
    const isAllowed = base !== undefined
      && (base.origin.scheme === 'https' || plain.has(base.origin.host.text) || plain.has(base.origin.host.name));
    return {
      host: base?.origin.host.text ?? url,
      async ask({ path, headers, maxBytes, what, post }, signal) {
        if (!isAllowed)
          throw new FetchFailure({
            code: 'FETCH_HOST_FORBIDDEN', found: 'an address without TLS', expected: 'an https URL, or a host that plainHttp names', ...withoutTls,
          });
        return http({
          target: { origin: base.origin, reach: 'named', ca }, path: `${prefix}${path}`, maxBytes, what, headers,
          asker: { repository: name, access: '' },
          ...(post === undefined ? {} : { send: { method: 'POST' as const, type: 'application/json', body: Buffer.from(post) } }),
        }, signal);
      },
    };
  }

  return { at, limits, stats, close: () => connections.close() };
}

const ABSENT: ReadonlySet<number> = new Set([404, 410]);

/** True where the place says that there is nothing under what was asked for. */
export function isAbsent({ status }: HttpReply): boolean {
  return ABSENT.has(status);
}

/** What a status means that is no answer; a redirect leads away from the address that the operator named. */
export function refused({ status, headers }: HttpReply, source: string, what: string): FetchFailure {
  const cause = `${source} was asked for ${what}`;
  if (status >= 300 && status < 400)
    return new FetchFailure({
      code: 'FETCH_REDIRECT', source, found: leadsTo(headers['location']) ?? `status ${status}`,
      expected: 'an answer from the address that is configured', cause,
    });
  const code = status === 401 || status === 403 ? 'FETCH_UNAUTHORIZED' : status === 429 ? 'FETCH_RATE_LIMITED' : 'FETCH_SERVER_ERROR';
  return new FetchFailure({ code, source, found: `status ${status}`, cause });
}
