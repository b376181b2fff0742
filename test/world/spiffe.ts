import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { Layer } from './cosign.ts';
import { base64 } from './encode.ts';
import { createOwnPki, signedByHolder } from './own-pki.ts';
import type { Holder, HolderOptions, OwnPki } from './own-pki.ts';

/** A SPIFFE trust domain: its authority, SVIDs of its workloads, and its bundle as SPIRE publishes it. */
export interface TrustDomain extends OwnPki {
  readonly name: string;
  /** An X.509-SVID of the workload with this path, issued by the authority itself. */
  svid(path: string, more?: HolderOptions): Holder;
  /** A signature of cosign 2 by such a workload. */
  signed(digest: Digest, path: string, more?: HolderOptions): Layer;
  bundle(more?: object): Record<string, unknown>;
}

/** The entry of a bundle for the certificate of an authority. */
export function bundleKey({ certificate, key }: Holder, more: object = {}): Record<string, unknown> {
  return { use: 'x509-svid', ...key.publicKey.export({ format: 'jwk' }), x5c: [base64(certificate.der)], ...more };
}

/** A trust domain around `now`, epoch milliseconds. */
export function createTrustDomain(name: string, now: number): TrustDomain {
  const pki = createOwnPki(now, 'SPIRE');
  const svid = (path: string, more: HolderOptions = {}): Holder => pki.issue({
    subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: `spiffe://${name}${path}` }], usages: ['serverAuth', 'clientAuth'],
    notAfter: now + 3_600_000, issuer: pki.root, ...more,
  });
  return {
    ...pki,
    name,
    svid,
    signed: (digest, path, more) => signedByHolder(digest, svid(path, more), []),
    bundle: (more) => ({ spiffe_sequence: 1, spiffe_refresh_hint: 300, keys: [bundleKey(pki.root)], ...more }),
  };
}
