import { afterEach, describe, expect, test } from 'vitest';
import { createThreads } from '../../../src/flow/threads.ts';
import type { ThreadRules, Threads } from '../../../src/flow/threads.ts';
import { until } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';
import type { ToyWire } from './toy-worker.ts';

const open: Threads<string, string>[] = [];
afterEach(async () => { await Promise.all(open.splice(0).map((one) => one.close())); });

/** Threads whose budgets never run out unless the test says so, and whose own answers say why there is no other. */
function threads(rules: Partial<ThreadRules<string, string>> = {}): Threads<string, string> {
  const made = createThreads<string, string>({
    name: 'toy', worker: new URL('./toy-worker.ts', import.meta.url), threads: 1, start: 'at once', ahead: 2, budgetMs: 100, heapMb: 64, youngMb: 16, env: {},
    encoder: () => {
      let sent = 0;
      return (text): ToyWire => ({ text, sent: (sent += 1) });
    },
    refuse: () => undefined,
    lost: (text, { why, cause }) => `${text} lost: ${why}${cause === '' ? '' : ` (${cause})`}`,
    timers: manualTimers(),
    ...rules,
  });
  open.push(made);
  return made;
}

const ask = (pool: Threads<string, string>, ...texts: string[]): Promise<string[]> => Promise.all(texts.map((text) => pool.run(text)));
const words = (answers: readonly string[]): string[] => answers.map((answer) => answer.replace(/ \d+ \d+$/, ''));
const thread = (answer: string | undefined): string => answer?.split(' ').at(-1) ?? '';

describe('threads', () => {
  test('answer in order, whatever is asked at once', async () => {
    const asked = Array.from({ length: 20 }, (_, index) => `q${index}`);
    expect(words(await ask(threads({ threads: 2 }), ...asked))).toEqual(asked);
  });

  test('the one with the least to do is asked', async () => {
    const [a, b, c] = await ask(threads({ threads: 2 }), 'a', 'b', 'c');
    expect(thread(a)).not.toBe(thread(b));
    expect(thread(c)).toBe(thread(a));
  });

  test('at once: all are there before the first question; when asked: as many as were asked at once', async () => {
    expect(threads({ threads: 3 }).stats()).toMatchObject({ started: 3, working: 0 });
    const lazy = threads({ threads: 3, start: 'when asked' });
    expect(lazy.stats()).toMatchObject({ started: 0, working: 0 });
    const asking = lazy.run('a');
    expect(lazy.stats()).toMatchObject({ started: 1, working: 1, queued: 0, unanswered: 1 });
    await asking;
    await lazy.run('b');
    expect(lazy.stats(), 'a free thread is used again').toMatchObject({ started: 1, accepted: 2, unanswered: 0 });
  });

  test.each([[1, 2], [2, 1]])('ahead by %i: of three questions %i wait outside', async (ahead, queued) => {
    const pool = threads({ ahead });
    const asking = ask(pool, 'a', 'b', 'c');
    expect(pool.stats()).toMatchObject({ queued, unanswered: 3, working: 1 });
    expect(words(await asking)).toEqual(['a', 'b', 'c']);
    expect(pool.stats()).toMatchObject({ queued: 0, unanswered: 0, working: 0 });
  });

  test('what the rules refuse is answered by them and counts for nothing; what they let in is not', async () => {
    const pool = threads({ refuse: (text, { queued, unanswered }) => (queued >= 1 ? `${text} refused at ${queued} of ${unanswered}` : undefined) });
    expect(words(await ask(pool, 'a', 'b', 'c', 'd'))).toEqual(['a', 'b', 'c', 'd refused at 1 of 3']);
    expect(pool.stats().accepted).toBe(3);
  });

  test('have the environment they are given and no other', async () => {
    expect(JSON.parse((await threads({ env: { TZ: 'UTC' } }).run('env')))).toEqual({ TZ: 'UTC' });
    expect(JSON.parse((await threads().run('env')))).toEqual({});
  });
});

describe('a question that harms its thread', () => {
  test('over its budget: it is a deadline; the one behind it is answered by another thread, whose encoder starts anew', async () => {
    const timers = manualTimers();
    const pool = threads({ timers, budgetMs: 100 });
    const [warm] = await ask(pool, 'warm');
    const asking = ask(pool, 'hang', 'behind');
    timers.pass(99);
    expect(pool.stats().restarts).toBe(0);
    timers.pass(1);
    const [hung, behind] = await asking;
    expect([hung, behind?.slice(0, 9)]).toEqual(['hang lost: deadline', 'behind 1 ']);
    expect(thread(behind)).not.toBe(thread(warm));
    expect(pool.stats()).toMatchObject({ restarts: 1, timeouts: 1, unanswered: 0 });
    expect(timers.running, 'nothing is watched when nothing is asked').toBe(0);
  });

  test('the budget is that of the first question: each has all of it', async () => {
    const timers = manualTimers();
    const pool = threads({ timers, budgetMs: 100 });
    const [first, second] = [pool.run('a'), pool.run('b')];
    timers.pass(99);
    await first;
    timers.pass(99);
    expect(words([await second])).toEqual(['b']);
    expect(pool.stats().restarts).toBe(0);
  });

  test.each([['throw', 'throw lost: ended (thrown on purpose)'], ['exit', 'exit lost: ended']])('%s: it alone is lost, in the middle of others', async (how, lost) => {
    const pool = threads();
    expect(words(await ask(pool, 'a', how, 'b', 'c'))).toEqual(['a', lost, 'b', 'c']);
    expect(pool.stats()).toMatchObject({ restarts: 1, timeouts: 0, started: 1 });
  });

  test('when asked: the place stays empty until the next question', async () => {
    const pool = threads({ start: 'when asked', ahead: 1 });
    expect(await pool.run('exit')).toBe('exit lost: ended');
    expect(pool.stats()).toMatchObject({ started: 0, restarts: 1 });
    expect(words(await ask(pool, 'next'))).toEqual(['next']);
  });

  test('that cannot be sent is lost, and the next is answered', async () => {
    const pool = threads({ encoder: () => (text) => (text === 'unsendable' ? () => 0 : { text, sent: 1 }) });
    const [unsendable, next] = await ask(pool, 'unsendable', 'next');
    expect(unsendable).toMatch(/^unsendable lost: unsent \(DataCloneError/);
    expect(words([next ?? ''])).toEqual(['next']);
  });

  test('an encoder that throws is the same', async () => {
    const pool = threads({ encoder: () => (text) => { if (text === 'odd') throw new Error('odd'); return { text, sent: 1 }; } });
    expect(words(await ask(pool, 'odd', 'next'))).toEqual(['odd lost: unsent (Error: odd)', 'next']);
  });
});

describe('when there is no thread', () => {
  test.each(['at once', 'when asked'] as const)('%s: a module that is not there costs each question one thread, and no loop', async (start) => {
    const pool = threads({ start, worker: new URL('./no-such-worker.ts', import.meta.url) });
    for (const text of ['a', 'b', 'c']) expect(await pool.run(text)).toMatch(/^. lost: ended/);
    expect(pool.stats().restarts).toBeLessThanOrEqual(4);
    await until(() => pool.stats().started === 0);
  });

  test.each(['at once', 'when asked'] as const)('%s: threads that the system refuses are a loss for each question', async (start) => {
    const pool = threads({ start, worker: new URL('http://localhost/worker.js') });
    expect(await pool.run('a')).toMatch(/^a lost: unstarted \(.*/);
    expect(pool.stats()).toMatchObject({ started: 0, restarts: 0, unanswered: 0 });
  });

  test('after close: who waits and who asks are lost', async () => {
    const pool = threads();
    const waiting = ask(pool, 'hang', 'behind', 'outside');
    await pool.close();
    expect(await waiting).toEqual(['hang', 'behind', 'outside'].map((text) => `${text} lost: closed`));
    expect(await pool.run('later')).toBe('later lost: closed');
    expect(pool.stats()).toMatchObject({ started: 0, unanswered: 0, restarts: 0 });
  });
});
