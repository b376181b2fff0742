/** The instructions of a Dockerfile, as BuildKit takes its lines apart: directives, comments, continued lines and heredocs. */

/** One instruction with its continued lines put together; the line counts from 1. */
export interface Instruction {
  /** In upper case. */
  readonly name: string;
  /** What stands behind the name; without heredocs. */
  readonly rest: string;
  readonly line: number;
}

/** What was read. */
export interface Lines {
  readonly instructions: readonly Instruction[];
  /** `# syntax=…`: the image of the frontend that reads the rest. */
  readonly syntax?: { readonly text: string; readonly line: number };
  readonly escape: '\\' | '`';
  /** A heredoc without its end: whatever comes behind it is not known. */
  readonly problem?: { readonly line: number; readonly text: string };
}

const DIRECTIVE = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const OTHER_SYNTAX = /^\s*(?:#|\/\/)\s*syntax\s*=\s*(\S+)/i;
const HEREDOC = /^\d*<<(-?)([^<]+)$/;
const WITH_HEREDOC: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);

/** Takes a Dockerfile apart. Never throws; `problem` says what could not be. */
export function readLines(text: string): Lines {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const { escape, syntax } = directives(lines);
  const continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  const instructions: Instruction[] = [];
  const base = { escape, ...(syntax === undefined ? {} : { syntax }) } as const;
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    let whole = '';
    for (; index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      // Comments, and empty lines, stand between continued lines as if they were not there.
      if (/^\s*(?:#|$)/.test(line)) {
        if (index === start) break;
        continue;
      }
      if (!continued.test(line) || isEscaped(line, escape)) {
        whole += line;
        break;
      }
      whole += line.replace(continued, '');
    }
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(whole) ?? [];
    if (name === '') continue;
    instructions.push({ name: name.toUpperCase(), rest: rest.trim(), line: start + 1 });
    for (const { word, isIndented } of heredocs(name, rest)) {
      const end = endOf(lines, index + 1, word, isIndented);
      if (end === undefined) return { instructions, ...base, problem: { line: start + 1, text: `heredoc ${word} has no end` } };
      index = end;
    }
  }
  return { instructions, ...base };
}

/** Two of it at the end of a line are one that escapes nothing; only the backslash is so. */
function isEscaped(line: string, escape: string): boolean {
  return escape === '\\' && /\\\\[ \t]*$/.test(line) && !/\\\\\\[ \t]*$/.test(line);
}

/** Those at the very top; the syntax also where other comments of the first lines say it, since another reader may take it from there. */
function directives(lines: readonly string[]): Pick<Lines, 'escape' | 'syntax'> {
  let escape: Lines['escape'] = '\\';
  let syntax: Lines['syntax'];
  let atTop = true;
  for (const [index, line] of lines.entries()) {
    if (index === 0 && line.startsWith('#!')) continue;
    if (!/^\s*(?:#|\/\/|$)/.test(line)) break;
    const [, name = '', value] = DIRECTIVE.exec(line) ?? [];
    if (name === '') atTop = false;
    if (atTop && name.toLowerCase() === 'escape' && value === '`') escape = '`';
    const text = OTHER_SYNTAX.exec(line)?.[1];
    if (text !== undefined) syntax ??= { text, line: index + 1 };
  }
  return syntax === undefined ? { escape } : { escape, syntax };
}

interface Heredoc {
  readonly word: string;
  readonly isIndented: boolean;
}

function heredocs(name: string, rest: string): readonly Heredoc[] {
  const [, inner = '', behind = ''] = /^ONBUILD$/i.test(name) ? (/^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []) : [name, name, rest];
  if (!WITH_HEREDOC.has(inner.toUpperCase())) return [];
  return wordsOf(behind).flatMap((one) => {
    const [, dash, named = ''] = HEREDOC.exec(one) ?? [];
    const word = named.replaceAll(/["']/g, '');
    return dash === undefined || word === '' ? [] : [{ word, isIndented: dash === '-' }];
  });
}

/** Words parted by white space outside of quotes; quotes stay. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*(?:"|$)|'[^']*(?:'|$)|[^\s"'\\]|\\$)+/g) ?? [];
}

function endOf(lines: readonly string[], from: number, word: string, isIndented: boolean): number | undefined {
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if ((isIndented ? line.replace(/^\t+/, '') : line) === word) return index;
  }
  return undefined;
}
