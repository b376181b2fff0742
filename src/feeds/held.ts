/** The one place where a last good value is kept and a broken one refused. */
import type { Clock } from '../domain/ports.ts';
import type { Feed } from './feed.ts';

/** What a feed is made of: its name, and who is told. Both must not throw. */
export interface HeldOptions<T> {
  readonly name: string;
  /** Default: a monotonic one, so that a clock that is set makes nothing old or young. */
  readonly clock?: Clock;
  /** A value is in force, or in force again after something was refused. */
  took?(value: T): void;
  /** Something cannot be used; what was in force before stays (`ready`). Once per content. */
  refused?(cause: unknown, ready: boolean): void;
}

/** The last good value of a source, for the one that reads the source. Marks are equal only for equal content. */
export interface Held<T> extends Omit<Feed<T | undefined>, 'refresh'> {
  /** Epoch or monotonic milliseconds, as the clock's. */
  confirmedAt(): number | undefined;
  /** True when the source holds what it held before, by its mark: then nothing is to be judged. Confirms a value that is in force. */
  same(mark: string, at?: number): boolean;
  /** Takes new content if `judge` gives its value; what it throws refuses the content as a whole. Asks nothing when it is the same. */
  offer(mark: string, judge: () => T, at?: number): void;
  /** Puts another value in force that does not come from reading the source: one more compilation, one event of a watch. */
  replace(value: T): void;
  /** The source says that what is in force is what it holds. */
  confirm(at?: number): void;
  /** Refuses what has no content to go by; with a mark once until something else is seen. True when it was told. */
  refuse(cause: unknown, mark?: string): boolean;
  /** Refuses because the source cannot be read; the words of the cause are its mark. True when it was told. */
  unreadable(cause: unknown): boolean;
  /** All is well with the source: the next refusal is told even if it is the last one again. */
  well(): void;
}

const MONOTONIC: Clock = { now: () => performance.now() };

/**
 * Holds the last good value of one source (security.md R08, R09, R20): a new value is swapped in as a whole, a broken one is
 * refused as a whole, and told once as long as the source does not change. Nothing else in the product may do this again.
 */
export function createHeld<T>({ name, clock = MONOTONIC, took, refused }: HeldOptions<T>): Held<T> {
  const listeners = new Set<() => void>();
  let inForce: { readonly value: T } | undefined;
  let confirmed: number | undefined;
  /** The content read last, which need not be the one in force. */
  let seen: { readonly mark: string; readonly good: boolean } | undefined;
  let goodMark: string | undefined;
  let problem: string | undefined;
  let generation = 0;
  let refusals = 0;
  let closed = false;

  const confirm = (at = clock.now()): void => {
    confirmed = at;
    problem = undefined;
  };
  const put = (value: T, isNew: boolean): void => {
    inForce = { value };
    if (isNew) {
      generation += 1;
      for (const listener of [...listeners]) listener();
    }
    took?.(value);
  };
  const refuse = (cause: unknown, mark?: string): boolean => {
    if (closed) return false;
    // Without a mark it is not about the source: what that holds stays seen.
    if (mark !== undefined) {
      problem = messageOf(cause);
      if (seen?.mark === mark && !seen.good) return false;
      seen = { mark, good: false };
    }
    refusals += 1;
    refused?.(cause, inForce !== undefined);
    return true;
  };
  const same = (mark: string, at?: number): boolean => {
    if (mark !== seen?.mark) return false;
    if (seen.good) confirm(at);
    return true;
  };

  return {
    name,
    current: () => inForce?.value,
    age: () => (confirmed === undefined ? undefined : Math.max(0, clock.now() - confirmed)),
    confirmedAt: () => confirmed,
    changed(listener) {
      const entry = (): void => listener();
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    condition: () => ({
      ready: inForce !== undefined,
      generation,
      refused: refusals,
      ...(problem === undefined ? {} : { problem }),
    }),
    close() {
      closed = true;
      listeners.clear();
    },
    same,
    offer(mark, judge, at) {
      if (closed || same(mark, at)) return;
      let value: T;
      try {
        value = judge();
      } catch (cause) {
        refuse(cause, mark);
        return;
      }
      const isNew = mark !== goodMark;
      seen = { mark, good: true };
      goodMark = mark;
      confirm(at);
      put(value, isNew);
    },
    replace: (value) => void (closed || put(value, true)),
    confirm,
    refuse,
    unreadable: (cause) => refuse(cause, `unreadable ${messageOf(cause)}`),
    well() {
      seen = undefined;
      problem = undefined;
    },
  };
}

/** What a feed shows of what it holds; how it is changed stays with the one that reads the source. */
export function shown({ name, age, changed, condition }: Held<unknown>): Pick<Feed<unknown>, 'name' | 'age' | 'changed' | 'condition'> {
  return { name, age, changed, condition };
}

/** What was thrown, in words. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
