/** A wait that a signal ends early. */
import { SYSTEM_TIMERS } from './timers.ts';
import type { Timers } from './timers.ts';

/** Waits so many milliseconds, or returns early when the signal fires; never rejects. */
export function pause(ms: number, signal: AbortSignal, timers: Timers = SYSTEM_TIMERS): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = timers.start(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
