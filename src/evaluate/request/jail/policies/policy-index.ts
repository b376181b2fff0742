/** Policies of a namespace by what a label must be for them: a pod is compared with few of many. */
import type { LabelDemand, NetworkPolicyModel } from '../../../../domain/build/network-policy.ts';
import { selects } from '../../../../domain/build/network-policy.ts';
import { readNetworkPolicy } from './read-policy.ts';

type Labels = Readonly<Record<string, string>>;

/** Policies that were read, found by the labels of a pod. */
export interface PolicyIndex {
  /** All that select a pod with these labels, and all that may, because their selector cannot be read. */
  selecting(labels: Labels): readonly NetworkPolicyModel[];
}

/** Lists of followed objects stay the same list until something changes, so each is indexed once. */
const INDEXES = new WeakMap<readonly unknown[], PolicyIndex>();

/** The index of these NetworkPolicies; made once for each list. Time linear in their number, a look-up in those that share a label. */
export function indexPolicies(objects: readonly unknown[]): PolicyIndex {
  const known = INDEXES.get(objects);
  if (known !== undefined) return known;
  const index = new ByLabel(objects.map(readNetworkPolicy));
  INDEXES.set(objects, index);
  return index;
}

class ByLabel implements PolicyIndex {
  /** By `key=value`, of policies that demand one of some values of a label. */
  readonly #byValue = new Map<string, NetworkPolicyModel[]>();
  /** Policies that demand no value of any label, and those whose selector is not known. */
  readonly #rest: NetworkPolicyModel[] = [];

  constructor(policies: readonly NetworkPolicyModel[]) {
    for (const policy of policies) {
      const demand = narrowest(policy);
      if (demand === undefined) this.#rest.push(policy);
      else for (const value of demand.values) this.#at(`${demand.key}=${value}`).push(policy);
    }
  }

  selecting(labels: Labels): readonly NetworkPolicyModel[] {
    const near = Object.entries(labels).flatMap(([key, value]) => this.#byValue.get(`${key}=${value}`) ?? []);
    return [...this.#rest, ...near].filter(({ selector }) => selector === undefined || selects(selector, labels));
  }

  #at(key: string): NetworkPolicyModel[] {
    const there = this.#byValue.get(key);
    if (there !== undefined) return there;
    const fresh: NetworkPolicyModel[] = [];
    this.#byValue.set(key, fresh);
    return fresh;
  }
}

/** The demand with the fewest values; label keys hold no `=`, so a key of the map has one reading. */
function narrowest({ selector = [] }: NetworkPolicyModel): Extract<LabelDemand, { readonly operator: 'In' | 'NotIn' }> | undefined {
  let best: Extract<LabelDemand, { readonly operator: 'In' | 'NotIn' }> | undefined;
  for (const demand of selector) {
    if (demand.operator === 'In' && (best === undefined || demand.values.size < best.values.size)) best = demand;
  }
  return best;
}
