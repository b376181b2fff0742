import { afterEach, describe, expect, test } from 'vitest';
import type { VerificationJob } from '../../../../src/domain/evidence.ts';
import type { OpinionReport } from '../../../../src/domain/opinion.ts';
import type { SecondOpinion } from '../../../../src/domain/policy/trust-root.ts';
import type { Timers } from '../../../../src/flow/timers.ts';
import { createVerifier } from '../../../../src/verify/index.ts';
import type { PooledVerifier } from '../../../../src/verify/index.ts';
import type { RawOutcome } from '../../../../src/verify/proof.ts';
import { createOpinionReports } from '../../../../src/verify/second-opinion/reports.ts';
import type { VerificationThreads } from '../../../../src/verify/threads.ts';
import { keyBundle, keylessBundle } from '../../../world/bundle.ts';
import { bundleEvidence, sigstoreRoot, trustedKey, trustMaterial } from '../../../world/domain.ts';
import { digestOf } from '../../../world/encode.ts';
import { createWorld } from '../../../world/world.ts';
import { until } from '../../../support/patience.ts';
import { IDENTITY, NOW } from '../sigstore/world-case.ts';

const world = createWorld({ now: NOW });
const key = world.key();
const DIGEST = digestOf(Buffer.from('an image'));
const keyless = (): VerificationJob['evidence'][number] => bundleEvidence(keylessBundle(world, { identity: IDENTITY, digest: DIGEST, log: 'v1' }));

function job(secondOpinion: SecondOpinion, evidence = [keyless()]): VerificationJob {
  return { artifact: { kind: 'image', digest: DIGEST, name: 'registry.example/acme/app' }, evidence, trust: trustMaterial([trustedKey(key)], [sigstoreRoot(world, { secondOpinion })]), now: NOW };
}

describe('the verifier with real threads', () => {
  const open: PooledVerifier[] = [];
  afterEach(async () => { await Promise.all(open.splice(0).map((one) => one.close())); });
  function verifier(): { readonly heard: OpinionReport[]; readonly one: PooledVerifier } {
    const heard: OpinionReport[] = [];
    const one = createVerifier({ workers: 1, opinion: (report) => heard.push(report) });
    open.push(one);
    return { heard, one };
  }

  test('report: the answer is given, and the library is heard later, once for one piece', async () => {
    const { heard, one } = verifier();
    const asked = job('report');
    const [outcome] = await one.verify(asked, new AbortController().signal);
    expect([outcome?.verified.length, heard.length]).toEqual([1, 0]);
    await until(() => heard.length > 0);
    expect(heard).toMatchObject([{ artifact: DIGEST, root: 'world', result: 'agrees', source: asked.evidence[0]?.source }]);
    await one.verify(asked, new AbortController().signal);
    expect(heard).toHaveLength(1);
  });

  test.each<[string, VerificationJob]>([['off', job('off')], ['require, which was asked already', job('require')], ['by key', job('report', [bundleEvidence(keyBundle(world, { key, digest: DIGEST }))])]])('%s: nothing is asked later', async (_, asked) => {
    const { heard, one } = verifier();
    await one.verify(asked, new AbortController().signal);
    // Questions are asked in their order: whatever is heard first tells whether the first job was asked about.
    const later = job('report');
    await one.verify(later, new AbortController().signal);
    await until(() => heard.length > 0);
    expect(heard.map(({ evidenceDigest }) => evidenceDigest)).toEqual([later.evidence[0]?.digest]);
  });

  test('a signature over the image itself: no opinion is reported as that', async () => {
    const { heard, one } = verifier();
    await one.verify(job('report', [bundleEvidence(keylessBundle(world, { identity: IDENTITY, artifact: Buffer.from('an image'), log: 'v1' }))]), new AbortController().signal);
    await until(() => heard.length > 0);
    expect(heard[0]).toMatchObject({ result: 'none' });
  });
});

describe('the queue', () => {
  const problem = (code: 'VERIFY_DISAGREEMENT', found: string): RawOutcome => ({ evidenceDigest: 'd', source: 's', proofs: [], problems: [{ code, source: 's', found }], cacheable: true });

  /** Threads that answer with what they are told, and timers that fire when they are told to. */
  function setting(answer: RawOutcome | undefined, busy = (): boolean => false): { readonly heard: OpinionReport[]; readonly jobs: VerificationJob[]; readonly reports: ReturnType<typeof createOpinionReports>; fire(): Promise<void>; readonly armed: () => number } {
    const [heard, jobs, runs]: [OpinionReport[], VerificationJob[], (() => void)[]] = [[], [], []];
    const timers: Timers = { start: (run) => { runs.push(run); return { [Symbol.dispose]: () => { runs.splice(runs.indexOf(run), 1); } }; } };
    const threads = { run: async (one: VerificationJob) => { jobs.push(one); return answer === undefined ? [] : [answer]; }, stats: () => ({}), close: async () => undefined } as unknown as VerificationThreads;
    const reports = createOpinionReports({ threads, busy, heard: (report) => heard.push(report), timers });
    return { heard, jobs, reports, armed: () => runs.length, fire: async () => { runs.shift()?.(); await new Promise((done) => setImmediate(done)); } };
  }
  const proven = { verified: [{ signer: { kind: 'certificate', trustRoot: 'world' } }] } as never;

  test('a disagreement is reported with what both said; the question was one piece under one root, with the opinion required', async () => {
    const { heard, jobs, reports, fire } = setting(problem('VERIFY_DISAGREEMENT', 'ours: yes; theirs: no'));
    const one = keyless();
    reports.consider(job('report', [one, keyless()]), one, proven);
    await fire();
    expect(heard).toMatchObject([{ result: 'disagrees', said: 'ours: yes; theirs: no', evidenceDigest: one.digest }]);
    expect(jobs[0]?.evidence).toEqual([one]);
    expect(jobs[0]?.trust.roots.map(({ secondOpinion, id }) => [secondOpinion, id.endsWith(' asked')])).toEqual([['require', true]]);
  });

  test('waits while verification is busy', async () => {
    const state = { busy: true };
    const { jobs, reports, fire, armed } = setting(undefined, () => state.busy);
    reports.consider(job('report'), keyless(), proven);
    await fire();
    expect([jobs.length, armed()]).toEqual([0, 1]);
    state.busy = false;
    await fire();
    expect([jobs.length, armed()]).toEqual([1, 0]);
  });

  test('a thread that gave no answer is no opinion', async () => {
    const { heard, reports, fire } = setting(undefined);
    reports.consider(job('report'), keyless(), proven);
    await fire();
    expect(heard).toMatchObject([{ result: 'none' }]);
  });

  test('is bounded: what is too many is skipped and said', () => {
    const { heard, reports } = setting(undefined);
    const one = keyless();
    const asked = job('report', [one]);
    for (let count = 0; count < 300; count += 1) reports.consider(asked, one, proven);
    expect(heard.map(({ result }) => result)).toEqual(Array.from({ length: 44 }, () => 'skipped'));
  });

  test('is bounded in bytes too, which are free again once a question was asked', async () => {
    const { heard, jobs, reports, fire } = setting(undefined);
    const large = { ...keyless(), bytes: new Uint8Array(9 * 1024 * 1024) };
    for (let count = 0; count < 2; count += 1) reports.consider(job('report', [large]), large, proven);
    expect(heard.map(({ result }) => result)).toEqual(['skipped']);
    await fire();
    reports.consider(job('report', [large]), large, proven);
    await fire();
    expect(jobs).toHaveLength(2);
  });

  test('nothing is asked or reported once it is closed', async () => {
    const { heard, reports, armed } = setting(undefined);
    reports.consider(job('report'), keyless(), proven);
    await reports.close();
    reports.consider(job('report'), keyless(), proven);
    expect([heard.length, armed()]).toEqual([0, 0]);
  });
});
