/** What would open the jail of a pod that runs: compared is how it stands in its network before and after. */
import type { NetworkPolicyModel } from '../../../domain/build/network-policy.ts';
import type { Isolation } from './policies/isolation.ts';
import { selects } from '../../../domain/build/network-policy.ts';
import type { NetworkPolicyMatter } from '../../../domain/build/matter.ts';
import type { PodFact } from '../../../domain/build/facts.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { own } from '../../../text/json/fields.ts';
import { sameValue } from '../../../text/json/same.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { passes } from './clearing.ts';
import { isolationBy } from './policies/isolation.ts';
import { mayOpen } from './policies/other-kinds.ts';
import { indexPolicies } from './policies/policy-index.ts';
import { readNetworkPolicy } from './policies/read-policy.ts';
import { engineOfOwner, runOfPod } from './run-of-pod.ts';

/** Most pods that one message names. */
const MOST_NAMED = 8;

/** Whether a change opens: surely (`breach`), perhaps, because what is new cannot be read (`unsure`), or not. */
export type Change = 'none' | 'unsure' | 'breach';

/** What a change does to a pod: one that stood open already is not let out by anything. */
export function changeOf(before: Isolation, after: Isolation): Change {
  if (before.state === 'open' || after.state === 'closed') return 'none';
  if (after.state === 'open') return 'breach';
  return before.state === 'closed' ? 'unsure' : 'none';
}

/** A network policy that is made, changed or removed: which pods that run user code would it let out? */
export function judgePolicyChange(
  matter: NetworkPolicyMatter, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  const isOther = matter.otherKind !== undefined;
  if (requirement.networkPolicy === 'off' || (isOther && (requirement.otherPolicies === 'accept' || matter.policy === undefined)))
    return undefined;
  if (matter.operation === 'UPDATE' && sameValue(said(matter.policy), said(matter.before))) return [];
  const cleared = passes(matter, question);
  if (cleared !== undefined) return cleared;
  const { namespace } = matter;
  const pods = question.ask({ kind: 'pods', namespace });
  const policies = question.ask({ kind: 'networkPolicies', namespace, now: true });
  if (pods?.known !== true) return [unknownYet(`pods of namespace ${namespace}`, pods?.cause)];
  if (policies?.known !== true) return [unknownYet(`NetworkPolicies of namespace ${namespace}`, policies?.cause)];
  const judge = isOther ? byOtherKind(matter, policies.value, requirement) : byPolicy(matter, policies.value, requirement);
  const changed = pods.value.map((pod) => ({ pod, change: engineOfOwner(pod.owner) === undefined ? 'none' as const : judge(pod) }));
  return outcomesOf(changed.filter(({ change }) => change !== 'none'), matter, requirement, question);
}

/** Everything that a policy says; Cilium's says it in `spec` or in `specs`. */
function said(policy: unknown): readonly unknown[] {
  return [own(policy, 'spec'), own(policy, 'specs')];
}

type JudgePod = (pod: PodFact) => Change;

function byPolicy(matter: NetworkPolicyMatter, objects: readonly unknown[], requirement: JailRequirement): JudgePod {
  const index = indexPolicies(objects);
  const before = matter.before === undefined ? [] : [readNetworkPolicy(matter.before)];
  const after = matter.policy === undefined ? [] : [readNetworkPolicy(matter.policy)];
  return (pod) => {
    // What is followed may lag behind: the policy itself is taken from the request.
    const others = index.selecting(pod.labels).filter(({ name }) => name !== matter.name || matter.name === '');
    const stand = (more: readonly NetworkPolicyModel[]): Isolation =>
      isolationBy(
        [...others, ...more.filter((one) => one.selector === undefined || selects(one.selector, pod.labels))],
        mayReach(pod, requirement),
      );
    return changeOf(stand(before), stand(after));
  };
}

function byOtherKind(
  { otherKind = '', policy, before }: NetworkPolicyMatter,
  objects: readonly unknown[],
  requirement: JailRequirement,
): JudgePod {
  const index = indexPolicies(objects);
  return ({ labels, ...pod }) => {
    if (!mayOpen(otherKind, policy, labels) || (before !== undefined && mayOpen(otherKind, before, labels))) return 'none';
    return isolationBy(index.selecting(labels), mayReach(pod, requirement)).state === 'closed' ? 'unsure' : 'none';
  };
}

/** Ranges that a pod of this owner may reach. */
export function mayReach({ owner }: Pick<PodFact, 'owner'>, { apiServer }: JailRequirement): readonly string[] {
  return engineOfOwner(owner) === 'argo' ? apiServer : [];
}

/** Only pods of tasks that run user code count; one whose class cannot be known now counts. */
function outcomesOf(
  changed: readonly { readonly pod: PodFact; readonly change: Change }[],
  { namespace, otherKind = 'NetworkPolicy', name }: NetworkPolicyMatter, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] {
  const counting = changed.filter(({ pod: { owner } }) => {
    const of = owner === undefined ? undefined : runOfPod(owner, namespace, requirement, question);
    return of?.found !== true || of.isUserCode;
  });
  const named = (which: Change): readonly string[] =>
    counting
      .filter(({ change }) => change === which)
      .map(({ pod }) => `pod ${pod.name}`)
      .sort();
  const [breached, unsure] = [named('breach'), named('unsure')];
  return [
    // Also as what was found: that is what the answer shows of a change to a policy, and whoever made it must know whose jail it is.
    ...(breached.length === 0
      ? []
      : [{ code: 'POLICY_JAIL_BREACH', artifact: shortened(breached).join(', '), found: shortened(breached) } as const]),
    ...(unsure.length === 0 ? [] : [unknownYet(`whether ${otherKind} ${name} opens the jail of ${shortened(unsure).join(', ')}`)]),
  ];
}

function shortened(names: readonly string[]): readonly string[] {
  return names.length <= MOST_NAMED ? names : [...names.slice(0, MOST_NAMED), `${names.length - MOST_NAMED} more`];
}
