/** The id of a git object is computed from its bytes, and never taken from anywhere else. */
import { hash } from 'node:crypto';
import { refuse } from '../problem.ts';

/** The id of content of a type, by the hash whose ids have so many hexadecimal digits. */
export function objectId(type: 'commit' | 'tag', bytes: Uint8Array, digits: 40 | 64): string {
  const head = `${type} ${bytes.length}\0`;
  const hashed = Buffer.alloc(head.length + bytes.length);
  hashed.set(bytes, hashed.write(head, 'latin1'));
  return hash(digits === 40 ? 'sha1' : 'sha256', hashed, 'hex');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Control characters but tabulator and line ends. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/;

/**
 * Two contents with one SHA-1 can be made, by blocks of some hundred bytes that look like noise (SHAttered, 2017; "SHA-1 is a Shambles",
 * 2020). So of a repository with SHA-1 only objects count that are text throughout, in UTF-8: no such blocks fit into one.
 */
export function refuseCollisions(bytes: Uint8Array): void {
  const text = textOf(bytes);
  if (text === undefined || CONTROL.test(text))
    refuse('VERIFY_MALFORMED', {
      found: text === undefined ? 'bytes that are not UTF-8' : 'control characters',
      expected: 'a commit or tag of a SHA-1 repository that is plain text in UTF-8',
      cause: 'two objects of one SHA-1 can be made from bytes like these',
    });
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
