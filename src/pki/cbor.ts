/**
 * A strict reader for CBOR (RFC 8949) of few kinds: whole numbers, byte and text strings, arrays, maps and tags, all of definite length
 * and in their shortest form, no key twice. One value then has one encoding but for the order of a map's keys. Everything is read in one
 * pass over at most so many items and so deep; strings are views, not copies.
 */
import { decodeUtf8, Malformed } from './der.ts';

/** A value as it was read. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag;

/** Keys are numbers or texts, and in no order that means anything. */
export type CborMap = ReadonlyMap<number | string, CborValue>;

/** A value with a number that says what it means. */
export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

const MOST_ITEMS = 4096;
const DEEPEST = 16;

/** Reads exactly one value that fills the bytes. Throws {@link Malformed}: also for floats, indefinite lengths and longer forms. */
export function readCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Malformed('bytes follow the CBOR value');
  return value;
}

class Reader {
  at = 0;
  #left = MOST_ITEMS;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): CborValue {
    if (depth > DEEPEST) throw new Malformed('CBOR is nested too deeply');
    this.#left -= 1;
    if (this.#left < 0) throw new Malformed('CBOR has too many items');
    const first = this.#byte();
    const [major, short] = [first >> 5, first & 0x1f];
    if (major === 7) return simple(short);
    const argument = this.#argument(short);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return decodeUtf8(this.#take(argument));
      case 4:
        return Array.from({ length: this.#count(argument, 1) }, () => this.value(depth + 1));
      case 5:
        return this.#map(this.#count(argument, 2), depth);
      default:
        return new CborTag(argument, this.value(depth + 1));
    }
  }

  #map(count: number, depth: number): CborMap {
    const map = new Map<number | string, CborValue>();
    for (let i = 0; i < count; i += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'string') throw new Malformed('CBOR map has a key that is neither number nor text');
      if (map.has(key)) throw new Malformed('CBOR map has a key twice');
      map.set(key, this.value(depth + 1));
    }
    return map;
  }

  /** Nothing is reserved for what cannot be there: each item takes at least a byte. */
  #count(count: number, each: number): number {
    if (count * each > this.#bytes.length - this.at) throw new Malformed('CBOR value is cut short');
    return count;
  }

  #argument(short: number): number {
    if (short < 24) return short;
    if (short > 27) throw new Malformed('CBOR length is indefinite or reserved');
    const size = 2 ** (short - 24);
    let value = 0;
    for (const byte of this.#take(size)) value = value * 256 + byte;
    if (value < (size === 1 ? 24 : 256 ** (size / 2))) throw new Malformed('CBOR number is not in its shortest form');
    if (!Number.isSafeInteger(value)) throw new Malformed('CBOR number is out of range');
    return value;
  }

  #take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new Malformed('CBOR value is cut short');
    const view = this.#bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  #byte(): number {
    return this.#take(1)[0] ?? 0;
  }
}

function simple(short: number): CborValue {
  switch (short) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
      return null;
    default:
      throw new Malformed('CBOR value is of a kind that is not read (floats, undefined, simple values)');
  }
}
