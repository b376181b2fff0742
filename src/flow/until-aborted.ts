/**
 * Waits for work that cannot be stopped, but no longer than until the signal fires: then gives what `late` returns, or
 * rejects with what it throws. The work itself goes on and its outcome is dropped. Rejects with what the work rejects with,
 * made an Error when it is none.
 */
export function untilAborted<T, L>(work: Promise<T>, signal: AbortSignal, late: () => L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      // Thrown inside a listener it would be nobody's.
      try {
        resolve(late());
      } catch (error) {
        reject(asError(error));
      }
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener('abort', leave);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', leave);
        reject(asError(error));
      },
    );
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
