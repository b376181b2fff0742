/** Waiting without a guess at how fast the machine is: for an event, or by a clock that runs only while this thread does. */

const LIMIT_MS = 40_000;

/** Waits until `check` holds; gives up only when the machine has had far more time than it can need. */
export async function until(check: () => boolean | Promise<boolean>, what = 'waited in vain'): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(what);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Lets everything run that waits for nothing but the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
}

const STEP_MS = 5;

/**
 * Does the work and gives the milliseconds for which this thread could have acted meanwhile, in steps of 5: a clock that
 * stands still while others have the processor, so that a bound on it holds the work's own waiting and nothing else.
 */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  let steps = 0;
  const ticking = setInterval(() => { steps += 1; }, STEP_MS);
  try {
    const value = await work();
    return { value, ms: steps * STEP_MS };
  } finally {
    clearInterval(ticking);
  }
}
