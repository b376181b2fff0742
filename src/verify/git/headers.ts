/** The headers of a git object: one a line, continued by lines that begin with a space, up to the first empty line. */
import { refuse } from '../problem.ts';

/** One header; positions are of bytes, from its name to behind its last line end. */
export interface Header {
  readonly name: string;
  /** With the line ends of what continues it, and without the spaces in front; bytes as characters (latin1). */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const MOST = 256;
const NAME = /^[A-Za-z][A-Za-z0-9:_-]{0,63}$/;

/** Reads them; `end` is where the message begins. Throws a {@link Refusal}. */
export function readHeaders(bytes: Buffer): { readonly headers: readonly Header[]; readonly end: number } {
  const text = headersOf(bytes);
  const headers: Header[] = [];
  for (let at = 0; at < text.length;) {
    if (headers.length === MOST) refuse('VERIFY_LIMIT', { found: `more than ${MOST} headers`, expected: `at most ${MOST}` });
    const header = headerAt(text, at);
    headers.push(header);
    at = header.end;
  }
  return { headers, end: text.length + 1 };
}

/** The lines before the first empty one, which has to be there: a byte a character, so that positions are the same. */
function headersOf(bytes: Buffer): string {
  const empty = bytes.indexOf('\n\n');
  // git reads a commit without a message, whose last header ends the object; nobody writes one that ends in the middle of a line.
  if (empty < 0 && bytes[0] !== NEWLINE) refuse('VERIFY_MALFORMED', { cause: 'no empty line ends the headers of the git object' });
  return bytes[0] === NEWLINE ? '' : bytes.toString('latin1', 0, empty + 1);
}

const NEWLINE = 0x0a;

/** The header at the beginning of a line; every line ends with its line end. */
function headerAt(text: string, start: number): Header {
  if (text[start] === ' ') refuse('VERIFY_MALFORMED', { cause: 'the git object begins with a line that continues nothing' });
  const first = text.indexOf('\n', start) + 1;
  let end = first;
  while (text[end] === ' ') end = text.indexOf('\n', end) + 1;
  const space = text.indexOf(' ', start);
  const name = text.slice(start, space);
  if (space < 0 || space >= first || !NAME.test(name)) refuse('VERIFY_MALFORMED', { cause: 'a header of the git object has no name and value' });
  const value = text.slice(space + 1, end - 1);
  return { name, value: end === first ? value : value.replaceAll('\n ', '\n'), start, end };
}
