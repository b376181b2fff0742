/** A statement signed by an identity instead of a key: a certificate of Fulcio's, an entry in Rekor, a timestamp, as a bundle. */
import { PAYLOAD_TYPE } from '../statement.ts';
import type { SignElsewhere } from './queue.ts';

/** Whom to ask, base URLs. */
export interface SigstoreAddresses {
  readonly fulcio: string;
  /** Absent: no log; then there has to be a timestamp. */
  readonly rekor?: string | undefined;
  readonly tsa?: string | undefined;
}

const TIMEOUT = 10_000;

/**
 * Signs by way of the `sigstore` package, which is loaded with the first use: nobody else pays for it. The token is read for every
 * signature, since those of Kubernetes are renewed. It is the caller who tries again.
 */
export function createSigstoreSigner({ fulcio, rekor, tsa }: SigstoreAddresses, token: () => Promise<string>): SignElsewhere {
  return async (payload) => {
    const { attest } = await import('sigstore');
    const bundle = await attest(Buffer.from(payload), PAYLOAD_TYPE, {
      fulcioURL: fulcio,
      identityToken: await token(),
      tlogUpload: rekor !== undefined,
      ...(rekor === undefined ? {} : { rekorURL: rekor }),
      ...(tsa === undefined ? {} : { tsaServerURL: tsa }),
      timeout: TIMEOUT,
      retry: { retries: 0 },
    });
    return JSON.stringify(bundle);
  };
}
