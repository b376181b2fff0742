// What the judge of our own kinds does when there is no time, no room, or a fault; and that everything else goes by it.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { readAdmissionReview } from '../../../src/intake/admission-review.ts';
import { createOwnJudge, withOwnKinds } from '../../../src/own/index.ts';
import type { OwnBudget, OwnPorts } from '../../../src/own/index.ts';
import { auditAnnotations } from '../../../src/respond/annotations.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { document, ownReview } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { podReview } from '../../world/review.ts';
import type { AdmissionReview, ReviewOptions } from '../../world/review.ts';

const POLICY = document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] });
const recorded: Decision[] = [];
const faults: unknown[] = [];
const others = (): never => { throw new Error('not a document of ours'); };

function admit(ports: Partial<OwnPorts> = {}): (review: ReviewRequest, budget: OwnBudget) => Promise<Decision> {
  const judge = withOwnKinds(others, createOwnJudge({
    administrators: [], clock: Date, recorder: { record: (one) => void recorded.push(one) }, trust: createTrustReader(), documents: () => [],
    policies: () => ({ policyGeneration: '' }), policiesPerNamespace: 100, newId: String, onBreakGlass: () => undefined, onFault: (fault) => void faults.push(fault), ...ports,
  }));
  return async (review, budget) => judge(review, budget);
}
const reviewOf = (review: AdmissionReview): ReviewRequest => {
  const read = readAdmissionReview(review);
  if (!read.ok) throw new Error(read.message);
  return read.review;
};
const asking = (one: Document, options: ReviewOptions = {}): ReviewRequest => reviewOf(ownReview(one, options));
const budget = (more: Partial<OwnBudget> = {}): OwnBudget => ({ deadline: Date.now() + 60_000, signal: new AbortController().signal, ...more });
const codesOf = ({ outcome, findings }: Decision): string => [outcome, ...new Set(findings.map(({ code }) => code))].join(' ');

describe('always an answer', () => {
  test('no time is no admission, and keeps nobody from deleting', async () => {
    const late = budget({ deadline: 0 });
    expect(codesOf(await admit()(asking(POLICY), late))).toBe('deny ENGINE_DEADLINE');
    expect(codesOf(await admit()(asking(POLICY, { operation: 'DELETE', oldObject: POLICY }), late))).toBe('warn ENGINE_DEADLINE');
  });
  test('a fault is told and is no admission', async () => {
    const decision = await admit({ documents: () => { throw new Error('broken'); } })(asking(POLICY), budget());
    expect(codesOf(decision)).toBe('deny ENGINE_FAULT');
    expect(String(faults.at(-1))).toContain('broken');
    expect(recorded.at(-1)).toBe(decision);
  });
  test('no room is no admission; what was kept is given back', async () => {
    expect(codesOf(await admit()(asking(POLICY), budget({ keeping: { count: () => undefined } })))).toBe('deny ENGINE_OVERLOADED');
    let held = 0;
    await admit()(asking(POLICY), budget({ keeping: { count: () => { held += 1; return () => { held -= 1; }; } } }));
    expect(held).toBe(0);
  });
  describe('who makes the change is said before anything that may end', () => {
    const heard: string[] = [];
    const guarded = (ports: Partial<OwnPorts> = {}): ReturnType<typeof admit> =>
      admit({ administrators: ['security'], breakGlass: 'on-call', onBreakGlass: (_, cause) => void heard.push(cause), ...ports });
    const gone = new AbortController();
    gone.abort();
    const WAYS: readonly [string, Partial<OwnPorts>, Partial<OwnBudget>][] = [
      ['no time', {}, { deadline: 0 }],
      ['a caller that left', {}, { signal: gone.signal }],
      ['no room', {}, { keeping: { count: () => undefined } }],
      ['a fault', { documents: () => { throw new Error('broken'); } }, {}],
      ['a deadline on the way', { clock: { now: () => Date.now() - 59_990 } }, {}],
    ];
    test.each(WAYS)('%s: the glass is heard, and in the annotations', async (_, ports, more) => {
      for (const operation of ['CREATE', 'DELETE'] as const) {
        heard.length = 0;
        const decision = await guarded(ports)(asking(POLICY, { operation, ...(operation === 'DELETE' ? { oldObject: POLICY } : {}), groups: ['on-call'], username: 'olga' }), budget(more));
        expect(heard).toEqual([`olga broke the glass: ${operation} ClusterArtifactPolicy acme`]);
        expect(auditAnnotations(decision)['break-glass']).toBe(heard[0]);
      }
    });
    test.each(WAYS)('%s: whoever may not deletes nothing', async (_, ports, more) => {
      for (const groups of [['others'], ['Security'], ['security '], ['system:masters'], []])
        expect(codesOf(await guarded(ports)(asking(POLICY, { operation: 'DELETE', oldObject: POLICY, groups }), budget(more)))).toBe('deny INPUT_POLICY_ADMINISTRATOR');
      expect((await guarded(ports)(asking(POLICY, { operation: 'DELETE', oldObject: POLICY, groups: ['security'] }), budget(more))).outcome).not.toBe('deny');
    });
    test('labels, finalizers and owners are for whoever may write them by RBAC: a collector of garbage ends a deletion', async () => {
      const held = { ...POLICY, metadata: { ...POLICY.metadata, finalizers: ['foregroundDeletion'], deletionTimestamp: '2026-01-01T00:00:00Z' } };
      const collector = { username: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: ['system:serviceaccounts'] };
      expect(codesOf(await guarded()(asking(POLICY, { operation: 'UPDATE', oldObject: held, ...collector }), budget()))).toBe('admit INPUT_NOT_JUDGED');
      const changed = { ...POLICY, spec: { ...POLICY.spec, mode: 'audit' } };
      expect(codesOf(await guarded()(asking(changed, { operation: 'UPDATE', oldObject: held, ...collector }), budget()))).toBe('deny INPUT_POLICY_ADMINISTRATOR');
    });
  });
  test('many at once wait for each other, and those beyond are turned away', async () => {
    const judge = admit();
    const decisions = await Promise.all(Array.from({ length: 100 }, () => judge(asking(POLICY), budget())));
    const outcomes = Map.groupBy(decisions, codesOf);
    expect([...outcomes.keys()].toSorted()).toEqual(['deny ENGINE_OVERLOADED', 'warn INPUT_POLICY_UNRESOLVED']);
    expect(outcomes.get('warn INPUT_POLICY_UNRESOLVED')?.length).toBeGreaterThanOrEqual(64);
    expect(codesOf(await judge(asking(POLICY), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
  });
});

describe('what of an object is its document', () => {
  const OURS = document('ArtifactPolicy', 'ours', { artifacts: [{ image: 'ghcr.io/shop/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] }, 'shop');
  const noted = (length: number, key = 'kubectl.kubernetes.io/last-applied-configuration'): Document => ({ ...OURS, metadata: { ...OURS.metadata, annotations: { [key]: 'x'.repeat(length) } } });

  test('what tools note in annotations counts for nothing, what is written in ours does', async () => {
    expect(codesOf(await admit()(asking(noted(200_000)), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
    expect(codesOf(await admit()(asking(noted(200_000, 'example.dev/gatehouse.dev')), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
    expect(codesOf(await admit()(asking(noted(200_000, 'gatehouse.dev/signature')), budget()))).toBe('deny INPUT_POLICY_TOO_LARGE');
    expect(codesOf(await admit()(asking(noted(5), { operation: 'UPDATE', oldObject: OURS }), budget()))).toBe('admit INPUT_NOT_JUDGED');
  });
  test('a name that is made up by the API server is that of the object', async () => {
    const { name: _, ...unnamed } = OURS.metadata;
    const made = (metadata: object): ReviewRequest => asking({ ...OURS, metadata: { ...unnamed, generateName: 'ours-', ...metadata } as unknown as Document['metadata'] }, { name: '' });
    for (const metadata of [{ name: 'ours-x7k2p' }, {}]) expect(codesOf(await admit()(made(metadata), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
    expect(codesOf(await admit()(made({ name: '', generateName: '' }), budget()))).toMatch(/^deny INPUT_POLICY_INVALID/);
    // The limit counts it by that name.
    const judge = admit({ policiesPerNamespace: 1 });
    expect(codesOf(await judge(made({ name: 'ours-a' }), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
    expect(codesOf(await judge(made({ name: 'ours-b' }), budget()))).toMatch(/^deny .*INPUT_POLICY_TOO_MANY/);
  });
});

describe('how many a namespace may have', () => {
  const ours = (name: string): Document => document('ArtifactPolicy', name, { artifacts: [{ image: 'ghcr.io/shop/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] }, 'shop');
  const isFull = async (judge: ReturnType<typeof admit>, name: string): Promise<boolean> => codesOf(await judge(asking(ours(name)), budget())).includes('TOO_MANY');

  test('what was let in a moment ago counts until it is deleted', async () => {
    const judge = admit({ policiesPerNamespace: 2 });
    for (let round = 0; round < 5; round += 1) {
      expect([await isFull(judge, `a${round}`), await isFull(judge, `b${round}`), await isFull(judge, `c${round}`)]).toEqual([false, false, true]);
      // A dry run deletes nothing.
      await judge(asking(ours(`a${round}`), { operation: 'DELETE', oldObject: ours(`a${round}`), dryRun: true }), budget());
      expect(await isFull(judge, `c${round}`)).toBe(true);
      for (const name of ['a', 'b']) await judge(asking(ours(`${name}${round}`), { operation: 'DELETE', oldObject: ours(`${name}${round}`) }), budget());
    }
  });
  test('what the feed has told of counts by its word, also when it goes', async () => {
    let files: readonly { path: string; text: string }[] = [];
    const judge = admit({ policiesPerNamespace: 1, documents: () => files });
    expect(await isFull(judge, 'a')).toBe(false);
    files = [{ path: 'ArtifactPolicy shop/a', text: JSON.stringify(ours('a')) }];
    expect(await isFull(judge, 'b')).toBe(true);
    // Deleted by way of another replica.
    files = [];
    expect(await isFull(judge, 'b')).toBe(false);
  });
});

test('everything else is for others', async () => {
  await expect(admit()(reviewOf(podReview({ images: ['a'] })), budget())).rejects.toThrow('not a document of ours');
  await expect(admit()({ ...asking(POLICY), surface: 'mutate' }, budget())).rejects.toThrow('not a document of ours');
});
