import { describe, expect, test } from 'vitest';
import { KubeStatusError } from '../../../src/cluster/api.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import type { RequestPolicy } from '../../../src/domain/policy/request-policy.ts';
import type { FeedCondition } from '../../../src/feeds/feed.ts';
import { networkPoliciesKnown } from '../../../src/wiring/pipelines/network-policies-known.ts';
import { policySet } from '../engine/support.ts';

const classes = { label: 'gatehouse.dev/class', definitions: [], userCode: new Set(['build'] as const) };
const jail = (networkPolicy: 'required' | 'off'): RequestPolicy => ({
  name: 'factory', mode: 'enforce', trust: { id: '', keys: [], roots: [] },
  requirements: [{ kind: 'jail', name: 'jail', networkPolicy, hermetic: 'off', otherPolicies: 'judge', apiServer: [], classes }],
});
const store = (...policies: readonly RequestPolicy[]) => ({ current: () => ({ ready: true as const, set: { ...policySet(), forRequest: () => policies } as PolicySet }) });
const feed = (age: number | undefined, condition: Partial<FeedCondition>) => ({ age: () => age, condition: () => ({ ready: false, generation: 1, refused: 0, ...condition }) });
const refused = new KubeStatusError(403, '/apis/networking.k8s.io/v1/networkpolicies').message;
const failed = new KubeStatusError(500, '/apis/networking.k8s.io/v1/networkpolicies').message;

describe('readiness and the network policies by which jails are judged', () => {
  test.each<[string, ReturnType<typeof feed> | undefined, readonly RequestPolicy[], boolean]>([
    ['not followed: nothing to wait for', undefined, [jail('required')], true],
    ['young: ready', feed(10, { ready: true }), [jail('required')], true],
    ['lost: not ready', feed(90_000, { problem: failed }), [jail('required')], false],
    ['lost without a word (a frozen connection): not ready', feed(90_000, {}), [jail('required')], false],
    ['lost, and no policy demands a jail: ready', feed(90_000, { problem: failed }), [jail('off')], true],
    ['lost, and there is no policy: ready', feed(90_000, { problem: failed }), [], true],
    ['never read: ready, each namespace is asked for', feed(undefined, { generation: 0, problem: failed }), [jail('required')], true],
    ['no longer allowed to read, as no replica is: ready', feed(90_000, { problem: refused }), [jail('required')], true],
  ])('%s', (_what, followed, policies, ok) => {
    expect(networkPoliciesKnown(store(...policies), followed)).toMatchObject({ name: 'networkPolicies', ok });
  });

  test('a note says how jails are judged meanwhile, a condition how old it is', () => {
    expect(networkPoliciesKnown(store(jail('required')), feed(undefined, {})).reason).toMatch(/each namespace/);
    expect(networkPoliciesKnown(store(jail('required')), feed(90_000, {})).reason).toMatch(/90 s ago/);
  });
});
