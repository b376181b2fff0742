/** Attestations as older cosign stored them: the envelope is the layer, its proofs are annotations. */
import type { UnverifiedEvidence, VerificationJob } from '../../../domain/evidence.ts';
import { parseCosignAnnotations } from './cosign-annotations.ts';
import { disproved } from '../../proof.ts';
import type { Proofs, ProofTools } from '../../proof.ts';
import { verifyEnvelope } from '../../statement/verify-envelope.ts';

/** cosign writes an empty signature beside an envelope, whose signatures are inside. */
const SIGNED_INSIDE = { 'dev.cosignproject.cosign/signature': '' };

/**
 * Verifies a legacy cosign attestation: a DSSE envelope as layer, its certificate and proofs in the layer's
 * annotations (cosign specs/ATTESTATION_SPEC.md). The predicate type in the annotations is not read. Other tools push the
 * bare envelope: without annotations it is one that only keys can prove.
 */
export function verifyCosignDsse(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const beside = parseCosignAnnotations({ ...SIGNED_INSIDE, ...evidence.annotations });
  if (!beside.ok) return disproved(beside.problem);
  return verifyEnvelope(evidence, beside.value, job, tools);
}
