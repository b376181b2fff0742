/** Lists of revoked certificates and answers of OCSP responders, over plain HTTP, under the network rules that registries have. */
import type { Reach } from '../net/address.ts';
import { createBreaker } from '../net/breaker.ts';
import { createConnections } from '../net/connections.ts';
import { FetchFailure } from '../net/failure.ts';
import { parseHttpUrl } from '../net/host.ts';
import type { Origin } from '../net/host.ts';
import { createHttp } from '../net/http.ts';
import { DEFAULT_LIMITS, withDefaults } from '../net/options.ts';
import { sharedLookup } from '../net/resolver.ts';
import { createSlots } from '../net/slots.ts';
import type { TufMirrorOptions } from './tuf-mirror.ts';

/** What reaching authorities takes; what is left out has the defaults of the room. */
export interface RevocationFetcherOptions extends TufMirrorOptions {
  /** `HOST[:PORT]` of lists that trust roots name, without the port of their scheme: these may be private. Asked anew each time. */
  readonly named?: (() => ReadonlySet<string>) | undefined;
}

/** Fetches what authorities publish about revocation. */
export interface RevocationFetcher {
  /** The body of a 200; with `post` of an OCSP request. Throws an Error with a message for people, redirects among it. Nothing is verified. */
  fetch(url: string, options: { readonly maxBytes: number; readonly post?: Uint8Array }, signal: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Makes the fetcher. URLs stand in certificates, so their hosts are reached only at public addresses, unless a trust root names a list
 * there or `plainHttp` names the host; what comes over plain HTTP is signed by whoever is asked.
 */
export function createRevocationFetcher(options: RevocationFetcherOptions): RevocationFetcher {
  const limits = withDefaults({ ...DEFAULT_LIMITS, requestTimeout: 10_000 }, options.limits);
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse', stats: { requests: 0, retries: 0 },
  });
  const plain = new Set(options.plainHttp);
  const registries = new Map((options.registries ?? []).map((registry) => [registry.host, registry]));
  const reachOf = ({ scheme, host }: Origin): Reach => {
    if (plain.has(host.text) || plain.has(host.name) || registries.has(host.text)) return 'named';
    const isUsual = host.port === (scheme === 'https' ? 443 : 80);
    return options.named?.().has(isUsual ? host.name : host.text) === true ? 'literal' : 'other';
  };
  return {
    async fetch(url, { maxBytes, post }, signal) {
      const parsed = parseHttpUrl(url);
      if (parsed === undefined) throw new Error(`${url}: expected a URL with a plain host`);
      const { host } = parsed.origin;
      const target = { origin: parsed.origin, reach: reachOf(parsed.origin), ca: registries.get(host.text)?.ca };
      const reply = await http({
        target, path: parsed.path, maxBytes, asker: { repository: host.text, access: '' },
        what: post === undefined ? 'a list of revoked certificates' : 'whether a certificate is revoked', headers: {},
        ...(post === undefined ? {} : { send: { method: 'POST', type: 'application/ocsp-request', body: post } }),
      }, signal).catch((error: unknown) => {
        if (!(error instanceof FetchFailure)) throw error;
        const { found, expected, cause } = error.problem;
        throw new Error(`${url}: ${[found, expected === undefined ? undefined : `expected ${expected}`, cause].filter(Boolean).join(': ')}`);
      });
      if (reply.status !== 200) throw new Error(`${url}: HTTP ${reply.status}${reply.status >= 300 && reply.status < 400 ? ', redirects are not followed' : ''}`);
      return reply.body;
    },
    close: () => connections.close(),
  };
}
