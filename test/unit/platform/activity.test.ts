/** What a replica tells of its policies: each request once, by the worst, and only what really happened. */
import { expect, test } from 'vitest';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { withoutObjects } from '../../../src/domain/decision/review.ts';
import { createActivity } from '../../../src/platform/decisions/activity.ts';
import type { Activity } from '../../../src/platform/decisions/activity.ts';
import { decision, finding } from '../explain/decisions.ts';

const review = (change: Partial<ReviewRequest> = {}): ReviewRequest => ({
  surface: 'webhook', uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' },
  subResource: '', namespace: 'shop', name: 'web', user: { username: 'alice', groups: [] } as never, dryRun: false, object: {}, oldObject: null, ...change,
});
const fresh = (more: object = {}): Activity => createActivity({ replica: 'r', since: 1, isProven: () => true, ...more });
const counts = (activity: Activity): unknown[] => activity.report().policies.map(({ policy, matched, admitted, denied, undetermined }) => [policy, matched, admitted, denied, undetermined]);

test.each<[string, readonly Finding[], readonly unknown[]]>([
  ['satisfied', [finding('POLICY_SATISFIED')], [1, 1, 0, 0]],
  ['violated', [finding('FETCH_NONE_FOUND')], [1, 0, 1, 0]],
  ['not known', [finding('FETCH_UNREACHABLE')], [1, 0, 0, 1]],
  ['violated, and only warned', [finding('FETCH_NONE_FOUND', { mode: 'warn' })], [1, 1, 0, 0]],
  ['not known, and only audited', [finding('FETCH_UNREACHABLE', { mode: 'audit' })], [1, 1, 0, 0]],
  ['satisfied in one container, not known in two, violated in three', [finding('POLICY_SATISFIED'), finding('FETCH_UNREACHABLE', {}, 1), finding('FETCH_NONE_FOUND', {}, 2), finding('FETCH_UNREACHABLE', {}, 3)], [1, 0, 1, 0]],
])('a request that is %s counts once', (_, findings, expected) => {
  const activity = fresh();
  activity.record(decision(findings), review());
  expect(counts(activity)).toEqual([['acme-images', ...expected]]);
});

test('policies are told apart, those about pipelines too; reasons are counted in any mode', () => {
  const activity = fresh();
  activity.record(decision([finding('FETCH_NONE_FOUND', { policy: 'a', mode: 'audit' }), finding('POLICY_SATISFIED', { policy: 'shop/a' }), finding('POLICY_SATISFIED', { policy: 'a', ofRequest: true }), finding('SELECT_NO_POLICY', { policy: undefined as never })]), review());
  activity.record(decision([finding('FETCH_NONE_FOUND', { policy: 'a' })], { at: 5 }), review());
  expect(counts(activity)).toEqual([['a', 2, 1, 1, 0], ['shop/a', 1, 1, 0, 0], ['a', 1, 1, 0, 0]]);
  const [one, , pipelines] = activity.report().policies;
  expect([one?.reasons, one?.lastDenied, one?.ofRequest, pipelines?.ofRequest, pipelines?.lastDenied]).toEqual([{ FETCH_NONE_FOUND: 2 }, 5, false, true, 0]);
});

test.each<[string, Parameters<typeof decision>[1], object]>([
  ['a dry run', { request: { ...decision([]).request, dryRun: true } }, {}],
  ['what /mutate looked at first', { request: { ...decision([]).request, surface: 'mutate' } }, {}],
  ['what somebody sent who has shown nothing', {}, { isProven: () => false }],
])('%s is neither counted nor told', (_, change, more) => {
  const activity = fresh(more);
  activity.record(decision([finding('FETCH_NONE_FOUND')], change), review());
  expect([activity.report().policies, activity.report().denials]).toEqual([[], []]);
  const twin = fresh();
  twin.record(decision([finding('FETCH_NONE_FOUND')]), review());
  expect([twin.report().policies.length, twin.report().denials.length]).toEqual([1, 1]);
});

const owners = [{ apiVersion: 'v1', kind: 'Other', name: 'o', uid: '0' }, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '1', controller: true }];
const deployment = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, object: { metadata: { name: 'web', uid: '7', ownerReferences: owners } } };
test.each<[string, Partial<ReviewRequest>, unknown]>([
  ['its controller', { object: { metadata: { ownerReferences: owners } } }, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '1' }],
  ['itself, when it is changed', { ...deployment, operation: 'UPDATE' }, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '7' }],
  ['nothing, when nobody owns it', { object: { metadata: {} } }, undefined],
  ['nothing, when its owner is nonsense', { object: { metadata: { ownerReferences: [{ controller: true, kind: 5 }] } } }, undefined],
  ['nothing, when there is no object', { object: null }, undefined],
])('a denial names what is in the cluster: %s', (_, change, expected) => {
  for (const one of [review(change), withoutObjects(review(change))]) {
    const activity = fresh();
    activity.record(decision([finding('FETCH_NONE_FOUND'), finding('FETCH_NONE_FOUND', {}, 1), finding('FETCH_UNREACHABLE', { mode: 'warn' })]), one);
    expect(activity.report().denials).toMatchObject([{ number: 1, namespace: 'shop', kind: 'Pod', reasons: [{ policy: 'acme-images', ofRequest: false, code: 'FETCH_NONE_FOUND' }] }]);
    expect(activity.report().denials[0]?.standing).toEqual(expected);
  }
});

test('it is bounded: the policy that nobody matched for longest goes, and no namespace pushes out the denials of others', () => {
  const activity = fresh({ most: { policies: 10, denials: 100 } });
  for (let index = 0; index < 25; index += 1) activity.record(decision([finding('POLICY_SATISFIED', { policy: `p${index}` })], { at: 1000 + index }), review());
  const { policies, forgotten } = activity.report();
  expect([policies.length, forgotten, policies.at(-1)?.policy]).toEqual([10, 15, 'p24']);
  const of = (namespace: string) => activity.record(decision([finding('FETCH_NONE_FOUND')], { request: { ...decision([]).request, namespace } }), review());
  of('quiet');
  for (let index = 0; index < 500; index += 1) of('noisy');
  const spaces = Map.groupBy(activity.report().denials, ({ namespace }) => namespace);
  expect([spaces.get('quiet')?.length, spaces.get('noisy')?.length, activity.report().denials.at(-1)?.number]).toEqual([1, 64, 501]);
});
