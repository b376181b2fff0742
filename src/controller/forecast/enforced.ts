/** A set of policies as it would be if all of them enforced. */
import type { CompiledPolicy, PolicySet } from '../../domain/policy/policy.ts';
import type { RequestPolicy } from '../../domain/policy/request-policy.ts';

/** The same set with every policy in mode `enforce`; a policy that enforces already is itself, and each other one is made once. */
export function asEnforced(set: PolicySet): PolicySet {
  const enforced = createEnforcing<CompiledPolicy>();
  const ofRequests = createEnforcing<RequestPolicy>();
  const { policies, requestPolicies } = set;
  return {
    ...set,
    generation: `${set.generation} enforced`,
    policies: policies.map(enforced),
    candidates: (ref, namespace) => set.candidates(ref, namespace).map(enforced),
    ...(requestPolicies === undefined ? {} : { requestPolicies: requestPolicies.map(ofRequests) }),
    forRequest: (matter) => set.forRequest(matter).map(ofRequests),
  };
}

function createEnforcing<Policy extends { readonly mode: CompiledPolicy['mode'] }>(): (policy: Policy) => Policy {
  const made = new WeakMap<Policy, Policy>();
  return (policy) => {
    if (policy.mode === 'enforce') return policy;
    const known = made.get(policy) ?? { ...policy, mode: 'enforce' };
    made.set(policy, known);
    return known;
  };
}
