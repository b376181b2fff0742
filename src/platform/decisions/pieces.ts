/** Pieces of which the lines of decisions are made: each in one go, since what lives until it is written, the collector copies. */

/** Text that JSON shows as it is: printable ASCII without quote and backslash. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const LONGEST = 512;

/**
 * A string as JSON; most are plain, and showing these so costs a fraction of escaping them. Half a character, which a request may hold and
 * which a cut leaves, is none that every reader takes: one such line would have a collector refuse all that come with it.
 */
export function json(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed());
}

/** Each value once. */
export function distinct(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)];
}

/** A text that is longer than names are, cut. */
export function clip(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
