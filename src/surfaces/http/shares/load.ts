/** How much is in memory for requests that are not answered, and whose it is: nobody takes all of it. */

/** How many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 32;
/** A body of up to this part of the largest one is small: it still fits where large ones of the same sender do not. */
const SMALL = 1 / 64;
/** How many times what is left over one address may have announced. Of its own it gets three quarters of all, and seven eighths with small ones. */
const OF_AN_ADDRESS = { large: 3, small: 7 };
/** How many times what is left over one lane may keep while its reviews wait: alone half of all, and there is always room for another. */
const OF_A_LANE = 1;

/**
 * Requests under way, and the bytes of their bodies: those being read by the address they come from, those of reviews that
 * wait by the lane in which they wait (a namespace).
 *
 * A sender's share is measured by what is left over, so it grows with the room there is: one alone gets most of it, and
 * whoever comes next finds some.
 */
export class Load {
  /** Requests that are being judged and were not answered at once. */
  inFlight = 0;
  /** Bytes that count at the moment. */
  bufferedBytes = 0;
  readonly #most: number;
  readonly #small: number;
  readonly #reading = new Map<string, number>();
  readonly #waiting = new Map<string, number>();

  /** `bodyBytes` is the size of the largest body that is read. */
  constructor(bodyBytes: number) {
    this.#most = LARGEST_BODIES * bodyBytes;
    this.#small = SMALL * bodyBytes;
  }

  /** Counts a body that is about to be read; false when it must not be. */
  beginReading(address: string, bytes: number): boolean {
    return this.#add(this.#reading, address, bytes, bytes <= this.#small ? OF_AN_ADDRESS.small : OF_AN_ADDRESS.large);
  }

  /** The body has been read, or nobody will. */
  endReading(address: string, bytes: number): void {
    this.#remove(this.#reading, address, bytes);
  }

  /** Counts what a review that waits was read from; the function ends it. `undefined` when the lane has its share. */
  wait(lane: string, bytes: number): (() => void) | undefined {
    if (!this.#add(this.#waiting, lane, bytes, OF_A_LANE)) return undefined;
    let ended = false;
    return () => {
      if (!ended) this.#remove(this.#waiting, lane, bytes);
      ended = true;
    };
  }

  #add(held: Map<string, number>, name: string, bytes: number, times: number): boolean {
    const own = (held.get(name) ?? 0) + bytes;
    if (own > times * (this.#most - this.bufferedBytes - bytes)) return false;
    held.set(name, own);
    this.bufferedBytes += bytes;
    return true;
  }

  #remove(held: Map<string, number>, name: string, bytes: number): void {
    const left = (held.get(name) ?? 0) - bytes;
    if (left > 0) held.set(name, left);
    else held.delete(name);
    this.bufferedBytes -= bytes;
  }
}
