/** Taking turns: not more than so many requests to one host at a time. */
import { outOfTime } from './failure.ts';

/** Lets so many requests to one host be under way, the others wait in the order in which they came. */
export interface Slots {
  /** Resolves to the function that gives the slot back; rejects with FETCH_TIMEOUT when the signal fires first. */
  take(key: string, source: string, signal: AbortSignal): Promise<() => void>;
}

interface Queue {
  free: number;
  readonly waiting: Set<() => void>;
}

/**
 * Slots per host. The time for a request starts when it has one, so that a long queue of ours is never taken for a
 * slow registry.
 */
export function createSlots(perHost: number): Slots {
  const queues = new Map<string, Queue>();

  function giveBack(key: string, queue: Queue): void {
    const [next] = queue.waiting;
    if (next === undefined) queue.free += 1;
    else next();
    if (queue.free === perHost) queues.delete(key);
  }

  return {
    take(key, source, signal) {
      const queue = queues.get(key) ?? { free: perHost, waiting: new Set() };
      queues.set(key, queue);
      const release = (): void => giveBack(key, queue);
      if (queue.free > 0) {
        queue.free -= 1;
        return Promise.resolve(release);
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.waiting.delete(proceed);
          reject(outOfTime(source));
        };
        const proceed = (): void => {
          queue.waiting.delete(proceed);
          signal.removeEventListener('abort', leave);
          resolve(release);
        };
        queue.waiting.add(proceed);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
