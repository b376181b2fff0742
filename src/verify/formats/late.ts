/** Formats that few meet: what verifies them is loaded with the first piece, so that no thread carries what nobody asks of it. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Proofs, ProofTools } from '../proof.ts';

type Verify = (evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools) => Proofs | Promise<Proofs>;

/** The verifier that `load` gives, asked for once; when it cannot be loaded that is a fault of the piece, and the next one asks again. */
export function late(load: () => Promise<Verify>): Verify {
  const loaded: { verify?: Verify } = {};
  return async (evidence, job, tools) => (loaded.verify ??= await load())(evidence, job, tools);
}
