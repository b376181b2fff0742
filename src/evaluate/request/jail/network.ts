/** The network of a pod that runs user code: closed by NetworkPolicies in both directions, and opened by none of any kind. */
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { mayOpen } from './policies/other-kinds.ts';
import { isolationBy } from './policies/isolation.ts';
import type { Isolation } from './policies/isolation.ts';
import { indexPolicies } from './policies/policy-index.ts';

type Labels = Readonly<Record<string, string>>;

/** Most rules that one message names. */
const MOST_NAMED = 8;

/** A pod as its network is judged: by its labels, in its namespace. */
export interface JailedPod {
  readonly labels: Labels;
  readonly namespace: string;
  /** Ranges of addresses that it may reach: of pods of Argo, whose executor needs the API server. */
  readonly mayReach: readonly string[];
}

/** What is wrong with the network of a pod; what is not known is undetermined. */
export function judgeNetwork(pod: JailedPod, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] {
  if (requirement.networkPolicy === 'off') return [];
  const { namespace } = pod;
  const answer = question.ask({ kind: 'networkPolicies', namespace });
  const others = otherOpenings(pod, requirement, question);
  if (answer?.known !== true) return [unknownYet(`NetworkPolicies of namespace ${namespace}`, answer?.cause), ...others];
  const isolation = isolationBy(indexPolicies(answer.value).selecting(pod.labels), pod.mayReach);
  return [...outcomesOf(isolation), ...others];
}

function outcomesOf({ missing, rules, unread }: Isolation): readonly RequestOutcome[] {
  const outcomes: RequestOutcome[] = [];
  if (rules.length > 0)
    outcomes.push({ code: 'POLICY_JAIL_OPEN', expected: ['no rule in any policy that selects the pod'], found: named(rules) });
  if (missing.length > 0 && unread.length === 0) {
    const expected = ['a NetworkPolicy that selects the pod, with policyTypes Ingress and Egress and without rules'];
    outcomes.push({ code: 'POLICY_JAIL_NETWORK', expected, found: missing.map((direction) => `nothing isolates its ${direction}`) });
  }
  for (const { policy, what } of unread.slice(0, MOST_NAMED))
    outcomes.push(unknownYet(`NetworkPolicy ${policy}`, `${what} cannot be read`));
  return outcomes;
}

function otherOpenings(pod: JailedPod, { otherPolicies }: JailRequirement, { ask }: RequestQuestion): readonly RequestOutcome[] {
  if (otherPolicies === 'accept') return [];
  const answer = ask({ kind: 'otherNetworkPolicies', namespace: pod.namespace });
  if (answer?.known !== true) return [unknownYet('network policies of other kinds', answer?.cause)];
  const open = answer.value.objects.filter(({ kind, object }) => mayOpen(kind, object, pod.labels));
  return [...new Set(open.map(({ kind }) => kind))].map((kind) =>
    unknownYet(`what ${kind} allows`, 'policies of that kind have rules that are not read; otherPolicies: accept takes them as they are'));
}

function named(rules: readonly string[]): readonly string[] {
  return rules.length <= MOST_NAMED ? rules : [...rules.slice(0, MOST_NAMED), `${rules.length - MOST_NAMED} more`];
}
