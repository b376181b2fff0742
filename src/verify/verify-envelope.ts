import type { UnverifiedEvidence, VerificationJob } from '../domain/evidence.ts';
import { readBoundStatement, toJudged } from './bound-statement.ts';
import type { CosignAnnotations } from './cosign-annotations.ts';
import { pae, parseEnvelope } from './dsse.ts';
import { proveAnnotated } from './prove-annotated.ts';
import { disproved } from './proof.ts';
import type { Judged, ProofTools } from './proof.ts';

/** What accompanies an envelope: certificate and proofs from annotations, or nothing. */
export type Beside = Pick<CosignAnnotations, 'certificateDer' | 'dating'>;

/**
 * Verifies a DSSE envelope, signature by signature: each distinct key that verifies gives its own proof, and a
 * signature that does not is skipped while another one holds (DSSE protocol.md, "Multi-signature").
 */
export function verifyEnvelope(evidence: UnverifiedEvidence, beside: Beside, job: VerificationJob, tools: ProofTools): Judged {
  const envelope = parseEnvelope(evidence.bytes);
  if (!envelope.ok) return disproved(envelope.problem);
  const statement = readBoundStatement(envelope.value, job.artifact.digest);
  if (!statement.ok) return disproved(statement.problem);
  const message = pae(envelope.value.payloadType, envelope.value.payload);
  const attempts = envelope.value.signatures.map(({ keyid, sig }) => {
    const content = { signature: sig, message, envelope: envelope.value };
    return proveAnnotated({ content, dating: beside.dating, hint: keyid, certificateDer: beside.certificateDer }, job.trust, tools);
  });
  return toJudged({ evidence, artifact: job.artifact.digest, statement: statement.value }, attempts);
}
