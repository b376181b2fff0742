/** What a task takes in, and the run in which: of a TaskRun that is made, and of a pod by its live TaskRun. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { RunFact } from '../../../domain/build/facts.ts';
import type { Matter, PodMatter } from '../../../domain/build/matter.ts';
import { own } from '../../../text/json/fields.ts';
import { openLevel } from '../definition/graph.ts';
import type { DefinitionNode } from '../definition/graph.ts';
import { belongingOf, belongingTo, claimedRun } from '../owner.ts';
import type { Belonging } from '../owner.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { taskInputs } from './inputs.ts';
import type { TaskInput } from './inputs.ts';
import type { RunOfTasks } from '../publishing/summary-run.ts';
import { givenValue, namedValues, withDefaults } from './values.ts';
import type { NamedValue } from './values.ts';

/** The artifacts that its parameters carry, and the run whose receipts count. */
export interface TakenIn {
  readonly inputs: readonly TaskInput[];
  /** Uid of the run that owns it; absent: it is a run by itself, and nothing was asked in it before it was there. */
  readonly run?: string;
  /** The runs that hold it, live, the innermost first; empty where it is a run by itself. */
  readonly within: readonly RunOfTasks[];
  /** Its own uid, of a pod that of its TaskRun; empty for what is about to be made. */
  readonly uid: string;
  /** As people call the run. */
  readonly called: string;
}

type Result = TakenIn | { readonly outcomes: readonly RequestOutcome[] } | undefined;

/** What is judged: TaskRuns and the pods of such. `undefined` for everything else, and where no parameter carries an artifact. */
export function takenIn(question: RequestQuestion): Result {
  const { matter } = question;
  if (matter.about === 'pod') return matter.operation === 'CREATE' ? ofPod(matter, question) : undefined;
  if (matter.about !== 'build' || !isTaskRun(matter)) return undefined;
  // Until it starts it can be written anew: it would start with what was never judged, and be written back before its pod is.
  if (matter.operation !== 'CREATE' && (matter.operation !== 'UPDATE' || matter.request.isUnchanged === true)) return undefined;
  const { request } = matter;
  const values = withDefaults(request.parameters.map(givenValue), defaultsOf(request, question));
  return inRun(taskInputs(values), { uid: '', request }, () => belongingOf(matter, question), question);
}

function isTaskRun(matter: Extract<Matter, { readonly about: 'build' }>): boolean {
  const { engine, role, kind } = matter.request;
  return engine === 'tekton' && role === 'run' && kind === 'TaskRun';
}

/** By what is executed: what its engine has fetched, with the defaults that nobody knew when the TaskRun was made. */
function ofPod({ owner, namespace, requester }: PodMatter, question: RequestQuestion): Result {
  // What anybody else makes is said to be no pod of the run (`writers`).
  if (owner?.kind !== 'TaskRun' || !question.settings.tekton.controllers.has(requester.username)) return undefined;
  const claimed = claimedRun(owner, { group: 'tekton.dev', resource: 'taskruns' }, namespace, question.ask);
  if (!claimed.found) return { outcomes: [claimed.outcome] };
  const { run } = claimed;
  const given = run.request.parameters.map(givenValue);
  const values = withDefaults(given, [...defaultsOf(run.executed ?? run.request, question), ...executedDefaults(run, question)]);
  const inputs = taskInputs(values).map((input) => ({ ...input, path: '' }));
  return inRun(inputs, run, () => belongingTo(run.request.owner, namespace, question.ask), question);
}

function executedDefaults(run: RunFact, question: RequestQuestion): readonly NamedValue[] {
  return run.executed === undefined ? [] : defaultsOf(run.request, question);
}

/** Pipelines in pipelines: as many as are followed when somebody asks. */
const MOST_ABOVE = 8;

/** Receipts are given to the outermost PipelineRun, as `authn` follows the pod that asks. */
function inRun(
  inputs: readonly TaskInput[], { uid, request }: Pick<RunFact, 'uid' | 'request'>, belonging: () => Belonging, { ask }: RequestQuestion,
): Result {
  if (inputs.length === 0) return undefined;
  const within: RunOfTasks[] = [];
  let [run, above]: [RunFact | undefined, Belonging] = [undefined, belonging()];
  for (let level = 0; level <= MOST_ABOVE; level += 1) {
    if (above.state === 'wrong') return { outcomes: [above.outcome] };
    if (above.state === 'own' || above.run.request.kind !== 'PipelineRun') break;
    run = above.run;
    within.push({ namespace: request.namespace, name: run.request.name, uid: run.uid });
    above = belongingTo(run.request.owner, request.namespace, ask);
  }
  if (run === undefined) return { inputs, uid, within, called: `${request.kind} ${request.name} by itself` };
  return { inputs, uid, within, run: run.uid, called: `${run.request.kind} ${run.request.name}` };
}

/** Defaults of the one definition that the TaskRun is an instance of; what is not known now is judged with the pod. */
function defaultsOf(request: BuildRequest, question: RequestQuestion): readonly NamedValue[] {
  const node = openLevel(request, question, undefined).nodes.find(({ use }) => use.usedBy === undefined && use.kind === 'task');
  if (node === undefined) return [];
  const values = namedValues(own(contentOf(node), 'params'), `${node.path}.params`, 'default');
  // What stands in a definition that was looked up is told at the reference to it.
  return node.use.form === 'inline' ? values : values.map((value) => ({ ...value, path: node.path }));
}

function contentOf({ use, fact }: DefinitionNode): unknown {
  return use.form === 'inline' ? use.content : own(fact?.content, 'spec');
}
