/**
 * True when a target path matches a pattern of a delegation (specification 4.6): shell wildcards inside one path
 * segment, `*` for any characters and `?` for one; never across `/`. Time grows with the product of both lengths
 * at worst. Patterns with `[` are refused when they are read, since clients disagree about them.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const [parts, patterns] = [path.split('/'), pattern.split('/')];
  return parts.length === patterns.length && parts.every((part, index) => matchesSegment(part, patterns[index] ?? ''));
}

function matchesSegment(text: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next;
      resume = at;
      next += 1;
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      next = star + 1;
    } else return false;
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}
