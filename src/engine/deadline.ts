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
  let started: { readonly controller: AbortController; readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;

  function start(): AbortSignal {
    if (started !== undefined) return started.controller.signal;
    const controller = new AbortController();
    const end = (): void => controller.abort();
    started = { controller, end, timer: setTimeout(end, Math.max(0, remaining())) };
    if (caller.signal.aborted) end();
    else caller.signal.addEventListener('abort', end, { once: true });
    return controller.signal;
  }

  return {
    get signal() {
      return start();
    },
    get over() {
      return started?.controller.signal.aborted ?? false;
    },
    race: (work) => (work instanceof Promise ? raceAbort(work, start()) : work),
    clear() {
      if (started === undefined) return;
      clearTimeout(started.timer);
      caller.signal.removeEventListener('abort', started.end);
    },
  };
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
