/** The known name that somebody probably meant, for messages. */
/**
 * The known name closest to a misspelt one, or `undefined` when none is close: at most two edits, or a third of
 * the letters, apart; differences in case count nothing.
 */
export function closest(wrong: string, known: Iterable<string>): string | undefined {
  if (wrong.length > 128) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wrong.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "x"?` or nothing. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const name = closest(wrong, known);
  return name === undefined ? '' : `; did you mean ${JSON.stringify(name)}?`;
}

/** Levenshtein distance; whoever differs in length by `limit` or more is not looked at. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
