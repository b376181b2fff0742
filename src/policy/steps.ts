/** Compiling stops after each small step, so that whoever compiles while others wait can let them pass. */

/** Work that stops after each small step, and gives its result with the last. */
export type Steps<T> = Generator<void, T>;

/** Does all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Maps items with a stop after each; `undefined` results are left out. */
export function* eachStep<T, R>(items: Iterable<T>, map: (item: T) => R | undefined): Steps<R[]> {
  const results: R[] = [];
  for (const item of items) {
    const result = map(item);
    if (result !== undefined) results.push(result);
    yield;
  }
  return results;
}
