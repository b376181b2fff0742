/** Snappy's block format, unpacked strictly: what is not exactly as long as it says, or points outside of itself, is no block. */

/** Why bytes are no block, and the length that they claim: so much work they may have been. */
export interface SnappyFault {
  readonly fault: string;
  readonly claimed: number;
}

/** The content of a block of at most `most` bytes, or what is wrong with it. Nothing is allocated before its length is known. */
export function unpackSnappy(block: Uint8Array, most: number): Uint8Array | SnappyFault {
  const head = lengthOf(block);
  if (head === undefined) return { fault: 'no length at its beginning', claimed: 0 };
  const claimed = head.length;
  if (claimed > most) return { fault: `${claimed} bytes, unpacked`, claimed };
  const out = new Uint8Array(head.length);
  let [at, end] = [head.at, 0];
  while (at < block.length) {
    const tag = block[at] ?? 0;
    const element = (tag & 3) === 0 ? literalAt(block, at) : copyAt(block, at);
    if (element === undefined) return { fault: 'an element that is cut off', claimed };
    const { length, from } = element;
    if (length > out.length - end) return { fault: 'more than it says', claimed };
    if (element.isLiteral) out.set(block.subarray(from, from + length), end);
    else {
      if (from === 0 || from > end) return { fault: 'a copy from outside of it', claimed };
      // Byte by byte: a copy may overlap what it makes.
      for (let index = 0; index < length; index += 1) out[end + index] = out[end + index - from] ?? 0;
    }
    end += length;
    at = element.next;
  }
  return end === out.length ? out : { fault: 'less than it says', claimed };
}

interface Element {
  readonly isLiteral: boolean;
  readonly length: number;
  /** Of a literal where it begins in the block, of a copy how far back it lies. */
  readonly from: number;
  readonly next: number;
}

/** The length before everything else: a varint of at most 32 bits. */
function lengthOf(block: Uint8Array): { readonly length: number; readonly at: number } | undefined {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length < 2 ** 32 ? { length, at: at + 1 } : undefined;
  }
  return undefined;
}

function literalAt(block: Uint8Array, at: number): Element | undefined {
  const short = (block[at] ?? 0) >> 2;
  const more = Math.max(0, short - 59);
  const length = (more === 0 ? short : littleEndian(block, at + 1, more) ?? Infinity) + 1;
  const from = at + 1 + more;
  return from + length <= block.length ? { isLiteral: true, length, from, next: from + length } : undefined;
}

function copyAt(block: Uint8Array, at: number): Element | undefined {
  const tag = block[at] ?? 0;
  const width = (tag & 3) === 3 ? 4 : tag & 3;
  const low = littleEndian(block, at + 1, width);
  if (low === undefined) return undefined;
  const next = at + 1 + width;
  return width === 1
    ? { isLiteral: false, length: ((tag >> 2) & 7) + 4, from: (tag >> 5) * 256 + low, next }
    : { isLiteral: false, length: (tag >> 2) + 1, from: low, next };
}

function littleEndian(block: Uint8Array, at: number, width: number): number | undefined {
  if (at + width > block.length) return undefined;
  let value = 0;
  for (let index = width - 1; index >= 0; index -= 1) value = value * 256 + (block[at + index] ?? 0);
  return value;
}
