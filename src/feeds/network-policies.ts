/** NetworkPolicies of all namespaces as the API server tells them, by namespace. */
import type { KubeApi } from '../cluster/api.ts';
import { isObject, ownText } from '../text/json/fields.ts';
import type { Feed } from './feed.ts';
import { follow } from './followed.ts';
import type { FollowOptions } from './followed.ts';

/** What is kept of a NetworkPolicy: what it selects and lets through, what it is called, and whether it is on its way out. */
export interface KeptPolicy {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    /** Being deleted, it isolates nobody for long. */
    readonly deletionTimestamp?: unknown;
  };
  /** Unchecked, as the API server stores it. */
  readonly spec: unknown;
}

/** NetworkPolicies that are followed. */
export interface FollowedPolicies extends Feed<unknown> {
  /** Those of a namespace, which may be none; `undefined` while nothing is known that is young enough to be believed. */
  of(namespace: string): readonly KeptPolicy[] | undefined;
}

/** How they are followed. */
export interface FollowPolicies extends FollowOptions {
  /** Told of each one as it arrives, a page or an event at a time, before anybody asks for it; must not throw. */
  readonly arrived?: (policy: KeptPolicy) => void;
}

/** The name of the feed, in metrics and messages. */
const NETWORK_POLICIES = 'network-policies';

const PATH = '/apis/networking.k8s.io/v1/networkpolicies';

/**
 * Follows all NetworkPolicies from now on (pipelines.md §5.2, gate 3). They are sorted by namespace when somebody asks and something
 * has changed since; one that comes or goes is seen as soon as the API server tells it.
 */
export function followNetworkPolicies(api: KubeApi, { arrived, ...options }: FollowPolicies = {}): FollowedPolicies {
  const { believed, ...feed } = follow<KeptPolicy>(NETWORK_POLICIES, api, {
    path: PATH,
    read(object) {
      const policy = readPolicy(object);
      if (policy !== undefined) arrived?.(policy);
      return policy === undefined ? undefined : { key: `${policy.metadata.namespace}/${policy.metadata.name}`, value: policy };
    },
    same: (one, other) =>
      one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion,
  }, options);
  let sorted: ReadonlyMap<string, readonly KeptPolicy[]> | undefined;
  feed.changed(() => { sorted = undefined; });
  return {
    ...feed,
    of(namespace) {
      const all = believed();
      if (all === undefined) return undefined;
      sorted ??= Map.groupBy(all.values(), ({ metadata }) => metadata.namespace);
      return sorted.get(namespace) ?? NONE;
    },
  };
}

const NONE: readonly KeptPolicy[] = [];

/** Reads a NetworkPolicy as it is kept; `undefined` when it is none. */
function readPolicy(object: unknown): KeptPolicy | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  if (!isObject(object) || !isObject(metadata)) return undefined;
  const [name, namespace] = [ownText(metadata, 'name') ?? '', ownText(metadata, 'namespace') ?? ''];
  if (name === '' || namespace === '') return undefined;
  const going = metadata['deletionTimestamp'] ?? undefined;
  return {
    metadata: {
      name, namespace, uid: ownText(metadata, 'uid') ?? '', resourceVersion: ownText(metadata, 'resourceVersion') ?? '',
      ...(going === undefined ? {} : { deletionTimestamp: going }),
    },
    spec: object['spec'],
  };
}
