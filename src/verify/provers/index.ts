import type { TrustedKey } from '../../domain/evidence.ts';
import type { TrustRoot, TrustRootKind, TrustRootOf } from '../../domain/policy/trust-root.ts';
import { compileTrust } from '../../trust/index.ts';
import type { CompiledOf, CompiledTrust } from '../../trust/index.ts';
import type { ProofResult } from '../proof.ts';
import { proveCertificate, proveKey } from '../sigstore/prove.ts';
import type { DatingMaterial, SignedContent } from './signed.ts';

/**
 * How signatures are proven under trust roots of one kind. Pure; refusals are values. What it throws is a fault of
 * ours, and ENGINE_FAULT for the piece of evidence at hand. Not established: that anybody trusts the signer.
 */
export interface Prover<K extends TrustRootKind> {
  /** A signature by the certificate that it brings along. */
  proveCertificate(content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial, trust: CompiledOf<K>): ProofResult;
  /** A signature by a key that a policy trusts; the root dates and logs it. */
  proveKey(content: SignedContent, key: TrustedKey, dating: DatingMaterial, trust: CompiledOf<K>): ProofResult;
}

/** Who proves under roots of each kind: the one place to register another. */
export const PROVERS: { readonly [K in TrustRootKind]: Prover<K> } = {
  sigstore: { proveCertificate, proveKey },
};

/** A trust root made ready, together with the prover of its kind: nobody beyond this asks for the kind. */
export interface ReadyRoot {
  readonly trust: CompiledTrust;
  proveCertificate(content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial): ProofResult;
  proveKey(content: SignedContent, key: TrustedKey, dating: DatingMaterial): ProofResult;
}

/** Makes a root ready for its prover. Throws an `Error` when its content is not valid. */
export function readyRoot(root: TrustRoot): ReadyRoot {
  return readyRootOf(root.kind, root);
}

function readyRootOf<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>): ReadyRoot {
  const trust = compileTrust(kind, root);
  const prover: Prover<K> = PROVERS[kind];
  return {
    trust,
    proveCertificate: (content, certificateDer, dating) => prover.proveCertificate(content, certificateDer, dating, trust),
    proveKey: (content, key, dating) => prover.proveKey(content, key, dating, trust),
  };
}
