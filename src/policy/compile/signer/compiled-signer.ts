/** A signer as policies rely on him: his identities, and what it takes to prove them. */
import type { TrustedKey } from '../../../domain/evidence.ts';
import type { Signer } from '../../../domain/policy/requirement.ts';
import type { Revocation } from '../../../domain/policy/revocation.ts';
import type { TrustRoot } from '../../../domain/policy/trust-root.ts';

/** A signer and the keys and roots with which its identities can be proven. */
export interface CompiledSigner {
  readonly signer: Signer;
  readonly keys: readonly TrustedKey[];
  readonly roots: readonly TrustRoot[];
  /** Its own; those of lists are not repeated here. */
  readonly revocations: readonly Revocation[];
}
