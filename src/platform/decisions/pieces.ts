/** Pieces of which the lines of decisions are made: each in one go, since what lives until it is written, the collector copies. */
import type { SourceState } from '../../domain/decision/source-state.ts';

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

/** A text for each list, made once with the first line that has it. */
const TEXTS = new WeakMap<readonly SourceState[], string>();
/** The address of a mirror may be as long as it likes. */
const LONGEST_SOURCE = 96;

/** Sources of policies as JSON, bounded: the same string for as long as the same set is in force. */
export function sourcesJson(sources: readonly SourceState[]): string {
  let text = TEXTS.get(sources);
  if (text === undefined) {
    text = JSON.stringify(sources.map(({ source, digest, version }) => ({
      source: cut(source), digest, ...(version === undefined ? {} : { version: cut(version) }),
    })));
    TEXTS.set(sources, text);
  }
  return text;
}

function cut(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length <= LONGEST_SOURCE ? plain : `${plain.slice(0, LONGEST_SOURCE - 3)}...`;
}
