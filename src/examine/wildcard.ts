/**
 * Matches the whole text with a pattern in which `*` stands for any characters (none too) and everything else for
 * itself. Linear in pattern times text; compares case as it is.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  let at = head.length;
  const end = text.length - tail.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The first of the patterns that matches one of the texts. */
export function firstMatch(patterns: readonly string[], texts: readonly string[]): string | undefined {
  return patterns.find((pattern) => texts.some((text) => matchesWildcard(pattern, text)));
}
