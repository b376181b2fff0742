/** A short name for a text: the same for the same text, and no more than a name. */
import { createHash } from 'node:crypto';

/** Ten hexadecimal digits (40 bits) of the SHA-256 of the text: for people to look up, never to rely on. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
