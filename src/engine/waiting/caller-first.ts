/** At the gate whoever asks is judged before what it asks about: nothing is looked up for somebody who is refused. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { Extraction } from '../../domain/decision/review.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { isNobodyWaiting, nextTurn } from '../../flow/next-turn.ts';
import type { Context, Judgement } from '../context.ts';
import { judge, PARALLEL } from '../judge.ts';
import { judgeRequest } from '../request.ts';

/** What is said of the request, and of each of its artifacts. */
export type Judged = readonly [ofRequest: readonly Finding[], judged: readonly Judgement[]];

/** Both side by side; of a question to the gate the artifacts only when nothing enforced stands against the caller. Never rejects. */
export async function judgeAll(extraction: Extraction, context: Context): Promise<Judged> {
  const artifacts = (): Promise<readonly Judgement[]> =>
    eachBounded(extraction.artifacts, PARALLEL, (ref) => judge(ref, extraction.scope, context), turnOf(context, extraction));
  if (extraction.matter?.about !== 'question') return Promise.all([judgeRequest(extraction, context), artifacts()]);
  const ofRequest = await judgeRequest(extraction, context);
  const refusal = refusalIn(ofRequest);
  return [ofRequest, refusal === undefined ? await artifacts() : extraction.artifacts.map((ref) => refused(ref, refusal))];
}

/** The finding that keeps the caller from an answer: what is violated before what is not known. */
function refusalIn(findings: readonly Finding[]): Finding | undefined {
  const enforced = findings.filter(({ verdict, mode }) => mode === 'enforce' && verdict !== 'satisfied');
  return enforced.find(({ verdict }) => verdict === 'violated') ?? enforced[0];
}

/** Every artifact says why it was not looked at: one without a finding would read as admitted. */
function refused(artifact: ArtifactRef, { code, verdict, policy, requirement, fix }: Finding): Judgement {
  return {
    artifact,
    findings: [{
      code, verdict, path: artifact.path, artifact: artifact.raw, mode: 'enforce', cause: 'the caller is refused, so nothing was looked up',
      ...(policy === undefined ? {} : { policy }), ...(requirement === undefined ? {} : { requirement }),
      ...(fix === undefined ? {} : { fix }),
    }],
  };
}

/** Artifacts of a question that are one piece of work. */
const FEW = 4;

/** Thousands of artifacts of a question take turns with other questions; what an object names is few, and waits behind nobody. */
function turnOf({ review }: Context, { artifacts }: Extraction): (() => Promise<void> | undefined) | undefined {
  // Accounts are made by whoever has the namespace: they share its turns.
  const lane = review.namespace === '' ? review.user.username : review.namespace;
  if (review.surface !== 'gate') return undefined;
  // The question came in with a turn, which is enough for the few artifacts of a short one unless others wait.
  const isShort = artifacts.length <= FEW;
  return () => (isShort && isNobodyWaiting() ? undefined : nextTurn(lane));
}
