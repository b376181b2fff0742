/** Entries of a list by serial number, without an object for each: places in its bytes, found by a hash of the number. */
import { randomInt } from 'node:crypto';
import { Malformed, spanAt } from '../der.ts';
import type { CrlEntry } from './entry.ts';
import { entrySpans, readEntry } from './entry.ts';

/** The entries of a list. */
export interface EntryTable {
  readonly size: number;
  /** Bytes of the table itself. */
  readonly bytes: number;
  find(serial: Uint8Array): CrlEntry | undefined;
}

const MOST = 1_000_000;
const STEP = 256;
const EMPTY = 0xffff_ffff;
/** Of a million honest serial numbers hardly any takes more than a hundred. */
const MOST_TRIES = 1024;

/** Reads every entry and remembers where it lies. Throws {@link Malformed} for a broken one, and for a serial number that stands twice. */
export function* entryTable(content: Uint8Array): Generator<void, EntryTable> {
  const count = yield* counted(content);
  if (count > MOST) throw new Malformed(`list has ${count} entries, at most ${MOST} are read`);
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, count * 2)));
  const places = new Uint32Array(size).fill(EMPTY);
  const seed = randomInt(2 ** 32);
  const slotOf = (serial: Uint8Array): number => {
    const first = hash(serial, seed);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const slot = (first + tries) & (size - 1);
      const at = places[slot] ?? EMPTY;
      if (at === EMPTY || Buffer.compare(serialAt(content, at), serial) === 0) return slot;
    }
    throw new Malformed('serial numbers of the list are chosen to lie in one place');
  };
  let done = 0;
  for (const { at, end, serial } of entrySpans(content)) {
    readEntry(content.subarray(at, end));
    const slot = slotOf(content.subarray(serial.start, serial.end));
    if (places[slot] !== EMPTY) throw new Malformed('list names a serial number twice');
    places[slot] = at;
    done += 1;
    if (done % STEP === 0) yield;
  }
  return {
    size: count,
    bytes: places.byteLength,
    find(serial) {
      const at = places[slotOf(serial)] ?? EMPTY;
      return at === EMPTY ? undefined : readEntry(content.subarray(at, spanAt(content, at).end));
    },
  };
}

function* counted(content: Uint8Array): Generator<void, number> {
  let count = 0;
  for (let at = 0; at < content.length; at = spanAt(content, at).end) {
    count += 1;
    if (count % (8 * STEP) === 0) yield;
  }
  return count;
}

function serialAt(content: Uint8Array, at: number): Uint8Array {
  const serial = spanAt(content, spanAt(content, at).start);
  return content.subarray(serial.start, serial.end);
}

/** FNV-1a from a beginning that nobody knows: a list is read before anybody has proven who wrote its serial numbers. */
function hash(bytes: Uint8Array, seed: number): number {
  let value = seed;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x0100_0193);
  // What was multiplied last has moved upwards, and the place is taken from below.
  return (value ^ (value >>> 15)) >>> 0;
}
