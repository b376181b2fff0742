/** A run is judged before it starts, by what of its pods is known then: hermetic execution, and ways out that are written into it. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildContainer } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { definitionAnnotations } from './user-code.ts';
import { EXECUTION_MODE, judgeAnnotation, judgeBypass, judgeEngine } from './hermetic.ts';
import { jailedPlaces } from './places.ts';
import type { JailedPlace } from './places.ts';
import { annotationsOut, containerOut, settingsOut, sidecarOut, tokenOut, volumesOut } from './ways-out.ts';

/**
 * What is wrong with a run for the tasks of it that run code of users. What it only names is judged when it is there: tasks of a
 * pipeline with their TaskRuns, all with their pods, whose labels the network policies are asked about.
 */
export function judgeRun(request: BuildRequest, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] {
  const { places, unknown } = jailedPlaces(request, requirement, question);
  const outcomes = [...unknown];
  for (const place of places) outcomes.push(...waysOut(place, request));
  if (requirement.hermetic === 'required') outcomes.push(...judgeHermetic(places, request, requirement, question));
  return onceEach(outcomes);
}

function waysOut({ called, path, task, pods }: JailedPlace, request: BuildRequest): readonly RequestOutcome[] {
  const found = [...annotationsOut(request.annotations, request.kind), ...pods.flatMap((settings) => settingsOut(settings, called))];
  // Shipwright has no setting for it: the TaskRun that it makes is judged.
  if (request.engine !== 'shipwright') {
    const settings = pods.find(({ automountServiceAccountToken }) => automountServiceAccountToken !== undefined);
    const at = settings ?? pods[0];
    found.push(...tokenOut(settings?.automountServiceAccountToken, at === undefined ? path : at.path, called));
  }
  if (task === undefined) return found;
  for (const container of [...containersOf(task.steps, task.template), ...task.sidecars]) {
    found.push(...containerOut(container, within(called, container)));
  }
  return [
    ...found,
    ...task.sidecars.map((sidecar) => sidecarOut(sidecar, within(called, sidecar))),
    ...volumesOut(task.volumes, called),
    ...annotationsOut(task.annotations, called).map((outcome) => ({ ...outcome, path: task.path })),
  ];
}

function judgeHermetic(
  places: readonly JailedPlace[], request: BuildRequest, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] {
  if (places.length === 0 || request.engine === 'shipwright') return [];
  if (request.engine === 'argo') {
    const cause = 'Argo Workflows has no hermetic execution: a policy for its runs says hermetic: off';
    return [{ code: 'POLICY_JAIL_HERMETIC', expected: ['hermetic execution'], found: [request.kind], cause }];
  }
  return [...places.flatMap((place) => hermeticAt(place, request, requirement, question)), ...judgeEngine(question)];
}

/** Annotations of the task come before those of the run (Tekton merges them so), and those of a TaskRun before those of its Task. */
function hermeticAt(
  { called, path, task, pods, definition }: JailedPlace, request: BuildRequest, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] {
  const found = pods.flatMap((settings) => judgeBypass(settings.environment, settings.environmentFrom, called));
  if (task !== undefined) {
    for (const container of containersOf(task.steps, task.template)) {
      found.push(...judgeBypass(container.environment, container.environmentFrom, within(called, container)));
    }
  } else if (request.kind !== 'TaskRun') return found;
  const written = [task?.annotations ?? {}, request.annotations];
  if (written.some((texts) => Object.hasOwn(texts, EXECUTION_MODE)))
    return [...found, ...judgeAnnotation(written, { path, artifact: called })];
  const own = definitionAnnotations(request.definitions[definition], request.namespace, requirement, question);
  if (own === undefined) return [...found, unknownYet(`annotations of the definition of ${called}`, undefined, path)];
  return [...found, ...judgeAnnotation([own], { path, artifact: called })];
}

function containersOf(steps: readonly BuildContainer[], template: BuildContainer | undefined): readonly BuildContainer[] {
  return template === undefined ? steps : [...steps, template];
}

const within = (called: string, { holder }: BuildContainer): string => `${called}, ${holder}`;

/** What holds for all tasks is said once. */
function onceEach(outcomes: readonly RequestOutcome[]): readonly RequestOutcome[] {
  const seen = new Set<string>();
  return outcomes.filter(({ code, path = '', artifact = '', found = [] }) => {
    const key =
      code === 'POLICY_JAIL_POD' || code === 'POLICY_JAIL_BYPASS'
        ? `${code} ${path} ${found[0]}`
        : `${code} ${path} ${artifact} ${found[0]}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
