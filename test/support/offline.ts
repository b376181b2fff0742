import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import type { Finding } from '../../src/domain/decision/finding.ts';
import type { EvidenceBatch, TrustReader } from '../../src/domain/ports.ts';
import type { ReceiptReader } from '../../src/domain/gate/receipt.ts';
import type { VerificationJob, VerificationOutcome } from '../../src/domain/evidence.ts';
import { createAdmit } from '../../src/engine/admit.ts';
import { createConditionRunner, runExamination } from '../../src/examine/index.ts';
import { offlineSource } from '../../src/fetch/index.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { toOutcome } from '../../src/verify/verified.ts';

/** An artifact with the evidence that was given along, to be judged in this thread and at a time of its own. */
export interface OfflineCase {
  readonly ref: ArtifactRef;
  readonly batch: EvidenceBatch;
  readonly trust: TrustReader;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What reads receipts and summaries of ours. */
  readonly receipts?: ReceiptReader;
}

const conditions = createConditionRunner();

/** The evidence verifier of the product without its threads and its memory. */
export const verifierHere = {
  known: () => undefined,
  verify: async (job: VerificationJob): Promise<readonly VerificationOutcome[]> => (await runVerificationJob(job)).map((raw, index) => toOutcome(raw, job.evidence[index]?.source ?? '')),
};

/** The findings of the engine under these policies, which must lint without an error. */
export async function judgeOffline({ ref, batch, trust, now, receipts }: OfflineCase, policies: string): Promise<readonly Finding[]> {
  const { set, problems } = compilePolicies([{ path: 'policies.yaml', text: policies }], { trust });
  if (set === undefined) throw new Error(JSON.stringify(problems));
  const source = offlineSource(batch);
  const admit = createAdmit({
    clock: { now: () => now }, policies: { current: () => ({ ready: true, set }) }, source, resolver: source, verifier: verifierHere,
    examiner: { known: () => undefined, examine: (examination) => Promise.resolve(runExamination(examination, conditions)) },
    namespaces: { labels: () => Promise.resolve({}) }, ...(receipts === undefined ? {} : { receipts }), recorder: { record: () => undefined }, unmatched: 'deny', newId: () => 'x', onFault: (fault) => { throw fault; },
  });
  const kind = { group: 'gatehouse.dev', version: 'v1alpha1' };
  const review = { surface: 'cli', uid: '', operation: 'CREATE', kind: { ...kind, kind: 'Image' }, resource: { ...kind, resource: 'images' }, subResource: '', namespace: '', name: '', user: { username: '', groups: [] }, dryRun: false, object: null, oldObject: null, artifacts: [ref] } as const;
  return (await admit(review, { deadline: now + 60_000, signal: new AbortController().signal })).findings;
}
