/** What NetworkPolicies together do to one pod: isolation in both directions by any of them, and no rule in any that selects it. */
import type { Direction, NetworkPolicyModel } from './model.ts';

/** How a pod stands in its network. Policies are additive: one adds isolation, and one adds what is allowed in spite of it. */
export interface Isolation {
  /** `closed`: nothing in, nothing out. `open`: something surely is. `unread`: a policy that may select it could not be read. */
  readonly state: 'closed' | 'open' | 'unread';
  /** Directions in which no policy isolates it. */
  readonly missing: readonly Direction[];
  /** Rules of policies that select it, as `policy default-allow, spec.egress[0]`. */
  readonly rules: readonly string[];
  /** Policies that may select it and could not be read: name and what. */
  readonly unread: readonly { readonly policy: string; readonly what: string }[];
}

const BOTH: readonly Direction[] = ['ingress', 'egress'];

/**
 * How a pod stands that all of these policies select. `accepted` are ranges of addresses that it may reach nevertheless: an egress
 * rule that allows nothing but these, named exactly so, does not open.
 */
export function isolationBy(selecting: readonly NetworkPolicyModel[], accepted: readonly string[] = []): Isolation {
  const unread = selecting.flatMap(({ name, unread: what }) => (what === undefined ? [] : [{ policy: name, what }]));
  const missing = BOTH.filter((direction) => !selecting.some(({ closes }) => closes.has(direction)));
  const rules = selecting.flatMap((policy) => policy.rules
    .filter(({ onlyTo }) => onlyTo === undefined || !onlyTo.every((range) => accepted.includes(range)))
    .map(({ path }) => `NetworkPolicy ${policy.name}, ${path}`));
  // A policy that could not be read might isolate, so what is missing is sure only when all were read; a rule that was read opens anyway.
  const isOpen = rules.length > 0 || (missing.length > 0 && unread.length === 0);
  return { state: isOpen ? 'open' : unread.length > 0 ? 'unread' : 'closed', missing, rules, unread };
}
