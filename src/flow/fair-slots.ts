/** Places of which nobody takes all: they are given in turn, and one namespace never holds more than its share. */
import { Askers, currentAsker } from './asker.ts';
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
        const waiting: { readonly asker: Asker; readonly proceed: () => void }[] = [];
        let done = false;
        let ignore: (() => void) | undefined;
        const stop = (): void => {
          done = true;
          ignore?.();
          signal.removeEventListener('abort', leave);
          for (const { asker: one, proceed } of waiting) queue.remove(one, proceed);
        };
        const leave = (): void => {
          stop();
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        // In the turn of everybody who wants it; the place is held by whose turn it was.
        const waitAs = (one: Asker): void => {
          if (done) return;
          const proceed = (): void => {
            stop();
            resolve(occupy(one));
          };
          // The first may have had its share while there are places left for others.
          if (taken < slots && mayTake(one)) return proceed();
          waiting.push({ asker: one, proceed });
          queue.push(one, proceed);
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        waitAs(asker);
        if (asker instanceof Askers) ignore = asker.listen(waitAs);
        if (done) ignore?.();
      });
    },
    get taken() { return taken; },
    get waiting() { return queue.size; },
  };
}
