/** The jail's view of NetworkPolicies beside a model that looks at every policy as the API describes it, over generated sets. */
import { isolationBy } from '../../src/evaluate/request/jail/policies/isolation.ts';
import { indexPolicies } from '../../src/evaluate/request/jail/policies/policy-index.ts';

interface Expression { key: string; operator: string; values?: string[] }
interface Policy {
  metadata: { name: string };
  spec: { podSelector?: { matchLabels?: Record<string, string>; matchExpressions?: Expression[] }; policyTypes?: string[]; ingress?: object[] | null; egress?: object[] | null };
}

/** A generator of numbers that is the same everywhere (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const KEYS = ['app', 'tier', 'jail'];
const VALUES = ['', 'a', 'b'];

function labelsBy(pick: (below: number) => number): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const key of KEYS) if (pick(3) > 0) labels[key] = VALUES[pick(VALUES.length)] ?? '';
  return labels;
}

function expressionBy(pick: (below: number) => number): Expression {
  const key = KEYS[pick(KEYS.length)] ?? '';
  const operator = ['In', 'NotIn', 'Exists', 'DoesNotExist'][pick(4)] ?? '';
  if (operator === 'Exists' || operator === 'DoesNotExist') return pick(2) === 0 ? { key, operator } : { key, operator, values: [] };
  return { key, operator, values: [VALUES[pick(VALUES.length)] ?? '', ...(pick(2) === 0 ? ['a'] : [])] };
}

function policyBy(pick: (below: number) => number, index: number): Policy {
  const podSelector = {
    ...(pick(2) === 0 ? { matchLabels: Object.fromEntries(Object.entries(labelsBy(pick)).slice(0, pick(3))) } : {}),
    ...(pick(2) === 0 ? { matchExpressions: Array.from({ length: pick(3) }, () => expressionBy(pick)) } : {}),
  };
  const rules = (): object[] | null | undefined => [undefined, null, [], [], [{}], [{ ports: [{ port: 1 }] }]][pick(6)];
  const types = [undefined, [], ['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Ingress', 'Egress']][pick(6)];
  const [ingress, egress] = [rules(), rules()];
  return {
    metadata: { name: `p${index}` },
    spec: {
      ...(pick(8) === 0 ? {} : { podSelector }), ...(types === undefined ? {} : { policyTypes: types }),
      ...(ingress === undefined ? {} : { ingress }), ...(egress === undefined ? {} : { egress }),
    },
  };
}

/** The model: nothing shared with the code under test, nothing indexed. */
function model(policies: readonly Policy[], labels: Record<string, string>): { state: string; missing: string[]; rules: number } {
  const matches = (policy: Policy): boolean => {
    const { matchLabels = {}, matchExpressions = [] } = policy.spec.podSelector ?? {};
    if (Object.entries(matchLabels).some(([key, value]) => labels[key] !== value)) return false;
    for (const { key, operator, values = [] } of matchExpressions) {
      const there = key in labels;
      const within = there && values.includes(labels[key] ?? '');
      if (operator === 'In' && !within) return false;
      if (operator === 'NotIn' && within) return false;
      if (operator === 'Exists' && !there) return false;
      if (operator === 'DoesNotExist' && there) return false;
    }
    return true;
  };
  let [ingress, egress, rules] = [false, false, 0];
  for (const { spec } of policies.filter(matches)) {
    const [into, out] = [spec.ingress?.length ?? 0, spec.egress?.length ?? 0];
    const types = (spec.policyTypes?.length ?? 0) > 0 ? spec.policyTypes ?? [] : out > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    ingress ||= types.includes('Ingress');
    egress ||= types.includes('Egress');
    rules += into + out;
  }
  const missing = [...(ingress ? [] : ['ingress']), ...(egress ? [] : ['egress'])];
  return { state: missing.length === 0 && rules === 0 ? 'closed' : 'open', missing, rules };
}

/** Makes a set of policies and a pod by these numbers, and throws where the jail sees it otherwise than the model; gives what both see. */
export function agreement(pick: (below: number) => number): 'open' | 'closed' {
  const policies = Array.from({ length: pick(6) }, (_, index) => policyBy(pick, index));
  const labels = labelsBy(pick);
  const { state, missing, rules } = isolationBy(indexPolicies(policies).selecting(labels));
  const found = JSON.stringify({ state, missing, rules: rules.length });
  const expected = model(policies, labels);
  if (found !== JSON.stringify(expected)) throw new Error(`found ${found}, the model says ${JSON.stringify(expected)}: ${JSON.stringify({ policies, labels })}`);
  return expected.state === 'closed' ? 'closed' : 'open';
}
