/** A run is judged before it starts, by what of its pods is known then: hermetic execution, and ways out that are written into it. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildContainer, BuildTask, PodSettings } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { judgeAnnotation, judgeBypass, judgeEngine } from './hermetic.ts';
import { tasksWithClass } from './user-code.ts';
import type { TaskWithClass } from './user-code.ts';
import { annotationsOut, containerOut, settingsOut, sidecarOut, tokenOut, volumesOut } from './ways-out.ts';

/**
 * What is wrong with a run for the tasks of it that run code of users. What it only names is judged when it is there: tasks of a
 * pipeline with their TaskRuns, all with their pods, by whose labels the network policies are asked about.
 */
export function judgeRun(request: BuildRequest, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] {
  const { tasks, open } = tasksWithClass(request, requirement, question);
  const jailed = tasks.filter(({ isUserCode }) => isUserCode);
  const outcomes = [...open];
  for (const task of jailed) outcomes.push(...waysOut(task, request));
  if (requirement.hermetic === 'required' && jailed.length > 0) outcomes.push(...judgeHermetic(jailed, request, question));
  return onceEach(outcomes);
}

function waysOut(one: TaskWithClass, request: BuildRequest): readonly RequestOutcome[] {
  const { called, path, task } = one;
  const pods = settingsFor(one, request);
  const found = [...annotationsOut(request.annotations, request.kind), ...pods.flatMap((settings) => settingsOut(settings, called))];
  // Shipwright has no setting for it: the TaskRun that it makes is judged.
  if (request.engine !== 'shipwright') {
    const settings = pods.find(({ automountServiceAccountToken }) => automountServiceAccountToken !== undefined);
    found.push(...tokenOut(settings?.automountServiceAccountToken, (settings ?? pods[0])?.path ?? path, called));
  }
  return task === undefined ? found : [...found, ...waysOutOf(task, called)];
}

function waysOutOf(task: BuildTask, called: string): readonly RequestOutcome[] {
  return [
    ...[...stepsOf(task), ...task.sidecars].flatMap((container) => containerOut(container, within(called, container))),
    ...task.sidecars.map((sidecar) => sidecarOut(sidecar, within(called, sidecar))),
    ...volumesOut(task.volumes, called),
    ...annotationsOut(task.annotations, called).map((outcome) => ({ ...outcome, path: task.path })),
  ];
}

/** Settings of pods that hold for a task, the narrowest first. */
function settingsFor({ name }: TaskWithClass, { pods }: BuildRequest): readonly PodSettings[] {
  return [...pods.filter(({ task }) => task === name), ...pods.filter(({ task }) => task === undefined)];
}

/** Shipwright hands its TaskRun no annotation that asks for it; that is judged. */
function judgeHermetic(jailed: readonly TaskWithClass[], request: BuildRequest, question: RequestQuestion): readonly RequestOutcome[] {
  if (request.engine === 'shipwright') return [];
  if (request.engine === 'argo') {
    const cause = 'Argo Workflows has no hermetic execution: a policy for its runs says hermetic: off';
    return [{ code: 'POLICY_JAIL_HERMETIC', expected: ['hermetic execution'], found: [request.kind], cause }];
  }
  return [...jailed.flatMap((task) => hermeticAt(task, request)), ...judgeEngine(question)];
}

/**
 * Tekton merges annotations: those of an embedded task come before those of its run, those of a TaskRun before those of its Task. What a
 * PipelineRun says of a task that it only names comes with the TaskRun of that task, and is judged there.
 */
function hermeticAt(one: TaskWithClass, request: BuildRequest): readonly RequestOutcome[] {
  const { called, path, task } = one;
  const found = settingsFor(one, request).flatMap((settings) => judgeBypass(settings.environment, settings.environmentFrom, called));
  if (task !== undefined) {
    found.push(...stepsOf(task).flatMap((step) => judgeBypass(step.environment, step.environmentFrom, within(called, step))));
  }
  const own = task?.annotations ?? {};
  if (request.kind === 'TaskRun')
    found.push(...judgeAnnotation([request.annotations, own], { path: 'metadata.annotations', artifact: called }));
  else if (task !== undefined && request.tasks.includes(task)) {
    found.push(...judgeAnnotation([own, request.annotations], { path, artifact: called }));
  }
  return found;
}

function stepsOf({ steps, template }: BuildTask): readonly BuildContainer[] {
  return template === undefined ? steps : [...steps, template];
}

const within = (called: string, { holder }: BuildContainer): string => `${called}, ${holder}`;

/** What holds for all tasks is said once, for the first. */
function onceEach(outcomes: readonly RequestOutcome[]): readonly RequestOutcome[] {
  const seen = new Set<string>();
  return outcomes.filter(({ code, path = '', artifact = '', found = [] }) => {
    const isPlace = code === 'POLICY_JAIL_POD' || code === 'POLICY_JAIL_BYPASS';
    const key = [code, path, found[0], ...(isPlace ? [] : [artifact])].join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
