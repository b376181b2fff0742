/** Shell patterns as in-toto and TUF mean them, matched in bounded time. */

/** A compiled shell pattern. */
export interface ShellPattern {
  readonly source: string;
  /** True when the whole text matches. */
  test(text: string): boolean;
}

/** What one place of a pattern takes: any run of characters, any one, this one, or one of a set. */
type Token = { readonly kind: 'run' } | { readonly kind: 'any' } | { readonly kind: 'one'; readonly character: string } | CharacterSet;

interface CharacterSet {
  readonly kind: 'set';
  readonly negated: boolean;
  /** Both ends belong to a range; a single character is a range of one. */
  readonly ranges: readonly (readonly [string, string])[];
}

/**
 * Compiles a shell pattern with the meaning of Python's `fnmatch.fnmatchcase`, which in-toto's rules and TUF's
 * segments have: `*` and `?` also match `/` and line ends, `[…]` is a set, `[!…]` its complement, `[^…]` a set with
 * `^` in it, there is no escape, an unclosed `[` is itself (security.md C15).
 *
 * Matching costs at most pattern length times text length: only the last `*` is ever tried again.
 */
export function shellPattern(source: string): ShellPattern {
  const tokens = tokenize(Array.from(source));
  if (tokens.every((token) => token.kind === 'one')) return { source, test: (text) => text === source };
  if (tokens.every((token) => token.kind === 'run') && tokens.length > 0) return { source, test: () => true };
  return { source, test: (text) => matches(tokens, Array.from(text)) };
}

function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let retryToken = -1;
  let retryAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current?.kind === 'run') {
      retryToken = token;
      retryAt = at;
      token += 1;
    } else if (current !== undefined && takes(current, text[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (retryToken >= 0) {
      retryAt += 1;
      at = retryAt;
      token = retryToken + 1;
    } else return false;
  }
  while (tokens[token]?.kind === 'run') token += 1;
  return token === tokens.length;
}

function takes(token: Token, character: string): boolean {
  if (token.kind === 'one') return token.character === character;
  if (token.kind === 'set') return inRanges(token, character) !== token.negated;
  return true;
}

/** By code point, as Python compares characters. */
function inRanges({ ranges }: CharacterSet, character: string): boolean {
  const point = pointOf(character);
  return ranges.some(([low, high]) => pointOf(low) <= point && point <= pointOf(high));
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function tokenize(characters: readonly string[]): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'run') tokens.push({ kind: 'run' });
    } else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '[') {
      const end = endOfSet(characters, at + 1);
      tokens.push(end === undefined ? { kind: 'one', character } : readSet(characters.slice(at + 1, end)));
      at = end ?? at;
    } else tokens.push({ kind: 'one', character });
  }
  return tokens;
}

/** Index of the `]` that closes the set; one right after `[` or `[!` belongs to the set. */
function endOfSet(characters: readonly string[], from: number): number | undefined {
  let at = from;
  if (characters[at] === '!') at += 1;
  if (characters[at] === ']') at += 1;
  const end = characters.indexOf(']', at);
  return end < 0 ? undefined : end;
}

function readSet(inside: readonly string[]): CharacterSet {
  const negated = inside[0] === '!';
  const body = negated ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < body.length;) {
    const low = body[at] ?? '';
    const high = body[at + 2];
    // A hyphen makes a range when something stands on both of its sides; a range that runs backwards is empty.
    if (body[at + 1] === '-' && high !== undefined) {
      if (pointOf(low) <= pointOf(high)) ranges.push([low, high]);
      at += 3;
    } else {
      ranges.push([low, low]);
      at += 1;
    }
  }
  return { kind: 'set', negated, ranges };
}
