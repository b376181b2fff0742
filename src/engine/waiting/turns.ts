/** Whose turn it is to make others wait: a bounded number of requests at once, in turn by namespace and caller, the excess turned away. */
import { currentAsker } from '../../flow/asker.ts';
import type { Asker } from '../../flow/asker.ts';
import { createFairSlots } from '../../flow/fair-slots.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import type { Timers } from '../../flow/timers.ts';

/** Places for requests that wait for something outside of memory. */
export interface Turns {
  /**
   * A place for whoever is at work now (`currentAsker`), as soon as it is its turn; the function gives it back. `undefined`
   * when there is none within `patienceMs` milliseconds, when the signal fires first, or at once where too many wait.
   */
  take(signal: AbortSignal, patienceMs: number): Promise<(() => void) | undefined>;
  /** How many wait for a place. */
  waiting(): number;
}

/** How many may be at work (`slots`), how many wait for that (default four times as many), and by which timers they lose patience. */
export interface TurnRules {
  readonly slots: number;
  readonly waiting?: number;
  readonly timers?: Timers | undefined;
}

/** One who waits. */
interface Waiter {
  readonly asker: Asker;
  readonly place: AbortController;
}

/** The part of those who wait that one namespace may make up. */
const SHARE = 0.75;

/**
 * Makes the places. One namespace never holds more than three quarters of them, nor of the queue, so somebody else always
 * gets one at once or can wait for it.
 *
 * Where too many wait, it is the excess that is turned away and nobody else: the latest of the caller who waits most
 * often, in the namespace that does.
 */
export function createTurns({ slots, waiting = 4 * slots, timers = SYSTEM_TIMERS }: TurnRules): Turns {
  const places = createFairSlots({ slots, share: SHARE });
  const most = Math.max(1, Math.floor(waiting * SHARE));
  const queue = new Set<Waiter>();

  function turnAwayExcess({ namespace }: Asker): void {
    const mine = [...queue].filter(({ asker }) => asker.namespace === namespace);
    const crowd = mine.length > most ? mine : queue.size > waiting ? inBusiest([...queue], namespaceOf) : [];
    const excess = inBusiest(crowd, callerOf).at(-1);
    if (excess === undefined) return;
    // At once: who comes next in this turn of the event loop must not find it waiting still.
    queue.delete(excess);
    excess.place.abort();
  }

  return {
    async take(signal, patienceMs) {
      const atOnce = places.tryTake();
      if (atOnce !== undefined || signal.aborted) return signal.aborted ? void atOnce?.() : atOnce;
      const waiter: Waiter = { asker: currentAsker(), place: new AbortController() };
      const leave = (): void => waiter.place.abort();
      queue.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
      const patience = timers.start(leave, patienceMs);
      turnAwayExcess(waiter.asker);
      try {
        return await places.take(waiter.place.signal);
      } catch {
        return undefined;
      } finally {
        queue.delete(waiter);
        signal.removeEventListener('abort', leave);
        patience[Symbol.dispose]();
      }
    },
    waiting: () => queue.size,
  };
}

const namespaceOf = ({ asker }: Waiter): string => asker.namespace;
const callerOf = ({ asker }: Waiter): string => asker.caller;

/** Those of the name under which most wait; of equals the one that came last. */
function inBusiest(waiters: readonly Waiter[], nameOf: (waiter: Waiter) => string): readonly Waiter[] {
  const counts = new Map<string, number>();
  for (const waiter of waiters) counts.set(nameOf(waiter), (counts.get(nameOf(waiter)) ?? 0) + 1);
  const busiest = Math.max(0, ...counts.values());
  const name = waiters.findLast((waiter) => counts.get(nameOf(waiter)) === busiest);
  return name === undefined ? [] : waiters.filter((waiter) => nameOf(waiter) === nameOf(name));
}
