/** The lines of a requirements.txt as pip joins and ends them (pip's req_file.py), or a fault where pip would see others than we. */
import { LockFault } from '../entry.ts';
import { lineAt, linesOf } from '../text.ts';

/** Where Python's str.splitlines ends lines besides LF and CR; the text has no control characters. */
const OTHER_ENDS = /[\u0085\u2028\u2029]/;
/** How the first two lines can declare another encoding (PEP 263), by which pip reads all of the file. */
const ENCODING = /coding[:=]\s*([-\w.]+)/;

/**
 * Lines joined at a backslash, without comments, as pip does it; the number is that of the first. Throws {@link LockFault} for what would
 * be an end of a line, or another text altogether, for pip alone.
 */
export function* logicalLines(text: string): Generator<{ readonly line: number; readonly written: string }> {
  const end = OTHER_ENDS.exec(text);
  if (end !== null) throw new LockFault(lineAt(text, end.index), `expected lines that end as LF or CRLF, found ${escaped(end[0])}`);
  const lines = linesOf(text);
  requireUtf8(lines);
  let open: { line: number; parts: string[] } | undefined;
  for (const [index, one] of lines.entries()) {
    const line = index + 1;
    const isComment = /^\s*#/.test(one);
    if (one.endsWith('\\') && !isComment) {
      open ??= { line, parts: [] };
      open.parts.push(one.slice(0, -1));
      if (open.parts.length > 10_000) throw new LockFault(open.line, 'expected at most 10000 lines in one requirement');
      continue;
    }
    // A comment ends what was continued, as a line without a backslash does.
    const whole = [...(open?.parts ?? []), isComment ? '' : one].join('');
    const written = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (written !== '') yield { line: open?.line ?? line, written };
    open = undefined;
  }
  const last = (open?.parts.join('') ?? '').replace(/(?:^|\s)#.*$/, '').trim();
  if (open !== undefined && last !== '') yield { line: open.line, written: last };
}

function requireUtf8(lines: readonly string[]): void {
  for (const [index, one] of lines.slice(0, 2).entries()) {
    const encoding = one.startsWith('#') ? ENCODING.exec(one)?.[1] : undefined;
    if (encoding !== undefined && !/^utf[-_]?8$/i.test(encoding))
      throw new LockFault(index + 1, `expected text in UTF-8, found the declaration of ${encoding.slice(0, 40)}`);
  }
}

/** An end of a line that a terminal need not show as one. */
function escaped(end: string): string {
  return `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
