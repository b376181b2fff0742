/** The end of a request's time: a signal for those who can stop, and a race for those who cannot. */
export interface Deadline {
  /** Aborts when time is up or the caller left. */
  readonly signal: AbortSignal;
  /** Resolves with the value, or with `undefined` at the deadline, whichever is first. */
  race<T>(work: Promise<T>): Promise<T | undefined>;
  clear(): void;
}

/** Starts a deadline `ms` milliseconds from now that also ends when `caller` aborts. */
export function createDeadline(ms: number, caller: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const timer = setTimeout(end, Math.max(0, ms));
  if (caller.aborted) end();
  else caller.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    race: (work) => raceAbort(work, controller.signal),
    clear() {
      clearTimeout(timer);
      caller.removeEventListener('abort', end);
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
