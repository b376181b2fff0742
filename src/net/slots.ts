/** Taking turns: not more than so many requests at a time, to one host and to all of them, and nobody takes all. */
import { createFairSlots } from '../flow/fair-slots.ts';
import type { FairSlots } from '../flow/fair-slots.ts';
import { outOfTime } from './failure.ts';

/** Lets so many requests to one host be under way, the others wait until it is their asker's turn. */
export interface Slots {
  /** Resolves to the function that gives the slot back; rejects with FETCH_TIMEOUT when the signal fires first. */
  take(key: string, source: string, signal: AbortSignal): Promise<() => void>;
}

/**
 * Requests under way to all hosts together. Each has a connection, which a host that does not answer keeps for as long as a request
 * may take; and whoever writes image names can think of more hosts, or of more ports of one, than there is memory for connections.
 */
const OVERALL = 256;

/**
 * Slots per host and overall, shared fairly by namespace, caller and request (`flow/fair-slots`): whoever asks for much waits for its
 * own. The time for a request starts when it has one, so that a long queue of ours is never taken for a slow registry.
 */
export function createSlots(perHost: number, overall: number = OVERALL): Slots {
  const all = createFairSlots({ slots: overall });
  const hosts = new Map<string, FairSlots>();

  return {
    async take(key, source, signal) {
      const slots = hosts.get(key) ?? createFairSlots({ slots: perHost });
      hosts.set(key, slots);
      const forget = (): void => {
        if (slots.taken === 0 && slots.waiting === 0 && hosts.get(key) === slots) hosts.delete(key);
      };
      const giveBack = await slots.take(signal).catch(() => {
        forget();
        throw outOfTime(source);
      });
      const leave = (): void => {
        giveBack();
        forget();
      };
      // The host's first: who waits for many hosts keeps no place that somebody with one could use.
      const giveBackAll = await all.take(signal).catch(() => {
        leave();
        throw outOfTime(source);
      });
      return () => {
        giveBackAll();
        leave();
      };
    },
  };
}
