/** Files of TUF repositories over HTTPS, under the network rules that registries have. */
import { parseHttpUrl } from '../net/host.ts';
import { createOutward, notAnswered } from '../net/outward.ts';
import type { OutwardOptions } from '../net/outward.ts';

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
export function createTufMirror(options: OutwardOptions): TufMirror {
  const outward = createOutward(options);
  return {
    files(baseUrl, signal) {
      const base = parseHttpUrl(baseUrl);
      return async (path, maxBytes) => {
        if (base === undefined || (base.origin.scheme === 'http' && !outward.isPlain(base.origin.host)))
          throw new Error(`${baseUrl}: expected an https URL, or a host that plainHttp names`);
        const place = `${base.path.replace(/\/+$/, '')}/${path}`;
        const request = { origin: base.origin, path: place, reach: 'literal', maxBytes, asker: baseUrl, what: path } as const;
        const { status, body } = await outward.ask(request, signal);
        if (status === 200) return body;
        if (ABSENT.has(status)) return undefined;
        throw notAnswered(base.origin, place, status);
      };
    },
    close: () => outward.close(),
  };
}
