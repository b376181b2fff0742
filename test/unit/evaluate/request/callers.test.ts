// Who may ask the gate: POLICY_CALLER, POLICY_CALLER_RUN, and policies about artifacts that speak to some callers alone.
import { describe, expect, test } from 'vitest';
import type { GateCaller, RunOfCaller } from '../../../../src/domain/gate/caller.ts';
import { artifactPolicy, FETCHER, gateOf, IMAGE, JOB, OF_RUN, PIN, refusals, WORKLOAD } from './questions.ts';
import { pipelinePolicy } from './support.ts';

const PLAIN = artifactPolicy();
const codes = async (callers: object, caller: GateCaller, artifact: object = IMAGE): Promise<string[]> =>
  refusals(await gateOf([PLAIN, pipelinePolicy({ callers })]).ask([artifact as typeof IMAGE], { caller, run: OF_RUN }));
const ANOTHER: GateCaller = { ...FETCHER, name: 'builder' } as GateCaller;
const issuer = 'https://token.actions.githubusercontent.com';

describe('POLICY_CALLER: who may ask', () => {
  test.each<[string, object, GateCaller, GateCaller]>([
    ['an account', { serviceAccounts: ['ci/fetcher'] }, FETCHER, ANOTHER],
    ['an account of its namespace', { serviceAccounts: ['ci/fetcher'] }, FETCHER, { ...FETCHER, namespace: 'other' } as GateCaller],
    ['a SPIFFE ID', { spiffe: ['spiffe://acme.test/ns/ci/fetch'] }, WORKLOAD, { ...WORKLOAD, id: 'spiffe://acme.test/ns/ci/fetch2' } as GateCaller],
    ['SPIFFE IDs of a namespace', { spiffe: ['spiffe://acme.test/ns/ci/*'] }, WORKLOAD, { ...WORKLOAD, id: 'spiffe://acme.test/ns/cd/fetch' } as GateCaller],
    ['one trust domain', { spiffe: ['spiffe://acme.test/**'] }, WORKLOAD, { ...WORKLOAD, id: 'spiffe://acme.test.evil/ns/ci/fetch', trustDomain: 'acme.test.evil' } as GateCaller],
    ['jobs of an issuer', { ci: [{ issuer }] }, JOB, { ...JOB, issuer: `${issuer}.evil` } as GateCaller],
    ['jobs with a claim', { ci: [{ issuer, claims: { repository_id: '123' } }] }, JOB, { ...JOB, claims: { repository_id: '1234', repository: 'acme/app' } } as GateCaller],
    ['jobs without the claim', { ci: [{ issuer, claims: { repository_id: '123' } }] }, JOB, { ...JOB, claims: {} } as GateCaller],
    ['jobs by subject', { ci: [{ issuer, subject: 'repo:acme/app:ref:refs/heads/main' }] }, JOB, { ...JOB, subject: 'repo:acme/app:ref:refs/heads/dev' } as GateCaller],
    ['jobs by a glob of subjects', { ci: [{ issuer, subjectGlob: 'repo:acme/app:**' }] }, JOB, { ...JOB, subject: 'repo:acme/app2:ref:refs/heads/main' } as GateCaller],
    ['an account is no workload of the same text', { serviceAccounts: ['ci/fetcher'] }, FETCHER, { ...WORKLOAD, id: 'system:serviceaccount:ci:fetcher' } as GateCaller],
  ])('%s', async (_, callers, good, evil) => {
    expect(await codes(callers, good)).toEqual([]);
    expect(await codes(callers, evil)).toEqual(['POLICY_CALLER', 'POLICY_CALLER artifacts[0]']);
  });

  test('with nobody in it nobody may ask, and without callers everybody may', async () => {
    expect(await codes({}, FETCHER)).toEqual(['POLICY_CALLER', 'POLICY_CALLER artifacts[0]']);
    expect(refusals(await gateOf([PLAIN, pipelinePolicy({ requesters: {} })]).ask([IMAGE], { run: OF_RUN }))).toEqual([]);
  });

  test('usedAs: they may ask about these uses alone', async () => {
    const callers = { serviceAccounts: ['ci/fetcher'], usedAs: ['baseImage'] };
    expect(await codes(callers, FETCHER)).toEqual([]);
    expect(await codes(callers, FETCHER, { ...IMAGE, usedAs: 'dependency' })).toEqual(['POLICY_CALLER', 'POLICY_CALLER artifacts[0]']);
  });

  test('the message says who was expected and who asked, and nothing is looked up for a stranger', async () => {
    const gate = gateOf([PLAIN, pipelinePolicy({ callers: { serviceAccounts: ['ci/fetcher'] } })]);
    const { findings } = await gate.ask([{ kind: 'image', uri: 'ghcr.io/acme/base:1' }, IMAGE], { caller: ANOTHER, run: OF_RUN });
    expect(findings.find(({ ofRequest }) => ofRequest)).toMatchObject({ expected: ['system:serviceaccount:ci:fetcher'], found: ['system:serviceaccount:ci:builder'], policy: 'factory' });
    expect(gate.lookedUp).toEqual({ opened: [], resolved: [] });
  });

  test('in the namespaces of the policy alone; warn and audit say it and answer', async () => {
    const callers = { callers: { serviceAccounts: ['ci/other'] } };
    const prod = pipelinePolicy({ ...callers, namespaces: { matchLabels: { env: 'prod' } } });
    expect(refusals(await gateOf([PLAIN, prod], { labels: { env: 'dev' } }).ask([IMAGE], { run: OF_RUN }))).toEqual([]);
    expect(refusals(await gateOf([PLAIN, prod], { labels: { env: 'prod' } }).ask([IMAGE], { run: OF_RUN }))).toContain('POLICY_CALLER');
    for (const [mode, outcome] of [['warn', 'warn'], ['audit', 'admit']]) {
      const gate = gateOf([PLAIN, pipelinePolicy({ ...callers, mode })]);
      expect((await gate.ask([IMAGE], { run: OF_RUN })).outcome).toBe(outcome);
      expect(gate.lookedUp.opened).toHaveLength(1);
    }
  });
});

describe('POLICY_CALLER_RUN: a run that is not the caller\'s own', () => {
  const ask = async (run: RunOfCaller, documents: readonly string[] = [PLAIN], more = {}): Promise<string[]> => refusals(await gateOf(documents).ask([IMAGE], { run, ...more }));
  const wrong: RunOfCaller = { found: 'wrong', cause: 'TaskRun build-1 has another uid' };
  const unknown: RunOfCaller = { found: 'unknown', cause: 'the API server is silent' };

  test('is refused with and without policies about pipelines, in every mode, also what was admitted a moment ago', async () => {
    expect(await ask(OF_RUN)).toEqual([]);
    expect(await ask(wrong)).toEqual(['POLICY_CALLER_RUN', 'POLICY_CALLER_RUN artifacts[0]']);
    expect(await ask(wrong, [PLAIN, pipelinePolicy({ callers: { serviceAccounts: ['ci/fetcher'] }, mode: 'audit' })])).toContain('POLICY_CALLER_RUN');
    const gate = gateOf([PLAIN], { ports: { recallMs: 60_000 } });
    for (let time = 0; time < 3; time += 1) expect(refusals(await gate.ask([IMAGE], { run: OF_RUN }))).toEqual([]);
    expect(refusals(await gate.ask([IMAGE], { run: wrong }))).toContain('POLICY_CALLER_RUN');
  });

  test('one that is not known is undetermined where a policy about pipelines or a receipt rests on it', async () => {
    expect(await ask(unknown)).toEqual([]);
    expect(await ask(unknown, [PLAIN], { bindsReceipt: true })).toContain('POLICY_FACT_UNKNOWN');
    expect(await ask(unknown, [PLAIN, pipelinePolicy({ requesters: {} })])).toContain('POLICY_FACT_UNKNOWN');
    expect(await ask(unknown, [PLAIN, pipelinePolicy({ requesters: {}, mode: 'audit' })])).toEqual([]);
    expect(await ask({ found: 'none' }, [PLAIN, pipelinePolicy({ requesters: {} })], { bindsReceipt: true })).toEqual([]);
  });
});

describe('callers of policies about artifacts', () => {
  const OF_FETCHER = artifactPolicy({ callers: { serviceAccounts: ['ci/fetcher'] } }, 'fetched');

  test('speak about what these ask for, and nobody else', async () => {
    const gate = gateOf([OF_FETCHER]);
    expect(refusals(await gate.ask([IMAGE], { run: OF_RUN }))).toEqual([]);
    expect(refusals(await gate.ask([IMAGE], { run: OF_RUN, caller: ANOTHER }))).toEqual(['SELECT_NO_POLICY artifacts[0]']);
    expect((await gate.ask([IMAGE], { run: OF_RUN, caller: ANOTHER })).findings[0]?.cause).toContain('other callers');
  });

  test('what one was admitted is not remembered for another', async () => {
    const gate = gateOf([OF_FETCHER], { ports: { recallMs: 60_000 } });
    for (let time = 0; time < 3; time += 1) expect(refusals(await gate.ask([IMAGE], { run: OF_RUN }))).toEqual([]);
    expect(refusals(await gate.ask([IMAGE], { run: OF_RUN, caller: ANOTHER }))).toEqual(['SELECT_NO_POLICY artifacts[0]']);
  });

  test('a use that no policy covers is unmatched', async () => {
    const gate = gateOf([artifactPolicy({ usedAs: ['baseImage'] })]);
    expect(refusals(await gate.ask([IMAGE], { run: OF_RUN }))).toEqual([]);
    expect(refusals(await gate.ask([{ ...IMAGE, usedAs: 'dependency' }], { run: OF_RUN }))).toEqual(['SELECT_NO_POLICY artifacts[0]']);
  });
});

describe('INPUT_DIGEST_MISSING: an artifact without a digest', () => {
  const TAGGED = { kind: 'image', uri: 'ghcr.io/acme/base:1' } as const;

  test('is denied and not resolved, unless every policy that is heard lets us', async () => {
    for (const [documents, expected] of [
      [[PLAIN], ['INPUT_DIGEST_MISSING artifacts[0]']],
      [[artifactPolicy({ resolve: 'once' })], []],
      [[artifactPolicy({ resolve: 'once' }), artifactPolicy({}, 'other')], ['INPUT_DIGEST_MISSING artifacts[0]']],
      [[artifactPolicy({ resolve: 'once' }), artifactPolicy({ mode: 'audit' }, 'other')], []],
      [[artifactPolicy({ resolve: 'once', requireDigest: true })], ['POLICY_DIGEST_REQUIRED artifacts[0]']],
    ] as const) {
      const gate = gateOf(documents);
      const decision = await gate.ask([TAGGED], { run: OF_RUN });
      expect(refusals(decision)).toEqual(expected);
      expect(gate.lookedUp.resolved).toHaveLength(expected[0]?.startsWith('INPUT') === true ? 0 : 1);
      if (expected.length === 0) expect(decision.artifacts).toMatchObject([{ digest: PIN, resolvedFromTag: true }]);
    }
  });

  test('also where no policy speaks, and a commit by the name of a branch', async () => {
    expect(refusals(await gateOf([artifactPolicy({ usedAs: ['source'] })], { ports: { unmatched: 'allow' } }).ask([TAGGED]))).toContain('INPUT_DIGEST_MISSING artifacts[0]');
    expect(refusals(await gateOf([PLAIN]).ask([{ kind: 'git', uri: 'git+https://git.test/acme/app@refs/heads/main' }]))).toContain('INPUT_DIGEST_MISSING artifacts[0]');
    expect(refusals(await gateOf([PLAIN]).ask([{ kind: 'package', uri: 'pkg:npm/left-pad@1.0.0' }]))).toContain('INPUT_DIGEST_MISSING artifacts[0]');
  });
});
