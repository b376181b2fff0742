/** One list or answer that is fetched again and again: the last good one, and when to look next. */
import type { Clock } from '../../domain/ports.ts';
import { messageOf } from '../held.ts';
import type { After } from '../polling.ts';

/** What says from when until when it holds, epoch milliseconds. */
export interface Dated {
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
}

/** How something is kept. `L` is what is loaded, of which `T` is kept. */
export interface KeptOptions<T extends Dated, L extends Dated = T> {
  readonly url: string;
  readonly clock: Clock;
  readonly after: After;
  /** Fetches and reads it; waits for its turn. Rejects with an Error for people. */
  load(signal: AbortSignal): Promise<L>;
  /** Takes what was loaded into what is kept. Nothing goes back to what is older, or proven less. */
  take(loaded: L, kept: T | undefined): Taken<T>;
  /** Other content is kept now. `isOther`: it says of others that they are revoked. */
  changed(isOther: boolean): void;
  failed(problem: string, isNew: boolean): void;
  /** Nobody has asked for a day. */
  idle(): void;
}

/** What is kept from now on, and whether anything in it is another. */
export interface Taken<T> {
  readonly value: T;
  readonly isNew: boolean;
  /** It says of others that they are revoked than what was kept before. */
  readonly isOther?: boolean;
  /** Why what was loaded takes the place of nothing. */
  readonly problem?: string;
}

const MINUTE = 60_000;
const LONGEST_PAUSE = 60 * MINUTE;
const SHORTEST_PAUSE = MINUTE;
const FIRST_RETRY = 5_000;
const LONGEST_RETRY = 10 * MINUTE;
const IDLE_AFTER = 24 * 60 * MINUTE;
/** Clocks of authorities may be ahead of ours by so much. */
const SKEW = 5 * MINUTE;
/** Honest authorities publish the next one before so much of its time is left. */
const LAST_PART = 0.05;
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

/** Why what is from `from` may not take the place of what is from `known`: it could bring back the time before a revocation. */
export function olderThan(from: number, known: number): string {
  return `is from ${iso(from)}, and one from ${iso(known)} is known`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Keeps one list or answer, and fetches the next one halfway to its end, within the hour, after failures sooner. */
export class Kept<T extends Dated, L extends Dated = T> {
  readonly url: string;
  readonly #options: KeptOptions<T, L>;
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

  constructor(options: KeptOptions<T, L>) {
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

  /** True when it is past due: no newer one could be had at the last look, or most of its time is over. */
  isOverdue(now: number): boolean {
    if (this.#value === undefined) return false;
    const { thisUpdate } = this.#value;
    return this.#failures > 0 || endOf(this.#value) - now < LAST_PART * (endOf(this.#value) - thisUpdate);
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

  /** Takes what was kept before a restart: it confirms nothing, and is no news. */
  protected offer(loaded: L): void {
    if (loaded.thisUpdate > this.#options.clock.now() + SKEW) return;
    const { value, isNew } = this.#options.take(loaded, this.#value);
    this.#value = value;
    if (isNew) this.#options.changed(false);
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

  #take(loaded: L, now: number): void {
    if (loaded.thisUpdate > now + SKEW) throw new Error(`${this.url}: begins in the future, at ${iso(loaded.thisUpdate)}`);
    const { value, isNew, isOther = false, problem } = this.#options.take(loaded, this.#value);
    // What is over may still say who is revoked.
    this.#value = value;
    if (isNew) this.#options.changed(isOther);
    if (problem !== undefined) throw new Error(`${this.url}: ${problem}`);
    if (endOf(loaded) < now) throw new Error(`${this.url}: ended at ${iso(endOf(loaded))}`);
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
