/** Facts from the cluster for rules about pipelines: NetworkPolicies are followed, everything else is asked for. */
import type { ClusterFacts } from '../../domain/ports.ts';
import type { KubeApi } from '../../cluster/api.ts';
import { createClusterFacts } from '../../cluster/facts/index.ts';
import type { FactOptions } from '../../cluster/facts/index.ts';
import { readAhead } from '../../evaluate/request/jail/policies/policy-index.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { FollowOptions } from '../../feeds/followed.ts';
import { followNetworkPolicies } from '../../feeds/network-policies.ts';
import type { FollowedPolicies } from '../../feeds/network-policies.ts';

/** What is known of the cluster for rules about pipelines. */
export interface OpenFacts extends ClusterFacts {
  /** NetworkPolicies as they are followed; absent until somebody needs them. */
  readonly feed: Feed<unknown> | undefined;
  close(): void;
}

/** How facts come. */
export interface FactSources {
  /** `true`: NetworkPolicies are followed from the start; `auto`: from the first question on. */
  readonly follow: 'auto' | true;
  /** Told when NetworkPolicies cannot be followed, once until all is well again; must not throw. */
  readonly failed: (problem: string) => void;
  /** Of tests. */
  readonly following?: FollowOptions;
  readonly asking?: FactOptions;
}

/**
 * Facts through this API. NetworkPolicies are those that are followed, but where those of this moment are wanted: of two that are removed
 * one right after the other each would be excused by the other. While they were not confirmed for a minute, or are not known yet,
 * those of the namespace are asked for; when that fails too they are not known.
 */
export function openFacts(api: KubeApi, { follow, failed, following = {}, asking }: FactSources): OpenFacts {
  const asked = createClusterFacts(api, asking);
  let followed: FollowedPolicies | undefined;
  let closed = false;
  const begin = (): FollowedPolicies | undefined => {
    if (!closed) followed ??= followNetworkPolicies(api, { failed, arrived: readAhead, ...following });
    return followed;
  };
  if (follow === true) begin();
  return {
    ...asked,
    async networkPolicies(namespace, signal, now) {
      const followedNow = begin();
      const known = now === true ? undefined : followedNow?.of(namespace);
      return known === undefined ? asked.networkPolicies(namespace, signal) : { known: true, value: known };
    },
    get feed() { return followed; },
    close() {
      closed = true;
      followed?.close();
    },
  };
}
