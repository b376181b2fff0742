/** Labels or the owner of a pod that change while it runs: would they let it out, or hide whose it is? */
import type { PodMatter } from '../../../domain/build/matter.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { changeOf, mayReach } from './breach.ts';
import type { Change } from './breach.ts';
import { isolationBy } from './policies/isolation.ts';
import type { Isolation } from './policies/isolation.ts';
import { mayOpen } from './policies/other-kinds.ts';
import { indexPolicies } from './policies/policy-index.ts';
import { engineOfOwner, runOfPod } from './run-of-pod.ts';

type Owner = NonNullable<PodMatter['owner']>;

/**
 * Judges an update of a pod that belonged to a run before it. Only one of a task that runs user code counts (or whose class is
 * not known), and only while it runs. `undefined` for a pod that belonged to none.
 */
export function judgeRelabelling(
  pod: PodMatter, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  const { before, namespace } = pod;
  const owner = before?.owner;
  if (before === undefined || owner === undefined || engineOfOwner(owner) === undefined) return undefined;
  const hidden = pod.owner?.kind !== owner.kind || pod.owner.uid !== owner.uid || pod.owner.name !== owner.name;
  if (requirement.networkPolicy === 'off' || (!hidden && sameLabels(before.labels, pod.labels))) return [];
  const change = changeBy({ before: before.labels, after: pod.labels, owner, hidden, namespace }, requirement, question);
  if (typeof change !== 'string') return [change];
  if (change === 'none') return [];
  const of = runOfPod(owner, namespace, requirement, question);
  if (of.found && !of.isUserCode) return [];
  const pods = question.ask({ kind: 'pods', namespace });
  if (pods?.known !== true) return [unknownYet(`pods of namespace ${namespace}`, pods?.cause)];
  if (!pods.value.some(({ name }) => name === pod.name)) return [];
  if (change === 'unsure') return [unknownYet(`whether new labels open the jail of pod ${pod.name}`)];
  return [{ code: 'POLICY_JAIL_BREACH', path: hidden ? 'metadata.ownerReferences' : 'metadata.labels', found: [`pod ${pod.name}`] }];
}

interface Relabelled {
  readonly before: PodMatter['labels'];
  readonly after: PodMatter['labels'];
  readonly owner: Owner;
  /** Whose pod it is would be seen no more: then nothing would keep it in its jail later. */
  readonly hidden: boolean;
  readonly namespace: string;
}

function changeBy(
  { before, after, owner, hidden, namespace }: Relabelled, requirement: JailRequirement, { ask }: RequestQuestion,
): Change | RequestOutcome {
  const policies = ask({ kind: 'networkPolicies', namespace, now: true });
  if (policies?.known !== true) return unknownYet(`NetworkPolicies of namespace ${namespace}`, policies?.cause);
  const index = indexPolicies(policies.value);
  const stand = (labels: PodMatter['labels']): Isolation => isolationBy(index.selecting(labels), mayReach({ owner }, requirement));
  const was = stand(before);
  if (was.state === 'open') return 'none';
  const change = hidden ? 'breach' : changeOf(was, stand(after));
  if (change !== 'none' || requirement.otherPolicies === 'accept') return change;
  const others = ask({ kind: 'otherNetworkPolicies', namespace });
  if (others?.known !== true) return unknownYet('network policies of other kinds', others?.cause);
  return others.value.objects.some(({ kind, object }) => mayOpen(kind, object, after) && !mayOpen(kind, object, before))
    ? 'unsure'
    : 'none';
}

function sameLabels(one: PodMatter['labels'], other: PodMatter['labels']): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => Object.hasOwn(one, name) && Object.hasOwn(other, name) && one[name] === other[name]);
}
