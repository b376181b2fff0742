/** One list or answer that is fetched again and again: the last good one, and when to look next. */
import type { Clock } from '../../domain/ports.ts';
import { messageOf } from '../held.ts';
import type { After } from '../polling.ts';

/** What says from when until when it holds, epoch milliseconds. */
export interface Dated {
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
}

/** How something is kept. */
export interface KeptOptions<T extends Dated> {
  readonly url: string;
  readonly clock: Clock;
  readonly after: After;
  /** Fetches and reads it; waits for its turn. Rejects with an Error for people. */
  load(signal: AbortSignal): Promise<T>;
  /** Other content is kept now. */
  changed(): void;
  failed(problem: string, isNew: boolean): void;
  /** Nobody has asked for a day. */
  idle(): void;
}

const MINUTE = 60_000;
const LONGEST_PAUSE = 60 * MINUTE;
const SHORTEST_PAUSE = MINUTE;
const FIRST_RETRY = 5_000;
const LONGEST_RETRY = 10 * MINUTE;
const IDLE_AFTER = 24 * 60 * MINUTE;
/** Clocks of authorities may be ahead of ours by so much. */
const SKEW = 5 * MINUTE;
/** What says of itself that newer can be had at any time is used for so long. */
const WITHOUT_END = 60 * MINUTE;

/** The last moment at which it holds, epoch milliseconds. */
export function endOf({ thisUpdate, nextUpdate }: Dated): number {
  return nextUpdate ?? thisUpdate + WITHOUT_END;
}

/** True when it holds at this moment. */
export function holdsAt(value: Dated, now: number): boolean {
  return value.thisUpdate <= now + SKEW && now <= endOf(value);
}

/**
 * Keeps one list or answer, and fetches the next one halfway to its end, within the hour, after failures sooner. What is older than what is
 * kept is refused, however well signed: whoever sits on the way could bring back the time before a revocation.
 */
export class Kept<T extends Dated> {
  readonly url: string;
  readonly #options: KeptOptions<T>;
  readonly #ended = new AbortController();
  #value: T | undefined;
  #confirmedAt: number | undefined;
  #problem: string | undefined;
  #failures = 0;
  #askedAt: number;
  #looking: Promise<void> | undefined;
  #cancel = (): void => undefined;
  /** Named by a trust root: never let go. */
  pinned = false;

  constructor(options: KeptOptions<T>) {
    this.url = options.url;
    this.#options = options;
    this.#askedAt = options.clock.now();
    void this.look();
  }

  /** The last good one, whether it holds or not; counts as asking. */
  value(): T | undefined {
    this.#askedAt = this.#options.clock.now();
    return this.#value;
  }

  /** The same for whoever only looks. */
  peek(): { readonly value: T | undefined; readonly confirmedAt: number | undefined; readonly failures: number } {
    return { value: this.#value, confirmedAt: this.#confirmedAt, failures: this.#failures };
  }

  /** Why there is none, or no newer one. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** The first look is still under way. */
  get isNew(): boolean {
    return this.#value === undefined && this.#problem === undefined;
  }

  /** Looks now, or waits for the look under way. Never rejects. */
  look(): Promise<void> {
    return (this.#looking ??= this.#attempt().finally(() => {
      this.#looking = undefined;
      this.#arm();
    }));
  }

  close(): void {
    this.#cancel();
    this.#ended.abort();
  }

  async #attempt(): Promise<void> {
    const { clock, load } = this.#options;
    try {
      const value = await load(this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      this.#take(value, clock.now());
      this.#failures = 0;
      this.#problem = undefined;
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      const problem = messageOf(cause);
      this.#failures += 1;
      this.#options.failed(problem, problem !== this.#problem);
      this.#problem = problem;
    }
  }

  #take(value: T, now: number): void {
    const [before, from] = [this.#value, new Date(value.thisUpdate).toISOString()];
    if (value.thisUpdate > now + SKEW) throw new Error(`${this.url}: begins in the future, at ${from}`);
    if (before !== undefined && value.thisUpdate < before.thisUpdate)
      throw new Error(`${this.url}: is from ${from}, and one from ${new Date(before.thisUpdate).toISOString()} is known`);
    const isNew = before === undefined || value.thisUpdate > before.thisUpdate || endOf(value) !== endOf(before);
    // What is over may still say who is revoked.
    if (isNew) this.#value = value;
    if (isNew) this.#options.changed();
    if (endOf(value) < now) throw new Error(`${this.url}: ended at ${new Date(endOf(value)).toISOString()}`);
    this.#confirmedAt = now;
  }

  #arm(): void {
    this.#cancel();
    if (this.#ended.signal.aborted) return;
    const { clock, after, idle } = this.#options;
    this.#cancel = after(this.#pause(clock.now()), () => {
      if (!this.pinned && clock.now() - this.#askedAt > IDLE_AFTER) idle();
      else void this.look();
    });
  }

  #pause(now: number): number {
    const spread = 0.9 + 0.2 * Math.random();
    if (this.#failures > 0) return Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(this.#failures - 1, 10)) * spread;
    const left = this.#value === undefined ? 0 : endOf(this.#value) - now;
    return Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, left / 2)) * spread;
  }
}
