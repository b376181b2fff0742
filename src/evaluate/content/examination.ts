/** The question about one statement's content, under a key that names all that its answer depends on. */
import type { ConditionVariable, Examination, StatementText } from '../../domain/policy/content-check.ts';
import type { ProvenEvidence, Statement } from '../../domain/evidence.ts';
import { distinguishedNameText, holderText } from '../../text/names/distinguished-name.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { Attested, Stated } from './content.ts';
import type { Question } from '../question.ts';
import { timeText } from '../vouched/time.ts';

/** A VEX attestation that counts, and the names of the signers for whom it counts. */
export interface TrustedVex {
  readonly proof: Attested;
  readonly authors: readonly string[];
}

/** What one examination is made of, besides the artifact. */
export interface Examinee {
  readonly proof: Stated;
  readonly vex: readonly TrustedVex[];
  /** One attestation for each other requirement that the conditions look at. */
  readonly others: readonly (readonly [name: string, proof: Attested])[];
}

/**
 * Writes down the question about one attestation. Its key names everything the answer depends on: check and
 * conditions, artifact, evidence, and those variables that the conditions use.
 */
export function makeExamination(
  requirement: Pick<ExaminedRequirement, 'id' | 'check' | 'where'>,
  { proof, vex, others }: Examinee,
  question: Question,
): Examination {
  const used = new Set(requirement.where.flatMap(({ uses }) => uses.variables));
  const variables = variablesOf(used, proof, question);
  const { digest } = question.artifact;
  const named = others.map(([name, other]) => `${name}=${other.evidenceDigest}`);
  return {
    key: [
      requirement.id,
      digest,
      proof.evidenceDigest,
      vex.map((one) => `${one.proof.evidenceDigest}=${one.authors.join('+')}`).join(),
      named.join(),
      used.size === 0 ? '' : JSON.stringify(variables),
    ].join(' '),
    ...(requirement.check === undefined ? {} : { check: requirement.check }),
    expressions: requirement.where.map(({ expression }) => expression),
    digest,
    statement: textOf(proof.statement),
    vex: vex.map((one) => ({ ...textOf(one.proof.statement), authors: one.authors })),
    attestations: Object.fromEntries(others.map(([name, other]) => [name, textOf(other.statement)])),
    variables,
  };
}

function textOf(statement: Statement): StatementText {
  const { predicateType } = statement;
  // A statement that was made here, not by `verify/`, has no text; its predicate has no numbers that could be lost.
  const text = statement.predicateText ?? (statement.predicate === undefined ? undefined : JSON.stringify(statement.predicate));
  return text === undefined ? { predicateType } : { predicateType, text };
}

function variablesOf(used: ReadonlySet<ConditionVariable>, proof: Stated, question: Question): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  if (used.has('subject')) variables['subject'] = proof.statement.subjects.map(({ name, digest }) => ({ name: name ?? '', digest }));
  if (used.has('signer')) variables['signer'] = signerOf(proof);
  if (used.has('times')) variables['times'] = proof.times.map(({ source, at, by }) => ({ source, at: timeText(at), by }));
  if (used.has('artifact')) variables['artifact'] = artifactOf(question);
  if (used.has('request')) variables['request'] = question.request ?? {};
  return variables;
}

function signerOf({ signer }: ProvenEvidence): Readonly<Record<string, unknown>> {
  switch (signer.kind) {
    case 'key':
      return { kind: 'key', keyId: signer.keyId, issuer: '', subject: '', claims: {}, trustRoot: signer.trustRoot ?? '' };
    case 'certificate':
      return {
        kind: 'certificate',
        keyId: signer.keyId,
        issuer: signer.issuer,
        subject: signer.subject.value,
        claims: signer.claims,
        trustRoot: signer.trustRoot,
      };
    case 'x509': {
      const { keyId, trustRoot } = signer;
      return { kind: 'x509', keyId, issuer: distinguishedNameText(signer.issuer), subject: holderText(signer), claims: {}, trustRoot };
    }
    case 'spiffe':
      return { kind: 'spiffe', keyId: signer.keyId, issuer: '', subject: signer.id, claims: {}, trustRoot: signer.trustRoot };
  }
}

function artifactOf({ artifact }: Question): Readonly<Record<string, unknown>> {
  return { kind: artifact.kind, name: artifact.name, digest: artifact.digest, tag: artifact.tag ?? '', usage: artifact.usage };
}
