/** What each task of a build is (fetch, build, test, publish): said by the policy or by what is signed, never by the run. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { BuildTask } from '../../domain/build/task.ts';
import { TASK_CLASSES } from '../../domain/policy/request-policy.ts';
import type { TaskClass, TaskClasses } from '../../domain/policy/request-policy.ts';
import { openLevel } from './definition/graph.ts';
import type { DefinitionNode } from './definition/graph.ts';
import { entryOf, liveRun, sameUse } from './definition/made.ts';
import { isTask, planOf } from './definition/places.ts';
import type { Placed } from './definition/places.ts';
import type { SignedBy } from './definition/vouched.ts';
import type { RequestOutcome, RequestQuestion } from './question.ts';

/** A task with its class. */
export interface ClassedTask {
  /** Its name in the run, with the names of what holds it before a `/`. */
  readonly name: string;
  /** As people call it: `task build`, `pipeline / task build`. */
  readonly called: string;
  /** JSON path in the object under review. */
  readonly path: string;
  /** What it counts as: `build`, unless what is verified says something else. */
  readonly class: TaskClass;
  /** What it says of itself, verified or not: for rules that demand more of a class than of others. */
  readonly claims: TaskClass;
  /** Name of its verified definition. */
  readonly verifiedName?: string;
  /** The use of a definition that it is an instance of, as the object that holds it writes it. */
  readonly use: DefinitionUse;
  /** Its content, where it is known: as the run says it, or as its definition does. */
  readonly task?: BuildTask;
}

/** What decides about classes, as requirements carry it. */
export interface ClassRules {
  readonly classes: TaskClasses;
  readonly signedBy?: SignedBy | undefined;
}

/**
 * The class of what a use of a definition brings: by the policy's names for verified definitions first, then by the label of the
 * verified definition; what stands in a verified pipeline has no name of its own, and the labels that stand there. Everything else is
 * `build`. `claims` says the same without asking who signed.
 */
export function classOf(node: DefinitionNode, task: BuildTask | undefined, classes: TaskClasses): Pick<ClassedTask, 'class' | 'claims'> {
  const claims = byName(node, classes) ?? byLabel(node.fact?.labels ?? task?.labels ?? {}, classes) ?? 'build';
  return { class: node.verified ? claims : 'build', claims };
}

function byName({ use, fact }: DefinitionNode, { definitions }: TaskClasses): TaskClass | undefined {
  if (fact === undefined || use.kind === 'pipeline' || fact.kind === 'pipeline') return undefined;
  return definitions.find(({ task }) => task.test(fact.name))?.class;
}

function byLabel(labels: Readonly<Record<string, string>>, { label }: TaskClasses): TaskClass | undefined {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  return TASK_CLASSES.find((one) => one === value);
}

/** A task that was laid out, with its class. */
export function classed({ name, node, path, task }: Placed, classes: TaskClasses): ClassedTask {
  return {
    name, path,
    called: node.called,
    use: node.use,
    ...classOf(node, task, classes),
    ...(verifiedName(node) === undefined ? {} : { verifiedName: verifiedName(node) ?? '' }),
    ...(task === undefined ? {} : { task }),
  };
}

/** The name by which a policy may know a task: of a verified definition that is no pipeline. */
export function verifiedName({ verified, use, fact }: DefinitionNode): string | undefined {
  return verified && fact !== undefined && fact.kind !== 'pipeline' && use.kind !== 'pipeline' ? fact.name : undefined;
}

/** All tasks of a build with their classes, and what is not known of them now: then whatever rests on all tasks is undetermined. */
export interface ClassedTasks {
  readonly tasks: readonly ClassedTask[];
  readonly open: readonly RequestOutcome[];
}

/**
 * The classes of all tasks that an object runs: what stands in it, and what it refers to as far as that is known. A task whose content an
 * engine has written into what it made for a run has the class of the task of that run, when it says the same; else it is `build`.
 */
export function classedTasks(request: BuildRequest, { classes, signedBy }: ClassRules, question: RequestQuestion): ClassedTasks {
  const { placed, hidden } = planOf(openLevel(request, question, signedBy));
  const open: RequestOutcome[] = hidden.filter(({ state }) => state === 'open').flatMap(({ outcomes }) => outcomes);
  const tasks = placed.filter(isTask).map((one): ClassedTask => {
    if (one.node.state === 'open') open.push(...one.node.outcomes);
    const origin = one.node.verified ? undefined : originOf(one, request, signedBy, question);
    if (origin !== undefined && 'code' in origin) open.push(origin);
    if (origin === undefined || 'code' in origin) return classed(one, classes);
    return { ...classed(one, classes), ...classOf(origin.node, origin.task, classes) };
  });
  return { tasks, open };
}

type Origin = Pick<Placed, 'node' | 'task'>;

/**
 * The task of a run whose content an engine has written into what it made for that run. The owner is a claim that anybody can write:
 * what counts is that the run is there, and that its task says the same, so that it is the same code, whoever wrote it here.
 */
function originOf(
  { node }: Placed, request: BuildRequest, signedBy: SignedBy | undefined, question: RequestQuestion,
): Origin | RequestOutcome | undefined {
  const { owner, namespace } = request;
  if (owner === undefined || node.use.form !== 'inline' || node.use.usedBy !== undefined) return undefined;
  const belonging = liveRun(owner, namespace, question.ask);
  if (belonging.state === 'wrong') return belonging.outcomes.find(({ code }) => code === 'POLICY_FACT_UNKNOWN');
  if (belonging.state === 'own') return undefined;
  const level = openLevel(belonging.run.request, question, signedBy);
  const entry = entryOf(request, level);
  if (entry === 'open') return { code: 'POLICY_FACT_UNKNOWN', path: node.path, found: [`the pipeline of ${owner.kind} ${owner.name}`] };
  if (entry === undefined || !sameUse(node, entry)) return undefined;
  return planOf(level).placed.find((one) => one.node === entry);
}
