/** One compiler for each kind of trust root, in a record that does not compile without it. */
import type { TrustRootKind, TrustRootOf } from '../domain/policy/trust-root.ts';
import type { CompiledRoot, CompiledTrust } from './compiled-trust.ts';
import { compileTrustedRoot } from './sigstore/trusted-root.ts';

/** What a trust root of each kind is compiled into: the parts that roots of this kind always have. */
export interface CompiledKinds {
  readonly sigstore: CompiledRoot;
}

/** The compiled form of one kind. */
export type CompiledOf<K extends TrustRootKind> = CompiledKinds[K] & CompiledTrust;

/** Who compiles each kind: one file in `trust/<kind>/` each. */
const COMPILERS: { readonly [K in TrustRootKind]: (root: TrustRootOf<K>) => CompiledOf<K> } = {
  sigstore: compileTrustedRoot,
};

/** Makes a trust root ready for verification, by its kind. Throws an `Error` when its content is not valid. */
export function compileTrust<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>): CompiledOf<K> {
  return COMPILERS[kind](root);
}
