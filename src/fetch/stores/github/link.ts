/** The header `Link` (RFC 8288), as far as it says where the next page is: read whole, or not at all. */

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const BLANKS = /[ \t]*/y;
const TARGET = /<([^<>]{1,4096})>/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const LARGEST = 16 * 1024;

/** Targets of the relation `next`, each once; `undefined` when the header cannot be read, and then nobody knows. */
export function nextTargets(header: string): readonly string[] | undefined {
  const reader = new Reader(header);
  const targets = new Set<string>();
  if (header.length > LARGEST) return undefined;
  for (let first = true; !reader.atEnd(); first = false) {
    if (!first && reader.take(/,/y) === undefined) return undefined;
    const target = reader.take(TARGET);
    if (target === undefined) return undefined;
    let relation: string | undefined;
    while (reader.take(/;/y) !== undefined) {
      const name = reader.take(TOKEN);
      if (name === undefined) return undefined;
      const value = reader.take(/=/y) === undefined ? '' : reader.take(QUOTED) ?? reader.take(TOKEN);
      if (value === undefined) return undefined;
      // Of several only the first counts (RFC 8288 §3.3).
      if (name.toLowerCase() === 'rel') relation ??= value;
    }
    if ((relation ?? '').toLowerCase().split(/\s+/).includes('next')) targets.add(target);
  }
  return [...targets];
}

/** Takes one thing after the other from a text, and the blanks behind each. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.take(BLANKS);
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** What the pattern matches here, or its first group; the pattern is sticky. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    BLANKS.lastIndex = pattern.lastIndex;
    this.#at = pattern.lastIndex + (BLANKS.exec(this.#text)?.[0].length ?? 0);
    return match[1] ?? match[0];
  }
}
