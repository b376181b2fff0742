/** The statements that count for a step: by its signers, and with their conditions known to hold. */
import type { EvidenceProblem, ProvenEvidence } from '../../domain/evidence.ts';
import type { RequiredStep } from '../../domain/policy/layout-requirement.ts';
import { personOf } from '../../domain/policy/same.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { Stated } from '../content/content.ts';
import { describeSigner } from '../describe.ts';
import { makeExamination } from '../content/examination.ts';
import { toProblem } from '../examined.ts';
import type { Question } from '../question.ts';
import { countVotes } from '../vouched/votes.ts';
import type { AcceptedStatement } from './candidates.ts';
import type { LayoutProblem } from './result.ts';

/** The statements of the step's type by its signers, each with all signers it counts for; what they are about is the chain's to judge. */
export function statementsOf(step: RequiredStep, evidence: readonly ProvenEvidence[], question: Question): Heard {
  const relevant = evidence.filter(({ kind, statement }) => kind === 'attestation' && statement?.predicateType === step.type);
  const { accepted, rejected } = countVotes({ kind: 'attestation', ...step }, relevant, question);
  const revoked = [...rejected.values()].filter(isRevoked);
  const heard = { statements: [] as AcceptedStatement[], refused: [] as EvidenceProblem[], open: [] as EvidenceProblem[], revoked };
  for (const [proof, { names }] of accepted) {
    if (!isStated(proof)) continue;
    const problems = conditionProblems(step, proof, question);
    if (problems.length === 0)
      heard.statements.push({
        source: proof.source,
        functionary: describeSigner(proof.signer),
        person: personOf(proof.signer),
        signers: names.split(', '),
        statement: proof.statement,
      });
    for (const problem of problems) (reason(problem.code).verdict === 'undetermined' ? heard.open : heard.refused).push(problem);
  }
  return heard;
}

function isRevoked({ code }: EvidenceProblem): boolean {
  return code === 'POLICY_REVOKED';
}

/** Statements that count, those whose conditions do not hold, those of which that is not known, and those whose signers are revoked. */
export interface Heard {
  readonly statements: readonly AcceptedStatement[];
  readonly refused: readonly EvidenceProblem[];
  readonly open: readonly EvidenceProblem[];
  readonly revoked: readonly EvidenceProblem[];
}

function isStated(proof: ProvenEvidence): proof is Stated {
  return proof.statement !== undefined;
}

/** Why the conditions of the step do not hold for a statement; the content is examined in another thread, so it may not be known yet. */
function conditionProblems(step: RequiredStep, proof: Stated, question: Question): readonly EvidenceProblem[] {
  if (step.where.length === 0) return [];
  const examined = question.examine?.(makeExamination(step, { proof, vex: [], others: [] }, question));
  if (examined === undefined)
    return [{ code: 'ENGINE_DEADLINE', source: proof.source, cause: 'the content of the attestation has not been examined yet' }];
  if (!examined.ok) return [{ code: examined.code, source: proof.source, cause: examined.cause }];
  return examined.objections.map((objection) => toProblem(step, objection, proof));
}

/** A step for which too little was found is explained by the statements whose conditions do not hold. */
export function withRefused(problem: LayoutProblem, refused: readonly EvidenceProblem[]): LayoutProblem {
  const [first] = refused;
  if (first === undefined || (problem.kind !== 'link-missing' && problem.kind !== 'threshold')) return problem;
  return {
    ...problem, expected: first.expected ?? problem.expected ?? '', found: refused.map(({ found, source }) => found ?? source).join(', '),
    trace: [...refused.flatMap(({ source, cause }) => (cause === undefined ? [] : [`${source}: ${cause}`])), ...(problem.trace ?? [])],
  };
}
