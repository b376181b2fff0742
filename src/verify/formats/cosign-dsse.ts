import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { parseCosignAnnotations } from '../cosign-annotations.ts';
import { disproved } from '../proof.ts';
import type { Judged, ProofTools } from '../proof.ts';
import { verifyEnvelope } from '../verify-envelope.ts';

/**
 * Verifies a legacy cosign attestation: a DSSE envelope as layer, its certificate and proofs in the layer's
 * annotations (cosign specs/ATTESTATION_SPEC.md). The predicate type in the annotations is not read.
 */
export function verifyCosignDsse(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Judged {
  const beside = parseCosignAnnotations(evidence.annotations ?? {});
  if (!beside.ok) return disproved(beside.problem);
  return verifyEnvelope(evidence, beside.value, job, tools);
}
