/** Both forms of layout come to one finding; none is violated while something could not be looked at. */
import { bytesDigest } from '../domain/artifact/revision.ts';
import type { EvidenceProblem, ProvenEvidence } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { LayoutProof, LayoutRequirement, SignedLayoutRequirement, StepsRequirement } from '../domain/policy/layout-requirement.ts';
import type { Signer } from '../domain/policy/requirement.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { findingOf, noteFinal } from './finding.ts';
import { whoText } from './fix/names.ts';
import type { Outcome } from './finding.ts';
import { leadingProblem } from './vouched/precedence.ts';
import type { Question } from './question.ts';
import { revocationCause } from './vouched/revoked.ts';
import { statementsOf, withRefused } from './layout/heard.ts';
import { judgeAttestationLayout } from './layout/attestation-layout.ts';
import { judgeLayout } from './layout/judge-layout.ts';
import type { JudgeQuestion } from './layout/judge-layout.ts';
import { booksOf, layoutObjection } from './layout/owners.ts';
import type { LayoutProblem, LayoutProblemKind, LayoutResult, StepSummary } from './layout/result.ts';
import { few } from './layout/result.ts';
import { withoutRevoked } from './layout/revoked-links.ts';

/**
 * Judges a `layout` requirement: the artifact came out of a supply chain as the layout describes it, either a signed
 * in-toto layout with its links, or steps over attestations of the artifact.
 *
 * When something could not be looked at, a missing link may be just that: then the answer is undetermined.
 */
export function judgeLayoutRequirement(requirement: LayoutRequirement, question: Question): Finding {
  const outcome = requirement.form === 'signed' ? judgeSigned(requirement, question) : judgeSteps(requirement, question);
  const open =
    outcome.code === 'POLICY_SATISFIED'
      ? undefined
      : leadingProblem(question.problems.filter(({ code }) => reason(code).verdict === 'undetermined'));
  if (open === undefined) return findingOf(requirement, question, outcome);
  return findingOf(requirement, question, {
    code: open.code,
    found: [open.found ?? open.source],
    ...(open.cause === undefined ? {} : { cause: open.cause }),
  });
}

function judgeSigned(requirement: SignedLayoutRequirement, question: Question): Outcome {
  const proof = question.layouts?.find(({ layoutId }) => layoutId === requirement.layoutId);
  if (proof === undefined) return { code: 'ENGINE_FAULT', cause: 'the layout was not looked at' };
  if (!proof.ok) return unproven(proof);
  const digest = bytesDigest(question.artifact.digest);
  if (digest === undefined) return NO_BYTES;
  const objection = layoutObjection(requirement, proof.chain, question);
  if (objection !== undefined) return objection;
  const asked: JudgeQuestion = {
    now: question.now,
    artifacts: [{ digest, ...(requirement.product === undefined ? {} : { path: requirement.product }) }],
    parameters: requirement.parameters,
    dataOnlyInspections: requirement.dataOnlyInspections,
  };
  const { chain, fallen: [fallen] } = withoutRevoked(proof.chain, booksOf(requirement), digest);
  noteFinal(question, fallen !== undefined);
  const result = judgeLayout(chain, asked);
  if (result.ok || fallen === undefined || !judgeLayout(proof.chain, asked).ok) return outcomeOf(result);
  return { code: 'POLICY_REVOKED', cause: revocationCause(fallen, undefined) };
}

function unproven({ problem: { code, cause, found, expected } }: Extract<LayoutProof, { ok: false }>): Outcome {
  return {
    code: 'POLICY_LAYOUT_UNPROVEN',
    ...(expected === undefined ? {} : { expected: [expected] }),
    ...(found === undefined ? {} : { found: [found] }),
    cause: cause ?? reason(code).title,
  };
}

/** Layouts follow bytes from step to step; a commit has none here. */
const NO_BYTES: Outcome = { code: 'POLICY_LAYOUT_UNPROVEN', cause: 'layouts are about files, and this is a commit' };

function judgeSteps(requirement: StepsRequirement, question: Question): Outcome {
  const digest = bytesDigest(question.artifact.digest);
  if (digest === undefined) return NO_BYTES;
  const evidence: readonly ProvenEvidence[] = [...question.proofs, ...(requirement.chained ? question.related ?? [] : [])];
  const heard = requirement.steps.map((step) => ({ step, ...statementsOf(step, evidence, question) }));
  const accepted = new Map(heard.map(({ step, statements }) => [step.name, statements]));
  const layout = {
    steps: requirement.steps.map(({ type, ...step }) => ({ ...step, predicateType: type, functionaries: whoText(step) })),
    chained: requirement.chained,
    sameRun: requirement.sameRun,
  };
  const result = judgeAttestationLayout(layout, accepted, digest);
  if (result.ok) return outcomeOf(result);
  const open = leadingProblem(heard.flatMap(({ open: one }) => one));
  if (open !== undefined) return toOutcome(open);
  const [fallen] = heard.flatMap(({ revoked }) => revoked);
  if (fallen !== undefined && judgeSteps(unbound(requirement), question).code === 'POLICY_SATISFIED') return toOutcome(fallen);
  const refused = new Map(heard.map(({ step, refused: why }) => [step.name, why]));
  return outcomeOf({ ...result, problems: result.problems.map((problem) => withRefused(problem, refused.get(problem.step ?? '') ?? [])) });
}

/** The same steps by the same signers as if nothing of theirs were revoked: asked only to say that it is what they lack. */
function unbound({ steps, ...requirement }: StepsRequirement): StepsRequirement {
  const free = ({ revocations: _, ...signer }: Signer): Signer => signer;
  return { ...requirement, steps: steps.map(({ by, ...step }) => ({ ...step, by: by.map(free) })) };
}

function toOutcome({ code, found, source, cause }: EvidenceProblem): Outcome {
  return { code, found: [found ?? source], ...(cause === undefined ? {} : { cause }) };
}

const CODES: Readonly<Record<LayoutProblemKind, ReasonCode>> = {
  'expired': 'POLICY_LAYOUT_EXPIRED',
  'parameter': 'POLICY_LAYOUT_PARAMETER',
  'inspection': 'POLICY_LAYOUT_INSPECTION',
  'link-missing': 'POLICY_LAYOUT_STEP',
  'threshold': 'POLICY_LAYOUT_STEP',
  'disagreement': 'POLICY_LAYOUT_STEP',
  'chain': 'POLICY_LAYOUT_STEP',
  'run': 'POLICY_LAYOUT_STEP',
  'limit': 'POLICY_LAYOUT_STEP',
  'rule': 'POLICY_LAYOUT_RULE',
  'artifact': 'POLICY_LAYOUT_ARTIFACT',
};

/** The first problem gives the code; all of one code are told together. */
function outcomeOf(result: LayoutResult): Outcome {
  if (result.ok) return { code: 'POLICY_SATISFIED', found: result.steps.map(stepText) };
  const [first] = result.problems;
  if (first === undefined) return { code: 'ENGINE_FAULT', cause: 'the layout was refused without a reason' };
  const code = CODES[first.kind];
  const same = result.problems.filter(({ kind }) => CODES[kind] === code);
  const trace = first.trace ?? [];
  return {
    code,
    expected: same.flatMap((problem) => told(problem, problem.expected)),
    found: same.flatMap((problem) => told(problem, problem.found)),
    cause:
      [
        ...(first.rule === undefined ? [] : [`rule ${first.rule} on ${first.subject ?? 'artifacts'} of step ${first.step ?? ''} failed`]),
        ...(first.artifact === undefined || first.rule !== undefined ? [] : [`artifact ${first.artifact}`]),
        ...trace.slice(0, 8),
      ].join('; ') || KINDS[first.kind],
  };
}

function stepText({ step, signers, dissent = [] }: StepSummary): string {
  const others = dissent.length === 0 ? '' : `; ${few(dissent)} ${dissent.length === 1 ? 'says' : 'say'} something else`;
  return `step ${step}: ${signers.join(', ')}${others}`;
}

function told({ step }: LayoutProblem, text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return [step === undefined ? text : `step ${step}: ${text}`];
}

const KINDS: Readonly<Record<LayoutProblemKind, string>> = {
  'expired': 'the layout has expired',
  'parameter': 'a placeholder has no value',
  'inspection': 'the layout has an inspection',
  'link-missing': 'nothing was found for the step',
  'threshold': 'too few functionaries did the step',
  'disagreement': 'functionaries disagree about what they did',
  'rule': 'an artifact rule failed',
  'artifact': 'the artifact is not a product of the last step',
  'chain': 'the step did not work on what the one before it put out',
  'run': 'the statements are of different runs',
  'limit': 'the layout is beyond a limit',
};
