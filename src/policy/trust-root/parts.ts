/** The one record of all kinds of trust root. */
import type { TrustRootKind } from '../../domain/policy/trust-root.ts';
import type { TrustRootPart } from './part.ts';
import { notationPart } from './notation/index.ts';
import type { NotationRootField } from './notation/index.ts';
import { sigstorePart } from './sigstore/index.ts';
import type { SigstoreField } from './sigstore/schema.ts';
import { spiffePart } from './spiffe/index.ts';
import type { SpiffeRootField } from './spiffe/index.ts';
import { x509Part } from './x509/index.ts';
import type { X509RootField } from './x509/index.ts';

/** What a document writes of each kind. */
export interface WrittenRoots {
  readonly sigstore: SigstoreField;
  readonly x509: X509RootField;
  readonly spiffe: SpiffeRootField;
  readonly notation: NotationRootField;
}

/** The kinds that a document can write, in the order in which messages name them: the one place to register another. */
export const TRUST_ROOT_PARTS: { readonly [K in TrustRootKind]: TrustRootPart<K, WrittenRoots[K]> } = {
  sigstore: sigstorePart,
  x509: x509Part,
  spiffe: spiffePart,
  notation: notationPart,
};
