// What the judge of our own kinds does when there is no time, no room, or a fault; and that everything else goes by it.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { readAdmissionReview } from '../../../src/intake/admission-review.ts';
import { createOwnJudge, withOwnKinds } from '../../../src/own/index.ts';
import type { OwnBudget, OwnPorts } from '../../../src/own/index.ts';
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
  test('many at once wait for each other, and those beyond are turned away', async () => {
    const judge = admit();
    const decisions = await Promise.all(Array.from({ length: 100 }, () => judge(asking(POLICY), budget())));
    const outcomes = Map.groupBy(decisions, codesOf);
    expect([...outcomes.keys()].toSorted()).toEqual(['deny ENGINE_OVERLOADED', 'warn INPUT_POLICY_UNRESOLVED']);
    expect(outcomes.get('warn INPUT_POLICY_UNRESOLVED')?.length).toBeGreaterThanOrEqual(64);
    expect(codesOf(await judge(asking(POLICY), budget()))).toBe('warn INPUT_POLICY_UNRESOLVED');
  });
});

test('everything else is for others', async () => {
  await expect(admit()(reviewOf(podReview({ images: ['a'] })), budget())).rejects.toThrow('not a document of ours');
  await expect(admit()({ ...asking(POLICY), surface: 'mutate' }, budget())).rejects.toThrow('not a document of ours');
});
