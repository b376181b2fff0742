// Whatever a cluster or a request holds where a policy or a pod should be: never an exception, and never taken for a jail.
// Generated ones are a target of `npm run fuzz` (`FUZZ_ONLY='policies of a jail'`), at which test/fuzz.test.ts glances.
import { expect, test } from 'vitest';
import { isolationBy } from '../../../../../src/evaluate/request/jail/policies/isolation.ts';
import { indexPolicies } from '../../../../../src/evaluate/request/jail/policies/policy-index.ts';
import type { Json } from '../../../../support/pipelines.ts';

test('J27: a thousand demands on labels, and a policy of ten thousand rules, are read in a moment', () => {
  const demands = Array.from({ length: 1000 }, (_, index) => ({ key: `k${index}`, operator: 'NotIn', values: ['a', 'b'] }));
  const large: Json = { metadata: { name: 'large' }, spec: { podSelector: { matchExpressions: demands }, policyTypes: ['Ingress', 'Egress'], egress: Array.from({ length: 10_000 }, () => ({ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }] })) } };
  const found = isolationBy(indexPolicies([large]).selecting({ app: 'build' }), ['10.0.0.1/32']);
  expect(found.state).toBe('closed');
  expect(isolationBy(indexPolicies([large]).selecting({ app: 'build' })).rules).toHaveLength(10_000);
});
