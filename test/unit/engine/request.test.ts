import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import type { RequestPolicy } from '../../../src/domain/policy/request-policy.ts';
import type { AdmitPorts } from '../../../src/engine/admit.ts';
import { decisionJson, denialText, findingLine, warningLines } from '../../../src/explain/index.ts';
import { auditAnnotations, denialStatus } from '../../../src/respond/index.ts';
import { decisionPage } from '../../../src/surfaces/decisions/detail.ts';
import { ARTIFACT } from '../evaluate/support.ts';
import { batch, harness, lookup, piece, policy, policySet, source } from './support.ts';

const TRIGGERS = 'system:serviceaccount:ci:triggers';

/** A policy about requests that lets `TRIGGERS` and the group `releasers` start builds. */
function factory(more: Partial<RequestPolicy> = {}): RequestPolicy {
  return {
    name: 'factory', mode: 'enforce', trust: { id: '', keys: [], roots: [] },
    requirements: [{ kind: 'requesters', name: 'who may start runs', users: new Set([TRIGGERS]), groups: new Set(['releasers']) }], ...more,
  };
}

/** A set with policies about requests, which counts how often it is asked for them. */
function setOf(...requestPolicies: RequestPolicy[]): PolicySet & { asked: number } {
  return {
    ...policySet(policy()),
    asked: 0,
    forRequest() {
      this.asked += 1;
      return requestPolicies;
    },
  };
}

/** The creation of a Tekton run by `username`. */
function run(username: string, groups: readonly string[] = [], more: Partial<ReviewRequest> = {}): Partial<ReviewRequest> {
  return {
    surface: 'webhook', artifacts: undefined as never, user: { username, groups }, name: 'build-7', namespace: 'team',
    kind: { group: 'tekton.dev', version: 'v1', kind: 'PipelineRun' }, resource: { group: 'tekton.dev', version: 'v1', resource: 'pipelineruns' },
    object: { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun' }, ...more,
  };
}

const ready = (set: PolicySet, more: Partial<AdmitPorts> = {}): Partial<AdmitPorts> => ({ policies: { current: () => ({ ready: true, set }) }, unmatched: 'allow', ...more });
const judge = (policies: readonly RequestPolicy[], review: Partial<ReviewRequest>, more: Partial<AdmitPorts> = {}): Promise<Decision> => harness(ready(setOf(...policies), more)).admit(review);
const codes = ({ findings }: Decision): string[] => findings.map(({ code }) => code);

describe('a request that starts a build', () => {
  test.each<[string, string, readonly string[], string, string]>([
    ['by somebody whom the policy names', TRIGGERS, [], 'admit', 'POLICY_SATISFIED'],
    ['by a member of a group that it names', 'bob', ['releasers'], 'admit', 'POLICY_SATISFIED'],
    ['by somebody else', 'bob', ['developers'], 'deny', 'POLICY_REQUESTER'],
    ['by somebody whose name only begins the same', `${TRIGGERS}2`, [], 'deny', 'POLICY_REQUESTER'],
    ['by nobody', '', [], 'deny', 'POLICY_REQUESTER'],
  ])('%s', async (_, username, groups, outcome, code) => {
    const decision = await judge([factory()], run(username, groups));
    expect(decision.outcome).toBe(outcome);
    expect(decision.findings.find(({ policy: name }) => name === 'factory')).toMatchObject({ code, artifact: '', path: '', requirement: 'who may start runs', mode: 'enforce' });
    expect(decision.artifacts).toEqual([]);
  });

  test.each([['enforce', 'deny'], ['warn', 'warn'], ['audit', 'admit']] as const)('in mode %s the outcome is %s, whatever becomes of artifacts without a policy', async (mode, outcome) => {
    const decision = await judge([factory({ mode })], run('bob'));
    expect([decision.outcome, decision.verdict]).toEqual([outcome, 'violated']);
  });

  test('all policies must hold', async () => {
    const nobody = factory({ name: 'nobody', requirements: [{ kind: 'requesters', name: 'n', users: new Set(), groups: new Set() }] });
    expect((await judge([factory()], run(TRIGGERS))).outcome).toBe('admit');
    expect((await judge([factory(), nobody], run(TRIGGERS))).outcome).toBe('deny');
  });

  test('without a policy about requests is what it was', async () => {
    expect(codes(await judge([], run('bob')))).toEqual([]);
  });

  test.each<[string, Partial<ReviewRequest>]>([
    ['a pod', { kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, artifacts: [ARTIFACT] }],
    ['the end of a run', { operation: 'DELETE' }],
    ['the status of a run', { subResource: 'status' }],
    ['runs of another group', { kind: { group: 'tekton.example', version: 'v1', kind: 'PipelineRun' }, resource: { group: 'tekton.example', version: 'v1', resource: 'pipelineruns' }, object: { apiVersion: 'tekton.example/v1', kind: 'PipelineRun' } }],
  ])('is none: %s, and no policy about requests is asked', async (_, more) => {
    const set = setOf(factory());
    await harness(ready(set, { source: source(() => lookup([batch(piece('good'))])) })).admit(run('bob', [], more));
    expect(set.asked).toBe(0);
  });
});

describe('what is not known of a build', () => {
  const selective = factory({ namespaces: { source: 'env=prod', test: ({ env }) => env === 'prod' } });

  test.each<[string, Readonly<Record<string, string>> | undefined, string[], string]>([
    ['select the policy', { env: 'prod' }, ['POLICY_REQUESTER'], 'violated'],
    ['do not select it', { env: 'test' }, [], 'satisfied'],
    ['are not known', undefined, ['SELECT_LABELS_UNKNOWN'], 'undetermined'],
  ])('labels that %s', async (_, labels, expected) => {
    const decision = await judge([selective], run('bob'), { namespaces: { labels: async () => labels } });
    expect(codes(decision)).toEqual(expected);
    expect(decision.outcome).toBe(expected.length === 0 ? 'admit' : 'deny');
  });

  test('without any set of policies it is undetermined', async () => {
    const decision = await harness({ policies: { current: () => ({ ready: false, problems: [] }) }, unmatched: 'allow' }).admit(run(TRIGGERS));
    expect([decision.outcome, codes(decision)]).toEqual(['deny', ['POLICY_UNAVAILABLE']]);
    expect(denialStatus(decision).code).toBe(503);
  });

  test('what is thrown is undetermined, told to the log, and the findings about the object stay', async () => {
    const it = harness(ready({ ...policySet(), forRequest: () => { throw new Error('broken'); } }));
    const decision = await it.admit(run(TRIGGERS));
    expect([decision.outcome, codes(decision), it.faults.length]).toEqual(['deny', ['ENGINE_FAULT'], 1]);
  });
});

describe('findings without an artifact are told', () => {
  test('in the denial, by the name of the object', async () => {
    const decision = await judge([factory()], run('bob'));
    const text = denialText(decision);
    expect(text.split('\n').slice(0, 3)).toEqual(['PipelineRun team/build-7 not admitted', '✗ PipelineRun team/build-7', expect.stringMatching(/^ {2}policy factory \/ who may start runs: /)]);
    expect(text).toMatch(/expected system:serviceaccount:ci:triggers\n\s+group releasers\n {2}found {4}bob\n {2}fix: .*\[POLICY_REQUESTER\]/);
    expect(text).not.toContain('artifacts');
  });

  test('to Tekton with a status that ends the run', async () => {
    expect(denialStatus(await judge([factory()], run('bob')))).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('as a warning', async () => {
    expect(warningLines(await judge([factory({ mode: 'warn' })], run('bob')))).toEqual([expect.stringMatching(/^PipelineRun team\/build-7: .*policy factory.*\[POLICY_REQUESTER\]$/)]);
    expect(warningLines(await judge([factory({ mode: 'audit' })], run('bob')))).toEqual([]);
  });

  test('in annotations, in one line, as JSON and on the page', async () => {
    const decision = await judge([factory()], run('bob'));
    expect(auditAnnotations(decision)).toMatchObject({ decision: 'deny', reasons: 'POLICY_REQUESTER', policies: 'factory', artifacts: '' });
    expect(decision.findings.map(findingLine)[0]).toMatch(/^violated POLICY_REQUESTER policy factory \/ who may start runs: .*found bob$/);
    expect(decisionJson(decision).findings[0]).toMatchObject({ code: 'POLICY_REQUESTER', artifact: '', policy: 'factory', title: expect.any(String), fix: expect.any(String) });
    expect(decisionPage(decision, { about: () => [] })).toContain('the object itself');
  });
});

describe('a request that starts no build', () => {
  test('is answered from memory at once, without a question about requests', async () => {
    const set = setOf(factory());
    const clock = { now: () => 1_000_000 };
    const seen: unknown[] = [];
    const { admit } = harness(ready(set, { clock, recallMs: 10_000, source: source(() => lookup([batch(piece('good'))])), recorder: { record: (decision) => void seen.push(decision) } }));
    await admit();
    await admit();
    const third = admit();
    // Recorded before anybody waited: the decision was there at once.
    expect(seen).toHaveLength(3);
    expect((await third).outcome).toBe('admit');
    expect(set.asked).toBe(0);
  });
});
