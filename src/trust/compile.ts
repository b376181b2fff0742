/** One compiler for each kind of trust root, in a record that does not compile without it. */
import type { TrustRootKind, TrustRootOf } from '../domain/policy/trust-root.ts';
import type { CompiledRoot, CompiledTrust } from './compiled-trust.ts';
import { compileNotationRoot } from './notation/compile.ts';
import type { CompiledNotation } from './notation/compile.ts';
import { compileTrustedRoot } from './sigstore/trusted-root.ts';
import { compileSpiffeRoot } from './spiffe/compile.ts';
import type { CompiledSpiffe } from './spiffe/compile.ts';
import { compileX509Root } from './x509/compile.ts';
import type { CompiledX509 } from './x509/compile.ts';

/** What a trust root of each kind is compiled into: the parts that roots of this kind always have. */
export interface CompiledKinds {
  readonly sigstore: CompiledRoot;
  readonly x509: CompiledX509;
  readonly spiffe: CompiledSpiffe;
  readonly notation: CompiledNotation;
}

/** The compiled form of one kind. */
export type CompiledOf<K extends TrustRootKind> = CompiledKinds[K] & CompiledTrust;

/** Who compiles each kind: one file in `trust/<kind>/` each. */
const COMPILERS: { readonly [K in TrustRootKind]: (root: TrustRootOf<K>) => CompiledOf<K> } = {
  sigstore: compileTrustedRoot,
  x509: compileX509Root,
  spiffe: compileSpiffeRoot,
  notation: compileNotationRoot,
};

/** Makes a trust root ready for verification, by its kind. Throws an `Error` when its content is not valid. */
export function compileTrust<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>): CompiledOf<K> {
  return COMPILERS[kind](root);
}
