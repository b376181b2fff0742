/** Places of which nobody takes all: they are given in turn, and one namespace never holds more than its share. */
import { currentAsker } from './asker.ts';
import type { Asker } from './asker.ts';
import { createFairQueue } from './fair-queue.ts';

/** So many places. */
export interface FairSlots {
  /** A place at once for whoever is at work now (`currentAsker`), or `undefined` when it would have to wait. */
  tryTake(): (() => void) | undefined;
  /** A place as soon as it is this asker's turn; the function gives it back. Rejects with the signal's reason when that fires first. */
  take(signal: AbortSignal): Promise<() => void>;
  readonly taken: number;
  readonly waiting: number;
}

/** How many places there are; `share` of them (default three quarters, at least 1) is the most that one namespace ever holds. */
export interface FairSlotRules {
  readonly slots: number;
  readonly share?: number;
}

/** Makes the places, all free. */
export function createFairSlots({ slots, share = 0.75 }: FairSlotRules): FairSlots {
  const most = slots === 1 ? 1 : Math.max(1, Math.min(slots - 1, Math.floor(slots * share)));
  const held = new Map<string, number>();
  const queue = createFairQueue<() => void>();
  let taken = 0;

  const mayTake = ({ namespace }: Asker): boolean => (held.get(namespace) ?? 0) < most;

  function occupy({ namespace }: Asker): () => void {
    taken += 1;
    held.set(namespace, (held.get(namespace) ?? 0) + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      taken -= 1;
      const left = (held.get(namespace) ?? 1) - 1;
      if (left === 0) held.delete(namespace);
      else held.set(namespace, left);
      while (taken < slots) {
        const next = queue.shift(mayTake);
        if (next === undefined) return;
        next();
      }
    };
  }

  function tryTake(): (() => void) | undefined {
    const asker = currentAsker();
    return taken < slots && mayTake(asker) ? occupy(asker) : undefined;
  }

  return {
    tryTake,
    take(signal) {
      const at = tryTake();
      if (at !== undefined) return Promise.resolve(at);
      const asker = currentAsker();
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.remove(asker, proceed);
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        const proceed = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(occupy(asker));
        };
        queue.push(asker, proceed);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', leave, { once: true });
      });
    },
    get taken() { return taken; },
    get waiting() { return queue.size; },
  };
}
