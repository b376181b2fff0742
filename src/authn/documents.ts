/** Key sets and bundles over HTTPS, under the network rules of everything that goes out; nothing that is returned has been verified. */
import type { ServerProof } from '../net/connector.ts';
import { originText, parseHttpUrl, resolveTarget } from '../net/host.ts';
import type { Origin } from '../net/host.ts';
import type { HttpReply } from '../net/http.ts';
import { createOutward, notAnswered } from '../net/outward.ts';
import type { OutwardOptions } from '../net/outward.ts';
import { isObject, ownText } from '../text/json/fields.ts';
import { readJsonBytes } from '../text/json/read.ts';

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
export function createDocumentFetcher(options: OutwardOptions): DocumentFetcher {
  const outward = createOutward(options);
  const { limits } = outward;

  /** One answer of a place; `isNamed`: the configuration names its host. */
  async function ask({ origin, path }: Place, isNamed: boolean, signal: AbortSignal, server?: ServerProof): Promise<HttpReply> {
    if (origin.scheme === 'http' && !outward.isPlain(origin.host))
      throw new Error(`${originText(origin)}${path}: expected an https URL, or a host that plainHttp names`);
    const headers = { accept: 'application/json, application/jwk-set+json, */*;q=0.1' };
    return outward.ask({ origin, path, reach: isNamed ? 'literal' : 'other', server, headers, maxBytes: MOST_BYTES, what: path }, signal);
  }

  async function read(place: Place, isNamed: boolean, signal: AbortSignal): Promise<Uint8Array> {
    const { status, body } = await ask(place, isNamed, signal);
    if (status === 200) return body;
    throw notAnswered(place.origin, place.path, status);
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
    close: () => outward.close(),
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
