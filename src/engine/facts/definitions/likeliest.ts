/** Of many things that were resolved, those come first that have most of an object's own words in them: only few can be compared. */
import type { ResolutionFact } from '../../../domain/build/facts.ts';

/** Words that are looked for; each costs a look through all that was brought. */
const MOST_WORDS = 8;
/** What is written the same in YAML and JSON, whatever the quotes. */
const PLAIN = /^[^"'\\\p{C}]{4,200}$/u;
/** Values of an object that are visited. */
const MOST_VISITED = 10_000;

/** The same resolutions, the likeliest first. A guess that orders and decides nothing: what comes of a comparison is the same. */
export function likeliest(resolutions: readonly ResolutionFact[], object: unknown): readonly ResolutionFact[] {
  const words = wordsOf(object).map((word) => Buffer.from(word));
  const rated = resolutions.map((resolution) => {
    const content = Buffer.from(resolution.content.buffer, resolution.content.byteOffset, resolution.content.byteLength);
    return { resolution, found: words.filter((word) => content.includes(word)).length };
  });
  return rated.toSorted((one, other) => other.found - one.found).map(({ resolution }) => resolution);
}

/** The longest lines of the texts in it, of its spec alone: its name is made up. */
function wordsOf(object: unknown): readonly string[] {
  const lines = new Set<string>();
  const waiting: unknown[] = [(object as { readonly spec?: unknown }).spec];
  for (let visited = 0; waiting.length > 0 && visited < MOST_VISITED; visited += 1) {
    const value = waiting.pop();
    if (typeof value === 'string') {
      for (const line of value.split('\n').map((text) => text.trim())) if (PLAIN.test(line)) lines.add(line);
    } else if (typeof value === 'object' && value !== null) waiting.push(...Object.values(value));
  }
  return [...lines].toSorted((one, other) => other.length - one.length).slice(0, MOST_WORDS);
}
