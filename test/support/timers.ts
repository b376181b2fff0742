import type { Timers } from '../../src/flow/timers.ts';

/** Timers that fire only when told to: what they limit never depends on how busy the machine is. */
export interface ManualTimers extends Timers {
  /** Timers that have neither fired nor been stopped. */
  readonly running: number;
  /** Lets so many milliseconds pass: fires, in order, what is due by then, also what is started meanwhile. */
  pass(ms: number): void;
}

/** Makes timers whose time stands still. */
export function manualTimers(): ManualTimers {
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  let now = 0;
  return {
    get running() { return waiting.size; },
    start(run, ms) {
      const timer = { at: now + ms, run };
      waiting.add(timer);
      return { [Symbol.dispose]: () => void waiting.delete(timer) };
    },
    pass(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...waiting].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = until;
    },
  };
}
