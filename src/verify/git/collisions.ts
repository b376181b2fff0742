/** Objects of repositories with SHA-1 of which two could have one id count for nothing. */
import { refuse } from '../problem.ts';

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
