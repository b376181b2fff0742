/** Remembering within bounds: by key, what is known, and what somebody is working out already. */
import { currentAsker } from './asker.ts';
import { createFairMemory } from './fair-memory.ts';
import type { FairMemory, MemoryBounds } from './fair-memory.ts';

/** Values that are kept by key, and those that are still being worked out, which all who ask share. */
export interface Memory<Value> {
  /** The value kept under this key. */
  known(key: string): Value | undefined;
  /** The value that is being worked out for this key. */
  coming(key: string): Promise<Value> | undefined;
  /**
   * Shares work under its key until it ends; `land` makes the value of its result and says whether it is kept. Work that
   * rejects, or whose result `land` throws at, is shared as such and not kept. The value takes its room of whoever asks (`asker.ts`).
   */
  share<Raw>(key: string, work: Promise<Raw>, land: (raw: Raw) => Landed<Value>): Promise<Value>;
  /** Bytes that the kept values are reckoned at. */
  readonly bytes: number;
}

/** A value that was worked out, and the bytes it is reckoned at; without them it is not kept. */
export interface Landed<Value> {
  readonly value: Value;
  readonly bytes?: number;
}

/**
 * Makes a memory within bounds, whose room is shared out among namespaces (`fair-memory.ts`): whoever fills it pushes out his own.
 * Whoever leaves early stops nothing: unlike in `Flights` the work goes on, for others and for the next who asks.
 */
export function createMemory<Value extends object>(bounds: MemoryBounds): Memory<Value> {
  return new BoundedMemory<Value>(bounds);
}

class BoundedMemory<Value extends object> implements Memory<Value> {
  readonly #kept: FairMemory<Value>;
  readonly #coming = new Map<string, Promise<Value>>();

  constructor(bounds: MemoryBounds) {
    this.#kept = createFairMemory(bounds);
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  known(key: string): Value | undefined {
    return this.#kept.known(key);
  }

  coming(key: string): Promise<Value> | undefined {
    return this.#coming.get(key);
  }

  share<Raw>(key: string, work: Promise<Raw>, land: (raw: Raw) => Landed<Value>): Promise<Value> {
    const { namespace } = currentAsker();
    const shared: Promise<Value> = work.then(
      (raw) => {
        this.#forget(key, shared);
        const { value, bytes } = land(raw);
        if (bytes !== undefined) this.#kept.keep(key, value, bytes, namespace);
        return value;
      },
      (error: unknown) => {
        this.#forget(key, shared);
        throw error;
      },
    );
    this.#coming.set(key, shared);
    return shared;
  }

  #forget(key: string, shared: Promise<Value>): void {
    if (this.#coming.get(key) === shared) this.#coming.delete(key);
  }
}
