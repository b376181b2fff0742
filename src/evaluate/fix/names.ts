/** Whoever must sign, in a few words: names in order, a number of them where several must, and no list without an end. */
import type { Signer } from '../../domain/policy/requirement.ts';

/** Names that are written out; the rest is counted. */
const SHOWN = 4;

/** Whose signatures are wanted, and how many. */
export interface Wanted {
  readonly by: readonly Pick<Signer, 'name'>[];
  readonly threshold: number;
}

/** `alice`, `one of alice, bob`, `2 of alice, bob, carol`, `each of alice, bob`; names sorted, at most four of them. */
export function whoText({ by, threshold }: Wanted): string {
  const names = [...new Set(by.map(({ name }) => name))].toSorted();
  const shown = names.length > SHOWN + 1 ? [...names.slice(0, SHOWN), `${names.length - SHOWN} more`] : names;
  if (names.length <= 1) return shown.join();
  const count = threshold >= names.length ? 'each' : threshold <= 1 ? 'one' : String(threshold);
  return `${count} of ${shown.join(', ')}`;
}
