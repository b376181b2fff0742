/** The TaskRuns of a run, live: those that the run lists and that belong to it; one that merely says so is none. */
import type { GateRun } from '../../../domain/gate/caller.ts';
import { own, ownList, ownText, ownTexts } from '../../../text/json/fields.ts';
import { namedValues, withDefaults } from '../receipts/values.ts';
import type { NamedValue } from '../receipts/values.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** A TaskRun of the run, as it stands now. Parameters and results are what its pipeline and its steps have written. */
export interface RunTask {
  readonly name: string;
  readonly uid: string;
  readonly params: readonly NamedValue[];
  readonly results: readonly NamedValue[];
  /** Epoch milliseconds; `NaN` where the object does not say. */
  readonly createdAt: number;
  /** When it ended well; absent: it has not, or not well, and its results do not count. */
  readonly succeededAt?: number;
}

/** All of them, or what is wrong or not known. */
export type RunTasks =
  | { readonly ok: true; readonly tasks: readonly RunTask[] }
  | { readonly ok: false; readonly outcomes: readonly RequestOutcome[] };

/** Children of one run that are looked at; what a run with more has taken in is not known. */
const MOST_CHILDREN = 500;
const PIPELINE_RUN = 'tekton.dev/pipelineRun';

/**
 * Looks up what the status of the run lists (`childReferences`, which the engine alone may write), each by its name, and compares owner
 * and label. A child of another kind, or one that is gone, may have taken anything in: then it is not known.
 */
export function tasksOfRun(run: RunOfTasks, question: Pick<RequestQuestion, 'ask'>): RunTasks {
  const read = partsOfRun(run, question);
  if (!read.ok) return read;
  const outcomes = read.parts.flatMap((one) => ('outcome' in one ? [one.outcome] : []));
  return outcomes.length > 0 ? { ok: false, outcomes } : { ok: true, tasks: read.parts.filter(isRead) };
}

/**
 * The same where it is enough that something is among them: what is known to be no TaskRun of the run is left out, and `open` is what
 * cannot be looked at now.
 */
export function knownTasksOfRun(
  run: RunOfTasks, question: Pick<RequestQuestion, 'ask'>,
): { readonly tasks: readonly RunTask[]; readonly open: readonly RequestOutcome[] } {
  const read = partsOfRun(run, question);
  if (!read.ok) return { tasks: [], open: read.outcomes };
  const open = read.parts.flatMap((one) => ('outcome' in one && !one.certain ? [one.outcome] : []));
  return { tasks: read.parts.filter(isRead), open };
}

/** The run, by what is compared of it. */
export type RunOfTasks = Pick<GateRun, 'namespace' | 'name' | 'uid'>;

/** Why a part of a run is not looked into; `certain`: asking again would say the same. */
interface Unread {
  readonly outcome: RequestOutcome;
  readonly certain: boolean;
}

type Parts =
  | { readonly ok: true; readonly parts: readonly (RunTask | Unread)[] }
  | { readonly ok: false; readonly outcomes: readonly RequestOutcome[] };

function isRead(part: RunTask | Unread): part is RunTask {
  return !('outcome' in part);
}

function partsOfRun({ namespace, name, uid }: RunOfTasks, { ask }: Pick<RequestQuestion, 'ask'>): Parts {
  const called = `PipelineRun ${name}`;
  const answer = ask({ kind: 'object', group: 'tekton.dev', resource: 'pipelineruns', namespace, name });
  if (answer?.known !== true) return open(unknownYet(called, answer?.cause));
  const found = ownText(own(answer.value, 'metadata'), 'uid');
  if (answer.value === null || found !== uid)
    return open({ code: 'POLICY_CALLER_RUN', artifact: called, expected: [`uid ${uid}`], found: [found ?? 'there is none of that name'] });
  const children = ownList(own(answer.value, 'status'), 'childReferences') ?? [];
  if (children.length > MOST_CHILDREN) return open(unknownYet(`the parts of ${called}`, `there are more than ${MOST_CHILDREN}`));
  return { ok: true, parts: children.map((child) => readChild(child, { namespace, name, uid }, ask)) };
}

function open(outcome: RequestOutcome): Extract<Parts, { readonly ok: false }> {
  return { ok: false, outcomes: [outcome] };
}

function readChild(child: unknown, run: RunOfTasks, ask: RequestQuestion['ask']): RunTask | Unread {
  const [kind = '', name = ''] = [ownText(child, 'kind'), ownText(child, 'name')];
  const called = `${kind} ${name}`.trim();
  if (kind !== 'TaskRun' || name === '')
    return { outcome: unknownYet(called, 'only TaskRuns are looked into, and this part of the run may have taken anything in'), certain: true };
  const answer = ask({ kind: 'object', group: 'tekton.dev', resource: 'taskruns', namespace: run.namespace, name });
  if (answer?.known !== true) return { outcome: unknownYet(called, answer?.cause), certain: false };
  const metadata = own(answer.value, 'metadata');
  const owner = (ownList(metadata, 'ownerReferences') ?? []).find((one) => own(one, 'controller') === true);
  const isOwned = ownText(owner, 'kind') === 'PipelineRun' && ownText(owner, 'uid') === run.uid;
  if (answer.value === null || !isOwned || ownTexts(metadata, 'labels')[PIPELINE_RUN] !== run.name)
    return { outcome: unknownYet(called, 'what the run lists is gone, or another one of that name stands there'), certain: true };
  const { value } = answer;
  const [spec, status] = [own(value, 'spec'), own(value, 'status')];
  const succeededAt = endOf(status);
  return {
    name, uid: ownText(metadata, 'uid') ?? '',
    // As it was executed: what is not given has the default of the definition.
    params: withDefaults(
      namedValues(own(spec, 'params'), 'spec.params'), namedValues(own(own(status, 'taskSpec'), 'params'), 'status.taskSpec.params', 'default'),
    ),
    // `taskResults` is how v1beta1 calls them.
    results: namedValues(own(status, 'results') ?? own(status, 'taskResults'), 'status.results'),
    createdAt: Date.parse(ownText(metadata, 'creationTimestamp') ?? ''),
    ...(succeededAt === undefined ? {} : { succeededAt }),
  };
}

function endOf(status: unknown): number | undefined {
  const condition = (ownList(status, 'conditions') ?? []).find((one) => ownText(one, 'type') === 'Succeeded');
  const at = Date.parse(ownText(status, 'completionTime') ?? '');
  return ownText(condition, 'status') === 'True' && !Number.isNaN(at) ? at : undefined;
}
