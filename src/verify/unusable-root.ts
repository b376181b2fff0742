import type { TrustRoot } from '../domain/policy/trust-root.ts';
import type { ProofResult } from './proof.ts';

/** The answer for evidence that would have to be proven under a root that may not be used now. */
export function unusableRoot(root: TrustRoot): Extract<ProofResult, { readonly ok: false }> {
  return {
    ok: false,
    problem: { code: 'VERIFY_TRUST_ROOT_STALE', found: `trust root ${root.name}`, cause: root.unusable ?? 'it cannot be used' },
  };
}
