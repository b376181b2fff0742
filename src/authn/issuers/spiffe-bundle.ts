/** A SPIFFE trust bundle: the keys of one trust domain, which the document itself does not name. */
import { readBundleTimes } from '../../text/names/spiffe-bundle.ts';
import type { BundleTimes } from '../../text/names/spiffe-bundle.ts';
import { readKeySet } from '../tokens/key-set.ts';
import type { KeySet } from '../tokens/key-set.ts';

export { following } from '../../text/names/spiffe-bundle.ts';

/** A bundle as it is in force. */
export interface TrustBundle extends BundleTimes {
  /** Empty: the trust domain has revoked everything. */
  readonly keys: KeySet;
}

/** Reads a bundle (SPIFFE Trust Domain and Bundle §4). Throws an Error for what is none. */
export function readTrustBundle(document: unknown): TrustBundle {
  return { keys: readKeySet(document, 'jwt-svid'), ...readBundleTimes(document) };
}
