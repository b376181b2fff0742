/** Where a trust root requires it, a keyless proof counts only with the second opinion's agreement (ADR 0002). */
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import { clip } from '../problem.ts';
import type { Problem } from '../problem.ts';
import type { ProofCore, ProofResult, Signed } from '../proof.ts';
import { identityText } from '../sigstore/identity.ts';

/** The proof if nothing more is required of it, or both implementations accept it; otherwise what each of them said. */
export function withRequiredOpinion<Root>(
  proof: ProofResult,
  signed: Signed,
  { root, ready }: { readonly root: TrustRoot; readonly ready: Root },
  core: Pick<ProofCore<Root>, 'secondOpinion'>,
): ProofResult {
  if (!proof.ok || proof.signer.kind !== 'certificate' || root.secondOpinion !== 'require') return proof;
  const opinion = core.secondOpinion?.(signed, proof.signer, root, ready) ?? { kind: 'none', why: 'there is no second verifier here' };
  if (opinion.kind === 'agrees') return proof;
  // A fault is never remembered, unlike an opinion that will not change.
  if (opinion.kind === 'failed')
    return { ok: false, problem: { code: 'ENGINE_FAULT', cause: `the second verifier failed: ${opinion.why}` } };
  const ours = `our verifier: signed by ${clip(identityText(proof.signer))}`;
  const problem: Problem =
    opinion.kind === 'disagrees'
      ? { code: 'VERIFY_DISAGREEMENT', found: `${ours}; @sigstore/verify: ${opinion.said}`, expected: 'that both accept it' }
      : {
          code: 'VERIFY_NO_SECOND_OPINION',
          found: `${ours}; @sigstore/verify: no opinion`,
          expected: 'that both accept it',
          cause: opinion.why,
        };
  return { ok: false, problem };
}
