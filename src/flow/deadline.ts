/** Working until time is up: one end for everything that a request waits for. */
import { SYSTEM_TIMERS } from './timers.ts';
import type { Timer, Timers } from './timers.ts';
import { untilAborted } from './until-aborted.ts';

/** The end of the time for some work: a signal for those who can stop, and a race for those who cannot. */
export interface Deadline {
  /** Aborts when time is up or the caller left. */
  readonly signal: AbortSignal;
  /** True once time is up or the caller left. */
  readonly over: boolean;
  /** The value itself when it is there already; else resolves with it, or with `undefined` at the deadline. */
  race<T>(work: T | Promise<T>): T | Promise<T | undefined>;
  /** Must be called when the work is over: frees timer and listener. */
  clear(): void;
}

/**
 * Starts a deadline that ends when no time remains (`remaining` gives milliseconds) or when `caller` aborts.
 *
 * Signal and timer are made when something has to be waited for: what is answered from memory waits for nothing, and
 * making them would be the greater part of its cost.
 */
export function createDeadline(
  remaining: () => number,
  caller: { readonly signal: AbortSignal },
  timers: Timers = SYSTEM_TIMERS,
): Deadline {
  return new Ending(remaining, caller, timers);
}

interface Started {
  readonly controller: AbortController;
  readonly timer: Timer;
  readonly end: () => void;
}

class Ending implements Deadline {
  readonly #remaining: () => number;
  readonly #caller: { readonly signal: AbortSignal };
  readonly #timers: Timers;
  #started: Started | undefined;

  constructor(remaining: () => number, caller: { readonly signal: AbortSignal }, timers: Timers) {
    this.#remaining = remaining;
    this.#caller = caller;
    this.#timers = timers;
  }

  get signal(): AbortSignal {
    return (this.#started ??= this.#start()).controller.signal;
  }

  get over(): boolean {
    return this.#started?.controller.signal.aborted ?? false;
  }

  race<T>(work: T | Promise<T>): T | Promise<T | undefined> {
    return work instanceof Promise ? untilAborted(work, this.signal, nothing) : work;
  }

  clear(): void {
    if (this.#started === undefined) return;
    this.#started.timer[Symbol.dispose]();
    this.#caller.signal.removeEventListener('abort', this.#started.end);
  }

  #start(): Started {
    const controller = new AbortController();
    const end = (): void => controller.abort();
    const { signal } = this.#caller;
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return { controller, end, timer: this.#timers.start(end, Math.max(0, this.#remaining())) };
  }
}

function nothing(): undefined {
  return undefined;
}
