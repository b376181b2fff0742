/** Many globs over one text, found by their literal beginning or end. */
import type { Glob } from '../../text/glob.ts';

interface Entry<V> {
  readonly glob: Glob;
  readonly value: V;
}

/** Entries under their literal prefix (or suffix), and the lengths that occur, so that a look-up slices once per length. */
interface Affixes<V> {
  readonly byText: Map<string, Entry<V>[]>;
  readonly lengths: Set<number>;
}

/**
 * Finds, among many globs, those that match a text, without trying each: globs are filed under their literal
 * beginning, or under their literal end when they begin with a wildcard. Only globs filed under an affix of the
 * text are tried. Globs without wildcard are plain equality.
 */
export class AffixIndex<V> {
  readonly #exact = new Map<string, V[]>();
  readonly #prefixes: Affixes<V> = { byText: new Map(), lengths: new Set() };
  readonly #suffixes: Affixes<V> = { byText: new Map(), lengths: new Set() };

  add(glob: Glob, value: V): void {
    if (!glob.wild) push(this.#exact, glob.source, value);
    else if (glob.prefix !== '') file(this.#prefixes, glob.prefix, { glob, value });
    else file(this.#suffixes, glob.suffix, { glob, value });
  }

  /** Calls `found` with the value of every glob that matches the text. */
  each(text: string, found: (value: V) => void): void {
    for (const value of this.#exact.get(text) ?? []) found(value);
    for (const length of this.#prefixes.lengths) tryAll(this.#prefixes.byText.get(text.slice(0, length)), text, found);
    for (const length of this.#suffixes.lengths)
      if (length <= text.length) tryAll(this.#suffixes.byText.get(text.slice(text.length - length)), text, found);
  }
}

function file<V>(affixes: Affixes<V>, affix: string, entry: Entry<V>): void {
  push(affixes.byText, affix, entry);
  affixes.lengths.add(affix.length);
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function tryAll<V>(entries: readonly Entry<V>[] | undefined, text: string, found: (value: V) => void): void {
  if (entries === undefined) return;
  for (const entry of entries) if (entry.glob.test(text)) found(entry.value);
}
