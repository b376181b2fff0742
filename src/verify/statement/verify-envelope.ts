/** Every signature of an envelope is tried, and those that hold count. */
import type { TrustMaterial, UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { readBoundStatement, proofsOf } from './bound.ts';
import type { CosignAnnotations } from '../formats/cosign/cosign-annotations.ts';
import { pae } from '../../pki/signatures/pae.ts';
import { parseEnvelope } from './dsse.ts';
import { LIMITS } from '../limits.ts';
import { proveAnnotated } from '../provers/annotated.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import type { Attempt, Further } from '../provers/keys.ts';
import { tooManyUnnamed } from '../provers/keys.ts';
import type { DsseEnvelope } from '../provers/signed.ts';

/** What accompanies an envelope: certificate and proofs from annotations, or nothing. */
export type Beside = Pick<CosignAnnotations, 'certificateDer' | 'between' | 'dating'>;

/** Verifies a piece of evidence that is a DSSE envelope; see {@link verifyParsedEnvelope}. */
export function verifyEnvelope(evidence: UnverifiedEvidence, beside: Beside, job: VerificationJob, tools: ProofTools): Proofs {
  const envelope = parseEnvelope(evidence.bytes);
  return envelope.ok ? verifyParsedEnvelope(envelope.value, { evidence, ...beside }, job, tools) : disproved(envelope.problem);
}

/** Verifies a DSSE envelope that holds a statement about the artifact; see {@link attemptsOf}. */
export function verifyParsedEnvelope(
  envelope: DsseEnvelope,
  beside: Beside & { readonly evidence: UnverifiedEvidence },
  job: VerificationJob,
  tools: ProofTools,
): Proofs {
  const bound = readBoundStatement(envelope, job.artifact, job.trust.relatedTypes);
  if (!bound.ok) return disproved(bound.problem);
  const attempts = attemptsOf(envelope, beside, job.trust, tools);
  return proofsOf({ evidence: beside.evidence, artifact: job.artifact.digest, ...bound.value }, attempts);
}

/**
 * Tries a DSSE envelope, signature by signature: each distinct key that verifies gives its own proof, and a
 * signature that does not is skipped while another one holds (DSSE protocol.md, "Multi-signature").
 *
 * A signature under the id of a trusted key is tried with that key. `LIMITS.unnamedSignatures` others, and those whose key
 * did not make them, are tried with every key: each verification hashes the whole payload, and anybody may add signatures.
 * A signature that brings a certificate along is tried with it first, `LIMITS.envelopeCertificates` of them.
 */
export function attemptsOf(envelope: DsseEnvelope, beside: Beside, trust: TrustMaterial, tools: ProofTools): readonly Attempt[] {
  const message = pae(envelope.payloadType, envelope.payload);
  let left: number = LIMITS.unnamedSignatures;
  const further: Further = () => (left -= 1) >= 0;
  const seen = new Set<string>();
  let certificates: number = LIMITS.envelopeCertificates;
  return envelope.signatures.map(({ keyid, sig, carried }, index): Attempt => {
    // One certificate beside the envelope made one of the signatures: which one is not said, so it is tried on the first few.
    const own = carried?.certificateDer !== undefined && (certificates -= 1) >= 0 ? carried : undefined;
    const certificateDer = own?.certificateDer ?? (index < LIMITS.unnamedSignatures ? beside.certificateDer : undefined);
    const again = keyid !== '' && seen.has(keyid);
    seen.add(keyid);
    const brought = carried?.certificateDer ?? beside.certificateDer;
    const withoutHope = certificateDer === undefined && brought !== undefined && trust.keys.length === 0;
    if (withoutHope || (certificateDer === undefined && again && !further())) return NOT_TRIED;
    const content = { signature: sig, message, envelope, between: [...(own?.between ?? []), ...(beside.between ?? [])] };
    const dating = { ...beside.dating, timestamps: [...beside.dating.timestamps, ...(carried?.timestamps ?? [])] };
    return proveAnnotated({ content, dating, hint: keyid, certificateDer, further }, trust, tools);
  });
}

const NOT_TRIED: Attempt = { proven: [], problems: [tooManyUnnamed()], partial: false };
