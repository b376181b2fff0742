import { afterEach, describe, expect, test } from 'vitest';
import type { Examination } from '../../../src/domain/policy/content-check.ts';
import { createExaminer } from '../../../src/examine/index.ts';
import type { ExaminerOptions, PooledExaminer } from '../../../src/examine/index.ts';
import { manualTimers } from '../../support/timers.ts';

const SLOW = new URL('./slow-worker.ts', import.meta.url);
const NEVER = new AbortController().signal;
const open: PooledExaminer[] = [];

/** An examiner whose budgets never run out unless the test says so: a busy machine is no deadline. */
function examiner(options: ExaminerOptions = {}): PooledExaminer {
  const made = createExaminer({ threads: 1, timers: manualTimers(), ...options });
  open.push(made);
  return made;
}
afterEach(async () => { await Promise.all(open.splice(0).map((one) => one.close())); });

function question(key: string, more: Partial<Examination> = {}): Examination {
  return { key, expressions: [], digest: `sha256:${'a'.repeat(64)}`, statement: { predicateType: 't', text: '{"a":1}' }, vex: [], attestations: {}, variables: {}, ...more };
}

describe('the examiner', () => {
  test('answers from its thread, remembers the answer, and asks a question once for all who ask', async () => {
    const it = examiner();
    const ask = question('k', { expressions: ['predicate.a == 1', 'predicate.a == 2'] });
    expect(it.known('k')).toBeUndefined();
    const answers = await Promise.all([it.examine(ask, NEVER), it.examine(ask, NEVER)]);
    expect(answers).toEqual([1, 2].map(() => ({ ok: true, objections: [{ code: 'POLICY_CONDITION', expression: 1 }] })));
    expect(it.known('k')).toEqual(answers[0]);
    expect(it.stats()).toMatchObject({ examinations: 1, cacheHits: 2, running: 0, queued: 0, threads: 1, restarts: 0, timeouts: 0 });
  });

  test('G08 a question that never ends is ended; the others are answered by a new thread', async () => {
    const timers = manualTimers();
    const it = examiner({ workerUrl: SLOW, budgetMs: 3000, timers });
    const asking = Promise.all([it.examine(question('hang'), NEVER), it.examine(question('next'), NEVER)]);
    timers.pass(2999);
    expect(it.stats()).toMatchObject({ restarts: 0, timeouts: 0, running: 1, queued: 1 });
    timers.pass(1);
    const [hung, next] = await asking;
    expect(hung).toMatchObject({ ok: false, code: 'ENGINE_DEADLINE' });
    expect(next).toEqual({ ok: true, objections: [] });
    expect(it.known('hang'), 'not remembered').toBeUndefined();
    expect(it.stats()).toMatchObject({ restarts: 1, timeouts: 1 });
  });

  test.each(['die', 'throw'])('C16 a thread that comes to an end (%s) takes only its question with it', async (how) => {
    const it = examiner({ workerUrl: SLOW });
    const [first, next] = await Promise.all([it.examine(question(how), NEVER), it.examine(question('next'), NEVER)]);
    expect(first).toMatchObject({ ok: false, code: 'ENGINE_FAULT' });
    expect(next).toMatchObject({ ok: true });
    expect(it.stats(), 'replaced twice (M11: it was asked once more), but not for the time it took').toMatchObject({ restarts: 2, timeouts: 0 });
  });

  test('no thread is started before the first question, and then only as many as are asked at once', async () => {
    const it = examiner({ threads: 3 });
    expect(it.stats().threads).toBe(0);
    const asking = it.examine(question('a'), NEVER);
    expect(it.stats()).toMatchObject({ threads: 1, running: 1, queued: 0 });
    await asking;
    await it.examine(question('b'), NEVER);
    expect(it.stats(), 'a free thread is used again').toMatchObject({ threads: 1, examinations: 2 });
  });

  test('counts who waits apart from who is being answered', async () => {
    const it = examiner();
    const asking = ['a', 'b', 'c'].map((key) => it.examine(question(key), NEVER));
    expect(it.stats()).toMatchObject({ running: 1, queued: 2 });
    await Promise.all(asking);
    expect(it.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  test('what is remembered is bounded by bytes', async () => {
    const it = examiner({ cacheBytes: 1200 });
    for (const key of ['a', 'b', 'c']) await it.examine(question(key), NEVER);
    expect(it.stats().cacheBytes).toBeLessThanOrEqual(1200);
    expect([it.known('a'), it.known('c')]).toEqual([undefined, { ok: true, objections: [] }]);
  });

  test('a fault is not remembered', async () => {
    const it = examiner({ workerUrl: SLOW });
    await it.examine(question('fault'), NEVER);
    expect(it.known('fault')).toBeUndefined();
  });

  test('who leaves gets ENGINE_DEADLINE, and the answer is there for the next', async () => {
    const it = examiner();
    const gone = new AbortController();
    const asking = it.examine(question('k', { expressions: ['predicate.a == 1'] }), gone.signal);
    gone.abort();
    expect(await asking).toMatchObject({ ok: false, code: 'ENGINE_DEADLINE' });
    expect(await it.examine(question('k', { expressions: ['predicate.a == 1'] }), NEVER)).toEqual({ ok: true, objections: [] });
  });

  test('too many questions, and questions after the end', async () => {
    const timers = manualTimers();
    const it = examiner({ workerUrl: SLOW, maxQueue: 1, budgetMs: 300, timers });
    const asking = Promise.all([it.examine(question('hang'), NEVER), it.examine(question('b'), NEVER)]);
    timers.pass(300);
    const [, refused] = await asking;
    expect(refused).toMatchObject({ ok: false, code: 'ENGINE_OVERLOADED' });
    await it.close();
    expect(await it.examine(question('c'), NEVER)).toMatchObject({ ok: false, code: 'ENGINE_FAULT' });
  });

  test('A13 the text of the statement decides, not a rounded copy', async () => {
    const it = examiner();
    const exact = question('n', { statement: { predicateType: 't', text: '{"n":9007199254740993}' }, expressions: ['predicate.n == 9007199254740993'] });
    expect(await it.examine(exact, NEVER)).toEqual({ ok: true, objections: [] });
  });
});
