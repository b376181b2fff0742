/** The bytes of a lock file as text that has one meaning: UTF-8 without NUL, and lines of a length that somebody wrote. */
import { LockFault } from './entry.ts';

/** Largest lock file. */
export const MAX_BYTES = 32 * 1024 * 1024;
const LONGEST_LINE = 65_536;
/** What ends a line for some readers and not for others, so that a comment for one is an entry for the other; a CR before LF is none. */
const CONTROL = /\r(?!\n)|[\x01-\x08\x0b\x0c\x0e-\x1f]/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a lock file, without one byte order mark before it; line ends stay as they are. Throws {@link LockFault} with the line of
 * whatever package managers would read differently from each other: bytes that are not UTF-8, NUL, control
 * characters (a CR that ends a line alone among them), lines without an end.
 */
export function lockText(bytes: Uint8Array, longestLine: number = LONGEST_LINE): string {
  if (bytes.length > MAX_BYTES) throw new LockFault(1, `expected at most ${MAX_BYTES} bytes, found ${bytes.length}`);
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw new LockFault(1, 'expected text in UTF-8, found bytes that are not');
  }
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const nul = plain.indexOf('\0');
  if (nul >= 0) throw new LockFault(lineAt(plain, nul), 'expected text, found a NUL');
  const control = CONTROL.exec(plain);
  if (control !== null)
    throw new LockFault(lineAt(plain, control.index), `expected lines that end as LF or CRLF, and no control characters, found ${JSON.stringify(control[0])}`);
  let start = 0;
  for (let line = 1; start <= plain.length; line += 1) {
    const end = plain.indexOf('\n', start);
    const length = (end < 0 ? plain.length : end) - start;
    if (length > longestLine) throw new LockFault(line, `expected lines of at most ${longestLine} characters, found ${length}`);
    if (end < 0) break;
    start = end + 1;
  }
  return plain;
}

/** The number of the line, from 1, in which an index lies. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** The lines without their ends, be it LF or CRLF. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
