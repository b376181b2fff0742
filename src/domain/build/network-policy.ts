/** NetworkPolicies as far as a jail looks at them: whom one selects, which directions it closes, and whether it has any rule. */

type Labels = Readonly<Record<string, string>>;

/** One demand of a label selector; `In` with one value stands for a member of `matchLabels` as well. */
export type LabelDemand =
  | { readonly key: string; readonly operator: 'In' | 'NotIn'; readonly values: ReadonlySet<string> }
  | { readonly key: string; readonly operator: 'Exists' | 'DoesNotExist' };

/** A label selector: all of its demands hold; without any it selects everything. */
export type LabelSelector = readonly LabelDemand[];

/** Ways through a network, seen from the pod. */
export type Direction = 'ingress' | 'egress';

/** A rule that a policy has. Rules only ever allow, so any of them opens; what it allows is kept only where that can matter. */
export interface NetworkRule {
  readonly direction: Direction;
  /** JSON path in the policy: `spec.egress[0]`. */
  readonly path: string;
  /** Of an egress rule whose every peer is a bare range of addresses: these ranges as written. Absent for all others. */
  readonly onlyTo?: readonly string[];
}

/** A NetworkPolicy (networking.k8s.io/v1) that was read in full, or as much of it as can be relied on. */
export interface NetworkPolicyModel {
  readonly name: string;
  /** Absent: it cannot be read, so the policy may select any pod. */
  readonly selector?: LabelSelector;
  /** Directions in which it isolates the pods that it selects. None of one that is being deleted, since it is going. */
  readonly closes: ReadonlySet<Direction>;
  readonly rules: readonly NetworkRule[];
  /** What of it cannot be read: then what it does to the pods that it selects is not known. */
  readonly unread?: string;
}

/** Whether a selector selects something with these labels (apimachinery labels.Requirement.Matches). */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  // A loop, since a pod may be compared with thousands.
  for (const demand of selector) if (!holds(demand, labels)) return false;
  return true;
}

function holds(demand: LabelDemand, labels: Labels): boolean {
  const value = Object.hasOwn(labels, demand.key) ? labels[demand.key] : undefined;
  switch (demand.operator) {
    case 'In': return value !== undefined && demand.values.has(value);
    // As in apimachinery: what lacks the label is not in the set either.
    case 'NotIn': return value === undefined || !demand.values.has(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
  }
}
