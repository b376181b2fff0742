/** OpenPGP packets: their headers in both formats, always with a definite length (RFC 4880, 4.2). */
import { Malformed } from '../der.ts';

/** One packet: its type, and what is in it. */
export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/** Types of packets that are read here. */
export const PACKET = {
  signature: 2, secretKey: 5, publicKey: 6, secretSubkey: 7, marker: 10, trust: 12, userId: 13, publicSubkey: 14, userAttribute: 17,
} as const;

/** Reads all of them, at most `most`. Throws {@link Malformed}. */
export function readPackets(bytes: Uint8Array, most: number): readonly Packet[] {
  const all = Buffer.from(bytes);
  const packets: Packet[] = [];
  for (let at = 0; at < all.length;) {
    if (packets.length === most) throw new Malformed(`more than ${most} OpenPGP packets`);
    const first = all[at] ?? 0;
    if ((first & 0x80) === 0) throw new Malformed('not an OpenPGP packet');
    const isNew = (first & 0x40) !== 0;
    const { start, length } = isNew ? newLength(all, at + 1) : oldLength(all, at + 1, first & 3);
    if (start + length > all.length) throw new Malformed('OpenPGP packet is cut short');
    packets.push({ tag: isNew ? first & 0x3f : (first >> 2) & 0x0f, body: all.subarray(start, start + length) });
    at = start + length;
  }
  return packets;
}

interface Length {
  readonly start: number;
  readonly length: number;
}

function newLength(bytes: Buffer, at: number): Length {
  const first = bytes[at] ?? 255;
  if (first < 192) return { start: at + 1, length: first };
  if (first < 224) return { start: at + 2, length: (first - 192) * 256 + numberAt(bytes, at + 1, 1) + 192 };
  if (first < 255) throw new Malformed('OpenPGP packet comes in parts');
  return { start: at + 5, length: numberAt(bytes, at + 1, 4) };
}

function oldLength(bytes: Buffer, at: number, type: number): Length {
  if (type === 3) throw new Malformed('OpenPGP packet has no length');
  const width = 2 ** type;
  return { start: at + width, length: numberAt(bytes, at, width) };
}

function numberAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new Malformed('OpenPGP packet is cut short');
  return bytes.readUIntBE(at, width);
}

/** Reads what is inside of a packet from the front; throws {@link Malformed} when bytes run out. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new Malformed('OpenPGP packet is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  uint(width: 1 | 2 | 4): number {
    return this.take(width).readUIntBE(0, width);
  }

  /** A multiprecision integer without leading zeros (RFC 4880, 3.2): its length in bits is that of its first bit that is set. */
  integer(): Buffer {
    const bits = this.uint(2);
    const bytes = this.take(Math.ceil(bits / 8));
    const [first = 0] = bytes;
    if (bits === 0 || first >> ((bits - 1) % 8) !== 1) throw new Malformed('OpenPGP integer has another length than it says');
    return bytes;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Malformed('bytes follow the content of the OpenPGP packet');
  }
}

/** The number as long as `length`, zeros in front. Throws {@link Malformed} when it is longer. */
export function padded(number: Uint8Array, length: number): Buffer {
  if (number.length > length) throw new Malformed('OpenPGP integer is too long for its algorithm');
  return Buffer.concat([Buffer.alloc(length - number.length), number]);
}
