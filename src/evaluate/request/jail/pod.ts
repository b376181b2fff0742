/** A pod that runs user code is judged as it will run: its network by its labels, hermetic execution, and every way out of it. */
import type { PodMatter } from '../../../domain/build/matter.ts';
import type { BuildContainer, BuildVolume } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { judgeAnnotation, judgeArgo, judgeBypass, judgeEngine, judgeStep } from './hermetic.ts';
import { judgeNetwork } from './network.ts';
import { engineOfOwner, runOfPod } from './run-of-pod.ts';
import { annotationsOut, containerOut, settingsOut, sidecarOut } from './ways-out.ts';

/** Tekton's own container beside the steps, which reads results; no task may call a sidecar so (pipeline validation). */
const OWN_SIDECAR = 'sidecar tekton-log-results';

/** What is wrong with a pod of a run that is made; `undefined` for one that belongs to no run. */
export function judgePod(pod: PodMatter, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] | undefined {
  const { owner, namespace, labels } = pod;
  const engine = engineOfOwner(owner);
  if (engine === undefined || owner === undefined) return undefined;
  const of = runOfPod(owner, namespace, requirement, question);
  if (!of.found) return [of.outcome];
  if (!of.isUserCode) return [];
  const network = judgeNetwork({ labels, namespace, mayReach: engine === 'argo' ? requirement.apiServer : [] }, requirement, question);
  const hermetic = requirement.hermetic === 'required' ? judgeHermetic(pod, engine, question) : [];
  return [...network, ...hermetic, ...waysOut(pod, engine)];
}

/**
 * What is put into a pod that runs: a container with the rights of the node, or a further network, which some plugins attach when the
 * annotation appears.
 */
export function judgeAdded(pod: PodMatter, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] {
  const { before, annotations, containers } = pod;
  const owner = before?.owner;
  if (owner === undefined) return [];
  const fresh = Object.entries(annotations).filter(([name, value]) => before?.annotations[name] !== value);
  const found = [
    ...annotationsOut(Object.fromEntries(fresh), 'pod'),
    ...containers.filter(({ holder }) => holder.startsWith('ephemeral container '))
      .flatMap((container) => containerOut(container, container.holder)),
  ];
  if (found.length === 0) return [];
  const of = runOfPod(owner, pod.namespace, requirement, question);
  return of.found && !of.isUserCode ? [] : found;
}

function waysOut(pod: PodMatter, engine: 'tekton' | 'argo'): readonly RequestOutcome[] {
  const { settings, containers, annotations } = pod;
  const sidecars = containers.filter((container) => engine === 'tekton' && isBeside(container));
  const volumes = engine === 'argo' ? settings.volumes.filter((volume) => !isOfExecutor(volume, containers)) : settings.volumes;
  return [
    ...settingsOut({ ...settings, volumes }, 'pod'),
    ...annotationsOut(annotations, 'pod'),
    ...containers.flatMap((container) => containerOut(container, container.holder)),
    ...sidecars.map((container) => sidecarOut(container, container.holder)),
  ];
}

/** Argo's own containers, which need a token: a workflow cannot give these names to others. */
const EXECUTORS: ReadonlySet<string> = new Set(['container wait', 'init container init']);

/** A token that only the executor mounts is no way out for the code beside it. */
function isOfExecutor({ name, type }: BuildVolume, containers: readonly BuildContainer[]): boolean {
  const holders = containers.filter(({ mounts }) => mounts.some(({ volume }) => volume === name));
  return type === 'projected' && holders.length > 0 && holders.every(({ holder }) => EXECUTORS.has(holder));
}

/** Whatever runs beside the steps, whoever put it there; init containers are over by then. */
function isBeside({ holder }: { readonly holder: string }): boolean {
  return !holder.startsWith('step ') && !holder.startsWith('init container ') && holder !== OWN_SIDECAR;
}

function judgeHermetic(pod: PodMatter, engine: 'tekton' | 'argo', question: RequestQuestion): readonly RequestOutcome[] {
  if (engine === 'argo') return [judgeArgo('a pod of a Workflow')];
  const steps = pod.containers.filter(({ holder }) => holder.startsWith('step '));
  if (steps.length === 0) return [unknownYet('the steps of the pod', 'it has no container of that name')];
  return [
    ...judgeAnnotation([pod.annotations], { path: 'metadata.annotations', artifact: 'pod' }),
    ...judgeEngine(question),
    ...steps.flatMap((step) => [...judgeStep(step), ...judgeBypass(step.environment, step.environmentFrom, step.holder)]),
  ];
}
