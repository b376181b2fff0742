/** Mistakes in YAML in words: what stands there, what to write, and below which keys. */

/** What the library says of a mistake. */
export interface YamlMistake {
  readonly code: string;
  readonly message: string;
}

/** The mistake in one sentence that says what to write instead; never more than a line. */
export function mistakeInWords({ code, message }: YamlMistake): string {
  if (code === 'TAB_AS_INDENT') return 'a tab stands here as indentation; use spaces';
  if (code === 'BAD_INDENT') {
    if (/^Flow/.test(message)) return 'a list or map in brackets goes on here; indent it more than its key, and close the bracket';
    return 'this line is indented otherwise than those it stands among; indent all keys of one map by the same number of spaces';
  }
  if (code === 'MISSING_CHAR' && /quote/.test(message)) return 'a quote is opened and not closed; write the closing quote';
  if (code === 'MISSING_CHAR' && /^Sequence item/.test(message))
    return 'this line stands between the items of a list; indent it by spaces as the keys of its item, or begin it with "- "';
  if (code === 'MISSING_CHAR') return `${lower(message)}; look at what is written before it`;
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'MULTILINE_IMPLICIT_KEY')
    return 'a key cannot stand here; write it on a line of its own, indented by spaces, and put texts with ": " in quotes';
  if (code === 'UNEXPECTED_TOKEN') return `${lower(message)}; look at the indentation, and put texts with special characters in quotes`;
  return lower(message);
}

function lower(message: string): string {
  const [line = ''] = message.split('\n');
  return /^[A-Z][a-z]/.test(line) ? `${line[0]?.toLowerCase() ?? ''}${line.slice(1)}` : line;
}

const ENTRY = /^([ \t]*)((?:- +)*)(?:([A-Za-z_][\w.-]*):(?:\s|$)|(?=\S))/;
const MOST_LINES = 2000;

/**
 * The keys under which an offset stands, as its lines are indented: `['spec', 'require', 0]`. Of a text that is no YAML nothing better
 * can be known; comments and texts of several lines may lead astray, so that it is for messages alone.
 */
export function keysAbove(text: string, offset: number): readonly (string | number)[] {
  const lines = text.slice(0, lineEnd(text, offset)).split('\n').slice(-MOST_LINES).map((line) => line.replaceAll('\t', '  '));
  const keys: (string | number)[] = [];
  const own = ENTRY.exec(lines.pop() ?? '');
  let left = (own?.[1] ?? '').length;
  let items = (own?.[2] ?? '').length > 0 ? 0 : undefined;
  for (const line of lines.reverse()) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) break;
    const [, indent = '', marks = '', key] = ENTRY.exec(line) ?? [];
    const at = indent.length;
    if (items !== undefined && at === left && marks !== '') items += 1;
    else if (items !== undefined && at <= left && marks === '' && key !== undefined) {
      keys.unshift(key, items);
      [left, items] = [at, undefined];
    } else if (items === undefined && at < left) {
      if (key !== undefined && (marks === '' || at + marks.length < left)) keys.unshift(key);
      [left, items] = [at, marks === '' ? undefined : 0];
    }
  }
  return keys;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}
