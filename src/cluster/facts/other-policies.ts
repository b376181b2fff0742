/** Kinds of network policies that are not NetworkPolicies: those of SIGs and of network plug-ins, as far as the cluster serves them. */
import { LRUCache } from 'lru-cache';
import type { FactValues } from '../../domain/build/facts.ts';
import type { Clock } from '../../domain/ports.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import { NotKnown } from './asking.ts';
import type { Asking } from './asking.ts';
import type { Discovery, Served } from './discovery.ts';

/** Every kind that can let through what NetworkPolicies do not, as `resource.group`. Another plug-in is a line. */
export const OTHER_POLICY_KINDS: readonly string[] = [
  'adminnetworkpolicies.policy.networking.k8s.io',
  'baselineadminnetworkpolicies.policy.networking.k8s.io',
  'clusternetworkpolicies.policy.networking.k8s.io',
  'ciliumnetworkpolicies.cilium.io',
  'ciliumclusterwidenetworkpolicies.cilium.io',
  // Of Calico what is stored, and where its own API server runs the same objects once more under their other group.
  'networkpolicies.crd.projectcalico.org',
  'globalnetworkpolicies.crd.projectcalico.org',
  'networkpolicies.projectcalico.org',
  'globalnetworkpolicies.projectcalico.org',
  'networkpolicies.crd.antrea.io',
  'clusternetworkpolicies.crd.antrea.io',
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

  async function read(namespace: string): Promise<Others> {
    const kinds: string[] = [];
    const lists = await Promise.all(OTHER_POLICY_KINDS.map(async (kind) => {
      const dot = kind.indexOf('.');
      const served = await discovery.find(kind.slice(dot + 1), kind.slice(0, dot), NEVER);
      if (served === undefined) return [];
      kinds.push(kind);
      const items = await asking.list(pathOf(served, namespace), NEVER, { most: MOST, maxBytes: LIST_BYTES });
      return items.map((object) => ({ kind, object }));
    }));
    return { kinds: OTHER_POLICY_KINDS.filter((kind) => kinds.includes(kind)), objects: lists.flat() };
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
