/** Whoever asks for an exception, and whoever approves it, needs the verb `exempt` on each policy that it names. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import { isObject } from '../../text/json/fields.ts';
import { denying } from '../finding.ts';

/** Policies that an exception may name when it is a resource: for each the API server is asked, which CEL may do so often. */
export const MOST_POLICIES = 8;

/** A policy from which is excepted, as RBAC knows it. */
export interface Exempted {
  readonly resource: 'clusterartifactpolicies' | 'artifactpolicies';
  /** Empty for policies of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** Says whether a user may `exempt` from a policy, by the word of the API server; rejects when it gives none. */
export type AskExempt = (user: ReviewRequest['user'], policy: Exempted, signal: AbortSignal) => Promise<boolean>;

/** What is said of the right of whoever makes the request; nothing where they have it. `ask` absent: there is nobody to be asked. */
export async function judgeRights(
  { user, object }: Pick<ReviewRequest, 'user' | 'object'>, ask: AskExempt | undefined, signal: AbortSignal,
): Promise<readonly Finding[]> {
  const policies = policiesOf(object);
  if (policies.length > MOST_POLICIES) {
    const cause = `a resource excepts from at most ${MOST_POLICIES} policies, and this one names ${policies.length}; write several`;
    return [denying('INPUT_POLICY_INVALID', cause, 'spec.policies')];
  }
  if (ask === undefined) {
    const cause = 'no API server is known to Gatehouse (kubernetes in the configuration)';
    return [denying('INPUT_EXCEPTION_RIGHT_UNKNOWN', cause)];
  }
  const findings: Finding[] = [];
  // One after the other: whoever asks for many rights takes no more places than others.
  for (const [index, policy] of policies.entries()) {
    const finding = await judgeRight(`spec.policies[${index}]`, policy, { user, ask, signal });
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

interface Asking {
  readonly user: ReviewRequest['user'];
  readonly ask: AskExempt;
  readonly signal: AbortSignal;
}

async function judgeRight(at: string, policy: Exempted, { user, ask, signal }: Asking): Promise<Finding | undefined> {
  try {
    const may = await untilAborted(ask(user, policy, signal), signal, () => signal.throwIfAborted());
    if (may === true) return undefined;
    const where = policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`;
    return denying('INPUT_EXCEPTION_RIGHT', `${user.username} may not exempt ${policy.resource}.gatehouse.dev ${where}`, at);
  } catch {
    signal.throwIfAborted();
    return denying('INPUT_EXCEPTION_RIGHT_UNKNOWN', 'the API server gives no answer', at);
  }
}

function policiesOf(object: unknown): readonly Exempted[] {
  const spec = isObject(object) ? object['spec'] : undefined;
  const policies = isObject(spec) ? spec['policies'] : undefined;
  return (Array.isArray(policies) ? (policies as unknown[]) : []).map((one): Exempted => {
    const name = isObject(one) && typeof one['name'] === 'string' ? one['name'] : '';
    const slash = name.indexOf('/');
    return slash < 0
      ? { resource: 'clusterartifactpolicies', namespace: '', name }
      : { resource: 'artifactpolicies', namespace: name.slice(0, slash), name: name.slice(slash + 1) };
  });
}
