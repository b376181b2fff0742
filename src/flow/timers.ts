/** Timers as a thing that is handed in, so that tests need not wait for real ones. */

/** One running timer; disposing of it stops it, also when it has fired already. */
export interface Timer {
  [Symbol.dispose](): void;
}

/** Where timers come from: the system's, or in tests such that fire when they are told to. */
export interface Timers {
  /** Calls `run` once after `ms` milliseconds, unless the timer is disposed of before. In the background it keeps no process alive. */
  start(run: () => void, ms: number, background?: boolean): Timer;
}

/** The timers of the system. */
export const SYSTEM_TIMERS: Timers = {
  start(run, ms, background = false) {
    const timer = setTimeout(run, ms);
    return background ? timer.unref() : timer;
  },
};
