/** Judging in rounds: by what is known, then again with the answers to what was asked. */
import type { DependencyQuestion } from '../domain/artifact/dependency.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { RevisionQuestion } from '../domain/artifact/revision.ts';
import { byBroken, evaluate } from '../evaluate/index.ts';
import { absentCommit } from './source/absent-commit.ts';
import { requestFacts } from './examinations.ts';
import type { Gathered, Task } from './task.ts';

/** Rounds of questions: a condition that looks at other requirements is asked after these. */
const MOST_ROUNDS = 8;

/** Judges all requirements by what is gathered, and again as long as answers were missing and have come. */
export async function judgeInRounds(task: Task, gathered: Gathered): Promise<Finding[]> {
  let findings = judgeOnce(task, gathered);
  for (let round = 0; hasQuestions(task) && round < MOST_ROUNDS && !allHold(findings); round += 1) {
    await answerQuestions(task);
    findings = judgeOnce(task, gathered);
  }
  return findings;
}

function hasQuestions({ examinations, leads, summaries }: Task): boolean {
  return examinations.open || leads.open || summaries.open;
}

async function answerQuestions({ examinations, leads, summaries }: Task): Promise<void> {
  await Promise.all([examinations, leads, summaries].map((inquiry) => (inquiry.open ? inquiry.answer() : undefined)));
}

/** Findings of all requirements of all policies, always in the same order. */
function judgeOnce(task: Task, { proofs, related, problems, evidence, layouts: proven }: Gathered): Finding[] {
  const { artifact, context, covered, layers, index, examinations, leads, trust, summaries } = task;
  const own = summaries.among(evidence);
  const absent = absentCommit(artifact, { proofs, evidence });
  const common = {
    artifact,
    now: context.ports.clock.now(),
    proofs,
    problems: absent === undefined ? problems : [...problems, absent],
    examine: examinations.ask,
    admits: (question: DependencyQuestion) => leads.ask('image', question),
    request: requestFacts(context.review),
    statementsAbout: (question: RevisionQuestion) => leads.ask('revision', { ...question, evidence, trust }),
    ...(own === undefined ? {} : { summaries: own }),
    ...(covered === undefined ? {} : { covered }),
    ...(context.ports.certificates === undefined ? {} : { certificates: context.ports.certificates }),
    ...(layers === undefined ? {} : { layers }),
    ...(index === undefined ? {} : { index }),
    ...(proven === undefined ? {} : { layouts: proven }),
    ...(related.length === 0 ? {} : { related }),
  };
  const judge = context.policies?.exceptions === undefined ? evaluate : noting(context.policies.disowned, [artifact.digest, covered]);
  return task.policies.flatMap((policy) => policy.broken === undefined
    ? policy.requirements.map((requirement) => judge(requirement, { ...common, policy }))
    : byBroken([policy], artifact));
}

/** Judges, and notes in the finding what no exception lets pass: what is met on the way, and whatever is about these digests if revoked. */
function noting(disowned: ReadonlySet<string> | undefined, digests: readonly (string | undefined)[]): typeof evaluate {
  const isDisowned = digests.some((digest) => digest !== undefined && disowned?.has(digest) === true);
  return (requirement, question) => {
    const noted = { final: isDisowned };
    const finding = evaluate(requirement, { ...question, noted });
    return noted.final && finding.verdict !== 'satisfied' ? { ...finding, final: true } : finding;
  };
}

/** True when nothing speaks against an admission. */
export function allHold(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.verdict === 'satisfied');
}
