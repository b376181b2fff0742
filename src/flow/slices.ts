/** Work in small steps, done a few milliseconds at a time: whoever has to be answered meanwhile is answered in between. */

/** Work that stops after each small step, and gives its result with the last. */
export type Steps<T> = Generator<void, T>;

/** How work is cut into slices. */
export interface SliceOptions {
  /** Ends the work between two slices; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which a slice ends with the step under way; default 5. */
  readonly sliceMs?: number;
}

const SLICE_MS = 5;
/** Turns of the event loop between two slices: what comes in is read in one, and may be answered in a later one. */
const TURNS = 3;

/**
 * Does all steps of some work in slices, with turns of the event loop between them: what it costs in all may be seconds,
 * but nobody waits longer than a slice and its last step. Rejects with what a step throws.
 */
export async function inSlices<T>(steps: Steps<T>, { signal, sliceMs = SLICE_MS }: SliceOptions = {}): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const end = performance.now() + sliceMs;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((done) => setImmediate(done));
  }
}
