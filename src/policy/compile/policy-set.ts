/** The policies of an artifact are found through indexes, one for the cluster and one for each namespace. */
import type { CompiledPolicy, PolicySet } from '../../domain/policy/policy.ts';
import type { RequestPolicy } from '../../domain/policy/request-policy.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import type { DraftPolicy } from './policy.ts';
import { parseImagePattern } from '../match/image-pattern.ts';
import { PatternIndex } from '../match/pattern-index.ts';
import { compareText } from '../read/problems.ts';
import type { Steps } from '../steps.ts';
import { sortedSteps } from '../steps.ts';

type Draft = Pick<DraftPolicy, 'policy' | 'patterns'>;

/** Makes the set: policies in their fixed order, an index over their patterns, the hosts they name. `finished` are those of the drafts. */
export function* makePolicySetSteps(
  drafts: readonly Draft[],
  finished: readonly CompiledPolicy[],
  pipelines: readonly RequestPolicy[],
  generation: string,
): Steps<PolicySet> {
  const sorted = yield* sortedSteps(drafts, (a, b) => comparePolicies(a.policy, b.policy));
  const policies = yield* sortedSteps(finished, comparePolicies);
  const requestPolicies = pipelines.toSorted((a, b) => compareText(a.name, b.name));
  yield;
  const indexes = yield* indexByNamespace(sorted);
  return {
    generation,
    policies,
    candidates: (ref, namespace) => {
      const asked = namespace === undefined ? [...indexes.keys()] : new Set([CLUSTER, namespace]);
      const positions = [...asked].flatMap((key) => [...(indexes.get(key)?.find(ref) ?? [])]);
      return positions.sort((a, b) => a - b).map((position) => policies[position]).filter((policy) => policy !== undefined);
    },
    requestPolicies,
    // Which namespaces they are for is a question of labels; every kind of matter concerns writers and reserved names.
    forRequest: () => requestPolicies,
    // A tenant's policy must not open private addresses to us (attack F09): only cluster policies that can be used name such hosts.
    literalHosts: new Set([
      ...sorted.filter(({ policy: { namespace, broken } }) => namespace === undefined && broken === undefined)
        .flatMap(({ patterns }) => patterns.flatMap(literalHost)),
      ...requestPolicies.flatMap(bundleHosts),
    ]),
  };
}

/** Key of the index over cluster policies; no namespace is called so. */
const CLUSTER = '';

/** One index for the cluster and one per namespace: thousands of tenants with a policy each cost nobody time. */
function* indexByNamespace(sorted: readonly Draft[]): Steps<ReadonlyMap<string, PatternIndex<number>>> {
  const indexes = new Map<string, PatternIndex<number>>();
  for (const [position, draft] of sorted.entries()) {
    const key = draft.policy.namespace ?? CLUSTER;
    const index = indexes.get(key) ?? new PatternIndex<number>();
    indexes.set(key, index);
    for (const pattern of draft.patterns) index.add(pattern, position);
    yield;
  }
  return indexes;
}

type Named = Pick<CompiledPolicy, 'kind' | 'namespace' | 'name'>;

/** Orders by kind, namespace and name. */
export function comparePolicies(a: Named, b: Named): number {
  return compareText(a.kind, b.kind) || compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name);
}

/** Registries from which a policy about pipelines takes bundles of definitions. */
function bundleHosts({ requirements }: RequestPolicy): readonly string[] {
  const sources = requirements.flatMap((requirement) => (requirement.kind === 'definitions' ? requirement.sources ?? [] : []));
  return sources.flatMap((source) => {
    const image = source.kind === 'bundle' ? parseImagePattern(source.pattern.source) : undefined;
    return image?.ok === true && !image.value.everything && image.value.literalHost ? [image.value.host] : [];
  });
}

function literalHost(pattern: ArtifactPattern): readonly string[] {
  return pattern.kind === 'image' && !pattern.image.everything && pattern.image.literalHost ? [pattern.image.host] : [];
}
