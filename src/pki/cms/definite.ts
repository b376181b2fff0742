/** Lengths that are left open (BER) made definite: GnuPG writes the outer layers of a CMS signature so. */
import { encodeDer, Malformed } from '../der.ts';

/** Nesting of open lengths: a signature has four. */
const DEEPEST = 8;
const OPEN = 0x80;

/**
 * Rewrites each constructed value of open length on the way to content of definite length; what has a length already is kept as it is,
 * byte for byte, so nothing that is signed changes. Throws {@link Malformed} when it ends early or goes too deep.
 */
export function withDefiniteLengths(bytes: Uint8Array): Uint8Array {
  if (bytes[1] !== OPEN) return bytes;
  const { value, end } = rewritten(bytes, 0, DEEPEST);
  if (end !== bytes.length) throw new Malformed('bytes follow the value');
  return value;
}

function rewritten(bytes: Uint8Array, at: number, depth: number): { readonly value: Uint8Array; readonly end: number } {
  const tag = bytes[at] ?? 0;
  const first = bytes[at + 1];
  if (first === undefined) throw new Malformed('value is cut short');
  if (first !== OPEN) return definite(bytes, at, first);
  if (depth === 0 || (tag & 0x20) === 0) throw new Malformed('a length is left open where it must not be');
  const parts: Uint8Array[] = [];
  let next = at + 2;
  while (bytes[next] !== 0 || bytes[next + 1] !== 0) {
    const { value, end } = rewritten(bytes, next, depth - 1);
    parts.push(value);
    next = end;
  }
  return { value: encodeDer(tag, parts), end: next + 2 };
}

function definite(bytes: Uint8Array, at: number, first: number): { readonly value: Uint8Array; readonly end: number } {
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (size > 4) throw new Malformed('length is too long');
  let length = size === 0 ? first : 0;
  for (let index = 0; index < size; index += 1) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  const end = at + 2 + size + length;
  if (end > bytes.length) throw new Malformed('value is cut short');
  return { value: bytes.subarray(at, end), end };
}
