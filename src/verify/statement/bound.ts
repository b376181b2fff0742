/** A statement is compared with the artifact before any signature, and a proof stays bound to what was compared. */
import type { Statement, UnverifiedEvidence } from '../../domain/evidence.ts';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { isRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import { reason } from '../../domain/decision/reasons.ts';
import { saidByAll } from './annotations.ts';
import type { SignedAnnotations } from './annotations.ts';
import { memberText } from './member-text.ts';
import { clip } from '../problem.ts';
import type { Parsed, Problem } from '../problem.ts';
import type { Proofs, Proven, RawProof, RawStatement } from '../proof.ts';
import type { DsseEnvelope } from '../provers/signed.ts';
import { parseStatement, STATEMENT_PAYLOAD_TYPE } from './statement.ts';
import { isAboutSomethingElse, statementMismatch } from './subject.ts';
import type { Subject } from './subject.ts';
import { attestorsOf, ofContent } from './witness.ts';

/** Predicate type of the statement that `cosign sign` writes since version 3: a signature, not an attestation. */
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

/** A statement, and when it is not about the artifact, what it is about instead. */
export interface Bound {
  readonly statement: Statement;
  readonly mismatch?: Problem;
}

/**
 * Reads the statement inside an envelope and checks that it is about this artifact, before any signature is
 * looked at: what is about something else need not be verified at all, and these are the bytes that will be. Only
 * statements of `relatedTypes` are handed on although they are about something else, marked as such.
 *
 * In this order: payload type, shape, subject (security.md A05, A03, A08).
 */
export function readBoundStatement(envelope: DsseEnvelope, artifact: Subject, relatedTypes: readonly string[] = []): Parsed<Bound> {
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    return { ok: false, problem: { code: 'VERIFY_PAYLOAD_TYPE', found: clip(envelope.payloadType), expected: STATEMENT_PAYLOAD_TYPE } };
  }
  const read = parseStatement(envelope.payload);
  if (!read.ok) return read;
  const statement = ofContent(read.value);
  const mismatch = statementMismatch(statement, artifact);
  const isRelated = relatedTypes.includes(statement.predicateType) && isAboutSomethingElse(statement, artifact);
  if (mismatch !== undefined && !isRelated) return { ok: false, problem: mismatch };
  return { ok: true, value: { statement: withText(statement, envelope.payload), ...(mismatch === undefined ? {} : { mismatch }) } };
}

/** Adds the predicate as it was written; the payload has been read as a statement, so it is JSON in UTF-8. */
function withText(statement: Statement, payload: Uint8Array): Statement {
  const predicateText = memberText(new TextDecoder().decode(payload), 'predicate');
  return predicateText === undefined ? statement : { ...statement, predicateText };
}

/** What a proof is bound to, beside who made it: the evidence, the artifact, and the statement about it. */
export interface Binding {
  readonly evidence: UnverifiedEvidence;
  readonly artifact: Digest | Revision;
  /** The statement, of an attestation or of cosign's signature statement. */
  readonly statement?: Statement;
  /** What the statement is about instead of the artifact; nothing is said of the artifact then. */
  readonly mismatch?: Problem;
  readonly dockerReference?: string;
  /** Of a simple-signing payload; those of a statement stand at its subjects. */
  readonly signedAnnotations?: SignedAnnotations;
  /** In which of its forms a definition was signed. */
  readonly form?: string;
  readonly gitObject?: 'commit' | 'tag';
}

/** Joins proven signatures with what they are about. */
function rawProofs(binding: Binding, proven: readonly Proven[]): readonly RawProof[] {
  const attested = binding.statement !== undefined && binding.statement.predicateType !== COSIGN_SIGN ? binding.statement : undefined;
  const annotations = attested === undefined ? binding.signedAnnotations ?? annotationsOf(binding) : undefined;
  const said = attested === undefined ? [undefined] : [attested, ...attestorsOf(attested)];
  return proven.flatMap((one) => said.map((statement) => ({
    kind: statement === undefined ? 'signature' as const : 'attestation' as const,
    format: binding.evidence.format,
    source: binding.evidence.source,
    evidenceDigest: binding.evidence.digest,
    artifactDigest: binding.artifact,
    signer: one.signer,
    times: one.times,
    logEntries: one.logEntries,
    ...(one.unlisted === undefined ? {} : { unlisted: one.unlisted }),
    ...(one.expiresAt === undefined ? {} : { expiresAt: one.expiresAt }),
    ...(one.undated === undefined ? {} : { undated: one.undated }),
    ...(statement === undefined ? {} : { statement: toRaw(statement) }),
    ...(binding.dockerReference === undefined ? {} : { dockerReference: binding.dockerReference }),
    ...(annotations === undefined ? {} : { signedAnnotations: annotations }),
    ...(binding.form === undefined ? {} : { form: binding.form }),
    ...(binding.gitObject === undefined ? {} : { gitObject: binding.gitObject }),
  })));
}

/** What cosign's signature statement says beside the artifact's own digest. */
function annotationsOf({ statement, artifact }: Binding): SignedAnnotations | undefined {
  if (statement === undefined || isRevision(artifact)) return undefined;
  const [algorithm, hex] = [digestAlgorithm(artifact), digestHex(artifact)];
  const own = statement.subjects.filter(({ digest }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === hex);
  return saidByAll(own.map(({ annotations }) => annotations));
}

/** Annotations of subjects are for signatures alone: an attestation is not remembered with them. */
function toRaw({ predicate, predicateText, subjects, ...rest }: Statement): RawStatement {
  const statement = { ...rest, subjects: subjects.map(({ annotations: _, ...subject }) => subject) };
  return predicate === undefined ? statement : { ...statement, predicateJson: predicateText ?? JSON.stringify(predicate) };
}

/** The whole answer for one piece of evidence; problems carry the predicate type, so that messages can be ordered by it. */
export function proofsOf(
  binding: Binding,
  attempts: readonly { readonly proven: readonly Proven[]; readonly problems: readonly Problem[]; readonly partial: boolean }[],
): Proofs {
  const claimedType = binding.statement?.predicateType;
  const { mismatch } = binding;
  const problems = problemsOf(mismatch, attempts.flatMap((attempt) => attempt.problems));
  const proofs = rawProofs(binding, distinct(attempts.flatMap((attempt) => attempt.proven)));
  return {
    ...(mismatch === undefined ? { proofs } : { proofs: [], related: proofs.filter(({ kind }) => kind === 'attestation') }),
    problems: claimedType === undefined ? problems : problems.map((problem) => ({ claimedType, ...problem })),
    partial: attempts.some((attempt) => attempt.partial),
  };
}

/** Of what is about something else, that is the problem; beside it only what leaves open whether a layout could have used it. */
function problemsOf(mismatch: Problem | undefined, problems: readonly Problem[]): readonly Problem[] {
  return mismatch === undefined ? problems : [mismatch, ...problems.filter(({ code }) => reason(code).verdict === 'undetermined')];
}

/** What tells two proofs by the same key apart, beside what dates them. */
function wayOf(signer: ProvenSigner): string {
  switch (signer.kind) {
    case 'key':
      return `${signer.barePayloadKeyId ?? ''} ${signer.hashAlgorithm ?? ''} ${signer.openPgp?.fingerprint ?? ''} ${signer.securityKey ?? ''}`;
    case 'certificate':
      return `${signer.trustRoot} ${signer.fingerprint}`;
    case 'x509':
    case 'spiffe':
      return JSON.stringify([signer.trustRoot, signer.path.map(({ fingerprints }) => fingerprints), signer.pathValidity]);
  }
}

/**
 * One proof per key or certificate, path and log evidence: an envelope that carries the same key's signature twice
 * has one signer, not two (DSSE protocol.md, "unique keys"; security.md A20).
 */
function distinct(proven: readonly Proven[]): readonly Proven[] {
  if (proven.length < 2) return proven;
  const seen = new Map<string, Proven>();
  for (const one of proven) {
    const key = JSON.stringify([one.signer.keyId, wayOf(one.signer), one.logEntries, one.times]);
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}
