/** Whoever is quiet for long is asked whether he is still there. */
import type { Timers } from '../flow/timers.ts';

/** Somebody who is listened to. */
export interface Listened {
  /** Something was heard of him. */
  heard(): void;
  stop(): void;
}

/** Asks whenever nothing was heard for so many milliseconds, and never twice at a time. `ask` must not reject. */
export function whileQuiet(ms: number, timers: Timers, ask: () => Promise<void>): Listened {
  let stopped = false;
  let asking = false;
  const wait = () => timers.start(() => void ring(), ms);
  const ring = async (): Promise<void> => {
    asking = true;
    await ask();
    asking = false;
    if (!stopped) timer = wait();
  };
  let timer = wait();
  return {
    heard() {
      if (asking || stopped) return;
      timer[Symbol.dispose]();
      timer = wait();
    },
    stop() {
      stopped = true;
      timer[Symbol.dispose]();
    },
  };
}
