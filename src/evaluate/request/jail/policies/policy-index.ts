/** Policies of a namespace by what a label must be for them: a pod is compared with few of many. */
import type { NetworkPolicyModel } from './model.ts';
import { selects } from './model.ts';
import { readNetworkPolicy } from './read-policy.ts';

type Labels = Readonly<Record<string, string>>;

/** Policies that were read, found by the labels of a pod. */
export interface PolicyIndex {
  /** All that select a pod with these labels, and all that may, because their selector cannot be read. */
  selecting(labels: Labels): readonly NetworkPolicyModel[];
}

/** Lists of followed objects stay the same list until something changes, so each is indexed once. */
const INDEXES = new WeakMap<readonly unknown[], PolicyIndex>();
/** Under which `key=value` a policy is found; when one policy of a list changes, the others need not be looked at again. */
const PLACES = new WeakMap<NetworkPolicyModel, readonly string[]>();

/** The index of these NetworkPolicies; made once for each list. Time linear in their number, a look-up in those that share a label. */
export function indexPolicies(objects: readonly unknown[]): PolicyIndex {
  const known = INDEXES.get(objects);
  if (known !== undefined) return known;
  const index = new ByLabel(objects);
  INDEXES.set(objects, index);
  return index;
}

/** Reads one NetworkPolicy ahead, as soon as it is known: whoever asks first about a namespace with thousands finds them read. */
export function readAhead(object: unknown): void {
  placesOf(readNetworkPolicy(object));
}

class ByLabel implements PolicyIndex {
  /** By `key=value`, of policies that demand one of some values of a label; a key holds no `=`, so each has one reading. */
  readonly #byValue = new Map<string, NetworkPolicyModel[]>();
  /** Policies that demand no value of any label, and those whose selector is not known. */
  readonly #rest: NetworkPolicyModel[] = [];

  constructor(objects: readonly unknown[]) {
    for (const object of objects) {
      const policy = readNetworkPolicy(object);
      const places = placesOf(policy);
      if (places.length === 0) this.#rest.push(policy);
      for (const place of places) {
        const there = this.#byValue.get(place);
        if (there === undefined) this.#byValue.set(place, [policy]);
        else there.push(policy);
      }
    }
  }

  selecting(labels: Labels): readonly NetworkPolicyModel[] {
    const found: NetworkPolicyModel[] = [];
    addSelecting(this.#rest, labels, found);
    for (const key of Object.keys(labels)) addSelecting(this.#byValue.get(`${key}=${labels[key]}`) ?? [], labels, found);
    return found;
  }
}

function addSelecting(policies: readonly NetworkPolicyModel[], labels: Labels, found: NetworkPolicyModel[]): void {
  for (const policy of policies) if (policy.selector === undefined || selects(policy.selector, labels)) found.push(policy);
}

/** Those of the demand with the fewest values; none for a policy that demands no value. */
function placesOf(policy: NetworkPolicyModel): readonly string[] {
  const known = PLACES.get(policy);
  if (known !== undefined) return known;
  let best: { readonly key: string; readonly values: ReadonlySet<string> } | undefined;
  for (const demand of policy.selector ?? []) {
    if (demand.operator === 'In' && (best === undefined || demand.values.size < best.values.size)) best = demand;
  }
  const places = best === undefined ? [] : [...best.values].map((value) => `${best.key}=${value}`);
  PLACES.set(policy, places);
  return places;
}
