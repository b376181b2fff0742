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

/** Items of one run that is sorted at once; longer ones are merged. */
const RUN = 500;

/** Sorts as `toSorted` does, with a stop after each piece of it: thousands of names take tens of milliseconds at once. */
export function* sortedSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += RUN) {
    runs.push(items.slice(from, from + RUN).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(merge(runs[index] ?? [], runs[index + 1] ?? [], compare));
      yield;
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Of equal items those of the first run come first. */
function merge<T>(first: readonly T[], second: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const all: T[] = [];
  let [one, other] = [0, 0];
  while (one < first.length && other < second.length) {
    const isFirst = compare(first[one] as T, second[other] as T) <= 0;
    all.push((isFirst ? first[one++] : second[other++]) as T);
  }
  while (one < first.length) all.push(first[one++] as T);
  while (other < second.length) all.push(second[other++] as T);
  return all;
}
