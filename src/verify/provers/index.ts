/** Each kind of trust root has its prover, and nobody else asks for the kind. */
import type { TrustedKey } from '../../domain/evidence.ts';
import type { TrustRoot, TrustRootKind, TrustRootOf } from '../../domain/policy/trust-root.ts';
import { compileTrust } from '../../trust/compile.ts';
import type { CompiledOf, CompiledTrust } from '../../trust/index.ts';
import type { ProofResult } from '../proof.ts';
import { proveCertificate } from '../sigstore/prove.ts';
import type { ProveKey } from '../sigstore/prove.ts';
import type { DatingMaterial, SignedContent } from './signed.ts';
import { proveNotation } from './notation.ts';
import { proveSpiffe } from './spiffe.ts';
import { proveX509 } from './x509.ts';

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

/** Who proves under roots of each kind. */
type Provers = { readonly [K in TrustRootKind]: Prover<K> };

/** A trust root made ready, together with the prover of its kind: nobody beyond this asks for the kind. */
export interface ReadyRoot {
  readonly trust: CompiledTrust;
  proveCertificate(content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial): ProofResult;
  proveKey(content: SignedContent, key: TrustedKey, dating: DatingMaterial): ProofResult;
}

/**
 * Makes the provers, each kind's in its place: a kind without one does not compile. What it gives makes a root ready for its
 * prover, and throws an `Error` when the content of the root is not valid.
 */
export function createProvers(proveKey: ProveKey): (root: TrustRoot) => ReadyRoot {
  const provers: Provers = {
    sigstore: { proveCertificate, proveKey },
    x509: { proveCertificate: proveX509, proveKey },
    spiffe: { proveCertificate: proveSpiffe, proveKey },
    notation: { proveCertificate: proveNotation, proveKey },
  };
  return (root) => readyRoot(provers, root.kind, root);
}

function readyRoot<K extends TrustRootKind>(provers: Provers, kind: K, root: TrustRootOf<K>): ReadyRoot {
  const trust = compileTrust(kind, root);
  const prover: Prover<K> = provers[kind];
  return {
    trust,
    proveCertificate: (content, certificateDer, dating) => prover.proveCertificate(content, certificateDer, dating, trust),
    proveKey: (content, key, dating) => prover.proveKey(content, key, dating, trust),
  };
}
