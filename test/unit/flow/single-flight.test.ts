import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFlights } from '../../../src/flow/single-flight.ts';

const late = (key: string): Error => new Error(`late for ${key}`);
const NEVER = new AbortController().signal;

/** Work that ends when the test says so, and that knows whether it was stopped. */
class Work {
  starts = 0;
  stops = 0;
  finish: (value: number) => void = () => undefined;
  readonly run = (signal: AbortSignal): Promise<number> => {
    this.starts += 1;
    signal.addEventListener('abort', () => { this.stops += 1; });
    return new Promise((resolve) => { this.finish = resolve; });
  };
}

describe('single flight', () => {
  test('all who ask at once share one work; whoever asks later starts anew', async () => {
    const [flights, work] = [createFlights<number>(late), new Work()];
    const asked = [flights.run('k', work.run, NEVER), flights.run('k', work.run, NEVER)];
    expect([work.starts, flights.size]).toEqual([1, 1]);
    work.finish(7);
    expect(await Promise.all(asked)).toEqual([7, 7]);
    expect(flights.size).toBe(0);
    void flights.run('k', work.run, NEVER);
    expect(work.starts).toBe(2);
  });

  test('another key is another work', () => {
    const [flights, work] = [createFlights<number>(late), new Work()];
    void flights.run('a', work.run, NEVER);
    void flights.run('b', work.run, NEVER);
    expect([work.starts, flights.size]).toEqual([2, 2]);
  });

  test('whoever has left already starts nothing', async () => {
    const [flights, work] = [createFlights<number>(late), new Work()];
    await expect(flights.run('k', work.run, AbortSignal.abort())).rejects.toThrow('late for k');
    expect(work.starts).toBe(0);
  });

  test('what the work rejects with reaches all, and is not kept', async () => {
    const flights = createFlights<number>(late);
    const failing = (): Promise<number> => Promise.reject(new TypeError('bad'));
    for (const asked of [flights.run('k', failing, NEVER), flights.run('k', failing, NEVER)]) await expect(asked).rejects.toThrow(TypeError);
    expect(flights.size).toBe(0);
  });

  test('H23 the work is stopped with the last who leaves, and not before, in whatever order they leave', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat({ max: 5 }), { maxLength: 12 }), async (callers, leaving) => {
      const [flights, work] = [createFlights<number>(late), new Work()];
      const signals = Array.from({ length: callers }, () => new AbortController());
      const asked = signals.map(({ signal }) => flights.run('k', work.run, signal));
      const outcomes = Promise.allSettled(asked);
      const left = new Set<number>();
      for (const who of leaving) {
        signals[who % callers]?.abort();
        left.add(who % callers);
        expect([work.stops, flights.size]).toEqual(left.size === callers ? [1, 0] : [0, 1]);
      }
      work.finish(1);
      const expected = signals.map((_, who) => (left.has(who) ? 'rejected' : 'fulfilled'));
      expect((await outcomes).map(({ status }) => status)).toEqual(expected);
      expect([work.starts, flights.size]).toEqual([1, 0]);
    }), { numRuns: 200 });
  });

  test('whoever asks after the last has left starts anew, undisturbed by the end of the stopped work', async () => {
    const [flights, work] = [createFlights<number>(late), new Work()];
    const leaver = new AbortController();
    const first = flights.run('k', work.run, leaver.signal);
    const finishStopped = work.finish;
    leaver.abort();
    await expect(first).rejects.toThrow('late for k');
    const second = flights.run('k', work.run, NEVER);
    finishStopped(1);
    await Promise.resolve();
    expect(flights.size).toBe(1);
    work.finish(2);
    expect(await second).toBe(2);
  });
});
