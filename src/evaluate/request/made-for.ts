/** What an engine makes for something that was admitted before it: parts of runs, and runs of schedules. */
import type { BuildEngine, BuildRequest } from '../../domain/build/build-request.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';

/** Owners for which engines make objects of builds, by API group and kind. */
const OWNERS: Readonly<Record<string, readonly [engine: BuildEngine, what: 'run' | 'schedule']>> = {
  'tekton.dev/PipelineRun': ['tekton', 'run'],
  'tekton.dev/TaskRun': ['tekton', 'run'],
  'shipwright.io/BuildRun': ['shipwright', 'run'],
  'argoproj.io/Workflow': ['argo', 'run'],
  'argoproj.io/CronWorkflow': ['argo', 'schedule'],
};

/**
 * For what the object was made, when whoever asks is the controller of the engine of the owner that it claims; `undefined` for all that
 * somebody else makes. Whether the claim is true is for `writers` to say, which is part of every policy.
 */
export function madeFor(
  { owner, requester }: Pick<BuildRequest, 'owner' | 'requester'>, settings: BuildSettings,
): 'run' | 'schedule' | undefined {
  if (owner === undefined) return undefined;
  const key = `${owner.apiVersion.split('/')[0]}/${owner.kind}`;
  const [engine, what] = Object.hasOwn(OWNERS, key) ? (OWNERS[key] ?? []) : [];
  return engine !== undefined && settings[engine].controllers.has(requester.username) ? what : undefined;
}
