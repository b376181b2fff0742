/** What is kept in the order in which it was asked for. */
import type { KeptList } from './held-lists.ts';

/** What can be let go. */
export type Entry = Pick<KeptList, 'pinned' | 'close'>;

/** What is kept under a key, which becomes the one that was asked for last. */
export function touched<K>(all: Map<string, K>, key: string): K | undefined {
  const known = all.get(key);
  if (known === undefined) return undefined;
  all.delete(key);
  all.set(key, known);
  return known;
}

/** Closes and lets go what was asked for least recently while there is too much; what is pinned stays. */
export function drop<K extends Entry>(all: Map<string, K>, tooMuch: () => boolean): void {
  if (!tooMuch()) return;
  for (const [key, kept] of all) {
    if (kept.pinned) continue;
    kept.close();
    all.delete(key);
    if (!tooMuch()) return;
  }
}
