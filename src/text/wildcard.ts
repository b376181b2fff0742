/** A pattern in which `*` stands for any characters (none too) and everything else for itself. */
export interface Wildcard {
  readonly pattern: string;
  /** True when the whole text matches; compares case as it is. */
  test(text: string): boolean;
}

/** Reads a pattern once for many texts; a test is linear in pattern times text. */
export function compileWildcard(pattern: string): Wildcard {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return { pattern, test: (text) => text === pattern };
  return {
    pattern,
    test: (text) =>
      text.startsWith(head) &&
      text.length >= head.length + tail.length &&
      text.endsWith(tail) &&
      inOrder(text, rest, head.length, text.length - tail.length),
  };
}

/** True when the parts stand one after the other between the two places. */
function inOrder(text: string, parts: readonly string[], from: number, to: number): boolean {
  let at = from;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > to) return false;
    at = found + part.length;
  }
  return true;
}

/** Matches one text with one pattern. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return compileWildcard(pattern).test(text);
}

/** The first of the patterns that matches one of the texts. */
export function firstMatch(patterns: readonly Wildcard[], texts: readonly string[]): string | undefined {
  for (const wildcard of patterns) for (const text of texts) if (wildcard.test(text)) return wildcard.pattern;
  return undefined;
}
