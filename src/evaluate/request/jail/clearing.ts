/** Who clears a namespace away always may: a namespace that is being deleted must not hang for a policy in it. */
import type { NetworkPolicyMatter } from '../../../domain/build/matter.ts';
import { own } from '../../../text/json/fields.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** Deletes objects of namespaces that are being deleted, and nothing else. */
const NAMESPACE_CONTROLLER = 'system:serviceaccount:kube-system:namespace-controller';
/** Deletes whatever lost its owner, in any namespace; and where controllers have no accounts of their own, all of them. */
const COLLECTORS: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager',
]);

/**
 * Nothing wrong (an empty list) when the controllers of a cluster clear a namespace away; `undefined` when the change has to be judged.
 * The garbage collector does so only where the namespace is being deleted: elsewhere whoever writes an owner reference sends it.
 */
export function passes(
  { requester, operation, namespace }: NetworkPolicyMatter,
  { ask }: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  if (operation !== 'DELETE') return undefined;
  if (requester.username === NAMESPACE_CONTROLLER) return [];
  if (!COLLECTORS.has(requester.username)) return undefined;
  const answer = ask({ kind: 'object', group: '', resource: 'namespaces', namespace: '', name: namespace });
  if (answer?.known !== true) return [unknownYet(`namespace ${namespace}`, answer?.cause)];
  const isGone = answer.value === null || (own(own(answer.value, 'metadata'), 'deletionTimestamp') ?? null) !== null;
  return isGone ? [] : undefined;
}
