/** What takes examining is asked for; without the answer the finding stays undetermined. */
import type { ContentObjection, Examined } from '../domain/policy/content-check.ts';
import type { EvidenceProblem } from '../domain/evidence.ts';
import type { ExaminedRequirement } from '../domain/policy/examined-requirement.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { PREDICATE_FAMILIES } from '../domain/policy/predicate-types.ts';
import type { Requirement } from '../domain/policy/requirement.ts';
import { asAttestation, isAttested, noneOf } from './content/content.ts';
import type { Attested, Stated } from './content/content.ts';
import { makeExamination } from './content/examination.ts';
import type { TrustedVex } from './content/examination.ts';
import { receiptOfGate } from './content/receipt-of-gate.ts';
import { judgeByOthers } from './vouched/roles.ts';
import type { Judge, Question } from './question.ts';
import { stretchText, timeText } from './vouched/time.ts';
import { judgeVouched } from './vouched/vouched.ts';
import { countVotes } from './vouched/votes.ts';
import { newestOf, openOutcome, openQuestion } from './content/newest.ts';
import type { Decided, Weighed } from './content/newest.ts';
import { findingOf } from './finding.ts';

const VEX_TYPES: ReadonlySet<string> = new Set(PREDICATE_FAMILIES.openvex);

/** Choices of attestations for the other requirements that are tried for one attestation; all are by signers who count. */
const MOST_CHOICES = 64;

/** Clocks of scanners may be this far ahead of ours, milliseconds. */
const CLOCK_SKEW = 300_000;

/**
 * Judges attestations by signer first and content second, where the content is examined in another thread: the
 * question's `examine` gives the answer if it is known. All that is demanded must hold for one attestation; what
 * does not hold for it never counts against others (security.md A10, A17).
 */
export function judgeExamined(requirement: ExaminedRequirement, question: Question, judge: Judge): Finding {
  if (requirement.authors === undefined) return judgeContents(requirement, question, judge);
  return judgeByOthers({ requirement, authors: requirement.authors, question }, (reduced, rest) => judgeContents(reduced, rest, judge));
}

function judgeContents(requirement: ExaminedRequirement, question: Question, judge: Judge): Finding {
  const vouched = asAttestation(requirement, requirement.wanted);
  const relevant = question.proofs.filter(
    (proof): proof is Attested => isAttested(proof) && requirement.types.has(proof.statement.predicateType),
  );
  const { accepted } = countVotes(vouched, relevant, question);
  const problems = question.problems.filter(({ claimedType }) => claimedType === undefined || requirement.types.has(claimedType));
  const passing: Attested[] = [];
  const counting: Weighed[] = [];
  for (const proof of relevant) {
    const receipt = receiptOfGate(proof);
    const names = receipt === undefined ? accepted.get(proof)?.names : undefined;
    if (receipt !== undefined) problems.push(receipt);
    else if (names === undefined) passing.push(proof);
    else counting.push({ proof, signers: names.split(', '), ...examine(requirement, proof, question, judge) });
  }
  const { by, counts, against } = requirement.newest === true ? newestOf(requirement, counting) : eachOf(requirement, counting);
  const narrowed = { relevant: [...passing, ...counts], problems: [...problems, ...against], none: noneOf(question) };
  const finding = judgeVouched({ ...vouched, by }, narrowed, question);
  // Where something could not be looked at, the newest may lie there.
  const open = requirement.newest === true && finding.verdict === 'satisfied' ? openQuestion(problems) : undefined;
  if (open !== undefined) return findingOf(requirement, question, openOutcome(open));
  return finding;
}

/** Each stands for itself: one that holds suffices, whatever the others say. */
function eachOf({ by }: ExaminedRequirement, all: readonly Weighed[]): Decided {
  const counts = all.filter(({ objections }) => objections.length === 0).map(({ proof }) => proof);
  return { by, counts, against: all.flatMap(({ objections }) => objections) };
}

/** What an attestation says of its time, and what speaks against it. */
type Said = Pick<Weighed, 'statedAt' | 'objections'>;

/** What speaks against one attestation; several choices of other attestations are tried, and one that holds suffices. */
function examine(requirement: ExaminedRequirement, proof: Attested, question: Question, judge: Judge): Said {
  const vex = requirement.vex === undefined ? [] : trustedVex(requirement.vex, question);
  const choices = choicesOf(requirement.others, question, judge);
  const [missing] = requirement.others.filter((_, index) => choices[index]?.length === 0);
  if (missing !== undefined)
    return {
      objections: [{
        code: 'POLICY_CONDITION',
        ...about(proof),
        found: `no attestation that satisfies ${missing.name}`,
        expected: `an attestation for ${missing.name}, which the condition looks at`,
      }],
    };
  let first: Said | undefined;
  for (const others of combine(requirement.others.map(({ name }) => name), choices)) {
    const examined = question.examine?.(makeExamination(requirement, { proof, vex, others }, question));
    const objections = problemsOf(requirement, examined, proof, question);
    const said = { objections, statedAt: examined?.ok === true ? examined.claimedAt : undefined };
    if (objections.length === 0) return said;
    first ??= said;
  }
  return first ?? { objections: [] };
}

function trustedVex({ by, maxAge }: NonNullable<ExaminedRequirement['vex']>, question: Question): readonly TrustedVex[] {
  const statements = question.proofs.filter(
    (proof): proof is Attested => isAttested(proof) && VEX_TYPES.has(proof.statement.predicateType),
  );
  const vouched = asAttestation({ name: 'vex', by, threshold: 1, ...(maxAge === undefined ? {} : { maxAge }) }, 'openvex');
  const { accepted } = countVotes(vouched, statements, question);
  return statements.flatMap((proof) => {
    const names = accepted.get(proof)?.names;
    return names === undefined ? [] : [{ proof, authors: names.split(', ') }];
  });
}

/** For each of the other requirements the attestations that satisfy it, each on its own. */
function choicesOf(others: readonly Requirement[], question: Question, judge: Judge): readonly (readonly Attested[])[] {
  const attested = others.length === 0 ? [] : question.proofs.filter(isAttested);
  return others.map((other) =>
    attested.filter((proof) => judge(alone(other), { ...question, proofs: [proof], problems: [] }).verdict === 'satisfied'),
  );
}

function alone(requirement: Requirement): Requirement {
  return 'threshold' in requirement ? { ...requirement, threshold: 1 } : requirement;
}

/** All combinations of one attestation per name, at most {@link MOST_CHOICES}; one empty combination when there are no names. */
function combine(
  names: readonly string[],
  choices: readonly (readonly Attested[])[],
): readonly (readonly (readonly [string, Attested])[])[] {
  let combined: (readonly (readonly [string, Attested])[])[] = [[]];
  for (const [index, name] of names.entries()) {
    combined = combined.flatMap((some) => (choices[index] ?? []).map((proof) => [...some, [name, proof] as const])).slice(0, MOST_CHOICES);
  }
  return combined;
}

function problemsOf(
  requirement: ExaminedRequirement,
  examined: Examined | undefined,
  proof: Attested,
  question: Question,
): readonly EvidenceProblem[] {
  if (examined === undefined)
    return [{ code: 'ENGINE_DEADLINE', ...about(proof), cause: 'the content of the attestation has not been examined yet' }];
  if (!examined.ok) return [{ code: examined.code, ...about(proof), cause: examined.cause }];
  const late = checkScanAge(requirement, examined.claimedAt, question.now);
  return [...(late === undefined ? [] : [late]), ...examined.objections].map((objection) => toProblem(requirement, objection, proof));
}

/** The end of the scan is the scanner's own, signed word: an old scan that is signed anew stays an old scan. */
function checkScanAge({ scanMaxAge }: ExaminedRequirement, endedAt: number | undefined, now: number): ContentObjection | undefined {
  if (scanMaxAge === undefined) return undefined;
  if (endedAt === undefined)
    return { code: 'POLICY_AGE_UNPROVEN', found: 'no metadata.scanFinishedOn', cause: 'the attestation does not say when the scan ended' };
  if (endedAt > now + CLOCK_SKEW)
    return {
      code: 'POLICY_AGE_UNPROVEN',
      found: `a scan that ended at ${timeText(endedAt)}`,
      cause: 'the scan says that it ended in the future',
    };
  return now - endedAt <= scanMaxAge
    ? undefined
    : { code: 'POLICY_TOO_OLD', found: `a scan that ended at ${timeText(endedAt)}`, expected: `at most ${stretchText(scanMaxAge)} old` };
}

/** Characters of a condition that are shown from the place on where it came to an error. */
const SHOWN = 40;

/**
 * What a reader is told of an objection: the condition as it is written, or what the check found. Where the policy's file lies on the
 * server is nobody's business but the owner's, who finds it by the names of policy and requirement.
 */
export function toProblem({ where }: Pick<ExaminedRequirement, 'where'>, objection: ContentObjection, proof: Stated): EvidenceProblem {
  const { code, found, expected, cause, expression, offset } = objection;
  const condition = expression === undefined ? undefined : where[expression];
  if (condition === undefined)
    return {
      code,
      ...about(proof),
      ...(found === undefined ? {} : { found }),
      ...(expected === undefined ? {} : { expected }),
      ...(cause === undefined ? {} : { cause }),
    };
  const written = oneLine(condition.expression);
  const failed = oneLine(condition.expression.slice(offset ?? 0)).slice(0, SHOWN);
  return {
    code,
    ...about(proof),
    found: found ?? cause ?? condition.message ?? `not ${written}`,
    expected: expected ?? written,
    cause: code === 'POLICY_CONDITION' ? 'the condition is false' : `the condition comes to an error at: ${failed}`,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function about(proof: Stated): Pick<EvidenceProblem, 'source' | 'claimedType'> {
  return { source: proof.source, claimedType: proof.statement.predicateType };
}
