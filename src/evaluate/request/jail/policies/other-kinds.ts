/** Network policies of other kinds: those that can only close are passed over, the rest may open and are not read further. */
import { selects } from './model.ts';
import { field, isObject, own, ownList, ownText } from '../../../../text/json/fields.ts';
import type { JsonObject } from '../../../../text/json/fields.ts';
import { readSelector } from './read-selector.ts';

type Labels = Readonly<Record<string, string>>;
type MayOpen = (spec: JsonObject, labels: Labels) => boolean;

const CLOSING_ACTIONS: ReadonlySet<unknown> = new Set(['Deny', 'Pass']);
const CALICO_CLOSING: ReadonlySet<unknown> = new Set(['Deny', 'Pass', 'Log']);
const SECTIONS = ['ingress', 'egress'] as const;

/** Whether an object of that kind may let a pod with these labels out; a kind that is not here may. */
const KINDS: Readonly<Record<string, MayOpen>> = {
  AdminNetworkPolicy: (spec) => hasRuleBeside(spec, CLOSING_ACTIONS),
  // It acts only on pods that no NetworkPolicy isolates (policy.networking.k8s.io), and what one isolates is what the jail demands.
  BaselineAdminNetworkPolicy: () => false,
  ClusterNetworkPolicy: (spec) => field(spec, 'tier') !== 'Baseline' && hasRuleBeside(spec, CLOSING_ACTIONS),
  CiliumNetworkPolicy: ciliumMayOpen,
  CiliumClusterwideNetworkPolicy: ciliumMayOpen,
  NetworkPolicy: (spec) => hasRuleBeside(spec, CALICO_CLOSING),
  GlobalNetworkPolicy: (spec) => hasRuleBeside(spec, CALICO_CLOSING),
};

/**
 * Whether an object of another kind of network policies may allow a pod with these labels anything. False only where that is sure: it
 * has no rules that allow, or surely does not select the pod. What it allows is not looked at. The kinds are those of
 * policy.networking.k8s.io, cilium.io and projectcalico.org (whose NetworkPolicy is meant here, not the one of Kubernetes).
 */
export function mayOpen(kind: string, object: unknown, labels: Labels): boolean {
  const judge = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (judge === undefined) return true;
  const several = ownList(object, 'specs');
  const specs = [own(object, 'spec'), ...(several ?? [])].filter((spec) => spec !== undefined && spec !== null);
  if (specs.length === 0 || (several === undefined && (own(object, 'specs') ?? null) !== null)) return true;
  return specs.some((spec) => !isObject(spec) || judge(spec, labels));
}

/** Any rule whose action is not one of these. */
function hasRuleBeside(spec: JsonObject, actions: ReadonlySet<unknown>): boolean {
  return SECTIONS.some((section) => {
    const rules = field(spec, section) ?? [];
    return !Array.isArray(rules) || (rules as readonly unknown[]).some((rule) => !actions.has(ownText(rule, 'action')));
  });
}

/** Cilium adds what its policies allow to what NetworkPolicies allow; `ingressDeny` and `egressDeny` only close. */
function ciliumMayOpen(spec: JsonObject, labels: Labels): boolean {
  const hasRules = SECTIONS.some((section) => {
    const rules = field(spec, section) ?? [];
    return !Array.isArray(rules) || rules.length > 0;
  });
  if (!hasRules) return false;
  // One for nodes has no selector of endpoints, and pods that share the network of their node are not let into the jail at all.
  const selector = field(spec, 'endpointSelector');
  return selector === undefined ? field(spec, 'nodeSelector') === undefined : endpointMaySelect(selector, labels);
}

/**
 * Cilium prefixes keys by where a label comes from, and gives endpoints more labels than their pods have. Only demands about labels that
 * can be a pod's are compared; all others are taken to hold.
 */
function endpointMaySelect(value: unknown, labels: Labels): boolean {
  const selector = readSelector(value);
  if (selector === undefined) return true;
  const own = selector.map((demand) => ({ ...demand, key: demand.key.replace(/^(?:k8s|any)[:.]/, '') }));
  return selects(own.filter(({ key }) => !key.includes(':') && !/^(?:io\.(?:kubernetes|cilium)|reserved)\b/.test(key)), labels);
}
