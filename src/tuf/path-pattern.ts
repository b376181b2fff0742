/** Which target paths a delegation speaks for, by pattern. */
import { shellPattern } from '../text/fnmatch.ts';

/**
 * True when a target path matches a pattern of a delegation (specification 4.6): shell wildcards inside one path
 * segment, `*` for any characters and `?` for one; never across `/`. Time grows with the product of both lengths
 * at worst. Patterns with `[` are refused when they are read, since clients disagree about them.
 *
 * Compiled anew for each path: few are asked for, and a file may have more patterns than should stand in memory compiled.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const [parts, patterns] = [path.split('/'), pattern.split('/')];
  return parts.length === patterns.length && parts.every((part, index) => shellPattern(patterns[index] ?? '').test(part));
}
