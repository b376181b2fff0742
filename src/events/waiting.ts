/** Events that wait to be written: bounded by number and bytes, as bytes outside of the heap, in batches. */

/** Lines that are written together. */
export interface Batch {
  readonly bytes: Buffer;
  readonly events: number;
}

/** A batch of several events in two. */
export function halves({ bytes, events }: Batch): readonly [Batch, Batch] {
  const first = events >> 1;
  let at = 0;
  for (let line = 0; line < first; line += 1) at = bytes.indexOf(NEWLINE, at) + 1;
  return [{ bytes: bytes.subarray(0, at), events: first }, { bytes: bytes.subarray(at), events: events - first }];
}

/** How much may wait, and how much is written at once. */
export interface WaitingLimits {
  readonly events: number;
  readonly bytes: number;
  readonly batchEvents: number;
  readonly batchBytes: number;
}

/** 10,000 decisions or 16 MiB, whichever is less; half a mebibyte goes out at once. */
export const DEFAULT_WAITING: WaitingLimits = { events: 10_000, bytes: 16 * 1024 * 1024, batchEvents: 1000, batchBytes: 512 * 1024 };

const NEWLINE = 0x0a;
/** UTF-8 needs at most so many bytes for a UTF-16 code unit. */
const MOST_BYTES = 3;
const FIRST_BLOCK = 16 * 1024;

/**
 * A line becomes bytes at once: a string that waited would be alive when the collector comes, and all of it would be copied. What has been
 * taken counts until it is given back, so that a place that takes nothing fills this and not the memory.
 */
export class Waiting {
  /** What waits or is being written. */
  events = 0;
  bytes = 0;
  readonly #limits: WaitingLimits;
  readonly #full: Batch[] = [];
  #block: Buffer = Buffer.alloc(0);
  #used = 0;
  #lines = 0;
  #spare: Buffer | undefined;

  constructor(limits: WaitingLimits = DEFAULT_WAITING) {
    this.#limits = limits;
  }

  /** Keeps a line, given with its end; false when there is no room. */
  add(line: string): boolean {
    if (!this.fits(line.length)) return false;
    const most = line.length * MOST_BYTES;
    if (this.#lines > 0 && (this.#used + line.length > this.#limits.batchBytes || this.#lines >= this.#limits.batchEvents)) this.#seal();
    if (this.#used + most > this.#block.length) this.#grow(this.#used + most);
    const written = this.#block.write(line, this.#used);
    this.#used += written;
    this.#lines += 1;
    this.bytes += written;
    this.events += 1;
    return true;
  }

  /** Whether a line of so many characters finds room. */
  fits(length: number): boolean {
    return this.events < this.#limits.events && this.bytes + length <= this.#limits.bytes;
  }

  /** True when as much waits as is written at once. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** The oldest lines; they count until they are given back. */
  take(): Batch | undefined {
    if (this.#full.length === 0 && this.#lines > 0) this.#seal();
    return this.#full.shift();
  }

  /** Given up: it counts no more. Somebody may still be writing it. */
  forget({ bytes, events }: Batch): void {
    this.bytes -= bytes.length;
    this.events -= events;
  }

  /** Written, and nobody looks at it any more. */
  giveBack(batch: Batch): void {
    this.forget(batch);
    this.reuse(batch);
  }

  /** Nobody looks at its bytes any more. */
  reuse(batch: Batch): void {
    // The largest is kept: a block that is new to the process costs more than the lines in it.
    const { buffer } = batch.bytes;
    if (buffer.byteLength > (this.#spare?.length ?? 0)) this.#spare = Buffer.from(buffer);
  }

  /** All that has not been taken; it counts no more, and its bytes are the caller's. */
  drain(): readonly Batch[] {
    if (this.#lines > 0) this.#seal();
    const all = this.#full.splice(0);
    for (const batch of all) this.forget(batch);
    return all;
  }

  #seal(): void {
    this.#full.push({ bytes: this.#block.subarray(0, this.#used), events: this.#lines });
    this.#block = this.#spare ?? Buffer.alloc(0);
    this.#spare = undefined;
    this.#used = 0;
    this.#lines = 0;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BLOCK, least, 2 * this.#block.length));
    this.#block.copy(larger, 0, 0, this.#used);
    this.#block = larger;
  }
}
