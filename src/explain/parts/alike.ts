/** Two identities that read the same and are not: letters of another alphabet, or those that look like each other, are named by number. */

/** Letters and digits of one row look alike in many typefaces. */
const ROWS = ['lI1|', 'O0'];

/** ` (issued by …)`, which is written of who was found, and of who is expected only where a policy names the issuer. */
const AROUND = / \((?:issued by|issuer) .*\)$/s;
/** `release: …` */
const SIGNER = /^[a-z0-9][a-z0-9.-]*: /;

/**
 * `"е" (U+0435) in "CN=rеlease", expected "e" (U+0065)` for a text that is found where one of `expected` was, when the two have equally many
 * characters and each that differs looks like the other; `undefined` where that is not so. Not escaped.
 */
export function alikeIn(found: string, expected: readonly string[]): string | undefined {
  for (const one of expected) {
    const [seen, wanted] = [[...bare(found)], [...bare(one.replace(SIGNER, ''))]];
    const at = seen.length === wanted.length ? seen.flatMap((letter, index) => (letter === wanted[index] ? [] : [index])) : [];
    const [first] = at;
    if (first === undefined || !at.every((index) => looksLike(seen[index] ?? '', wanted[index] ?? ''))) continue;
    return `${numbered(seen[first])} in "${wordAround(seen, first)}", expected ${numbered(wanted[first])}`;
  }
  return undefined;
}

function bare(text: string): string {
  return text.replace(AROUND, '');
}

/** Of two alphabets, or of one row. */
function looksLike(a: string, b: string): boolean {
  const isAscii = (letter: string): boolean => /^[\x20-\x7e]$/.test(letter);
  if (isAscii(a) === isAscii(b)) return ROWS.some((row) => row.includes(a) && row.includes(b));
  return /^[\p{L}\p{N}\p{P}\p{Zs}]$/u.test(isAscii(a) ? b : a);
}

function numbered(letter = ''): string {
  return `"${letter}" (U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`;
}

/** The part of the text in which it stands. */
function wordAround(letters: readonly string[], at: number): string {
  const isEdge = (letter: string): boolean => ', /@'.includes(letter);
  const before = letters.slice(0, at).findLastIndex(isEdge) + 1;
  const after = letters.slice(at).findIndex(isEdge);
  return letters.slice(before, after < 0 ? letters.length : at + after).join('');
}
