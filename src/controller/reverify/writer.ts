/** Writes what is wanted, a few objects a second: of each object the newest state alone, tried again until it is written. */
import { pause } from '../../flow/pause.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import type { Timers } from '../../flow/timers.ts';

/** One write; resolves with false when it did not come through and has to be tried again. */
export type Write = (signal: AbortSignal) => Promise<boolean>;

/** A queue of writes. */
export interface PacedWriter {
  /** Puts a write in place of whatever still waits under this key. */
  put(key: string, write: Write): void;
  /** Whether a write under this key waits or is under way. */
  has(key: string): boolean;
  readonly pending: number;
  readonly written: number;
  readonly failed: number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Ends it at once; what waits is dropped. */
  close(): void;
}

/** Pauses after a failure, which is the API server's and not of one object. */
const BACKOFF = { first: 1000, longest: 60_000 };

/** How quickly it writes. */
export interface Pace {
  readonly perSecond: number;
  readonly timers?: Timers;
}

/** Begins with the first write. */
export function createPacedWriter({ perSecond, timers = SYSTEM_TIMERS }: Pace): PacedWriter {
  const waiting = new Map<string, Write>();
  const stop = new AbortController();
  const counts = { written: 0, failed: 0 };
  let running: Promise<void> | undefined;
  let sending: string | undefined;

  async function run(): Promise<void> {
    let backoff = BACKOFF.first;
    for (;;) {
      const [next] = waiting;
      if (next === undefined || stop.signal.aborted) return;
      const [key, write] = next;
      waiting.delete(key);
      const began = performance.now();
      sending = key;
      const ok = await write(stop.signal).catch(() => false);
      sending = undefined;
      if (ok) [counts.written, backoff] = [counts.written + 1, BACKOFF.first];
      else if (!stop.signal.aborted) {
        counts.failed += 1;
        // Behind the others, and not in place of something newer.
        if (!waiting.has(key)) waiting.set(key, write);
        await pause(backoff, stop.signal, timers);
        backoff = Math.min(backoff * 2, BACKOFF.longest);
        continue;
      }
      await pause(Math.max(0, 1000 / perSecond - (performance.now() - began)), stop.signal, timers);
    }
  }

  return {
    put(key, write) {
      if (stop.signal.aborted) return;
      waiting.delete(key);
      waiting.set(key, write);
      // Whoever is running looks for more before it ends, in the same turn.
      running ??= run().finally(() => { running = undefined; });
    },
    has: (key) => key === sending || waiting.has(key),
    get pending() { return waiting.size; },
    get written() { return counts.written; },
    get failed() { return counts.failed; },
    async idle() {
      while (running !== undefined) await running;
    },
    close() {
      stop.abort();
      waiting.clear();
    },
  };
}
