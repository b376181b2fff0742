/** The one record of all kinds of trust root. */
import type { TrustRootKind } from '../../domain/policy/trust-root.ts';
import type { TrustRootPart } from './part.ts';
import { sigstorePart } from './sigstore/index.ts';
import type { SigstoreField } from './sigstore/schema.ts';

/** What a document writes of each kind. */
export interface WrittenRoots {
  readonly sigstore: SigstoreField;
}

/** The kinds that a document can write, in the order in which messages name them: the one place to register another. */
export const TRUST_ROOT_PARTS: { readonly [K in TrustRootKind]: TrustRootPart<K, WrittenRoots[K]> } = {
  sigstore: sigstorePart,
};
