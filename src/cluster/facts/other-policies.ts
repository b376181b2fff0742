/** Kinds of network policies that are not NetworkPolicies: those of SIGs and of network plug-ins, as far as the cluster serves them. */
import { LRUCache } from 'lru-cache';
import type { FactValues } from '../../domain/build/facts.ts';
import type { Clock } from '../../domain/ports.ts';
import { Askers, currentAsker, onBehalfOf } from '../../flow/asker.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import { NotKnown } from './asking.ts';
import type { Asking } from './asking.ts';
import type { Discovery } from './discovery.ts';

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

/**
 * How long cluster-wide policies that were found are believed, milliseconds: a run with many pods asks once, and who may write these
 * needs no such trick. What is in a namespace is never believed from before: whoever builds there may have made it a moment ago.
 */
const BELIEVED_MS = 3000;
const MOST = 5000;
const LIST_BYTES = 8 * 1024 * 1024;

interface Remembered {
  readonly askers: Askers;
  readonly answer: Promise<readonly unknown[]>;
}

/** Lists what may act on a namespace; rejects with {@link NotKnown}. */
export function createOtherPolicies(asking: Asking, discovery: Discovery, clock?: Clock) {
  const wide = new LRUCache<string, Remembered>({
    max: 100, ttl: BELIEVED_MS, ...(clock === undefined ? {} : { perf: clock, ttlResolution: 0 }),
  });

  async function objectsOf(
    { group, resource, unlessServedBy }: OtherKind, namespace: string, signal: AbortSignal,
  ): Promise<readonly unknown[] | undefined> {
    const served = await discovery.find(group, resource, signal);
    if (served === undefined) return undefined;
    if (unlessServedBy !== undefined && (await discovery.find(unlessServedBy, resource, signal)) !== undefined) return undefined;
    return served.namespaced
      ? list(`${served.path}/namespaces/${namespace}/${resource}`, signal)
      : clusterWide(`${served.path}/${resource}`, signal);
  }

  function list(path: string, signal: AbortSignal): Promise<readonly unknown[]> {
    return asking.list(path, signal, { most: MOST, maxBytes: LIST_BYTES });
  }

  /** One answer for all who ask meanwhile: each waits in his own turn, and none who leaves ends it. */
  function clusterWide(path: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const known = wide.get(path);
    known?.askers.join(currentAsker());
    const answer = known === undefined ? ask(path) : known.answer;
    return untilAborted(answer, signal, () => { throw new NotKnown('time ran out while network policies of other kinds were listed'); });
  }

  function ask(path: string): Promise<readonly unknown[]> {
    const askers = new Askers(currentAsker());
    const answer = onBehalfOf(askers, () => list(path, NEVER));
    wide.set(path, { askers, answer });
    answer.catch(() => { if (wide.peek(path)?.answer === answer) wide.delete(path); });
    return answer;
  }

  return async (namespace: string, signal: AbortSignal): Promise<Others> => {
    const lists = await Promise.all(
      OTHER_POLICY_KINDS.map(async (one) => ({ kind: one.kind, items: await objectsOf(one, namespace, signal) })),
    );
    const served = lists.filter(({ items }) => items !== undefined);
    return {
      kinds: served.map(({ kind }) => kind),
      objects: served.flatMap(({ kind, items = [] }) => items.map((object) => ({ kind, object }))),
    };
  };
}

const NEVER = new AbortController().signal;
