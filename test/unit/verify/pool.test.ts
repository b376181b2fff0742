import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { VerificationOutcome } from '../../../src/domain/evidence.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { createVerifier } from '../../../src/verify/index.ts';
import type { PooledVerifier, VerifierOptions } from '../../../src/verify/index.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { makeStatement } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, OTHER, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';
import { settled, until } from '../../support/patience.ts';
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
    expect(pool.stats().restarts, 'it was asked once more').toBe(2);
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

describe('what is too much', () => {
  const BUDGET = 400;
  /** A pool whose budgets and clock stand still until the test says so. */
  function timed(options: VerifierOptions = {}) {
    const timers = manualTimers();
    let now = 0;
    const pool = fake({ jobBudgetMs: BUDGET, timers, now: () => now, ...options });
    const ask = (...texts: string[]) => pool.verify(job(texts.map(text), both), never).then(codes);
    /** Lets budgets pass, one after the other, until the answer is there. */
    const overrun = async <T>(asking: Promise<T>, ms: number, times = 1): Promise<T> => {
      for (let turn = 0; turn < times; turn += 1) {
        const { restarts } = pool.stats();
        timers.pass(ms);
        await until(() => pool.stats().restarts > restarts, 'no thread was ended');
        await settled();
      }
      return asking;
    };
    return { pool, ask, overrun, tick: (ms: number) => timers.pass(ms), pass: (ms: number) => { now += ms; } };
  }

  test('B2: a piece that took too long is remembered for a minute as undetermined, and then tried again', async () => {
    const { pool, ask, overrun, pass } = timed();
    expect(await overrun(ask('hang'), BUDGET)).toEqual([['ENGINE_DEADLINE']]);
    expect(pool.stats()).toMatchObject({ verifications: 1, restarts: 1 });
    pass(59_000);
    const [again] = await pool.verify(job([{ ...text('hang'), source: 'elsewhere' }], both), never);
    expect(again).toMatchObject({ source: 'elsewhere', verified: [], problems: [{ code: 'ENGINE_DEADLINE', source: 'elsewhere', cause: expect.stringMatching(/took longer than 400 ms$/) as string }] });
    expect(pool.stats(), 'no thread was asked').toMatchObject({ verifications: 1, restarts: 1, queued: 0 });
    expect(pool.known(job([text('hang')], both)), 'it is no decision from memory').toBeUndefined();
    pass(1000);
    expect(await overrun(ask('hang'), BUDGET)).toEqual([['ENGINE_DEADLINE']]);
    expect(pool.stats()).toMatchObject({ verifications: 2, restarts: 2 });
  });

  test.each(['another artifact', 'other trust'])('B2: under %s it is another question', async (which) => {
    const { pool, ask, overrun } = timed();
    await overrun(ask('hang'), BUDGET);
    const other = which === 'another artifact' ? job([text('hang')], both, OTHER) : job([text('hang')], trust([trustedKey(key)]));
    expect(codes(await overrun(pool.verify(other, never), BUDGET))).toEqual([['ENGINE_DEADLINE']]);
    expect(pool.stats().restarts).toBe(2);
  });

  test('B1: the other evidence of its job is judged alone, with less time for each', async () => {
    const { pool, ask, overrun } = timed();
    const asking = ask('fine', 'hang', 'good');
    await overrun(Promise.resolve(), BUDGET);
    await until(() => pool.stats().queued === 2, 'the first was not answered alone');
    expect(await overrun(asking, BUDGET / 4)).toEqual([['VERIFY_MALFORMED'], ['ENGINE_DEADLINE'], ['VERIFY_MALFORMED']]);
    expect(await ask('fine', 'hang', 'good')).toEqual([['VERIFY_MALFORMED'], ['ENGINE_DEADLINE'], ['VERIFY_MALFORMED']]);
    expect(pool.stats()).toMatchObject({ verifications: 3, cacheHits: 2, restarts: 2 });
  });

  test.each(['memory', 'exit', 'crash'])('B1: a piece that ends its thread (%s) is the same', async (how) => {
    const { pool, ask } = timed({ heapMb: 32 });
    expect(await ask('fine', how)).toEqual([['VERIFY_MALFORMED'], ['ENGINE_FAULT']]);
    const { restarts } = pool.stats();
    expect(await ask('fine', how)).toEqual([['VERIFY_MALFORMED'], ['ENGINE_FAULT']]);
    expect(pool.stats().restarts).toBe(restarts);
  });

  test('M11: a job whose thread ended for no reason of its own is asked once more', async () => {
    const { pool, ask } = timed();
    const marker = join(mkdtempSync(join(tmpdir(), 'pool-')), 'was-here');
    expect(await ask('fine', `once ${marker}`)).toEqual([['VERIFY_MALFORMED'], ['VERIFY_MALFORMED']]);
    expect(pool.stats()).toMatchObject({ verifications: 2, restarts: 1 });
  });

  test('B2: a namespace that has overrun has less time for a minute; others have all of it', async () => {
    const { pool, ask, overrun, tick, pass } = timed();
    const by = (namespace: string, words: string) => onBehalfOf({ namespace, caller: 'someone' }, () => ask(words));
    await overrun(by('loud', 'hang'), BUDGET);
    const again = onBehalfOf({ namespace: 'loud', caller: 'another' }, () => pool.verify(job([text('hang')], both, OTHER), never));
    expect(codes(await overrun(again, BUDGET / 4))).toEqual([['ENGINE_DEADLINE']]);
    pass(60_000);
    const later = by('loud', 'hang');
    const { restarts } = pool.stats();
    tick(BUDGET / 4);
    expect(pool.stats().restarts, 'it is still at work').toBe(restarts);
    expect(await overrun(later, BUDGET * 0.75)).toEqual([['ENGINE_DEADLINE']]);
  });

  test.each([['loud', [['ENGINE_DEADLINE']]], ['quiet', [['VERIFY_MALFORMED']]]])('B2: what was too much for the little time of a namespace that has overrun is too much for it alone: %s', async (namespace, expected) => {
    const { pool, ask, overrun } = timed();
    const by = (name: string, words: string) => onBehalfOf({ namespace: name, caller: 'someone' }, () => ask(words));
    const marker = join(mkdtempSync(join(tmpdir(), 'pool-')), 'was-here');
    await overrun(by('loud', 'hang'), BUDGET);
    // A piece that takes longer than the quarter that is left to the namespace, the first time.
    const slow = by('loud', `slow-once ${marker}`);
    await until(() => existsSync(marker), 'the thread did not begin');
    expect(await overrun(slow, BUDGET / 4)).toEqual([['ENGINE_DEADLINE']]);
    expect(await by(namespace, `slow-once ${marker}`)).toEqual(expected);
    expect(pool.stats().restarts).toBe(2);
  });

  test('S3: a namespace that fills its share of the queue is refused, and nobody else is', async () => {
    const pool = fake({ maxQueue: 8 });
    const by = (namespace: string, words: string) => onBehalfOf({ namespace, caller: 'someone' }, () => pool.verify(job([text(words)], both), never).then(codes));
    const loud = Array.from({ length: 30 }, (_, index) => by('loud', `loud-${index}:5`));
    const quiet = by('quiet', 'quiet:5');
    expect(await quiet).toEqual([['VERIFY_MALFORMED']]);
    const answers = (await Promise.all(loud)).flat(2);
    expect(answers.filter((code) => code === 'VERIFY_MALFORMED')).toHaveLength(4);
    expect(answers.filter((code) => code === 'ENGINE_OVERLOADED')).toHaveLength(26);
  });
});

describe('what is remembered', () => {
  test.each([['another namespace', 'loud', true], ['the twin: its own', 'quiet', false]])('of a namespace is not pushed out by all that is verified for %s', async (_, filler, isKnown) => {
    const pool = verifier({ cacheEntries: 4 });
    const by = (namespace: string, piece: ReturnType<typeof text>) => onBehalfOf({ namespace, caller: 'someone' }, () => pool.verify(job([piece], both), never));
    await by('quiet', keyed);
    for (let index = 0; index < 8; index += 1) await by(filler, text(`{"garbage": ${index}}`));
    expect(pool.known(job([keyed], both)) !== undefined).toBe(isKnown);
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
