/** What builds rely on besides their engine's objects: pods of runs, network policies, settings. */
import type { Matter } from '../../domain/build/matter.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { readEngineSettings } from './engine-settings.ts';
import { readNetworkPolicyChange, readOtherPolicyChange } from './network-policies.ts';
import { readPod } from './pods.ts';

/** Reads what a request is about; `undefined` when it is about nothing of the kind. Cheap for whatever has nothing to do with builds. */
export type MatterReader = (review: ReviewRequest) => Matter | undefined;

/** By `group/resource`. */
const READERS: Readonly<Record<string, MatterReader>> = {
  '/configmaps': readEngineSettings,
  '/pods': readPod,
  'networking.k8s.io/networkpolicies': readNetworkPolicyChange,
  'cilium.io/ciliumnetworkpolicies': readOtherPolicyChange,
  'crd.projectcalico.org/networkpolicies': readOtherPolicyChange,
  'projectcalico.org/networkpolicies': readOtherPolicyChange,
};

/** What the request is about, by its resource. */
export function guardedMatter(review: ReviewRequest): Matter | undefined {
  const key = `${review.resource.group}/${review.resource.resource}`;
  return Object.hasOwn(READERS, key) ? READERS[key]?.(review) : undefined;
}
