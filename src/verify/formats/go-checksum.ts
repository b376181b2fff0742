/** What the checksum database of Go signs: that a line of go.sum is in its tree. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';

/** Not yet. */
export function verifyGoChecksum(_evidence: UnverifiedEvidence, _job: VerificationJob, _tools: ProofTools): Proofs {
  return disproved({ code: 'VERIFY_FORMAT' });
}
