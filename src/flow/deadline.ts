/** Working until time is up: one end for everything that a request waits for. */
import { SYSTEM_TIMERS } from './timers.ts';
import type { Timer, Timers } from './timers.ts';
import { untilAborted } from './until-aborted.ts';

/** The end of the time for some work: a race for those who wait, and a signal for those who work. */
export interface Deadline {
  /**
   * For what was begun: aborts when the caller left before it was answered, or `lingerMs` after time was up. What is under way at the
   * end of the time goes on for the next try.
   */
  readonly work: AbortSignal;
  /** True once time is up or the caller left. */
  readonly over: boolean;
  /** True once time is up while the caller still waited. */
  readonly late: boolean;
  /** The value itself when it is there already; else resolves with it, or with `undefined` at the deadline. */
  race<T>(work: T | Promise<T>): T | Promise<T | undefined>;
  /** Must be called when the caller is answered: frees timer and listener, but for the end of work that goes on. */
  clear(): void;
}

/** What a deadline can be told; both have defaults. */
export interface DeadlineOptions {
  readonly timers?: Timers | undefined;
  /** Milliseconds for which work that was begun goes on once time is up; default 0. */
  readonly lingerMs?: number;
}

/**
 * Starts a deadline that ends when no time remains (`remaining` gives milliseconds) or when `caller` aborts.
 *
 * Signals and timer are made when something has to be waited for: what is answered from memory waits for nothing, and
 * making them would be the greater part of its cost.
 */
export function createDeadline(
  remaining: () => number,
  caller: { readonly signal: AbortSignal },
  options: DeadlineOptions = {},
): Deadline {
  return new Ending(remaining, caller, options);
}

interface Started {
  /** Ends the waiting. */
  readonly end: AbortController;
  /** Ends the work. */
  readonly work: AbortController;
  readonly timer: Timer;
  readonly left: () => void;
}

class Ending implements Deadline {
  readonly #remaining: () => number;
  readonly #caller: { readonly signal: AbortSignal };
  readonly #timers: Timers;
  readonly #lingerMs: number;
  #started: Started | undefined;
  #late = false;

  constructor(remaining: () => number, caller: { readonly signal: AbortSignal }, options: DeadlineOptions) {
    this.#remaining = remaining;
    this.#caller = caller;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#lingerMs = options.lingerMs ?? 0;
  }

  get work(): AbortSignal {
    return (this.#started ??= this.#start()).work.signal;
  }

  get over(): boolean {
    return this.#started?.end.signal.aborted ?? false;
  }

  get late(): boolean {
    return this.#late;
  }

  race<T>(work: T | Promise<T>): T | Promise<T | undefined> {
    return work instanceof Promise ? untilAborted(work, (this.#started ??= this.#start()).end.signal, nothing) : work;
  }

  clear(): void {
    if (this.#started === undefined) return;
    this.#started.timer[Symbol.dispose]();
    this.#caller.signal.removeEventListener('abort', this.#started.left);
  }

  #start(): Started {
    const [end, work] = [new AbortController(), new AbortController()];
    const left = (): void => {
      end.abort();
      work.abort();
    };
    const { signal } = this.#caller;
    if (signal.aborted) left();
    else signal.addEventListener('abort', left, { once: true });
    return { end, work, left, timer: this.#timers.start(() => this.#timeIsUp(end, work), Math.max(0, this.#remaining())) };
  }

  #timeIsUp(end: AbortController, work: AbortController): void {
    if (end.signal.aborted) return;
    this.#late = true;
    end.abort();
    if (this.#lingerMs <= 0) work.abort();
    else this.#timers.start(() => work.abort(), this.#lingerMs, true);
  }
}

function nothing(): undefined {
  return undefined;
}
