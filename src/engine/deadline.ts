/** The end of a request's time: a signal for those who can stop, and a race for those who cannot. */
export interface Deadline {
  /** Aborts when time is up or the caller left. */
  readonly signal: AbortSignal;
  /** True once time is up or the caller left. */
  readonly over: boolean;
  /** The value itself when it is there already; else resolves with it, or with `undefined` at the deadline. */
  race<T>(work: T | Promise<T>): T | Promise<T | undefined>;
  clear(): void;
}

/**
 * Starts a deadline that ends when no time remains (`remaining` gives milliseconds) or when `caller` aborts.
 *
 * Signal and timer are made when something has to be waited for: a decision from memory waits for nothing, and
 * making them would be the greater part of its cost.
 */
export function createDeadline(remaining: () => number, caller: { readonly signal: AbortSignal }): Deadline {
  return new Ending(remaining, caller);
}

interface Started {
  readonly controller: AbortController;
  readonly timer: NodeJS.Timeout;
  readonly end: () => void;
}

class Ending implements Deadline {
  readonly #remaining: () => number;
  readonly #caller: { readonly signal: AbortSignal };
  #started: Started | undefined;

  constructor(remaining: () => number, caller: { readonly signal: AbortSignal }) {
    this.#remaining = remaining;
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    return (this.#started ??= this.#start()).controller.signal;
  }

  get over(): boolean {
    return this.#started?.controller.signal.aborted ?? false;
  }

  race<T>(work: T | Promise<T>): T | Promise<T | undefined> {
    return work instanceof Promise ? raceAbort(work, this.signal) : work;
  }

  clear(): void {
    if (this.#started === undefined) return;
    clearTimeout(this.#started.timer);
    this.#caller.signal.removeEventListener('abort', this.#started.end);
  }

  #start(): Started {
    const controller = new AbortController();
    const end = (): void => controller.abort();
    const { signal } = this.#caller;
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return { controller, end, timer: setTimeout(end, Math.max(0, this.#remaining())) };
  }
}

function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const late = (): void => resolve(undefined);
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener('abort', late);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', late);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
