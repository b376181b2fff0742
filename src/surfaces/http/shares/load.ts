/** How much is in memory for requests that are not answered, and whose it is: nobody takes all of it. */

/** How many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 32;
/** A body of up to this part of the largest one is small: it still fits where large ones of the same sender do not. */
const SMALL = 1 / 64;
/** How many times what is left over one address may have announced: alone it gets three quarters of all, seven eighths with small ones. */
const OF_AN_ADDRESS = { large: 3, small: 7 };
/** How many times what is left over one lane may keep while its reviews wait: alone half of all, and there is always room for another. */
const OF_A_LANE = 1;
/** The part of all that reviews may keep while they wait, whatever the number of lanes: an eighth is left for reading others. */
const OF_ALL_LANES = 7 / 8;
/** How many times what is left over of that part one lane may keep; alone half of all as well. */
const OF_THAT_PART = 4 / 3;

/** A body that is being read, between the older and the newer one of its sender. */
interface Reading {
  readonly bytes: number;
  /** Gives it up; it counts no more by then. */
  readonly cut: () => void;
  older: Reading | undefined;
  newer: Reading | undefined;
  counts: boolean;
}

/** An address and what is read from it: linked, since a `Set` that grows and shrinks all the time makes itself anew every few requests. */
interface Sender {
  bytes: number;
  oldest: Reading | undefined;
  newest: Reading | undefined;
}

/** So many addresses are remembered at least while nothing is read from them: who asks all the time is not made anew each time. */
const REMEMBERED = 64;

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
  readonly #senders = new Map<string, Sender>();
  /** Bytes of what waits, by lane. */
  readonly #waiting = new Map<string, number>();
  #kept = 0;
  #forgetAt = REMEMBERED;

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
    const sender = this.#senders.get(address) ?? this.#remember(address);
    while (sender.bytes + bytes > times * (this.#most - this.bufferedBytes - bytes)) {
      if (!this.#makeRoom(sender.bytes + bytes)) return undefined;
    }
    const reading: Reading = { bytes, cut, older: sender.newest, newer: undefined, counts: true };
    if (sender.newest === undefined) sender.oldest = reading;
    else sender.newest.newer = reading;
    sender.newest = reading;
    sender.bytes += bytes;
    this.bufferedBytes += bytes;
    return () => this.#endReading(sender, reading);
  }

  /** Counts what a review that waits was read from; the function ends it. `undefined` when the lane has its share. */
  wait(lane: string, bytes: number): (() => void) | undefined {
    const own = (this.#waiting.get(lane) ?? 0) + bytes;
    if (own > OF_THAT_PART * (OF_ALL_LANES * this.#most - this.#kept - bytes)) return undefined;
    if (own > OF_A_LANE * (this.#most - this.bufferedBytes - bytes)) return undefined;
    this.#waiting.set(lane, own);
    this.bufferedBytes += bytes;
    this.#kept += bytes;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#kept -= bytes;
      this.bufferedBytes -= bytes;
      const left = (this.#waiting.get(lane) ?? 0) - bytes;
      if (left > 0) this.#waiting.set(lane, left);
      else this.#waiting.delete(lane);
    };
  }

  /** Gives up the oldest body of the address that has most, if that is more than `wanted`. */
  #makeRoom(wanted: number): boolean {
    let [largest, most]: [Sender | undefined, number] = [undefined, wanted];
    for (const sender of this.#senders.values()) if (sender.bytes > most) [largest, most] = [sender, sender.bytes];
    const oldest = largest?.oldest;
    if (largest === undefined || oldest === undefined) return false;
    this.#endReading(largest, oldest);
    oldest.cut();
    return true;
  }

  /** Makes an address known, and forgets the others from which nothing is read when there are many. */
  #remember(address: string): Sender {
    if (this.#senders.size >= this.#forgetAt) {
      for (const [other, { oldest }] of this.#senders) if (oldest === undefined) this.#senders.delete(other);
      // Those that are left read something each: doubled, so that the walk costs every newcomer a constant share.
      this.#forgetAt = Math.max(REMEMBERED, 2 * this.#senders.size);
    }
    const sender: Sender = { bytes: 0, oldest: undefined, newest: undefined };
    this.#senders.set(address, sender);
    return sender;
  }

  #endReading(sender: Sender, reading: Reading): void {
    if (!reading.counts) return;
    reading.counts = false;
    const { older, newer, bytes } = reading;
    if (older === undefined) sender.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) sender.newest = older;
    else newer.older = older;
    sender.bytes -= bytes;
    this.bufferedBytes -= bytes;
  }
}
