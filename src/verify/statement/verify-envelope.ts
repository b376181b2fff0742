/** Every signature of an envelope is tried, and those that hold count. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { readBoundStatement, proofsOf } from './bound.ts';
import type { CosignAnnotations } from '../formats/cosign-annotations.ts';
import { pae, parseEnvelope } from './dsse.ts';
import { proveAnnotated } from '../provers/annotated.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import type { DsseEnvelope } from '../provers/signed.ts';

/** What accompanies an envelope: certificate and proofs from annotations, or nothing. */
export type Beside = Pick<CosignAnnotations, 'certificateDer' | 'dating'>;

/** Verifies a piece of evidence that is a DSSE envelope; see {@link verifyParsedEnvelope}. */
export function verifyEnvelope(evidence: UnverifiedEvidence, beside: Beside, job: VerificationJob, tools: ProofTools): Proofs {
  const envelope = parseEnvelope(evidence.bytes);
  return envelope.ok ? verifyParsedEnvelope(envelope.value, { evidence, ...beside }, job, tools) : disproved(envelope.problem);
}

/**
 * Verifies a DSSE envelope, signature by signature: each distinct key that verifies gives its own proof, and a
 * signature that does not is skipped while another one holds (DSSE protocol.md, "Multi-signature").
 */
export function verifyParsedEnvelope(
  envelope: DsseEnvelope,
  beside: Beside & { readonly evidence: UnverifiedEvidence },
  job: VerificationJob,
  tools: ProofTools,
): Proofs {
  const bound = readBoundStatement(envelope, job.artifact, job.trust.relatedTypes);
  if (!bound.ok) return disproved(bound.problem);
  const message = pae(envelope.payloadType, envelope.payload);
  const attempts = envelope.signatures.map(({ keyid, sig }) => {
    const content = { signature: sig, message, envelope };
    return proveAnnotated({ content, dating: beside.dating, hint: keyid, certificateDer: beside.certificateDer }, job.trust, tools);
  });
  return proofsOf({ evidence: beside.evidence, artifact: job.artifact.digest, ...bound.value }, attempts);
}
