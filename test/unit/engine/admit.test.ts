import { describe, expect, test } from 'vitest';
import { warningLines } from '../../../src/explain/index.ts';
import { ARTIFACT } from '../evaluate/support.ts';
import { batch, failed, harness, lookup, OTHER_DIGEST, piece, policy, policySet, source } from './support.ts';
import { settled } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';

const codes = (decision: { findings: readonly { code: string }[] }): string[] => decision.findings.map((finding) => finding.code);
const TAGGED = { ...ARTIFACT, tag: '1' };
const { digest: _digest, ...UNRESOLVED } = TAGGED;

describe('the walk over evidence', () => {
  test('stops at the first place that satisfies every requirement', async () => {
    const places = lookup([batch(piece('good 1')), batch(piece('never looked at'))]);
    const decision = await harness({ source: source(() => places) }).admit();
    expect(decision).toMatchObject({ outcome: 'admit', verdict: 'satisfied' });
    expect(places.asked).toBe(1);
  });

  test('junk in the first place does not mask a good signature in the second', async () => {
    const decision = await harness({ source: source(() => lookup([batch(piece('junk')), batch(piece('good'))])) }).admit();
    expect(decision.outcome).toBe('admit');
  });

  test('a place that cannot be looked at makes a refusal undetermined, not an admission', async () => {
    const decision = await harness({ source: source(() => lookup([failed({ code: 'FETCH_UNREACHABLE', source: 'r' }), batch(piece('junk'))])) }).admit();
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined' });
    expect(codes(decision)).toEqual(['FETCH_UNREACHABLE']);
  });

  test('a refusal is given on fresh evidence only', async () => {
    const opened: boolean[] = [];
    const decision = await harness({ source: source((_artifact, fresh) => {
      opened.push(fresh);
      return fresh ? lookup([batch(piece('good, pushed a moment ago'))]) : lookup([batch(piece('junk'))], 1);
    }) }).admit();
    expect(decision.outcome).toBe('admit');
    expect(opened).toEqual([false, true]);
  });

  test('an artifact that is not there is said to be so', async () => {
    const decision = await harness({ source: source(() => lookup([batch()]), { diagnose: async () => [{ code: 'FETCH_NOT_FOUND', source: 'r' }] }) }).admit();
    expect(codes(decision)).toEqual(['FETCH_NOT_FOUND']);
  });
});

describe('an object of a kind that is not read', () => {
  const run = { artifacts: undefined as never, kind: { group: 'other.dev', version: 'v1', kind: 'Other' }, resource: { group: 'other.dev', version: 'v1', resource: 'others' }, object: { apiVersion: 'other.dev/v1', kind: 'Other' } };

  test.each([['deny', 'warn', 1], ['warn', 'warn', 1], ['allow', 'admit', 0]] as const)('is admitted; with unmatched: %s the outcome is %s', async (unmatched, outcome, warnings) => {
    const decision = await harness({ unmatched }).admit(run);
    expect([decision.outcome, codes(decision), warningLines(decision)]).toEqual([outcome, ['INPUT_KIND_UNREAD'], warnings === 0 ? [] : [expect.stringMatching(/^Other default\/n: .* \[INPUT_KIND_UNREAD\]$/)]]);
  });

  test('H11 is denied under every setting when it has a list of containers where pods have it', async () => {
    const object = { ...run.object, spec: { template: { spec: { containers: [] } } } };
    for (const unmatched of ['deny', 'warn', 'allow'] as const) expect((await harness({ unmatched }).admit({ ...run, object })).outcome).toBe('deny');
  });
});

describe('the deadline', () => {
  test('the answer comes in time, with undetermined for what is not done', async () => {
    const never = new Promise<never>(() => undefined);
    const timers = manualTimers();
    const it = harness({ source: source(() => lookup([batch(piece('junk')), never])), timers, clock: { now: () => 1_000_000 } });
    const deciding = it.admit({}, 150);
    await settled();
    timers.pass(149);
    await settled();
    expect(it.decisions).toEqual([]);
    timers.pass(1);
    const decision = await deciding;
    expect(codes(decision)).toEqual(['ENGINE_DEADLINE']);
    expect(decision.outcome).toBe('deny');
  });

  test('what was satisfied before the deadline stays satisfied', async () => {
    const never = new Promise<never>(() => undefined);
    const fast = { ...ARTIFACT, path: 'spec.containers[0].image' };
    const slow = { ...ARTIFACT, path: 'spec.containers[1].image', raw: 'slow', name: 'registry/slow' };
    const { admit } = harness({ source: source((artifact) => (artifact.raw === 'slow' ? lookup([never]) : lookup([batch(piece('good'))]))) });
    const decision = await admit({ artifacts: [fast, slow] }, 150);
    expect(decision.findings.map(({ path, code }) => [path, code])).toEqual([['spec.containers[1].image', 'ENGINE_DEADLINE'], ['spec.containers[0].image', 'POLICY_SATISFIED']]);
  });

  test('a source that never opens does not hold the answer', async () => {
    const decision = await harness({ source: { ...source(() => lookup([])), open: () => new Promise(() => undefined) } }).admit({}, 100);
    expect(codes(decision)).toEqual(['ENGINE_DEADLINE']);
  });
});

describe('L07 whatever is thrown becomes undetermined and never admits', () => {
  const boom = (): never => {
    throw new TypeError('boom');
  };
  test.each([
    { name: 'source', ports: { source: { ...source(() => lookup([])), open: boom } } },
    { name: 'verifier', ports: { source: source(() => lookup([batch(piece('good'))])), verifier: { known: () => undefined, verify: boom } } },
    { name: 'diagnosis', ports: { source: source(() => lookup([batch()]), { diagnose: boom }) } },
    { name: 'index', ports: { policies: { current: () => ({ ready: true as const, set: policySet(policy({ indexCoversChildren: true })) }) }, source: source(() => lookup([batch()]), { parentIndex: boom }) } },
  ])('thrown in the $name', async ({ ports }) => {
    const { admit, faults } = harness(ports);
    const decision = await admit({ artifacts: [TAGGED] });
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined' });
    expect(codes(decision)).toEqual(['ENGINE_FAULT']);
    expect(faults).toHaveLength(1);
  });

  test('thrown by the resolver', async () => {
    const decision = await harness({ resolver: { resolve: boom } }).admit({ artifacts: [UNRESOLVED] });
    expect(codes(decision)).toEqual(['ENGINE_FAULT']);
  });

  test('thrown by the namespaces: labels are unknown', async () => {
    const selective = policy({ namespaces: { source: 'env=prod', test: () => false } });
    const decision = await harness({ policies: { current: () => ({ ready: true, set: policySet(selective) }) }, namespaces: { labels: boom } }).admit();
    expect(codes(decision)).toEqual(['SELECT_LABELS_UNKNOWN']);
    expect(decision.outcome).toBe('deny');
  });
});

describe('tags', () => {
  test('E01 a tag is resolved once for all containers of a request', async () => {
    let resolved = 0;
    const { admit } = harness({
      source: source(() => lookup([batch(piece('good'))])),
      resolver: { resolve: async () => {
        resolved += 1;
        return { ok: true, digest: ARTIFACT.digest };
      } },
    });
    const decision = await admit({ artifacts: [UNRESOLVED, { ...UNRESOLVED, path: 'spec.containers[1].image' }] });
    expect(resolved).toBe(1);
    expect(decision.findings.map((finding) => finding.path)).toEqual(['spec.containers[0].image', 'spec.containers[1].image']);
    expect(decision.notes).toHaveLength(2);
  });

  test('requireDigest denies a tag and admits the same image by digest', async () => {
    const ports = { policies: { current: () => ({ ready: true as const, set: policySet(policy({ requireDigest: true })) }) }, source: source(() => lookup([batch(piece('good'))])) };
    expect(codes(await harness(ports).admit({ artifacts: [UNRESOLVED] }))).toContain('POLICY_DIGEST_REQUIRED');
    expect((await harness(ports).admit()).outcome).toBe('admit');
  });

  test('requireDigest denies a tag that cannot be resolved, and says more than that', async () => {
    const ports = { policies: { current: () => ({ ready: true as const, set: policySet(policy({ requireDigest: true })) }) }, resolver: { resolve: async () => ({ ok: false as const, problem: { code: 'FETCH_TIMEOUT' as const, source: 'r' } }) } };
    const decision = await harness(ports).admit({ artifacts: [UNRESOLVED] });
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'violated' });
    expect(codes(decision)).toEqual(['POLICY_DIGEST_REQUIRED', 'FETCH_TIMEOUT']);
  });

  test('a tag that cannot be resolved is undetermined for each policy', async () => {
    const decision = await harness({ resolver: { resolve: async () => ({ ok: false, problem: { code: 'FETCH_TIMEOUT', source: 'r' } }) } }).admit({ artifacts: [UNRESOLVED] });
    expect(decision).toMatchObject({ verdict: 'undetermined', findings: [{ code: 'FETCH_TIMEOUT', policy: 'p' }] });
  });
});

describe('E06 index and child', () => {
  const byDigest = source((artifact) => (artifact.digest === OTHER_DIGEST ? lookup([batch(piece('good'))]) : lookup([batch()])), { parentIndex: async () => OTHER_DIGEST });
  test.each([
    { name: 'allowed by the policy and named by tag', covers: true, ref: TAGGED, outcome: 'admit' },
    { name: 'not allowed by the policy', covers: false, ref: TAGGED, outcome: 'deny' },
    { name: 'index not named', covers: true, ref: ARTIFACT, outcome: 'deny' },
  ])('evidence of the index for its child: $name: $outcome', async ({ covers, ref, outcome }) => {
    const ports = { policies: { current: () => ({ ready: true as const, set: policySet(policy({ indexCoversChildren: covers })) }) }, source: byDigest };
    expect((await harness(ports).admit({ artifacts: [ref] })).outcome).toBe(outcome);
  });
});

describe('modes act once, at the end', () => {
  test.each([
    { mode: 'enforce' as const, outcome: 'deny' },
    { mode: 'warn' as const, outcome: 'warn' },
    { mode: 'audit' as const, outcome: 'admit' },
  ])('$mode: $outcome, and the verdict stays strict', async ({ mode, outcome }) => {
    const { admit, decisions } = harness({ unmatched: 'allow', policies: { current: () => ({ ready: true, set: policySet(policy({ mode })) }) } });
    expect(await admit()).toMatchObject({ outcome, verdict: 'violated' });
    expect(decisions).toHaveLength(1);
  });

  test.each([
    { unmatched: 'deny' as const, outcome: 'deny' },
    { unmatched: 'warn' as const, outcome: 'warn' },
    { unmatched: 'allow' as const, outcome: 'admit' },
  ])('unmatched $unmatched: $outcome', async ({ unmatched, outcome }) => {
    const decision = await harness({ unmatched, policies: { current: () => ({ ready: true, set: policySet() }) } }).admit();
    expect(decision.outcome).toBe(outcome);
    expect(codes(decision)).toEqual(['SELECT_NO_POLICY']);
  });

  test.each([
    { mode: 'audit' as const, namespace: 'default', expected: ['deny', 'SELECT_NO_POLICY', 'POLICY_SATISFIED'] },
    { mode: 'warn' as const, namespace: 'default', expected: ['deny', 'SELECT_NO_POLICY', 'POLICY_SATISFIED'] },
    { mode: 'enforce' as const, namespace: 'default', expected: ['deny', 'SELECT_NO_POLICY', 'POLICY_SATISFIED'] },
    { mode: 'audit' as const, namespace: undefined, expected: ['deny', 'SELECT_NO_POLICY', 'POLICY_SATISFIED'] },
    { mode: 'warn' as const, namespace: undefined, expected: ['admit', 'POLICY_SATISFIED'] },
  ])('a policy of namespace $namespace in mode $mode makes an image matched only if of the cluster and heard: $expected', async ({ mode, namespace, expected }) => {
    const only = policy({ mode, ...(namespace === undefined ? {} : { kind: 'ArtifactPolicy', namespace }) });
    const decision = await harness({ unmatched: 'deny', policies: { current: () => ({ ready: true, set: policySet(only) }) }, source: source(() => lookup([batch(piece('good'))])) }).admit();
    expect([decision.outcome, ...codes(decision)]).toEqual(expected);
  });

  test.each([
    { mode: 'audit' as const, unmatched: 'deny' as const, outcome: 'deny' },
    { mode: 'audit' as const, unmatched: 'warn' as const, outcome: 'warn' },
    { mode: 'audit' as const, unmatched: 'allow' as const, outcome: 'admit' },
    { mode: 'enforce' as const, unmatched: 'allow' as const, outcome: 'deny' },
  ])('H17 unknown labels, policy in mode $mode, unmatched $unmatched: $outcome, as the stricter of both says', async ({ mode, unmatched, outcome }) => {
    const selective = policy({ mode, namespaces: { source: 'env=prod', test: () => true } });
    const ports = { unmatched, policies: { current: () => ({ ready: true as const, set: policySet(selective) }) }, namespaces: { labels: async () => undefined } };
    const decision = await harness(ports).admit();
    expect(decision.outcome).toBe(outcome);
    // A policy on trial makes nothing matched, whatever the labels are.
    expect([decision.verdict, ...codes(decision)]).toEqual(mode === 'audit' ? ['violated', 'SELECT_NO_POLICY', 'SELECT_LABELS_UNKNOWN'] : ['undetermined', 'SELECT_LABELS_UNKNOWN']);
    // Where another policy speaks, the artifact is not unmatched whatever the labels are.
    const both = { ...ports, policies: { current: () => ({ ready: true as const, set: policySet(selective, policy()) }) }, source: source(() => lookup([batch(piece('good'))])) };
    expect((await harness(both).admit()).outcome).toBe(mode === 'enforce' ? 'deny' : 'admit');
  });

  test('R08 without a valid set of policies nothing is admitted', async () => {
    const decision = await harness({ policies: { current: () => ({ ready: false, problems: [] }) }, unmatched: 'allow' }).admit();
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined' });
  });
});
