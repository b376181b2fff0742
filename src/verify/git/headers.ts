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
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Reads them; `end` is where the message begins. Throws a {@link Refusal}. */
export function readHeaders(bytes: Buffer): { readonly headers: readonly Header[]; readonly end: number } {
  const headers: { name: string; lines: string[]; start: number; end: number }[] = [];
  let at = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, at);
    // git reads a commit without a message, whose last header ends the object; nobody writes one that ends in the middle of a line.
    if (at === bytes.length || newline < 0) refuse('VERIFY_MALFORMED', { cause: 'no empty line ends the headers of the git object' });
    if (newline === at) return { headers: headers.map(({ lines, ...header }) => ({ ...header, value: lines.join('\n') })), end: at + 1 };
    const current = headers.at(-1);
    if (bytes[at] === SPACE) {
      if (current === undefined) refuse('VERIFY_MALFORMED', { cause: 'the git object begins with a line that continues nothing' });
      current.lines.push(bytes.toString('latin1', at + 1, newline));
      current.end = newline + 1;
    } else {
      if (headers.length === MOST) refuse('VERIFY_LIMIT', { found: `more than ${MOST} headers`, expected: `at most ${MOST}` });
      const line = bytes.toString('latin1', at, newline);
      const space = line.indexOf(' ');
      const name = space < 0 ? line : line.slice(0, space);
      if (!NAME.test(name) || space < 0) refuse('VERIFY_MALFORMED', { cause: 'a header of the git object has no name and value' });
      headers.push({ name, lines: [line.slice(space + 1)], start: at, end: newline + 1 });
    }
    at = newline + 1;
  }
}
