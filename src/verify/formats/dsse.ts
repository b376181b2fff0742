import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Judged, ProofTools } from '../proof.ts';
import { verifyEnvelope } from '../verify-envelope.ts';

/** Verifies a bare DSSE envelope. It carries neither certificate nor proof of time, so only keys can prove it. */
export function verifyDsse(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Judged {
  return verifyEnvelope(evidence, { dating: { logEntries: [], timestamps: [] } }, job, tools);
}
