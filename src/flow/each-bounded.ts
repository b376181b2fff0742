/**
 * Maps items with at most `limit` at work at the same time; results keep the order of the items, the first rejection rejects the whole.
 *
 * Work that waits for nothing would be done for all of thousands of items before anybody else's turn: after some milliseconds of it
 * the event loop has one. `turn` says how to wait for the next: without it, what is ready is worked on in each turn.
 */
export async function eachBounded<T, R>(
  items: readonly T[], limit: number, work: (item: T) => Promise<R>, turn: () => Promise<void> | undefined = ownTurn,
): Promise<R[]> {
  if (items.length <= limit) return Promise.all(items.map(work));
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const slices = new Slices(turn);
  const lanes = Array.from({ length: limit }, async () => {
    for (const [index, item] of queue) {
      results[index] = await work(item);
      const over = slices.over();
      if (over !== undefined) await over;
    }
  });
  await Promise.all(lanes);
  return results;
}

const SLICE_MS = 5;

function ownTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/** The slices of one piece of work. */
class Slices {
  readonly #next: () => Promise<void> | undefined;
  #end = performance.now() + SLICE_MS;
  #turn: Promise<void> | undefined;

  constructor(next: () => Promise<void> | undefined) {
    this.#next = next;
  }

  /** What to wait for when the slice is over: a turn of the event loop, the same for all lanes. */
  over(): Promise<void> | undefined {
    if (this.#turn !== undefined) return this.#turn;
    if (performance.now() < this.#end) return undefined;
    return (this.#turn = this.#wait());
  }

  async #wait(): Promise<void> {
    await this.#next();
    this.#turn = undefined;
    this.#end = performance.now() + SLICE_MS;
  }
}
