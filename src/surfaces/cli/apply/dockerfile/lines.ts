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
/** Of a heredoc's name, in quotes or not, that every reader takes for the same. */
const PLAIN_WORD = /^(?:[A-Za-z0-9_.-]+|"[A-Za-z0-9_.-]+"|'[A-Za-z0-9_.-]+')$/;
const DIRECTIVES: ReadonlySet<string> = new Set(['syntax', 'escape', 'check']);
const INSTRUCTIONS: ReadonlySet<string> = new Set([
  'ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'MAINTAINER', 'ONBUILD', 'RUN', 'SHELL',
  'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR',
]);
/** White space to one reader and a letter to another, or the other way round: which instruction begins there is not known. */
const ODD_START = /^[ \t]*[\u000b\u000c\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]/;
const WITH_HEREDOC: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);

/**
 * Takes a Dockerfile apart. Never throws; `problem` says what could not be: whatever BuildKit and this reader might understand
 * differently is refused, since an image could hide behind it.
 */
export function readLines(text: string): Lines {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const { escape, syntax, problem: odd } = directives(lines);
  // One that has another before it escapes nothing (BuildKit, parser: `([^\\])\\[ \t]*$|^\\[ \t]*$`).
  const continued = escape === '`' ? /(?<![`])`[ \t]*$/ : /(?<![\\])\\[ \t]*$/;
  const instructions: Instruction[] = [];
  const base = { escape, ...(syntax === undefined ? {} : { syntax }) } as const;
  const refused = (line: number, text: string): Lines => ({ instructions, ...base, problem: { line, text } });
  if (odd !== undefined) return { instructions, ...base, problem: odd };
  const torn = lines.findIndex((line) => line.includes('\r'));
  if (torn >= 0) return refused(torn + 1, 'a carriage return within a line');
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    let whole = '';
    for (; index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      if (ODD_START.test(line)) return refused(index + 1, 'a line that begins with white space of another sort than spaces and tabs');
      // Comments, and empty lines, stand between continued lines as if they were not there.
      if (/^\s*(?:#|$)/.test(line)) {
        if (index === start) break;
        continue;
      }
      if (!continued.test(line)) {
        whole += line;
        break;
      }
      whole += line.replace(continued, '');
    }
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(whole) ?? [];
    if (name === '') continue;
    if (!INSTRUCTIONS.has(name.toUpperCase())) return refused(start + 1, `${JSON.stringify(name.slice(0, 32))} is no instruction`);
    instructions.push({ name: name.toUpperCase(), rest: rest.trim(), line: start + 1 });
    for (const { word, isIndented } of heredocs(name, rest)) {
      if (!PLAIN_WORD.test(word)) return refused(start + 1, 'a heredoc whose name is not plain');
      const end = endOf(lines, index + 1, word.replaceAll(/["']/g, ''), isIndented);
      if (end === undefined) return { instructions, ...base, problem: { line: start + 1, text: `heredoc ${word} has no end` } };
      index = end;
    }
  }
  return { instructions, ...base };
}

/** Those at the very top; the syntax also where other comments of the first lines say it, since another reader may take it from there. */
function directives(lines: readonly string[]): Pick<Lines, 'escape' | 'syntax' | 'problem'> {
  let escape: Lines['escape'] = '\\';
  let syntax: Lines['syntax'];
  let atTop = true;
  for (const [index, line] of lines.entries()) {
    if (!/^\s*(?:#|\/\/|$)/.test(line)) break;
    const [, name = '', value] = DIRECTIVE.exec(line) ?? [];
    if (!DIRECTIVES.has(name.toLowerCase())) atTop = false;
    // Behind anything else it is a comment to one reader, and to another it changes which lines belong together.
    if (!atTop && name.toLowerCase() === 'escape')
      return { escape, problem: { line: index + 1, text: 'a directive `escape` that is not at the top' } };
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
    return dash === undefined || named === '' ? [] : [{ word: named, isIndented: dash === '-' }];
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
