/** Signatures as older cosign stored them: the payload is the layer, its signature is an annotation. */
import type { UnverifiedEvidence, VerificationJob } from '../../../domain/evidence.ts';
import { proofsOf } from '../../statement/bound.ts';
import { parseCosignAnnotations } from './cosign-annotations.ts';
import { proveAnnotated } from '../../provers/annotated.ts';
import { disproved } from '../../proof.ts';
import type { Proofs, ProofTools } from '../../proof.ts';
import { parseSimpleSigning } from './simple-signing.ts';
import { digestMismatch } from '../../statement/subject.ts';

/**
 * Verifies a legacy cosign signature: a simple-signing payload, its signature and proofs in the layer's
 * annotations (cosign specs/SIGNATURE_SPEC.md). The signature is over the payload's exact bytes.
 */
export function verifyCosignSimple(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const payload = parseSimpleSigning(evidence.bytes);
  if (!payload.ok) return disproved(payload.problem);
  const mismatch = digestMismatch(payload.value.manifestDigest, job.artifact.digest);
  if (mismatch !== undefined) return disproved(mismatch);
  const beside = parseCosignAnnotations(evidence.annotations ?? {});
  if (!beside.ok) return disproved(beside.problem);
  const { signature, dating, between = [] } = beside.value;
  if (signature.length === 0)
    return disproved({
      code: 'VERIFY_MALFORMED',
      cause: 'annotation dev.cosignproject.cosign/signature is empty',
      found: 'no signature',
      expected: 'a base64 signature',
    });
  const signed = { content: { signature, message: evidence.bytes, between }, dating };
  const { dockerReference, annotations } = payload.value;
  return proofsOf(
    { evidence, artifact: job.artifact.digest, dockerReference, ...(annotations === undefined ? {} : { signedAnnotations: annotations }) },
    [proveAnnotated({ ...signed, hint: '', certificateDer: beside.value.certificateDer }, job.trust, tools)],
  );
}
