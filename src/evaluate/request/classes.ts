/** What each task of a build is (fetch, build, test, publish): said by the policy or by what is signed, never by the run. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { BuildTask } from '../../domain/build/task.ts';
import { TASK_CLASSES } from '../../domain/policy/request-policy.ts';
import type { TaskClass, TaskClasses } from '../../domain/policy/request-policy.ts';
import { openLevel } from './definition/graph.ts';
import type { DefinitionNode } from './definition/graph.ts';
import { entryOf, sameUse } from './definition/made.ts';
import { isTask, planOf } from './definition/places.ts';
import type { Placed } from './definition/places.ts';
import type { SignedBy } from './definition/vouched.ts';
import { belongingTo } from './owner.ts';
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

/** What is looked at of a task that was laid out. */
type Origin = Pick<Placed, 'node' | 'task' | 'level' | 'group'>;

/** What decides about classes, as requirements carry it. */
export interface ClassRules {
  readonly classes: TaskClasses;
  readonly signedBy?: SignedBy | undefined;
}

/**
 * The class of a task: by the policy's names for verified definitions first, then by the label of the verified definition. What stands
 * in a verified pipeline has no name of its own, and the labels that stand there; what stands in a verified template has those of the
 * template as well. Everything else is `build`. `claims` says the same without asking who signed.
 */
export function classOf(placed: Origin, classes: TaskClasses): Pick<ClassedTask, 'class' | 'claims'> {
  const { node, task } = placed;
  const defining = definingNode(placed);
  const name = defining === undefined ? undefined : nameOf(defining);
  const named = name === undefined ? undefined : classes.definitions.find((one) => one.task.test(name))?.class;
  const own = node.fact === undefined ? byLabel(task?.labels ?? {}, classes) : undefined;
  const claims = named ?? own ?? byLabel(defining?.fact?.labels ?? {}, classes) ?? 'build';
  return { class: node.verified ? claims : 'build', claims };
}

/** The definition that a task is an instance of, or of which it is a template; pipelines only hold tasks. */
function definingNode({ node, level, group }: Pick<Placed, 'node' | 'level' | 'group'>): DefinitionNode | undefined {
  if (node.fact !== undefined) return isHolder(node) ? undefined : node;
  if (level.self?.fact !== undefined) return isHolder(level.self) ? undefined : level.self;
  return group === undefined ? undefined : definingNode(group);
}

function isHolder({ use, fact }: DefinitionNode): boolean {
  return use.kind === 'pipeline' || fact?.kind === 'pipeline';
}

/** Of a template among others in one definition: the name of the definition, and its own after a `/`. */
function nameOf({ use, fact }: DefinitionNode): string | undefined {
  return fact === undefined || use.form !== 'local' || use.entry === undefined ? fact?.name : `${fact.name}/${use.entry}`;
}

function byLabel(labels: Readonly<Record<string, string>>, { label }: TaskClasses): TaskClass | undefined {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  return TASK_CLASSES.find((one) => one === value);
}

/** A task that was laid out, with its class. */
function classed(placed: Placed, classes: TaskClasses): ClassedTask {
  const { name, node, path, task } = placed;
  return {
    name, path,
    called: node.called,
    use: node.use,
    ...classOf(placed, classes),
    ...(verifiedName(node) === undefined ? {} : { verifiedName: verifiedName(node) ?? '' }),
    ...(task === undefined ? {} : { task }),
  };
}

/** The name by which a policy may know a task: of a verified definition that is no pipeline. */
export function verifiedName(node: DefinitionNode): string | undefined {
  return node.verified ? claimedName(node) : undefined;
}

/** The same name, whether anybody has signed it or not. */
export function claimedName(node: DefinitionNode): string | undefined {
  return isHolder(node) ? undefined : nameOf(node);
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
    return { ...classed(one, classes), ...classOf(origin, classes) };
  });
  return { tasks, open };
}

/**
 * The task of a run whose content an engine has written into what it made for that run. The owner is a claim that anybody can write:
 * what counts is that the run is there, and that its task says the same, so that it is the same code, whoever wrote it here.
 */
function originOf(
  { node }: Placed, request: BuildRequest, signedBy: SignedBy | undefined, question: RequestQuestion,
): Origin | RequestOutcome | undefined {
  const { owner, namespace } = request;
  if (owner === undefined || node.use.form !== 'inline' || node.use.usedBy !== undefined) return undefined;
  const belonging = belongingTo(owner, namespace, question.ask);
  if (belonging.state === 'wrong') return belonging.outcome.code === 'POLICY_FACT_UNKNOWN' ? belonging.outcome : undefined;
  if (belonging.state === 'own') return undefined;
  const level = openLevel(belonging.run.request, question, signedBy);
  const entry = entryOf(request, level);
  if (entry === 'open') return { code: 'POLICY_FACT_UNKNOWN', path: node.path, found: [`the pipeline of ${owner.kind} ${owner.name}`] };
  if (entry === undefined || !sameUse(node, entry)) return undefined;
  return planOf(level).placed.find((one) => one.node === entry);
}
