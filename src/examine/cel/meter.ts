/** A budget counted in steps instead of time, so that every machine gives up at the same place. */
import { LIMITS } from '../limits.ts';

/** Counts the work of one examination; both threads and tests see the same number for the same question. */
export interface Meter {
  /** Takes `amount` steps; throws once more than `LIMITS.steps` have been taken. */
  charge(amount: number): void;
  /** True once it ran out: no answer computed since then counts, whatever it says. */
  readonly exhausted: boolean;
  reset(): void;
}

/** Thrown into the CEL engine, which turns it into an error value. */
export const EXHAUSTED = 'expression takes too many steps';

/** Makes a full meter. */
export function createMeter(limit: number = LIMITS.steps): Meter {
  let used = 0;
  return {
    charge(amount) {
      used += Math.max(1, amount);
      if (used > limit) throw new Error(EXHAUSTED);
    },
    get exhausted() {
      return used > limit;
    },
    reset() {
      used = 0;
    },
  };
}
