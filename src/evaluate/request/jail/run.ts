/** A run is judged before it starts, by what of its pods is known then: hermetic execution, and ways out that are written into it. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildContainer, BuildTask, PodSettings } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { classedTasks } from '../classes.ts';
import type { ClassedTask } from '../classes.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { judgeAnnotation, judgeArgo, judgeBypass, judgeEngine } from './hermetic.ts';
import { annotationsOut, containerOut, settingsOut, sidecarOut, tokenOut, volumesOut } from './ways-out.ts';

/**
 * What is wrong with a run for the tasks of it that run user code. What its engine only fetches later is judged with the pod; so is
 * all of it once more, by the labels of the pod as well. While a definition is not known nothing is said of the run but that.
 */
export function judgeRun(request: BuildRequest, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] {
  const { tasks, open } = classedTasks(request, requirement, question);
  if (open.length > 0) return open;
  const jailed = tasks.filter((task) => requirement.classes.userCode.has(task.class) && !isFetchedLater(task));
  const outcomes = jailed.flatMap((task) => waysOut(task, request));
  if (requirement.hermetic === 'required' && jailed.length > 0) outcomes.push(...judgeHermetic(jailed, request, question));
  return onceEach(outcomes);
}

/** Its class cannot be known yet: it counts as a build, and may turn out to be signed as something else. */
function isFetchedLater({ use, task, verifiedName }: ClassedTask): boolean {
  return use.form === 'remote' && task === undefined && verifiedName === undefined;
}

function waysOut(one: ClassedTask, request: BuildRequest): readonly RequestOutcome[] {
  const { called, path, task } = one;
  const pods = settingsFor(one, request);
  const found = [
    ...annotationsOut(request.annotations, request.kind),
    ...pods.flatMap((settings) => [...settingsOut(settings, called), ...annotationsAt(settings.annotations ?? {}, called, settings.path)]),
  ];
  // Shipwright has no setting for it: the TaskRun that it makes is judged.
  if (request.engine !== 'shipwright') {
    const settings = pods.find(({ automountServiceAccountToken }) => automountServiceAccountToken !== undefined);
    found.push(...tokenOut(settings?.automountServiceAccountToken, settings?.path ?? 'spec', called));
  }
  if (task === undefined) return found;
  // What its task has from the run was told of the run.
  const told = [request.annotations, ...pods.map(({ annotations = {} }) => annotations)];
  const own = Object.entries(task.annotations).filter(([name, value]) => !told.some((texts) => texts[name] === value));
  return [...found, ...seenFrom(one, waysOutOf(task, called)), ...annotationsAt(Object.fromEntries(own), called, path)];
}

function waysOutOf(task: BuildTask, called: string): readonly RequestOutcome[] {
  return [
    ...[...stepsOf(task), ...task.sidecars].flatMap((container) => containerOut(container, within(called, container))),
    ...task.sidecars.map((sidecar) => sidecarOut(sidecar, within(called, sidecar))),
    ...volumesOut(task.volumes, called),
  ];
}

/** What stands in a definition that was looked up is told at the reference to it: its own paths lead nowhere in the run. */
function seenFrom({ use, path }: ClassedTask, outcomes: readonly RequestOutcome[]): readonly RequestOutcome[] {
  const isElsewhere = use.form === 'local' || use.form === 'remote' || use.path !== path;
  if (!isElsewhere) return outcomes;
  return outcomes.map((outcome) => ({ ...outcome, path, cause: `in the definition, at ${outcome.path ?? ''}` }));
}

function annotationsAt(annotations: BuildTask['annotations'], called: string, path: string): readonly RequestOutcome[] {
  return annotationsOut(annotations, called).map((outcome) => ({ ...outcome, path }));
}

/** Settings of pods that hold for a task, the narrowest first. */
function settingsFor({ name }: ClassedTask, { pods }: BuildRequest): readonly PodSettings[] {
  return [...pods.filter(({ task }) => task === name), ...pods.filter(({ task }) => task === undefined)];
}

/** Shipwright hands its TaskRun no annotation that asks for it; that is judged. */
function judgeHermetic(jailed: readonly ClassedTask[], request: BuildRequest, question: RequestQuestion): readonly RequestOutcome[] {
  if (request.engine === 'shipwright') return [];
  if (request.engine === 'argo') return [judgeArgo(request.kind)];
  return [...jailed.flatMap((task) => hermeticAt(task, request)), ...judgeEngine(question)];
}

/**
 * Tekton merges annotations: those that a run has for one of its tasks come first, then those of the run, and last those of the
 * definition. A definition that is embedded has its own merged with the first.
 */
function hermeticAt(one: ClassedTask, request: BuildRequest): readonly RequestOutcome[] {
  const { called, path, task, use } = one;
  const pods = settingsFor(one, request);
  const own = task?.annotations ?? {};
  const isEmbedded = use.form === 'inline' && request.kind !== 'TaskRun';
  const narrow = pods.flatMap(({ task: name, annotations }) => (name === undefined || annotations === undefined ? [] : [annotations]));
  return [
    ...pods.flatMap((settings) => judgeBypass(settings.environment, settings.environmentFrom, called)),
    ...seenFrom(one, (task === undefined ? [] : stepsOf(task))
      .flatMap((step) => judgeBypass(step.environment, step.environmentFrom, within(called, step)))),
    ...judgeAnnotation([...narrow, ...(isEmbedded ? [own] : []), request.annotations, own], { path, artifact: called }),
  ];
}

function stepsOf({ steps, template }: BuildTask): readonly BuildContainer[] {
  return template === undefined ? steps : [...steps, template];
}

const within = (called: string, { holder }: BuildContainer): string => `${called}, ${holder}`;

/** What holds for all tasks is said once, for the first. */
function onceEach(outcomes: readonly RequestOutcome[]): readonly RequestOutcome[] {
  const seen = new Set<string>();
  return outcomes.filter(({ code, path = '', artifact = '', found = [], cause = '' }) => {
    const isPlace = code === 'POLICY_JAIL_POD' || code === 'POLICY_JAIL_BYPASS';
    const key = [code, path, found[0], cause, ...(isPlace ? [] : [artifact])].join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
