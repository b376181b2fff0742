/** What is wrong with a registry's word is told where it was asked for, and is nothing against anybody else's evidence. */
import { REGISTRY_WORD } from '../../domain/policy/registry-requirement.ts';
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Proofs, ProofTools } from '../proof.ts';

type Verify = (evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools) => Proofs;

/** The verifier of a format by which registries say which bytes have a name; its problems are marked as theirs. */
export function registryWord(verify: Verify): Verify {
  return (evidence, job, tools) => {
    const proved = verify(evidence, job, tools);
    return { ...proved, problems: proved.problems.map((problem) => ({ ...problem, claimedType: REGISTRY_WORD })) };
  };
}
