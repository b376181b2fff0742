/** A NetworkPolicy is read strictly: what is not understood makes the policy one of which nothing is known, never one without rules. */
import type { Direction, NetworkPolicyModel, NetworkRule } from './model.ts';
import { field, isObject, own, ownText } from '../../../../text/json/fields.ts';
import type { JsonObject } from '../../../../text/json/fields.ts';
import { readSelector } from './read-selector.ts';

const DIRECTIONS: ReadonlyMap<unknown, Direction> = new Map([['Ingress', 'ingress'], ['Egress', 'egress']]);
const MEMBERS: ReadonlySet<string> = new Set(['podSelector', 'policyTypes', 'ingress', 'egress']);

/** Objects of the cluster are followed and stay the same object until they change, so each is read once. */
const READ = new WeakMap<object, NetworkPolicyModel>();

/** Reads a NetworkPolicy. Never throws; `unread` says what is wrong with one that is not as the API defines it. */
export function readNetworkPolicy(object: unknown): NetworkPolicyModel {
  if (!isObject(object)) return { name: '', closes: new Set(), rules: [], unread: 'it is no object' };
  const known = READ.get(object);
  if (known !== undefined) return known;
  const policy = read(object);
  READ.set(object, policy);
  return policy;
}

function read(object: JsonObject): NetworkPolicyModel {
  const metadata = field(object, 'metadata');
  const name = ownText(metadata, 'name') ?? '';
  const spec = field(object, 'spec');
  if (!isObject(spec)) return { name, closes: new Set(), rules: [], unread: 'spec is no object' };
  const selector = readSelector(field(spec, 'podSelector'));
  const selected = selector === undefined ? {} : { selector };
  const unknown = (unread: string): NetworkPolicyModel => ({ name, ...selected, closes: new Set(), rules: [], unread });
  if (selector === undefined) return unknown('spec.podSelector');
  const stranger = Object.keys(spec).find((key) => !MEMBERS.has(key));
  if (stranger !== undefined) return unknown(`spec.${stranger}`);
  const ingress = rulesOf(spec, 'ingress');
  const egress = rulesOf(spec, 'egress');
  if (ingress === undefined) return unknown('spec.ingress');
  if (egress === undefined) return unknown('spec.egress');
  const types = typesOf(spec, egress.length > 0);
  if (types === undefined) return unknown('spec.policyTypes');
  // One that is being deleted may be gone before the pod starts: it closes nothing, and what it allows it allows still.
  const isGoing = (own(metadata, 'deletionTimestamp') ?? null) !== null;
  return { name, ...selected, closes: isGoing ? new Set() : types, rules: [...ingress, ...egress] };
}

/** Defaults of the API server: without types a policy is about ingress, and about egress only if it has rules for that. */
function typesOf(spec: JsonObject, hasEgress: boolean): ReadonlySet<Direction> | undefined {
  const types = field(spec, 'policyTypes') ?? [];
  if (!Array.isArray(types)) return undefined;
  if (types.length === 0) return new Set<Direction>(hasEgress ? ['ingress', 'egress'] : ['ingress']);
  const read = (types as readonly unknown[]).map((type) => DIRECTIONS.get(type));
  return read.includes(undefined) ? undefined : new Set(read.filter((direction) => direction !== undefined));
}

/** Every rule, also of a direction that is not among the types: what one implementation ignores another may not. */
function rulesOf(spec: JsonObject, direction: Direction): readonly NetworkRule[] | undefined {
  const rules = field(spec, direction) ?? [];
  if (!Array.isArray(rules)) return undefined;
  return (rules as readonly unknown[]).map((rule, index) => {
    const onlyTo = direction === 'egress' ? rangesOf(rule) : undefined;
    return { direction, path: `spec.${direction}[${index}]`, ...(onlyTo === undefined ? {} : { onlyTo }) };
  });
}

/** The ranges that an egress rule allows if it allows nothing else: no peers at all would be everybody. `except` only narrows. */
function rangesOf(rule: unknown): readonly string[] | undefined {
  const peers = own(rule, 'to');
  if (!isObject(rule) || !Array.isArray(peers) || peers.length === 0) return undefined;
  if (Object.keys(rule).some((key) => key !== 'to' && key !== 'ports')) return undefined;
  const ranges = (peers as readonly unknown[]).map((peer) =>
    isObject(peer) && Object.keys(peer).every((key) => key === 'ipBlock') ? ownText(field(peer, 'ipBlock'), 'cidr') : undefined);
  const known = ranges.filter((range) => range !== undefined);
  return known.length === ranges.length ? known : undefined;
}
