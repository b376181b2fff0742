/** Requests to build are judged without an artifact, one finding per requirement. */
import type { BuildRequest } from '../../domain/decision/build-request.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { RequestPolicy, RequestRequirement } from '../../domain/policy/request-policy.ts';
import { policyName, type Outcome } from '../finding.ts';
import { judgeRequesters } from './requesters.ts';

/** Judges one kind of requirement on a request. */
type RequestJudge<Kind extends RequestRequirement['kind']> =
  (requirement: Extract<RequestRequirement, { readonly kind: Kind }>, request: BuildRequest) => Outcome;

/** The judge of every kind: a kind without one does not compile. */
const JUDGES: { readonly [Kind in RequestRequirement['kind']]: RequestJudge<Kind> } = { requesters: judgeRequesters };

/**
 * Judges a request to build by the policies that apply to it: one finding for each requirement, about no artifact and at no
 * place in the object. Pure, as all judging is: nothing is looked up, and the clock has no say.
 */
export function evaluateRequest(request: BuildRequest, policies: readonly RequestPolicy[]): readonly Finding[] {
  return policies.flatMap((policy) =>
    policy.requirements.map((requirement) => ({
      ...aboutRequest(JUDGES[requirement.kind](requirement, request), policy),
      requirement: requirement.name,
    })),
  );
}

/** A finding about the request itself; its verdict is the one the catalogue gives the code. Without a policy it is enforced. */
export function aboutRequest(outcome: Outcome, policy?: RequestPolicy): Finding {
  return {
    verdict: reason(outcome.code).verdict,
    path: '',
    artifact: '',
    mode: policy?.mode ?? 'enforce',
    ...(policy === undefined ? {} : { policy: policyName(policy) }),
    ...outcome,
  };
}
