/** Signatures of the Notary Project (Notation), in both encodings: what they carry is verified in one way. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { readCose } from '../notation/cose.ts';
import { readJws } from '../notation/jws.ts';
import { verifyNotary } from '../notation/verify.ts';
import type { Proofs, ProofTools } from '../proof.ts';

/** Verifies an envelope of media type application/jose+json. */
export function verifyNotationJws(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Promise<Proofs> {
  return verifyNotary(evidence, job, tools, readJws);
}

/** Verifies an envelope of media type application/cose. */
export function verifyNotationCose(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Promise<Proofs> {
  return verifyNotary(evidence, job, tools, readCose);
}
