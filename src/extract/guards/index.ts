/** What builds rely on besides their engine's objects: pods of runs, network policies, settings. */
import type { Matter } from '../../domain/build/matter.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { readEngineSettings } from './engine-settings.ts';
import { readNetworkPolicyChange, readOtherPolicyChange } from './network-policies.ts';
import { readPod } from './pods.ts';

/** Reads what a request is about; `undefined` when it is about nothing of the kind. Cheap for whatever has nothing to do with builds. */
export type MatterReader = (review: ReviewRequest) => Matter | undefined;

/** By group and resource; every request is looked up here, so no key is made for it. */
const READERS: ReadonlyMap<string, ReadonlyMap<string, MatterReader>> = new Map([
  ['', new Map<string, MatterReader>([['configmaps', readEngineSettings], ['pods', readPod]])],
  ['networking.k8s.io', new Map([['networkpolicies', readNetworkPolicyChange]])],
  ['cilium.io', new Map([['ciliumnetworkpolicies', readOtherPolicyChange]])],
  ['crd.projectcalico.org', new Map([['networkpolicies', readOtherPolicyChange]])],
  ['projectcalico.org', new Map([['networkpolicies', readOtherPolicyChange]])],
]);

/** What the request is about, by its resource. */
export function guardedMatter(review: ReviewRequest): Matter | undefined {
  return READERS.get(review.resource.group)?.get(review.resource.resource)?.(review);
}
