/** Lists of revoked certificates and answers of OCSP responders, over plain HTTP, under the network rules that registries have. */
import { parseHttpUrl } from '../net/host.ts';
import type { Origin } from '../net/host.ts';
import { createOutward, notAnswered } from '../net/outward.ts';
import type { OutwardOptions } from '../net/outward.ts';

/** What reaching authorities takes; what is left out has the defaults of the room. */
export interface RevocationFetcherOptions extends OutwardOptions {
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
  const outward = createOutward(options);
  const isNamed = ({ scheme, host }: Origin): boolean => {
    const isUsual = host.port === (scheme === 'https' ? 443 : 80);
    return options.named?.().has(isUsual ? host.name : host.text) === true;
  };
  return {
    async fetch(url, { maxBytes, post }, signal) {
      const place = parseHttpUrl(url);
      if (place === undefined) throw new Error(`${url}: expected a URL with a plain host`);
      const { origin, path } = place;
      const { status, body } = await outward.ask({
        origin, path, maxBytes, asker: origin.host.text,
        reach: isNamed(origin) ? 'literal' : 'other',
        what: post === undefined ? 'a list of revoked certificates' : 'whether a certificate is revoked',
        ...(post === undefined ? {} : { send: { method: 'POST', type: 'application/ocsp-request', body: post } }),
      }, signal);
      if (status !== 200) throw notAnswered(origin, path, status);
      return body;
    },
    close: () => outward.close(),
  };
}
