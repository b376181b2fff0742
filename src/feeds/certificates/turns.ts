/** A few at a time, first come first served: so many certificates may be new at once. */

/** Runs work when it is its turn. Rejects with what the work rejects with. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** At most so many pieces of work at a time. */
export function inTurn(most: number): InTurn {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((begin) => waiting.push(begin));
    else running += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place as it is.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
