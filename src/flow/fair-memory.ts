/** Remembering in shares: where there is no more room, what nobody has used for long goes, then whoever has most loses what is his. */

/** How much is kept. */
export interface MemoryBounds {
  readonly entries: number;
  readonly bytes: number;
}

/** Values by key, each in the share of whoever had it worked out. */
export interface FairMemory<Value> {
  known(key: string): Value | undefined;
  /**
   * `owner` whose share it takes. What is replaced stays whose it was, unless it was nobody's (`''`): who asks for what others have could
   * take it into his share otherwise, and then push it out.
   */
  keep(key: string, value: Value, bytes: number, owner: string): void;
  drop(key: string): void;
  /** The keys of all that is kept. */
  keys(): Iterable<string>;
  /** Nothing is kept any more. */
  clear(): void;
  readonly entries: number;
  readonly bytes: number;
}

/** What nobody has used for so long is nobody's any more: namespaces that are gone would leave ever less room to those that are not. */
const IDLE_MS = 3_600_000;
/** A use sooner than this after another one is not noted: what is used all the time costs no more than looking at the clock. */
const NOTED_MS = IDLE_MS / 64;

/**
 * Makes a memory within bounds. What nobody has used for an hour goes first, whosever it is; then of the largest share what was used
 * longest ago, so that whoever fills it pushes out his own and nothing of those who have less. `now` gives milliseconds of a clock that
 * does not jump, by default the process's own.
 */
export function createFairMemory<Value>(bounds: MemoryBounds, now = (): number => performance.now()): FairMemory<Value> {
  return new SharedMemory<Value>(bounds, now);
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  readonly owner: string;
  usedAt: number;
}

/** What one owner has; the keys in the order of their last use. */
interface Share {
  readonly keys: Set<string>;
  bytes: number;
}

class SharedMemory<Value> implements FairMemory<Value> {
  readonly #bounds: MemoryBounds;
  readonly #now: () => number;
  /** In the order of the last use that was noted. */
  readonly #kept = new Map<string, Entry<Value>>();
  readonly #shares = new Map<string, Share>();
  #bytes = 0;

  constructor(bounds: MemoryBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  get entries(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  known(key: string): Value | undefined {
    const entry = this.#kept.get(key);
    if (entry === undefined) return undefined;
    const keys = this.#shares.get(entry.owner)?.keys;
    if (keys?.delete(key) === true) keys.add(key);
    this.#note(key, entry);
    return entry.value;
  }

  keep(key: string, value: Value, bytes: number, asked: string): void {
    const before = this.#kept.get(key)?.owner ?? '';
    const owner = before === '' ? asked : before;
    this.drop(key);
    if (bytes > this.#bounds.bytes) return;
    const share = this.#shares.get(owner) ?? { keys: new Set<string>(), bytes: 0 };
    this.#shares.set(owner, share);
    this.#kept.set(key, { value, bytes, owner, usedAt: this.#now() });
    share.keys.add(key);
    share.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#bounds.bytes) this.#shrink(({ bytes: size }) => size);
    while (this.#kept.size > this.#bounds.entries) this.#shrink(({ keys }) => keys.size);
  }

  drop(key: string): void {
    const entry = this.#kept.get(key);
    const share = entry === undefined ? undefined : this.#shares.get(entry.owner);
    if (entry === undefined || share === undefined) return;
    this.#kept.delete(key);
    share.keys.delete(key);
    share.bytes -= entry.bytes;
    this.#bytes -= entry.bytes;
    if (share.keys.size === 0) this.#shares.delete(entry.owner);
  }

  keys(): Iterable<string> {
    return this.#kept.keys();
  }

  clear(): void {
    this.#kept.clear();
    this.#shares.clear();
    this.#bytes = 0;
  }

  #note(key: string, entry: Entry<Value>): void {
    const now = this.#now();
    if (now - entry.usedAt < NOTED_MS) return;
    entry.usedAt = now;
    this.#kept.delete(key);
    this.#kept.set(key, entry);
  }

  /** Takes one entry that nobody has used for long, else one from the share of which there is most. */
  #shrink(sizeOf: (share: Share) => number): void {
    const [eldest] = this.#kept;
    if (eldest !== undefined && this.#now() - eldest[1].usedAt >= IDLE_MS) return this.drop(eldest[0]);
    let largest: Share | undefined;
    for (const share of this.#shares.values()) if (largest === undefined || sizeOf(share) > sizeOf(largest)) largest = share;
    const [oldest] = largest?.keys ?? [];
    if (oldest === undefined) throw new Error('a memory without entries has more than its bounds');
    this.drop(oldest);
  }
}
