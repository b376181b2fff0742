/** Globs over names with slashes: anchored, without regular expressions, in bounded time. */
import type { Result } from './result.ts';
import { bad, good } from './result.ts';

/** Longest glob or regular expression that is compiled, in UTF-16 code units. */
export const MAX_PATTERN = 512;

/** Longest text a glob or regular expression is tried on; longer texts do not match. */
export const MAX_VALUE = 4096;

const STAR = -1;
const GLOBSTAR = -2;
const SLASH = 0x2f;

/** A compiled glob. `prefix` and `suffix` are the literal ends that every match must have (for indexes). */
export interface Glob {
  readonly source: string;
  /** False when the glob contains no wildcard and therefore is plain equality. */
  readonly wild: boolean;
  readonly prefix: string;
  readonly suffix: string;
  /** True when the whole value matches. Costs at most `source.length * value.length` steps, never more. */
  test(value: string): boolean;
}

/**
 * Compiles a glob: `*` is any run of characters (also none) except `/`, `**` any run at all, nothing else is
 * special. Always anchored at both ends, compared character by character without folding case or Unicode forms.
 * No RegExp is built from the text, so that nothing in it can act as one (DESIGN §3; security.md C14, C15).
 */
export function compileGlob(source: string): Result<Glob> {
  if (source === '') return bad('pattern is empty');
  if (source.length > MAX_PATTERN) return bad(`pattern has ${source.length} characters, at most ${MAX_PATTERN} are allowed`);
  if (source.includes('***')) return bad('write * (inside a segment) or ** (across segments), not three stars');
  const first = source.indexOf('*');
  if (first < 0) return good({ source, wild: false, prefix: source, suffix: source, test: (value) => value === source });
  const last = source.lastIndexOf('*');
  const prefix = source.slice(0, first);
  const suffix = source.slice(last + 1);
  const middle = middleMatcher(source.slice(first, last + 1));
  const ends = prefix.length + suffix.length;
  return good({
    source,
    wild: true,
    prefix,
    suffix,
    test: (value) =>
      value.length >= ends &&
      value.length <= MAX_VALUE &&
      value.startsWith(prefix) &&
      value.endsWith(suffix) &&
      middle(value.slice(prefix.length, value.length - suffix.length)),
  });
}

/** Matcher for the part between the literal ends: it begins and ends with a wildcard. */
function middleMatcher(middle: string): (value: string) => boolean {
  if (middle === '**') return () => true;
  if (middle === '*') return (value) => !value.includes('/');
  const tokens = tokenize(middle);
  const literals = middle.split('*').filter((literal) => literal !== '');
  // Looking for the literals first is quick, and where one is missing there is no match.
  return (value) => literals.every((literal) => value.includes(literal)) && simulate(tokens, value);
}

function tokenize(text: string): readonly number[] {
  const tokens: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '*') tokens.push(text.charCodeAt(i));
    else if (text[i + 1] === '*') {
      tokens.push(GLOBSTAR);
      i++;
    } else tokens.push(STAR);
  }
  return tokens;
}

/** Runs all possible readings of the pattern side by side, one step per character: no backtracking. */
function simulate(tokens: readonly number[], value: string): boolean {
  let active = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  active[0] = 1;
  skipWildcards(tokens, active);
  for (let i = 0; i < value.length; i++) {
    next.fill(0);
    step(tokens, active, next, value.charCodeAt(i));
    skipWildcards(tokens, next);
    [active, next] = [next, active];
  }
  return active[tokens.length] === 1;
}

function step(tokens: readonly number[], active: Uint8Array, next: Uint8Array, char: number): void {
  for (let state = 0; state < tokens.length; state++) {
    if (active[state] === 0) continue;
    const token = tokens[state];
    if (token === char) next[state + 1] = 1;
    else if (token === GLOBSTAR || (token === STAR && char !== SLASH)) next[state] = 1;
  }
}

/** A wildcard may match nothing, so whoever stands before one also stands behind it. */
function skipWildcards(tokens: readonly number[], states: Uint8Array): void {
  for (let state = 0; state < tokens.length; state++) {
    const token = tokens[state];
    if (states[state] === 1 && (token === STAR || token === GLOBSTAR)) states[state + 1] = 1;
  }
}
