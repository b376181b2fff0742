/** First whether the signer counts, then what he says: the predicate of a stranger is never read. */
import type { EvidenceProblem, ProvenEvidence, Statement, VerifiedEvidence } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { describeType } from '../../domain/policy/predicate-types.ts';
import type { AttestationRequirement } from '../../domain/policy/requirement.ts';
import type { Mismatch } from './mismatch.ts';
import type { Question } from '../question.ts';
import { judgeVouched } from '../vouched/vouched.ts';
import { countVotes } from '../vouched/votes.ts';

/** A verified attestation: its statement is there. */
export type Attested = VerifiedEvidence & { readonly statement: Statement };

/** A proven attestation, about the artifact or about something else. */
export type Stated = ProvenEvidence & { readonly statement: Statement };

/** A requirement on what attestations of some types say, and not only on who says it. */
export interface ContentRule {
  /** Type of the requirement, for messages: `slsa-provenance`. */
  readonly wanted: string;
  isRelevant(predicateType: string): boolean;
  /** What in the statement is not as it must be; called only for statements of signers who count. */
  check(proof: Attested): readonly Mismatch[];
  /** The time at which the statement says that it was made, where it says so and `check` compares it with the age demanded. */
  statedAt?(statement: Statement): number | undefined;
}

/** Mismatches of one attestation that are told; the rest follows from mending these. */
const TOLD = 20;

/** The parts of a requirement that say who must vouch. */
type Vouching = Pick<AttestationRequirement, 'name' | 'by' | 'threshold' | 'maxAge'>;

/**
 * Judges attestations by signer first and content second: the predicate of a stranger is never read, whatever its size.
 *
 * A statement whose content is not as demanded proves nothing and is told as such; it never counts against others, so
 * leaving an attestation out never turns a denial into an admission (security.md A17).
 */
export function judgeContent(requirement: Vouching, rule: ContentRule, question: Question): Finding {
  const { passing, problems } = checkContent(requirement, rule, question);
  const vouched = demandOf(requirement, rule);
  return judgeVouched(vouched, { relevant: passing, problems, none: noneOf(question) }, question);
}

/** Splits the relevant attestations: what may be counted, and what is wrong with the others and with what could not be looked at. */
export function checkContent(
  requirement: Vouching,
  rule: ContentRule,
  question: Question,
): { readonly passing: readonly Attested[]; readonly problems: readonly EvidenceProblem[] } {
  const relevant = question.proofs.filter(
    (proof): proof is Attested => isAttested(proof) && rule.isRelevant(proof.statement.predicateType),
  );
  const { accepted } = countVotes(demandOf(requirement, rule), relevant, question);
  const problems = question.problems.filter(({ claimedType }) => claimedType === undefined || rule.isRelevant(claimedType));
  const passing: Attested[] = [];
  for (const proof of relevant) {
    const mismatches = accepted.has(proof) ? rule.check(proof) : [];
    if (mismatches.length === 0) passing.push(proof);
    else problems.push(...mismatches.slice(0, TOLD).map((mismatch) => toProblem(mismatch, proof)));
  }
  return { passing, problems };
}

/** What was there instead, when nothing of the wanted type was: names the types, since a wrong type is the usual mistake. */
export function noneOf({ proofs }: Question): {
  readonly code: 'FETCH_NONE_FOUND' | 'POLICY_TYPE_MISSING';
  readonly found: readonly string[];
} {
  const types = new Set(proofs.map((proof) => (isAttested(proof) ? describeType(proof.statement.predicateType) : 'a signature')));
  return types.size > 0 ? { code: 'POLICY_TYPE_MISSING', found: [...types] } : { code: 'FETCH_NONE_FOUND', found: ['no attestation'] };
}

/** True for attestations: their statement is there. */
export function isAttested(proof: VerifiedEvidence): proof is Attested {
  return proof.kind === 'attestation' && proof.statement !== undefined;
}

/** The same demand on signers as an attestation requirement, which is what votes are counted for. */
export function asAttestation({ name, by, threshold, maxAge }: Vouching, type: string): AttestationRequirement {
  return { kind: 'attestation', name, type, by, threshold, ...(maxAge === undefined ? {} : { maxAge }) };
}

/** What votes are counted for when a rule looks at content as well. */
export function demandOf(requirement: Vouching, rule: ContentRule): AttestationRequirement {
  const base = asAttestation(requirement, rule.wanted);
  return rule.statedAt === undefined
    ? base
    : { ...base, statedAt: ({ statement }) => (statement === undefined ? undefined : rule.statedAt?.(statement)) };
}

function toProblem({ code, claim, path, expected, found }: Mismatch, proof: Attested): EvidenceProblem {
  return {
    code,
    source: proof.source,
    found: `${claim} ${found} (${path})`,
    expected: `${claim} ${expected}`,
    claimedType: proof.statement.predicateType,
  };
}
