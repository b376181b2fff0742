/** Receipts are words of the past: where the policies that had a say have changed since, what they are for is judged under today's. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { callerName } from '../../domain/gate/caller.ts';
import type { GateCaller } from '../../domain/gate/caller.ts';
import type { Receipt } from '../../domain/gate/receipt.ts';
import { digestOfSet } from '../../text/sha256.ts';
import type { GateDeps } from './deps.ts';
import { questionReview } from './review.ts';
import type { Asked } from './route.ts';

/**
 * What stands against these artifacts today, whose receipt counts otherwise; `undefined` where the policies that speak about them are
 * those of then, or where today's hold. They are judged as they were asked about: by that caller, in its namespace, and for no receipt.
 */
export async function refusalToday(
  receipt: Receipt, artifacts: readonly ArtifactRef[], { caller, request, keeping, waiting }: Asked, deps: GateDeps,
): Promise<Finding | undefined> {
  if (receipt.purpose !== 'gate' || artifacts.length === 0) return undefined;
  const deadline = deps.clock.now() + deps.budget;
  const review = reviewOf(callerThen(receipt.caller, caller), caller, artifacts, request.id);
  const { findings, artifacts: judged } = await deps.admit(review, { deadline, signal: waiting.left, keeping });
  const isCertain = findings.every(({ code }) => code !== 'SELECT_LABELS_UNKNOWN');
  if (isCertain && digestOfSet(judged.flatMap(({ vouched }) => vouched?.policies ?? [])) === receipt.policies) return undefined;
  // A receipt says that it was satisfied: what is only let through by an exception is not.
  const open = findings.filter(({ verdict, mode, exceptions }) =>
    verdict !== 'satisfied' && (mode === 'enforce' || exceptions !== undefined));
  return open.find(({ verdict }) => verdict === 'violated') ?? open[0];
}

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Whoever asked then, as far as a name says it: of others than accounts only whoever asks now is known in full. */
function callerThen(name: string, now: GateCaller): GateCaller | undefined {
  const [, namespace, account] = ACCOUNT.exec(name) ?? [];
  if (namespace !== undefined && account !== undefined) return { kind: 'serviceAccount', namespace, name: account, uid: '' };
  return callerName(now) === name ? now : undefined;
}

/** Where the caller of then is not known it is nobody's question: rules about callers do not speak. */
function reviewOf(then: GateCaller | undefined, now: GateCaller, artifacts: readonly ArtifactRef[], uid: string): ReviewRequest {
  const review = questionReview({ asks: 'admit', caller: then ?? now, run: { found: 'none' } }, artifacts, { dryRun: true, uid });
  if (then !== undefined) return review;
  const { question: _question, ...ofNobody } = review;
  return ofNobody;
}
