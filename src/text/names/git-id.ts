/** The id that git gives to content. */
import { createHash } from 'node:crypto';

/** The id of content of a type, by the hash whose ids have so many hexadecimal digits: lower case. */
export function gitId(type: 'commit' | 'tag', bytes: Uint8Array, digits: 40 | 64): string {
  return createHash(digits === 40 ? 'sha1' : 'sha256').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}
