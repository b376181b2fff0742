import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createDeadline } from '../../../src/flow/deadline.ts';
import { pause } from '../../../src/flow/pause.ts';
import { untilAborted } from '../../../src/flow/until-aborted.ts';
import { settled } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';

const NEVER = new AbortController().signal;
const never = (): Promise<never> => new Promise(() => undefined);
const late = (): string => 'late';

/** A signal that tells how many listen to it. */
function counted(): { readonly signal: AbortSignal; readonly abort: () => void; readonly listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  return { signal, abort: () => controller.abort(), listeners: () => getEventListeners(signal, 'abort').length };
}

describe('work raced with a signal', () => {
  test('gives the outcome when it comes first, and listens no longer', async () => {
    const { signal, listeners } = counted();
    expect(await untilAborted(Promise.resolve('done'), signal, late)).toBe('done');
    await expect(untilAborted(Promise.reject(new TypeError('bad')), signal, late)).rejects.toThrow(TypeError);
    expect(listeners()).toBe(0);
  });

  test('gives what lateness means when the signal comes first', async () => {
    const { signal, abort } = counted();
    const racing = untilAborted(never(), signal, late);
    abort();
    expect(await racing).toBe('late');
    expect(await untilAborted(never(), AbortSignal.abort(), late)).toBe('late');
  });

  test('what lateness throws rejects, and is thrown at nobody else', async () => {
    const { signal, abort } = counted();
    const racing = untilAborted(never(), signal, () => { throw new RangeError('left'); });
    expect(abort).not.toThrow();
    await expect(racing).rejects.toThrow(RangeError);
  });

  test('work that fails after the signal is nobody\'s unhandled rejection', async () => {
    const { signal, abort } = counted();
    let fail = (_: Error): void => undefined;
    const racing = untilAborted(new Promise<never>((_, reject) => { fail = reject; }), signal, late);
    abort();
    fail(new Error('too late to matter'));
    expect(await racing).toBe('late');
    await settled();
  });

  test('what is thrown and no Error becomes one', async () => {
    await expect(untilAborted(Promise.reject('words' as unknown as Error), NEVER, late)).rejects.toEqual(new Error('words'));
  });
});

describe('a deadline', () => {
  test('starts no timer while nothing has to be waited for', () => {
    const timers = manualTimers();
    const deadline = createDeadline(() => 100, { signal: NEVER }, { timers });
    expect([deadline.race('known'), deadline.over, timers.running]).toEqual(['known', false, 0]);
    deadline.clear();
    void deadline.work;
    expect(timers.running).toBe(1);
    deadline.clear();
    expect(timers.running).toBe(0);
  });

  test('ends what waits when no time remains, and not a millisecond before', async () => {
    const timers = manualTimers();
    const deadline = createDeadline(() => 100, { signal: NEVER }, { timers });
    const racing = deadline.race(never());
    timers.pass(99);
    expect(deadline.over).toBe(false);
    timers.pass(1);
    expect([await racing, deadline.over, deadline.work.aborted]).toEqual([undefined, true, true]);
  });

  test('ends when the caller leaves, or has left; time that is negative is none', async () => {
    const { signal, abort } = counted();
    const deadline = createDeadline(() => 100, { signal }, { timers: manualTimers() });
    const racing = deadline.race(never());
    abort();
    expect([await racing, deadline.over]).toEqual([undefined, true]);
    expect(await createDeadline(() => 100, { signal: AbortSignal.abort() }, { timers: manualTimers() }).race(never())).toBeUndefined();
    const timers = manualTimers();
    const past = createDeadline(() => -5, { signal: NEVER }, { timers }).race(never());
    timers.pass(0);
    expect(await past).toBeUndefined();
  });

  test('what was begun goes on when time is up, for as long as it may linger', async () => {
    const timers = manualTimers();
    const deadline = createDeadline(() => 100, { signal: NEVER }, { timers, lingerMs: 300 });
    const racing = deadline.race(never());
    timers.pass(100);
    expect([await racing, deadline.over, deadline.late, deadline.work.aborted]).toEqual([undefined, true, true, false]);
    deadline.clear();
    timers.pass(299);
    expect(deadline.work.aborted).toBe(false);
    timers.pass(1);
    expect(deadline.work.aborted).toBe(true);
  });

  test('H23: what was begun ends at once with a caller that leaves, however long it might linger', async () => {
    const timers = manualTimers();
    const { signal, abort } = counted();
    const deadline = createDeadline(() => 100, { signal }, { timers, lingerMs: 300 });
    const racing = deadline.race(never());
    abort();
    expect([await racing, deadline.late, deadline.work.aborted]).toEqual([undefined, false, true]);
  });

  test('lets go of the caller when it is cleared', () => {
    const { signal, listeners } = counted();
    const deadline = createDeadline(() => 100, { signal }, { timers: manualTimers() });
    void deadline.work;
    expect(listeners()).toBe(1);
    deadline.clear();
    expect(listeners()).toBe(0);
  });
});

describe('a pause', () => {
  test('ends with its time, or with the signal', async () => {
    const timers = manualTimers();
    const ends: string[] = [];
    const { signal, abort, listeners } = counted();
    void pause(100, signal, timers).then(() => ends.push('short'));
    void pause(200, signal, timers).then(() => ends.push('long'));
    timers.pass(100);
    await settled();
    expect(ends).toEqual(['short']);
    abort();
    await settled();
    expect([ends, timers.running, listeners()]).toEqual([['short', 'long'], 0, 0]);
    await pause(100, AbortSignal.abort(), timers);
  });
});
