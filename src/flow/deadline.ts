/** A signal that fires when either the caller gives up or `ms` have passed. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the time ran out, false when the caller gave up. */
  readonly expired: () => boolean;
  /** Must be called when the work is over: frees timer and listener. */
  readonly done: () => void;
}

/** Limits one piece of work in time without keeping anything alive afterwards. */
export function deadline(outer: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  let expired = false;
  const giveUp = (): void => controller.abort();
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, ms);
  if (outer.aborted) controller.abort();
  else outer.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    done() {
      clearTimeout(timer);
      outer.removeEventListener('abort', giveUp);
    },
  };
}

/** Waits, or returns early when the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
