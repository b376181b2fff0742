/** Kinds of network policies that are not NetworkPolicies: those of SIGs and of network plug-ins, as far as the cluster serves them. */
import { LRUCache } from 'lru-cache';
import type { FactValues } from '../../domain/build/facts.ts';
import type { Clock } from '../../domain/ports.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import { NotKnown } from './asking.ts';
import type { Asking } from './asking.ts';
import type { Discovery, Served } from './discovery.ts';

/** A kind of network policies, and what the rules call it. */
interface OtherKind {
  readonly resource: string;
  readonly group: string;
  /** Names that only one of them has are Kubernetes' own; two of one name are told apart. */
  readonly kind: string;
  /** Not asked where this group serves the same resource: it shows the same objects once more, and those of Kubernetes beside them. */
  readonly unlessServedBy?: string;
}

const SIG = 'policy.networking.k8s.io';
const CALICO = { stored: 'crd.projectcalico.org', shown: 'projectcalico.org' } as const;

/** Every kind that can let through what NetworkPolicies do not. Another plug-in is a line; a kind that no rule reads may open. */
export const OTHER_POLICY_KINDS: readonly OtherKind[] = [
  { group: SIG, resource: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy' },
  { group: SIG, resource: 'baselineadminnetworkpolicies', kind: 'BaselineAdminNetworkPolicy' },
  { group: SIG, resource: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy' },
  { group: 'cilium.io', resource: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy' },
  { group: 'cilium.io', resource: 'ciliumclusterwidenetworkpolicies', kind: 'CiliumClusterwideNetworkPolicy' },
  { group: CALICO.stored, resource: 'networkpolicies', kind: 'NetworkPolicy' },
  { group: CALICO.stored, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy' },
  { group: CALICO.shown, resource: 'networkpolicies', kind: 'NetworkPolicy', unlessServedBy: CALICO.stored },
  { group: CALICO.shown, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy', unlessServedBy: CALICO.stored },
  { group: 'crd.antrea.io', resource: 'networkpolicies', kind: 'NetworkPolicy of Antrea' },
  { group: 'crd.antrea.io', resource: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy of Antrea' },
];

type Others = FactValues['otherNetworkPolicies'];

/** How long what was found is believed, milliseconds: a run with many pods asks once. */
const BELIEVED_MS = 3000;
const MOST = 5000;
const LIST_BYTES = 8 * 1024 * 1024;

/** Lists what may act on a namespace; rejects with {@link NotKnown}. */
export function createOtherPolicies(asking: Asking, discovery: Discovery, clock?: Clock) {
  const found = new LRUCache<string, Promise<Others>>({
    max: 500, ttl: BELIEVED_MS, ...(clock === undefined ? {} : { perf: clock, ttlResolution: 0 }),
  });

  async function objectsOf({ group, resource, unlessServedBy }: OtherKind, namespace: string): Promise<readonly unknown[] | undefined> {
    const served = await discovery.find(group, resource, NEVER);
    if (served === undefined) return undefined;
    if (unlessServedBy !== undefined && (await discovery.find(unlessServedBy, resource, NEVER)) !== undefined) return undefined;
    return asking.list(pathOf(served, namespace), NEVER, { most: MOST, maxBytes: LIST_BYTES });
  }

  async function read(namespace: string): Promise<Others> {
    const lists = await Promise.all(OTHER_POLICY_KINDS.map(async (one) => ({ kind: one.kind, items: await objectsOf(one, namespace) })));
    const served = lists.filter(({ items }) => items !== undefined);
    return {
      kinds: served.map(({ kind }) => kind),
      objects: served.flatMap(({ kind, items = [] }) => items.map((object) => ({ kind, object }))),
    };
  }

  return (namespace: string, signal: AbortSignal): Promise<Others> => {
    let answer = found.get(namespace);
    if (answer === undefined) {
      answer = read(namespace);
      found.set(namespace, answer);
      const asked = answer;
      answer.catch(() => { if (found.peek(namespace) === asked) found.delete(namespace); });
    }
    return untilAborted(answer, signal, () => { throw new NotKnown('time ran out while network policies of other kinds were listed'); });
  };
}

const NEVER = new AbortController().signal;

function pathOf({ path, resource, namespaced }: Served, namespace: string): string {
  return namespaced ? `${path}/namespaces/${namespace}/${resource}` : `${path}/${resource}`;
}
