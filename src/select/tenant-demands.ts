/** What the ArtifactPolicies of a namespace may demand of one request: whoever may write them must not keep a server from answering others. */
import type { CompiledPolicy, Mode } from '../domain/policy/policy.ts';
import { singlesOf } from '../domain/policy/requirement.ts';

/** Demands of all artifacts of a request together; each of them becomes a finding, and some tenth of a millisecond. */
export const MOST_DEMANDS = 5000;

const TOO_MANY = `the ArtifactPolicies of this namespace demand more than ${MOST_DEMANDS} things of the artifacts of this request together, `
  + 'and so much is not judged at once; let them demand less, or ask about fewer artifacts';

const made = new WeakMap<object, number>();
const sizes = new WeakMap<CompiledPolicy, number>();

/** The policies of one artifact of `request`; once too much is demanded in it, of those of the namespace one that cannot be used. */
export function withinDemands(policies: readonly CompiledPolicy[], request: object): readonly CompiledPolicy[] {
  const theirs = policies.reduce((sum, policy) => sum + (policy.kind === 'ArtifactPolicy' ? sizeOf(policy) : 0), 0);
  if (theirs === 0) return policies;
  const all = (made.get(request) ?? 0) + theirs;
  made.set(request, all);
  if (all <= MOST_DEMANDS) return policies;
  const said = new Set<Mode>();
  return policies.flatMap((policy): readonly CompiledPolicy[] => {
    if (policy.kind !== 'ArtifactPolicy') return [policy];
    // One of a mode says it for all of them.
    if (said.has(policy.mode)) return [];
    said.add(policy.mode);
    return [{ ...policy, broken: policy.broken ?? TOO_MANY }];
  });
}

function sizeOf(policy: CompiledPolicy): number {
  let size = sizes.get(policy);
  if (size === undefined) {
    size = policy.requirements.reduce((sum, requirement) => sum + singlesOf(requirement).length, 1);
    sizes.set(policy, size);
  }
  return size;
}
