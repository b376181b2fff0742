/** The publish summary of a run: whether who asks may have it, for something that the run has really built from what was admitted. */
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { RunPlace } from '../../../domain/build/facts.ts';
import type { QuestionMatter } from '../../../domain/build/matter.ts';
import { callerName } from '../../../domain/gate/caller.ts';
import type { GateRun } from '../../../domain/gate/caller.ts';
import type { PublishRequirement, RequestPolicy, SummaryRules } from '../../../domain/policy/request-policy.ts';
import { classedTasks } from '../classes.ts';
import type { ClassRules } from '../classes.ts';
import { isStillSo } from '../jail/still-so.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { productsOf } from './products.ts';
import { judgeInputs } from './summary-inputs.ts';
import { taskOutputs } from './summary-outputs.ts';
import type { TaskOutput } from './summary-outputs.ts';
import { judgeProvenanceOf } from './summary-provenance.ts';
import { tasksOfRun } from './summary-run.ts';
import type { RunTask } from './summary-run.ts';

/** Whether a policy lets anybody have a summary: it enforces, and says whose provenance counts. */
export function givesSummaries({ mode, requirements }: Pick<RequestPolicy, 'mode' | 'requirements'>): boolean {
  return mode === 'enforce' && requirements.some((one) => one.kind === 'publish' && one.summary !== undefined);
}

/**
 * Judges a question for a publish summary (issue 13, part 6): asked by an unjailed task of class publish of that run, for a digest that an
 * earlier task of the run has among its results, with provenance of that run, everything taken in with receipts of it. `undefined` for
 * every other question, and where the policy gives no summaries. Only one that is satisfied carries `published`.
 */
export function judgeSummary(
  { question: { asks, caller, run, publishes } }: QuestionMatter, requirement: PublishRequirement, question: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  const { summary } = requirement;
  if (asks !== 'publish' || publishes === undefined || summary === undefined) return undefined;
  const refuse = (found: string): readonly RequestOutcome[] =>
    [{ code: 'POLICY_PUBLISH_CALLER', artifact: callerName(caller), found: [found] }];
  if (run.found === 'unknown') return [{ ...unknownYet('the run of the caller', run.cause), artifact: callerName(caller) }];
  if (run.found === 'wrong') return [{ code: 'POLICY_CALLER_RUN', artifact: callerName(caller), cause: run.cause }];
  if (run.found === 'none') return refuse('a caller of no run');
  const { task, kind, namespace } = run.run;
  if (caller.kind !== 'serviceAccount' || kind !== 'PipelineRun' || task === undefined)
    return refuse(`a caller of ${kind} ${run.run.name}`);
  if (caller.namespace !== namespace) return refuse(`a run of namespace ${namespace}`);
  const ofCaller = judgePublisher(task, namespace, requirement, question);
  if (ofCaller.length > 0) return ofCaller;
  return judgeRun({ run: run.run, task, publishes, summary, rules: requirement }, question);
}

/** The class is that of the verified definition, as it is now and as the engine executes it: nothing that the task says of itself. */
function judgePublisher(
  task: NonNullable<GateRun['task']>, namespace: string, requirement: PublishRequirement, question: RequestQuestion,
): readonly RequestOutcome[] {
  const called = `TaskRun ${task.name}`;
  const answer = question.ask({ kind: 'run', group: 'tekton.dev', resource: 'taskruns', namespace, name: task.name });
  if (answer?.known !== true) return [unknownYet(called, answer?.cause)];
  if (answer.value === null || answer.value.uid !== task.uid) return [{ code: 'POLICY_CALLER_RUN', artifact: called, cause: 'it is gone' }];
  const { tasks, open } = classedTasks(answer.value.request, requirement, question);
  if (open.length > 0) return open;
  // Who changes a definition while a run of it is on its way would choose the class of code that it no longer is.
  const isKnown = tasks.length > 0 && isStillSo(answer.value, requirement.signedBy, question);
  const classes = isKnown ? tasks.map((one) => one.class) : (['build'] as const);
  const told = { artifact: called, expected: ['a task of class publish'], found: [`class ${classes.join(', ')}`] };
  if (classes.some((one) => requirement.classes.userCode.has(one))) return [{ code: 'POLICY_CALLER_JAILED', ...told }];
  return classes.every((one) => one === 'publish') ? [] : [{ code: 'POLICY_PUBLISH_CALLER', ...told }];
}

interface Asked {
  readonly run: GateRun;
  readonly task: NonNullable<GateRun['task']>;
  readonly publishes: Artifact;
  readonly summary: SummaryRules;
  readonly rules: ClassRules;
}

function judgeRun({ run, task, publishes, summary, rules }: Asked, question: RequestQuestion): readonly RequestOutcome[] {
  const all = tasksOfRun(run, question);
  if (!all.ok) return all.outcomes;
  const own = all.tasks.find(({ uid }) => uid === task.uid);
  if (own === undefined)
    return [{ code: 'POLICY_CALLER_RUN', artifact: `TaskRun ${task.name}`, cause: `PipelineRun ${run.name} does not list it` }];
  const builders = all.tasks.filter(({ results }) => taskOutputs(results).some((output) => isOf(publishes, output)));
  const { made, open } = productsOf(run.namespace, all.tasks, rules, question);
  const earlier = builders.filter(({ uid, succeededAt = Infinity }) =>
    uid !== own.uid && succeededAt <= own.createdAt && made.some(({ by }) => by.uid === uid));
  if (open.length > 0) return open;
  if (earlier.length === 0) return [notBuilt(publishes, builders, run)];
  const inputs = judgeInputs(run, all.tasks, made, question);
  if (inputs.length > 0) return inputs;
  const { namespace, name } = run;
  const runs: readonly RunPlace[] = [
    { resource: 'pipelineruns', namespace, name }, ...earlier.map((one) => ({ resource: 'taskruns', namespace, name: one.name }) as const),
  ];
  const answer = question.ask({ kind: 'attestations', artifact: publishes, trust: question.policy.trust, runs });
  if (answer?.known !== true) return [unknownYet(`the provenance of ${publishes.raw}`, answer?.cause)];
  const invocations = { run: run.uid, tasks: new Set(earlier.map(({ uid }) => uid)) };
  const judged = judgeProvenanceOf({ artifact: publishes, found: answer.value, rules: summary, invocations }, question);
  return 'code' in judged ? [judged] : [{ code: 'POLICY_SATISFIED', artifact: publishes.raw, ...judged }];
}

function notBuilt({ raw, digest }: Artifact, builders: readonly RunTask[], { name }: GateRun): RequestOutcome {
  const [one] = builders;
  return {
    code: 'POLICY_PUBLISH_RESULT', artifact: raw,
    expected: [`${digest} among the results of a task of PipelineRun ${name} that had succeeded before this one began`],
    found: [one === undefined ? 'no such result' : `a result of TaskRun ${one.name}, which is no earlier one, or fetches`],
  };
}

/** The same bytes under the same name: what is vouched for is what the task has pushed there. */
function isOf({ kind, name, digest }: Artifact, output: TaskOutput): boolean {
  if (output.digest !== digest) return false;
  if (kind !== 'image') return output.uri === name;
  const read = imageArtifact(output.uri, '', 'publish');
  return read.ok && read.artifact.name === name;
}
