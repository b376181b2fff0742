/** Files of TUF repositories over HTTPS, under the network rules that registries have. */
import type { Clock } from '../domain/ports.ts';
import type { RegistryConfig } from '../domain/artifact/registry.ts';
import type { Reach } from '../net/address.ts';
import { createBreaker } from '../net/breaker.ts';
import { createConnections } from '../net/connections.ts';
import { FetchFailure } from '../net/failure.ts';
import { parseHttpUrl } from '../net/host.ts';
import type { Host } from '../net/host.ts';
import { createHttp } from '../net/http.ts';
import type { Http } from '../net/http.ts';
import type { FetchLimits, HostLookup, ProxySettings } from '../net/options.ts';
import { DEFAULT_LIMITS, withDefaults } from '../net/options.ts';
import { sharedLookup } from '../net/resolver.ts';
import { createSlots } from '../net/slots.ts';

/** What reaching mirrors takes; what is left out has the defaults of the room. */
export interface TufMirrorOptions {
  readonly clock: Clock;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  /** Hosts with certificate authorities of their own. */
  readonly registries?: readonly RegistryConfig[] | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** Reads files of TUF repositories. */
export interface TufMirror {
  /**
   * A reader of the files below a base URL, for the TUF client. 404 and 403 are `undefined`. Everything else that is
   * no complete answer within the limits throws an Error with a message for people, redirects among it: metadata and
   * targets lie where the operator said. Nothing that is returned has been verified.
   */
  files(baseUrl: string, signal: AbortSignal): (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

const ABSENT: ReadonlySet<number> = new Set([403, 404]);

/**
 * Makes the mirror reader. A mirror is named by a TrustRoot, so its host may be private but not loopback, and is
 * asked over HTTPS; hosts of `plainHttp` may be both (DESIGN §8, Network).
 */
export function createTufMirror(options: TufMirrorOptions): TufMirror {
  const limits = withDefaults({ ...DEFAULT_LIMITS, requestTimeout: 10_000 }, options.limits);
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse', stats: { requests: 0, retries: 0 },
  });
  const plain = new Set(options.plainHttp);
  const registries = new Map((options.registries ?? []).map((registry) => [registry.host, registry]));
  const isPlain = (host: Host): boolean => plain.has(host.text) || plain.has(host.name);
  const reachOf = (host: Host): Reach => (isPlain(host) || registries.has(host.text) ? 'named' : 'literal');

  return {
    files(baseUrl, signal) {
      const base = parseHttpUrl(baseUrl);
      return async (path, maxBytes) => {
        if (base === undefined || (base.origin.scheme === 'http' && !isPlain(base.origin.host)))
          throw new Error(`${baseUrl}: expected an https URL, or a host that plainHttp names`);
        const { host } = base.origin;
        const target = { origin: base.origin, reach: reachOf(host), ca: registries.get(host.text)?.ca };
        const asker = { repository: baseUrl, access: '' };
        return read(http, { target, path: `${base.path.replace(/\/+$/, '')}/${path}`, headers: {}, maxBytes, asker, what: path }, signal);
      };
    },
    close: () => connections.close(),
  };
}

async function read(http: Http, request: Parameters<Http>[0], signal: AbortSignal): Promise<Uint8Array | undefined> {
  const place = `${request.target.origin.host.text}${request.path}`;
  const reply = await http(request, signal).catch((error: unknown) => {
    if (!(error instanceof FetchFailure)) throw error;
    const { code, found, expected, cause } = error.problem;
    throw new Error(
      `${place}: ${[code, found, expected === undefined ? undefined : `expected ${expected}`, cause].filter(Boolean).join(': ')}`,
    );
  });
  if (reply.status === 200) return reply.body;
  if (ABSENT.has(reply.status)) return undefined;
  throw new Error(
    `${place}: HTTP ${reply.status}${reply.status >= 300 && reply.status < 400 ? ', redirects of a TUF mirror are not followed' : ''}`,
  );
}
