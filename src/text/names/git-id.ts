/** The id of a git object is computed from its bytes, and never taken from anywhere else (git-hash-object(1)). */
import { hash } from 'node:crypto';

/** The id of content of a type, by the hash whose ids have so many hexadecimal digits: lower case. */
export function gitId(type: 'commit' | 'tag', bytes: Uint8Array, digits: 40 | 64): string {
  const head = `${type} ${bytes.length}\0`;
  const hashed = Buffer.alloc(head.length + bytes.length);
  hashed.set(bytes, hashed.write(head, 'latin1'));
  return hash(digits === 40 ? 'sha1' : 'sha256', hashed, 'hex');
}
