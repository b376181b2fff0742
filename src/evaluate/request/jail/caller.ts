/** "Admit nothing": user code in the jail that asks the gate is refused, whatever it asks for. */
import type { QuestionMatter } from '../../../domain/build/matter.ts';
import { callerName } from '../../../domain/gate/caller.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { own, ownList, ownText, ownTexts } from '../../../text/json/fields.ts';
import type { Claim } from '../owner.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { EXECUTION_MODE } from './hermetic.ts';
import { engineOfOwner, runOfPod } from './run-of-pod.ts';

/**
 * Whether the pod that asks runs user code, by the live pod and the verified definition of its task (pipelines.md §5.2, gate 2: the
 * service must refuse tokens of jailed pods); also where it only asks to be jailed. Callers without a pod are in no jail. `undefined`
 * when nothing is to be said.
 */
export function judgeCaller(
  { namespace, question: { caller, run } }: QuestionMatter, requirement: JailRequirement, question: RequestQuestion,
): readonly RequestOutcome[] | undefined {
  // A run that is not the caller's own is refused for that.
  if (caller.kind !== 'serviceAccount' || caller.pod === undefined || run.found === 'wrong') return undefined;
  const called = `pod ${caller.pod.name}`;
  const answer = question.ask({ kind: 'object', group: '', resource: 'pods', namespace, name: caller.pod.name });
  if (answer?.known !== true) return [unknownYet(called, answer?.cause)];
  const metadata = own(answer.value, 'metadata');
  if (ownText(metadata, 'uid') !== caller.pod.uid) return [unknownYet(called, 'the pod of the token is not there any more')];
  const jailed = (found: string): readonly RequestOutcome[] =>
    [{ code: 'POLICY_CALLER_JAILED', artifact: callerName(caller), found: [found] }];
  if (ownTexts(metadata, 'annotations')[EXECUTION_MODE] === 'hermetic') return jailed(`${called}, which is hermetic`);
  const owner = controllerOf(metadata);
  if (owner === undefined || engineOfOwner(owner) === undefined) return [];
  const of = runOfPod(owner, namespace, requirement, question);
  if (!of.found) return [of.outcome];
  return of.isUserCode ? jailed(`${called} of ${owner.kind} ${owner.name}, which runs user code`) : [];
}

function controllerOf(metadata: unknown): Claim | undefined {
  const found = (ownList(metadata, 'ownerReferences') ?? []).find((one) => own(one, 'controller') === true);
  const [kind, name, uid] = [ownText(found, 'kind'), ownText(found, 'name'), ownText(found, 'uid')];
  return kind === undefined || name === undefined || uid === undefined ? undefined : { kind, name, uid };
}
