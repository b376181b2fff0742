/** Says ahead of time what will be needed, and what only the cluster can judge. */
import type { PolicySet } from '../../domain/policy/policy.ts';
import { engineImageNote, uncoveredTektonImages } from '../../select/engine-images.ts';
import type { LocalObject } from '../../surfaces/cli/context.ts';
import { networkPoliciesIn } from './objects.ts';

/** Engines whose objects run as pods of Tekton. */
const BY_TEKTON: ReadonlySet<string> = new Set(['tekton.dev', 'shipwright.io']);

/** What engines start, by group and resource, and what they make for it. */
const RUNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['tekton.dev/pipelineruns', ['TaskRuns']], ['tekton.dev/taskruns', []], ['argoproj.io/workflows', []],
  ['argoproj.io/cronworkflows', ['workflows']], ['shipwright.io/buildruns', ['TaskRuns']],
]);

/** Lines for people about these objects. */
export function notesAbout(objects: readonly LocalObject[], set: PolicySet): readonly string[] {
  return [...laterOnes(objects), ...uncoveredEngineImages(objects, set)];
}

/** What controllers make for runs is not among the files; with it the network of jails is judged. */
function laterOnes(objects: readonly LocalObject[]): readonly string[] {
  const runs = objects.filter(({ group, resource }) => RUNS.has(`${group}/${resource}`));
  const made = [...new Set([...runs.flatMap(({ group, resource }) => RUNS.get(`${group}/${resource}`) ?? []), 'pods'])];
  const bare = [...new Set(runs.map(({ namespace }) => namespace))].filter((one) => networkPoliciesIn(objects, one).length === 0);
  return [
    ...(runs.length === 0
      ? []
      : [`not judged: ${made.join(' and ')} that controllers make for these runs; the cluster judges each when it is made`]),
    ...bare.map((one) =>
      `no NetworkPolicy of namespace ${one} is among the files; a policy with a jail asks for one that isolates pods of user code`),
  ];
}

/** A line for each image that Tekton would add to the pods of these objects, and about which no policy of the cluster speaks. */
function uncoveredEngineImages(objects: readonly LocalObject[], set: PolicySet): readonly string[] {
  return objects.some(({ group }) => BY_TEKTON.has(group)) ? uncoveredTektonImages(set).map(engineImageNote) : [];
}
