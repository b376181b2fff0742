/** The signature of a document of policies: an envelope that holds its canonical form, or a Sigstore bundle over it. */
import { hash } from 'node:crypto';
import type { EvidenceProblem, TrustMaterial, UnverifiedEvidence, VerificationJob, VerifiedEvidence } from '../../domain/evidence.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { createTools } from '../job.ts';
import { LIMITS } from '../limits.ts';
import { verifySigstoreBundle } from '../formats/sigstore-bundle.ts';
import { clip } from '../problem.ts';
import { disproved, faultOutcome } from '../proof.ts';
import type { Proofs, ProofTools, RawOutcome } from '../proof.ts';
import { refuseFuture } from '../provers/skew.ts';
import { createProofCore } from '../run.ts';
import { parseEnvelope } from '../statement/dsse.ts';
import { proofsOf } from '../statement/bound.ts';
import { attemptsOf } from '../statement/verify-envelope.ts';
import { toOutcome } from '../verified.ts';

/** What is signed, and by whom it may be: everything that a proof depends on. */
export interface PolicyQuestion {
  readonly signature: Uint8Array;
  readonly name: string;
  readonly canonical: Uint8Array;
  readonly digest: Digest;
  readonly trust: TrustMaterial;
  readonly now: number;
}

/** Who made the signature of a document, or why it is nobody's. */
export type PolicyProver = (
  question: PolicyQuestion,
) => { readonly proofs: readonly VerifiedEvidence[]; readonly problems: readonly EvidenceProblem[] };

/**
 * Makes what proves signatures of documents, in this thread and at once: documents are few and come when policies change. The payload is
 * compared with the canonical form before any signature is looked at, and what is compared is what is verified. Never throws.
 */
export function createPolicyProver(payloadType: string): PolicyProver {
  const core = createProofCore();
  const ready = new Map<string, ReturnType<typeof core.compileRoot>>();
  return ({ signature, name, canonical, digest, trust, now }) => {
    const evidence: UnverifiedEvidence = {
      format: isBundle(signature) ? 'sigstore-bundle' : 'dsse', source: 'its signature', bytes: signature, message: canonical,
      digest: hash('sha256', signature),
    };
    const job: VerificationJob = { artifact: { kind: 'blob', name, digest }, evidence: [evidence], trust, now };
    const tools = createTools(core, (root) => {
      const known = ready.get(root.id) ?? core.compileRoot(root);
      ready.set(root.id, known);
      return known;
    });
    tools.beginPiece();
    const { verified, problems } = toOutcome(outcomeOf(evidence, job, payloadType, tools), evidence.source);
    return { proofs: verified, problems };
  };
}

function outcomeOf(evidence: UnverifiedEvidence, job: VerificationJob, payloadType: string, tools: ProofTools): RawOutcome {
  try {
    const { proofs, problems } = refuseFuture(proofsFor(evidence, job, payloadType, tools), job.now);
    const { source, digest: evidenceDigest } = evidence;
    return { evidenceDigest, source, proofs, problems: problems.map((problem) => ({ ...problem, source })), cacheable: false };
  } catch (error) {
    return faultOutcome(evidence, `verification threw ${error instanceof Error ? error.message : 'something that is no error'}`);
  }
}

function proofsFor(evidence: UnverifiedEvidence, job: VerificationJob, payloadType: string, tools: ProofTools): Proofs {
  if (evidence.bytes.length > LIMITS.evidenceBytes)
    return disproved({ code: 'VERIFY_LIMIT', found: `${evidence.bytes.length} bytes`, expected: `at most ${LIMITS.evidenceBytes} bytes` });
  if (evidence.format === 'dsse') return verifyPolicyEnvelope(evidence, job, payloadType, tools);
  const proved = verifySigstoreBundle(evidence, job, tools);
  // A statement about it says something of it; only a signature vouches for it, which the judge asks for as well.
  return { ...proved, proofs: proved.proofs.filter(({ kind }) => kind === 'signature') };
}

function verifyPolicyEnvelope(evidence: UnverifiedEvidence, { artifact, trust }: VerificationJob, type: string, tools: ProofTools): Proofs {
  const read = parseEnvelope(evidence.bytes);
  if (!read.ok) return disproved(read.problem);
  const envelope = read.value;
  if (envelope.payloadType !== type) return disproved({ code: 'VERIFY_PAYLOAD_TYPE', found: clip(envelope.payloadType), expected: type });
  if (evidence.message === undefined || Buffer.compare(envelope.payload, evidence.message) !== 0)
    return disproved({ code: 'VERIFY_SUBJECT_MISMATCH', found: 'another content', expected: artifact.digest });
  const attempts = attemptsOf(envelope, { dating: { logEntries: [], timestamps: [] } }, trust, tools);
  return proofsOf({ evidence, artifact: artifact.digest }, attempts);
}

function isBundle(signature: Uint8Array): boolean {
  const read = readJsonBytes(signature, { maxBytes: LIMITS.evidenceBytes, maxDepth: LIMITS.wrappingDepth, maxItems: LIMITS.wrappingItems });
  return read.ok && ownText(read.value, 'mediaType') !== undefined;
}
