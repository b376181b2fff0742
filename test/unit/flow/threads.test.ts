import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { createThreads } from '../../../src/flow/threads/threads.ts';
import { sourceEnvironment } from '../../../src/flow/threads/thread-module.ts';
import type { ThreadRules, Threads } from '../../../src/flow/threads/threads.ts';
import { until } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';
import type { ToyWire } from './toy-worker.ts';

const TOY = new URL('./toy-worker.ts', import.meta.url);
const open: Threads<string, string>[] = [];
afterEach(async () => { await Promise.all(open.splice(0).map((one) => one.close())); });

/** Threads whose budgets never run out unless the test says so, and whose own answers say why there is no other. */
function threads(rules: Partial<ThreadRules<string, string>> = {}): Threads<string, string> {
  const made = createThreads<string, string>({
    name: 'toy', worker: TOY, threads: 1, start: 'at once', ahead: 2, budgetMs: 100, heapMb: 64, youngMb: 16, env: {},
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
    // Beside what sources need.
    const more = sourceEnvironment(TOY);
    expect(JSON.parse((await threads({ env: { TZ: 'UTC' } }).run('env')))).toEqual({ TZ: 'UTC', ...more });
    expect(JSON.parse((await threads().run('env')))).toEqual(more);
    expect(sourceEnvironment(new URL('toy-worker.js', import.meta.url))).toEqual({});
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
    expect(pool.stats(), 'it was asked once more').toMatchObject({ restarts: 2, timeouts: 0, started: 1 });
  });

  test('when asked: the place stays empty until the next question', async () => {
    const pool = threads({ start: 'when asked', ahead: 1 });
    expect(await pool.run('exit')).toBe('exit lost: ended');
    expect(pool.stats()).toMatchObject({ started: 0, restarts: 2 });
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

describe('M11: a question that is lost with its thread', () => {
  const place = (): string => join(mkdtempSync(join(tmpdir(), 'toy-')), 'was-here');

  test('M11: is asked once more, and answered by the new thread', async () => {
    const pool = threads();
    const text = `once ${place()}`;
    expect(words(await ask(pool, 'a', text, 'b'))).toEqual(['a', text, 'b']);
    expect(pool.stats()).toMatchObject({ restarts: 1, unanswered: 0 });
  });

  test('M11: is not asked a third time, nor after it ran out of its budget or its memory', async () => {
    const timers = manualTimers();
    const pool = threads({ timers, heapMb: 16 });
    expect(await pool.run('exit')).toBe('exit lost: ended');
    expect(pool.stats().restarts).toBe(2);
    const hanging = pool.run('hang');
    timers.pass(100);
    expect(await hanging).toBe('hang lost: deadline');
    expect(pool.stats().restarts).toBe(3);
    expect(await pool.run('memory')).toMatch(/^memory lost: memory/);
    expect(pool.stats().restarts).toBe(4);
  });
});

describe('turns', () => {
  const asker = (namespace: string) => ({ namespace, caller: 'someone' });
  const by = (namespace: string, pool: Threads<string, string>, ...texts: string[]) => onBehalfOf(asker(namespace), () => texts.map((text) => pool.run(text)));
  /** The order in which the thread was sent what it was asked. */
  const order = async (answers: readonly Promise<string>[]): Promise<string[]> => (await Promise.all(answers)).sort((a, b) => Number(a.split(' ').at(-2)) - Number(b.split(' ').at(-2))).map((answer) => answer.split(' ')[0] ?? '');
  const loud = Array.from({ length: 10 }, (_, index) => `loud-${index}`);

  test.each([1, 2])('S3: whoever comes after a crowd of another namespace waits for the few that are at work (ahead by %i)', async (ahead) => {
    const pool = threads({ ahead });
    const answers = [...by('loud', pool, ...loud), ...by('quiet', pool, 'quiet')];
    expect((await order(answers)).indexOf('quiet')).toBe(2);
  });

  test('S3: the good twin: the same crowd in one namespace keeps its order within one request', async () => {
    const pool = threads();
    expect(await order(by('loud', pool, ...loud, 'quiet'))).toEqual([...loud, 'quiet']);
  });

  test('B2: a question that hangs is not followed by the next of its namespace while another one waits', async () => {
    const timers = manualTimers();
    const pool = threads({ timers });
    await pool.run('warm');
    const [first, second] = by('loud', pool, 'hang', 'hang');
    const [quiet] = by('quiet', pool, 'quiet');
    timers.pass(100);
    expect(await first).toBe('hang lost: deadline');
    expect(words([await quiet ?? ''])).toEqual(['quiet']);
    timers.pass(100);
    expect(await second).toBe('hang lost: deadline');
  });

  test('S3: while others wait one namespace holds no more than its share of the places, alone it holds all', async () => {
    const timers = manualTimers();
    const pool = threads({ threads: 2, ahead: 2, timers });
    const crowd = by('loud', pool, 'hang', 'hang', 'hang', 'hang', 'hang');
    expect(pool.stats()).toMatchObject({ queued: 1, unanswered: 5 });
    const [quiet] = by('quiet', pool, 'quiet');
    timers.pass(100);
    expect(words([await quiet ?? ''])).toEqual(['quiet']);
    expect(pool.stats().unanswered).toBeGreaterThan(0);
    await pool.close();
    await Promise.all(crowd);
  });

  test('S3: what somebody else asked and still waits comes in the turn of whoever joins', async () => {
    const waitFor = async (joins: boolean): Promise<number> => {
      const pool = threads({ ahead: 1 });
      const answers = by('loud', pool, ...loud, 'shared');
      if (joins) onBehalfOf(asker('quiet'), () => pool.join('shared'));
      return (await order(answers)).indexOf('shared');
    };
    expect([await waitFor(false), await waitFor(true)]).toEqual([10, 2]);
  });

  test('S3: the rules are told how much is asked for the same namespace, and nothing of work that is nobody\'s', async () => {
    const seen: number[] = [];
    const pool = threads({ refuse: (_, { ofNamespace }) => { seen.push(ofNamespace); return undefined; } });
    await Promise.all([...by('loud', pool, 'a', 'b', 'c'), ...by('quiet', pool, 'd'), ...by('', pool, 'e', 'f')]);
    expect(seen).toEqual([0, 1, 2, 0, 0, 0]);
  });

  test('S3: a dear question takes more of its namespace\'s share than a cheap one', async () => {
    const pool = threads({ ahead: 1, costOf: (text) => (text.startsWith('dear') ? 3 : 1) });
    const answers = [...by('loud', pool, 'first', 'dear-1', 'dear-2'), ...by('quiet', pool, 'q1', 'q2', 'q3', 'q4')];
    expect((await order(answers)).slice(0, 6)).toEqual(['first', 'dear-1', 'q1', 'q2', 'q3', 'dear-2']);
  });

  test('B2: a budget of its own', async () => {
    const timers = manualTimers();
    const pool = threads({ timers, budgetMs: 100, budgetOf: () => 10 });
    const asking = pool.run('hang');
    timers.pass(10);
    expect(await asking).toBe('hang lost: deadline');
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
