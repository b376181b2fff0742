/** Taking turns: not more than so many requests to one host at a time, and nobody takes all of them. */
import { createFairSlots } from '../flow/fair-slots.ts';
import type { FairSlots } from '../flow/fair-slots.ts';
import { outOfTime } from './failure.ts';

/** Lets so many requests to one host be under way, the others wait until it is their asker's turn. */
export interface Slots {
  /** Resolves to the function that gives the slot back; rejects with FETCH_TIMEOUT when the signal fires first. */
  take(key: string, source: string, signal: AbortSignal): Promise<() => void>;
}

/**
 * Slots per host, shared fairly by namespace, caller and request (`flow/fair-slots`): whoever asks for much waits for its own. The
 * time for a request starts when it has one, so that a long queue of ours is never taken for a slow registry.
 */
export function createSlots(perHost: number): Slots {
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
      return () => {
        giveBack();
        forget();
      };
    },
  };
}
