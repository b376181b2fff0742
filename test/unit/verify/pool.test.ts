import { afterEach, describe, expect, test } from 'vitest';
import type { VerificationOutcome } from '../../../src/domain/evidence.ts';
import { createVerifier } from '../../../src/verify/index.ts';
import type { PooledVerifier, VerifierOptions } from '../../../src/verify/index.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { makeStatement } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, OTHER, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';
import { manualTimers } from '../../support/timers.ts';

const world = createWorld({ now: NOW });
const key = world.key();
const root = trustedRoot(world);
const keyed = evidence('sigstore-bundle', keyBundle(world, { key, digest: DIGEST }));
const keyless = evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST }));
const both = trust([trustedKey(key)], [root]);
const never = new AbortController().signal;
const text = (words: string) => evidence('dsse', Buffer.from(words));

const open: PooledVerifier[] = [];
/** A verifier whose budgets never run out unless the test says so: a busy machine is no deadline. */
function verifier(options: VerifierOptions = {}): PooledVerifier {
  const made = createVerifier({ workers: 1, timers: manualTimers(), ...options });
  open.push(made);
  return made;
}
const fake = (options: VerifierOptions = {}): PooledVerifier => verifier({ workerUrl: new URL('./fake-worker.ts', import.meta.url), ...options });
const codes = (outcomes: readonly VerificationOutcome[]): readonly (readonly string[])[] => outcomes.map((outcome) => outcome.problems.map((problem) => problem.code));

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe('verification threads', () => {
  test('prove in a thread what they prove in place', async () => {
    const outcomes = await verifier().verify(job([keyed, keyless], both), never);
    expect(outcomes.map(({ verified }) => verified.map((one) => [one.kind, one.signer.kind, one.artifactDigest]))).toEqual([[['signature', 'key', DIGEST]], [['signature', 'certificate', DIGEST]]]);
    expect(codes(outcomes)).toEqual([[], []]);
  });

  test('say no for another artifact, other trust, and broken bytes', async () => {
    const pool = verifier();
    expect(codes(await pool.verify(job([keyed], both, OTHER), never))).toEqual([['VERIFY_SUBJECT_MISMATCH']]);
    expect(codes(await pool.verify(job([keyed], trust([trustedKey(world.key())])), never))).toEqual([['VERIFY_SIGNER_UNTRUSTED']]);
    expect(codes(await pool.verify(job([text('{')], both), never))).toEqual([['VERIFY_MALFORMED']]);
  });

  test('are sent bytes that are a view into a larger buffer', async () => {
    const padded = Buffer.concat([Buffer.alloc(100_000), keyed.bytes, Buffer.alloc(100_000)]).subarray(100_000, 100_000 + keyed.bytes.length);
    const [outcome] = await verifier().verify(job([{ ...keyed, bytes: padded }], both), never);
    expect(outcome?.verified).toHaveLength(1);
  });

  test('an empty job is answered at once', async () => {
    expect(await verifier().verify(job([], both), never)).toEqual([]);
  });

  test('many trust materials after another are all known to the thread', async () => {
    const pool = verifier();
    for (let index = 0; index < 300; index += 1) {
      const one = trust([trustedKey(key)], [{ ...root, id: `${root.id}-${index}` }]);
      expect((await pool.verify(job([keyless], one), never))[0]?.verified, `trust ${index}`).toHaveLength(1);
    }
    expect((await pool.verify(job([keyed], trust([trustedKey(key)], [{ ...root, id: `${root.id}-0` }])), never))[0]?.verified).toHaveLength(1);
  });
});

describe('memory of outcomes', () => {
  test('the same question is verified once and answered under the name asked for', async () => {
    const pool = verifier();
    const [first] = await pool.verify(job([keyed], both), never);
    const [second] = await pool.verify(job([{ ...keyed, source: 'elsewhere' }], both), never);
    expect(pool.stats()).toMatchObject({ verifications: 1, cacheHits: 1 });
    expect(second).toEqual({ ...first, source: 'elsewhere', verified: first?.verified.map((one) => ({ ...one, source: 'elsewhere' })) });
  });

  test('of a package does not answer for the same bytes under another name', async () => {
    const pool = verifier();
    const published = evidence('sigstore-bundle', keyBundle(world, { key, statement: makeStatement(DIGEST, { predicateType: 'https://example.com/published', predicate: {} }, { name: 'pkg:npm/%40acme/lib@1.0.0' }) }));
    const ask = async (name: string): Promise<readonly (readonly string[])[]> => codes(await pool.verify({ ...job([published], both), artifact: { kind: 'package', name, digest: DIGEST } }, never));
    expect(await ask('pkg:npm/@acme/lib@1.0.0')).toEqual([[]]);
    expect(await ask('pkg:npm/@evil/lib@1.0.0')).toEqual([['VERIFY_SUBJECT_MISMATCH']]);
    expect(await ask('pkg:npm/@acme/lib@1.0.0')).toEqual([[]]);
    expect(pool.stats()).toMatchObject({ verifications: 2, cacheHits: 1 });
  });

  test('G15 two hundred at the same time are one verification', async () => {
    const pool = verifier();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => pool.verify(job([keyless], both), never)));
    expect(outcomes.every(([outcome]) => outcome?.verified.length === 1)).toBe(true);
    expect(pool.stats()).toMatchObject({ verifications: 1, cacheHits: 199 });
  });

  test('the same piece twice in a job is one verification', async () => {
    const pool = verifier();
    expect(await pool.verify(job([keyed, { ...keyed, source: 'layer 1' }], both), never)).toMatchObject([{ source: 'layer 0', verified: [{}] }, { source: 'layer 1', verified: [{ source: 'layer 1' }] }]);
    expect(pool.stats().verifications).toBe(1);
  });

  test.each([
    ['another artifact', () => job([keyed], both, OTHER)],
    ['other trust', () => job([keyed], trust([trustedKey(key)], []))],
    ['another kind of artifact', () => ({ ...job([keyed], both), artifact: { kind: 'blob' as const, digest: DIGEST, name: 'x' } })],
    ['other bytes', () => job([keyless], both)],
    ['another format', () => job([{ ...keyed, format: 'dsse' as const }], both)],
  ])('G16 %s is another question', async (_, other) => {
    const pool = verifier();
    await pool.verify(job([keyed], both), never);
    await pool.verify(other(), never);
    expect(pool.stats()).toMatchObject({ verifications: 2, cacheHits: 0 });
  });

  test('G16 faults are not remembered, their siblings are', async () => {
    const pool = fake();
    const question = job([text('fault'), text('fine')], both);
    expect(codes(await pool.verify(question, never))).toEqual([['ENGINE_FAULT'], ['VERIFY_MALFORMED']]);
    await pool.verify(question, never);
    expect(pool.stats()).toMatchObject({ verifications: 3, cacheHits: 1 });
  });

  test('is bounded by entries and by bytes of evidence', async () => {
    for (const limits of [{ cacheEntries: 2 }, { cacheBytes: 3000 }]) {
      const pool = fake(limits);
      for (const words of ['a', 'b', 'c', 'a']) await pool.verify(job([text(words)], both), never);
      expect(pool.stats()).toMatchObject({ verifications: 4, cacheHits: 0 });
      await pool.verify(job([text('a')], both), never);
      expect(pool.stats().cacheHits).toBe(1);
    }
  });
});

describe('when something goes wrong', () => {
  test('a job over its budget ends its thread and is a deadline; the job behind it is answered', async () => {
    const timers = manualTimers();
    const pool = fake({ jobBudgetMs: 500, timers });
    await pool.verify(job([text('warm')], both), never);
    const asking = Promise.all([pool.verify(job([text('hang')], both), never), pool.verify(job([text('fine')], both), never)]);
    timers.pass(499);
    expect(pool.stats()).toMatchObject({ restarts: 0, queued: 2 });
    timers.pass(1);
    const [stuck, behind] = await asking;
    expect(codes([...stuck, ...behind])).toEqual([['ENGINE_DEADLINE'], ['VERIFY_MALFORMED']]);
    expect(pool.stats()).toMatchObject({ restarts: 1, queued: 0 });
  });

  test.each(['crash', 'exit'])('a thread that dies (%s) is replaced; its job is a fault, the others are answered', async (how) => {
    const pool = fake();
    const answers = await Promise.all(['fine', how, 'good', 'well'].map((words) => pool.verify(job([text(words)], both), never)));
    expect(codes(answers.flat())).toEqual([['VERIFY_MALFORMED'], ['ENGINE_FAULT'], ['VERIFY_MALFORMED'], ['VERIFY_MALFORMED']]);
    expect(pool.stats().restarts).toBe(1);
    expect(codes(await pool.verify(job([text('later')], both), never))).toEqual([['VERIFY_MALFORMED']]);
  });

  test('G07 a job that eats all memory of its thread harms nobody else', async () => {
    const pool = fake({ heapMb: 32 });
    const [eater, other] = await Promise.all([pool.verify(job([text('memory')], both), never), pool.verify(job([text('fine')], both), never)]);
    expect(codes([...eater, ...other])).toEqual([['ENGINE_FAULT'], ['VERIFY_MALFORMED']]);
  });

  test('a thread that cannot start is a fault for each job, not a loop', async () => {
    const pool = verifier({ workerUrl: new URL('./no-such-worker.ts', import.meta.url) });
    for (const words of ['a', 'b', 'c']) expect(codes(await pool.verify(job([text(words)], both), never))).toEqual([['ENGINE_FAULT']]);
    expect(pool.stats().restarts).toBeLessThanOrEqual(4);
  });

  test('an answer that is too short is a fault for what it leaves out', async () => {
    expect(codes(await fake().verify(job([text('short')], both), never))).toEqual([['ENGINE_FAULT']]);
  });

  test('a job that cannot be sent is a fault, and the next one is answered', async () => {
    const pool = verifier();
    const unsendable = { ...both, id: 'unsendable', roots: [{ ...root, id: 'unsendable', trustedRoot: () => 0 }] };
    expect(codes(await pool.verify(job([keyed], unsendable), never))).toEqual([['ENGINE_FAULT']]);
    expect((await pool.verify(job([keyed], both), never))[0]?.verified).toHaveLength(1);
  });

  test('too many waiting jobs are overload at once, and only those', async () => {
    const pool = fake({ maxQueue: 2 });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => pool.verify(job([text(`wait-${index}:20`)], both), never)));
    const overloaded = codes(answers.flat()).filter(([code]) => code === 'ENGINE_OVERLOADED');
    expect(overloaded.length).toBeGreaterThanOrEqual(3);
    expect(overloaded.length).toBeLessThan(10);
    expect(codes(await pool.verify(job([text('wait-9:20')], both), never))).toEqual([['VERIFY_MALFORMED']]);
  });

  test('an aborted caller gets a deadline, others and the memory get the outcome', async () => {
    const pool = fake();
    const abort = new AbortController();
    const question = job([text('slow:200')], both);
    const first = pool.verify(question, abort.signal);
    const second = pool.verify(question, never);
    abort.abort();
    expect(codes(await first)).toEqual([['ENGINE_DEADLINE']]);
    expect(codes(await second)).toEqual([['VERIFY_MALFORMED']]);
    expect(codes(await pool.verify(question, abort.signal))).toEqual([['VERIFY_MALFORMED']]);
    expect(pool.stats().verifications).toBe(1);
  });

  test('an aborted caller keeps what is known already', async () => {
    const pool = fake();
    await pool.verify(job([text('known')], both), never);
    expect(codes(await pool.verify(job([text('known'), text('new')], both), AbortSignal.abort()))).toEqual([['VERIFY_MALFORMED'], ['ENGINE_DEADLINE']]);
    expect(pool.stats().verifications).toBe(1);
  });

  test('after close every answer is a fault, also for those who wait', async () => {
    const pool = fake();
    const waiting = pool.verify(job([text('slow:5000')], both), never);
    await pool.close();
    expect(codes(await waiting)).toEqual([['ENGINE_FAULT']]);
    expect(codes(await pool.verify(job([text('new')], both), never))).toEqual([['ENGINE_FAULT']]);
  });
});

describe('predicates', () => {
  test('G17 cross as text and read as they were signed', async () => {
    const predicate = { builder: { id: 'https://tekton.dev/chains/v2' }, list: [1, null, 'é'] };
    const statement = makeStatement(DIGEST, { predicateType: 'https://slsa.dev/provenance/v0.2', predicate });
    const piece = evidence('sigstore-bundle', keyBundle(world, { key, statement }));
    const pool = verifier();
    const [outcome] = await pool.verify(job([piece], both), never);
    const said = outcome?.verified[0]?.statement;
    expect(said).toMatchObject({ type: statement._type, predicateType: statement.predicateType, subjects: statement.subject });
    expect(said?.predicate).toEqual(predicate);
    expect(said?.predicate).toBe(said?.predicate);
    const [again] = await pool.verify(job([{ ...piece, source: 'elsewhere' }], both), never);
    expect(again?.verified[0]?.statement?.predicate).toBe(said?.predicate);
  });

  test('that are absent stay absent', async () => {
    const statement = Buffer.from(JSON.stringify({ ...makeStatement(DIGEST, { predicateType: 'p', predicate: 0 }), predicate: undefined }));
    const [outcome] = await verifier().verify(job([evidence('sigstore-bundle', keyBundle(world, { key, statement }))], both), never);
    expect(outcome?.verified[0]?.statement).toBeDefined();
    expect(outcome?.verified[0]?.statement?.predicate).toBeUndefined();
  });
});
