// Whatever a cluster or a request holds where a policy or a pod should be: never an exception, and never taken for a jail.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isolationBy } from '../../../../../src/evaluate/request/jail/policies/isolation.ts';
import { mayOpen } from '../../../../../src/evaluate/request/jail/policies/other-kinds.ts';
import { indexPolicies } from '../../../../../src/evaluate/request/jail/policies/policy-index.ts';
import { guardedMatter } from '../../../../../src/extract/guards/index.ts';
import { object, reviewOf, type Json } from '../../../../support/pipelines.ts';
import { DENY_ALL, pod } from './support.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 1000);
const KINDS = ['AdminNetworkPolicy', 'ClusterNetworkPolicy', 'CiliumNetworkPolicy', 'NetworkPolicy', 'constructor'];

const [POLICY, POD] = [object(DENY_ALL), pod()];
const [CHANGE, REMOVAL] = [reviewOf(POD, { operation: 'UPDATE' }), reviewOf(POLICY, { operation: 'DELETE' })];

/** The object with one value, anywhere in it, replaced by another. */
function planted(source: unknown, at: number, value: unknown): unknown {
  let left = at;
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(here)) return here.map(walk);
    return typeof here === 'object' && here !== null ? Object.fromEntries(Object.entries(here).map(([key, one]) => [key, walk(one)])) : here;
  };
  return walk(source);
}

describe('J27: what is no policy and no pod', () => {
  test('is read all the same', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.nat(20), fc.nat(60), (value, inPolicy, inPod) => {
      const policy = planted(POLICY, inPolicy, value);
      const { state } = isolationBy(indexPolicies([policy]).selecting({ app: 'build' }));
      expect(['closed', 'open', 'unread']).toContain(state);
      for (const kind of KINDS) expect(typeof mayOpen(kind, { spec: value, specs: value }, { app: 'build' })).toBe('boolean');
      const changed = planted(POD, inPod, value);
      guardedMatter({ ...CHANGE, object: changed });
      guardedMatter({ ...CHANGE, oldObject: changed });
      guardedMatter({ ...REMOVAL, oldObject: policy });
    }), { numRuns });
  }, 600_000);

  test('a list with anything else in it is no jail', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      // Alone, only what says so isolates: whatever else stands there does not.
      expect(isolationBy(indexPolicies([value]).selecting({ app: 'build' })).state).not.toBe('closed');
    }), { numRuns });
  }, 600_000);

  test('a thousand demands on labels, and a policy of ten thousand rules, are read in a moment', () => {
    const demands = Array.from({ length: 1000 }, (_, index) => ({ key: `k${index}`, operator: 'NotIn', values: ['a', 'b'] }));
    const large: Json = { metadata: { name: 'large' }, spec: { podSelector: { matchExpressions: demands }, policyTypes: ['Ingress', 'Egress'], egress: Array.from({ length: 10_000 }, () => ({ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }] })) } };
    const found = isolationBy(indexPolicies([large]).selecting({ app: 'build' }), ['10.0.0.1/32']);
    expect(found.state).toBe('closed');
    expect(isolationBy(indexPolicies([large]).selecting({ app: 'build' })).rules).toHaveLength(10_000);
  });
});
