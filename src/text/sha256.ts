/** The SHA-256 of bytes. */
import { createHash } from 'node:crypto';

/** SHA-256 of bytes, or of a text in UTF-8, as 64 hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 in hexadecimal over the distinct texts, sorted, each ended by a line feed: one digest for a set. The texts hold none. */
export function digestOfSet(texts: Iterable<string>): string {
  return sha256Hex([...new Set(texts)].toSorted().map((text) => `${text}\n`).join(''));
}
