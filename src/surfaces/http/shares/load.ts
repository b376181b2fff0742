/** How much is in memory for requests that are not answered, and whose it is: nobody takes all of it. */

/** How many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 32;
/** A body of up to this part of the largest one is small: it still fits where large ones of the same sender do not. */
const SMALL = 1 / 64;
/** How many times what is left over one address may have announced. Of its own it gets three quarters of all, and seven eighths with small ones. */
const OF_AN_ADDRESS = { large: 3, small: 7 };
/** How many times what is left over one lane may keep while its reviews wait: alone half of all, and there is always room for another. */
const OF_A_LANE = 1;
/** The part of all that reviews may keep while they wait, whatever the number of lanes: an eighth is left for reading others. */
const OF_ALL_LANES = 7 / 8;
/** How many times what is left over of that part one lane may keep; alone half of all as well. */
const OF_THAT_PART = 4 / 3;

/** A body that is being read. */
interface Reading {
  readonly bytes: number;
  /** Gives it up; it counts no more by then. */
  readonly cut: () => void;
}

/**
 * Requests under way, and the bytes of their bodies: those being read by the address they come from, those of reviews that
 * wait by the lane in which they wait (a namespace).
 *
 * A sender's share is measured by what is left over, so it grows with the room there is: one alone gets most of it, and
 * whoever comes next finds some. Where many senders have left next to nothing, the one that has most gives up what it has been
 * sending for longest, as long as it has more than who comes would have: no number of senders keeps out one that sends little.
 */
export class Load {
  /** Requests that are being judged and were not answered at once. */
  inFlight = 0;
  /** Bytes that count at the moment. */
  bufferedBytes = 0;
  readonly #most: number;
  readonly #small: number;
  readonly #reading = new Map<string, Set<Reading>>();
  /** Bytes of what is read, by address; of what waits, by lane. */
  readonly #read = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  #kept = 0;

  /** `bodyBytes` is the size of the largest body that is read. */
  constructor(bodyBytes: number) {
    this.#most = LARGEST_BODIES * bodyBytes;
    this.#small = SMALL * bodyBytes;
  }

  /**
   * Counts a body that is about to be read; the function ends that. `undefined` when it must not be read. `cut` is called, once and
   * never before this has returned, when the body has to make room for somebody who sends less.
   */
  read(address: string, bytes: number, cut: () => void): (() => void) | undefined {
    const times = bytes <= this.#small ? OF_AN_ADDRESS.small : OF_AN_ADDRESS.large;
    while (!this.#add(this.#read, address, bytes, times)) if (!this.#makeRoom((this.#read.get(address) ?? 0) + bytes)) return undefined;
    const reading: Reading = { bytes, cut };
    const own = this.#reading.get(address) ?? new Set();
    this.#reading.set(address, own.add(reading));
    return () => this.#endReading(address, reading);
  }

  /** Counts what a review that waits was read from; the function ends it. `undefined` when the lane has its share. */
  wait(lane: string, bytes: number): (() => void) | undefined {
    const own = (this.#waiting.get(lane) ?? 0) + bytes;
    if (own > OF_THAT_PART * (OF_ALL_LANES * this.#most - this.#kept - bytes)) return undefined;
    if (!this.#add(this.#waiting, lane, bytes, OF_A_LANE)) return undefined;
    this.#kept += bytes;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#kept -= bytes;
      this.#remove(this.#waiting, lane, bytes);
    };
  }

  /** Gives up the oldest body of the address that has most, if that is more than `wanted`. */
  #makeRoom(wanted: number): boolean {
    let [largest, most] = ['', wanted];
    for (const [address, held] of this.#read) if (held > most) [largest, most] = [address, held];
    const [oldest] = this.#reading.get(largest) ?? [];
    if (oldest === undefined) return false;
    this.#endReading(largest, oldest);
    oldest.cut();
    return true;
  }

  #endReading(address: string, reading: Reading): void {
    const own = this.#reading.get(address);
    if (own === undefined || !own.delete(reading)) return;
    if (own.size === 0) this.#reading.delete(address);
    this.#remove(this.#read, address, reading.bytes);
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
