/** Key sets and bundles over HTTPS, under the network rules of everything that goes out; nothing that is returned has been verified. */
import type { Clock } from '../domain/ports.ts';
import type { RegistryConfig } from '../domain/artifact/registry.ts';
import type { Reach } from '../net/address.ts';
import { createBreaker } from '../net/breaker.ts';
import { createConnections } from '../net/connections.ts';
import type { ServerProof } from '../net/connector.ts';
import { FetchFailure } from '../net/failure.ts';
import { originText, parseHttpUrl, resolveTarget } from '../net/host.ts';
import type { Host, Origin } from '../net/host.ts';
import { createHttp } from '../net/http.ts';
import type { FetchLimits, HostLookup, ProxySettings } from '../net/options.ts';
import { DEFAULT_LIMITS, withDefaults } from '../net/options.ts';
import { sharedLookup } from '../net/resolver.ts';
import { createSlots } from '../net/slots.ts';
import { isObject, ownText } from '../text/json/fields.ts';
import { readJsonBytes } from '../text/json/read.ts';

/** What reaching issuers takes; what is left out has the defaults of the room. */
export interface DocumentOptions {
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

/** Fetches what issuers publish. All reject with an Error in words for people when there is no such document. */
export interface DocumentFetcher {
  /** The key set of an OIDC issuer, as its discovery document says where it is; no redirect is followed. */
  keySet(issuer: string, signal: AbortSignal): Promise<Uint8Array>;
  /** A SPIFFE bundle by `https_web`, with `server` by `https_spiffe`; redirects are followed and never remembered. */
  bundle(url: string, signal: AbortSignal, server?: ServerProof): Promise<Uint8Array>;
  close(): Promise<void>;
}

const MOST_BYTES = 1024 * 1024;
const DISCOVERY = '/.well-known/openid-configuration';
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Makes the fetcher. Issuers are named by the configuration, so their hosts may be private but not loopback, and are asked over HTTPS;
 * hosts of `plainHttp` may be both. A host that an issuer leads to must be public, unless it is named as well.
 */
export function createDocumentFetcher(options: DocumentOptions): DocumentFetcher {
  const limits = withDefaults({ ...DEFAULT_LIMITS, requestTimeout: 10_000 }, options.limits);
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse', stats: { requests: 0, retries: 0 },
  });
  const plain = new Set(options.plainHttp);
  const registries = new Map((options.registries ?? []).map((registry) => [registry.host, registry]));
  const isPlain = (host: Host): boolean => plain.has(host.text) || plain.has(host.name);

  /** One answer of a place; `isNamed`: the configuration names its host. */
  async function ask(
    { origin, path }: Place, isNamed: boolean, signal: AbortSignal, server?: ServerProof,
  ): Promise<Awaited<ReturnType<typeof http>>> {
    const { host } = origin;
    const place = `${originText(origin)}${path}`;
    if (origin.scheme === 'http' && !isPlain(host)) throw new Error(`${place}: expected an https URL, or a host that plainHttp names`);
    const named = isPlain(host) || registries.has(host.text);
    const reach: Reach = named ? 'named' : isNamed ? 'literal' : 'other';
    const target = { origin, reach, ca: registries.get(host.text)?.ca, server };
    const asker = { repository: originText(origin), access: '' };
    const headers = { accept: 'application/json, application/jwk-set+json, */*;q=0.1' };
    return http({ target, path, headers, maxBytes: MOST_BYTES, asker, what: path }, signal).catch((error: unknown) => {
      if (!(error instanceof FetchFailure)) throw error;
      const { code, found, expected, cause } = error.problem;
      const words = [code, found, expected === undefined ? undefined : `expected ${expected}`, cause].filter(Boolean);
      throw new Error(`${place}: ${words.join(': ')}`);
    });
  }

  async function read(place: Place, isNamed: boolean, signal: AbortSignal): Promise<Uint8Array> {
    const { status, body } = await ask(place, isNamed, signal);
    if (status === 200) return body;
    throw new Error(`${originText(place.origin)}${place.path}: HTTP ${status}${REDIRECTS.has(status) ? ', redirects are not followed' : ''}`);
  }

  return {
    async keySet(issuer, signal) {
      const base = placeOf(issuer);
      const discovery = { origin: base.origin, path: `${base.path.replace(/\/+$/, '')}${DISCOVERY}` };
      const document = readJsonBytes(await read(discovery, true, signal));
      const said = document.ok && isObject(document.value) ? document.value : undefined;
      // Else one issuer could publish keys in the name of another (OpenID Connect Discovery §4.3).
      if (said === undefined || ownText(said, 'issuer') !== issuer) throw new Error(`${issuer}${DISCOVERY}: expected a document of this very issuer`);
      const keys = placeOf(ownText(said, 'jwks_uri') ?? '', `jwks_uri of ${issuer}`);
      return read(keys, originText(keys.origin) === originText(base.origin), signal);
    },
    async bundle(url, signal, server) {
      const first = placeOf(url);
      if (server !== undefined && first.origin.scheme !== 'https') throw new Error(`${url}: expected an https URL`);
      let place = first;
      for (let followed = 0; followed <= limits.redirects; followed += 1) {
        const { status, headers, body } = await ask(place, originText(place.origin) === originText(first.origin), signal, server);
        if (status === 200) return body;
        const location = headers['location'];
        const next = REDIRECTS.has(status) && typeof location === 'string' ? resolveTarget(location, place.origin) : undefined;
        if (next === undefined) throw new Error(`${originText(place.origin)}${place.path}: HTTP ${status}`);
        // Over plain HTTP anybody on the way could answer.
        if (next.origin.scheme === 'http' && place.origin.scheme === 'https') throw new Error(`${url}: expected no redirect to plain HTTP`);
        place = next;
      }
      throw new Error(`${url}: expected at most ${limits.redirects} redirects`);
    },
    close: () => connections.close(),
  };
}

interface Place {
  readonly origin: Origin;
  readonly path: string;
}

function placeOf(url: string, what = url): Place {
  const place = parseHttpUrl(url);
  if (place === undefined) throw new Error(`${what}: expected an https URL`);
  return place;
}
