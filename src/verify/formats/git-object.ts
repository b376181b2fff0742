/** Raw git objects; what reads and verifies them is loaded with the first of them. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Proofs, ProofTools } from '../proof.ts';

/** Verifies a raw commit or tag object; see `verify/git/`. */
export async function verifyGitObject(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Promise<Proofs> {
  const { verifyObject } = await import('../git/index.ts');
  return verifyObject(evidence, job, tools);
}
