/** The place of one request among those who wait: taken with the first thing that has to be waited for, held until the answer. */
import { Overload } from './gate.ts';
import type { TakeTurn } from './gate.ts';
import type { Turns } from './turns.ts';

/** What a request's place depends on. */
export interface TurnOf {
  readonly turns: Turns;
  /** Counts what is kept of the request for the lane of its asker; `undefined` when that is too much. */
  keep(): (() => void) | undefined;
  /** Milliseconds until the request has to be answered. */
  remaining(): number;
  /** Aborts when the request is over. */
  signal(): AbortSignal;
  /** Called once when the request gets no place. */
  refused(): void;
}

/**
 * The place of one request. It waits for it at most half of the time that is left, since whoever gets a place with the last
 * breath can do nothing with it.
 */
export class Turn {
  readonly #of: TurnOf;
  #taking: Promise<void> | undefined;
  #held: (() => void)[] = [];
  #over = false;

  constructor(of: TurnOf) {
    this.#of = of;
  }

  /** Takes the place, the first time; everybody of the request waits for the same one. Rejects with {@link Overload}. */
  readonly take: TakeTurn = () => (this.#taking ??= this.#take());

  /** The request is answered. */
  end(): void {
    this.#over = true;
    for (const release of this.#held.splice(0)) release();
  }

  async #take(): Promise<void> {
    const { turns, keep, remaining, signal, refused } = this.#of;
    const kept = keep();
    if (kept !== undefined) this.#held.push(kept);
    const place = kept === undefined ? undefined : await turns.take(signal(), Math.max(0, remaining() / 2));
    if (place === undefined) {
      if (!signal().aborted) refused();
      throw new Overload();
    }
    this.#held.push(place);
    if (this.#over) this.end();
  }
}
