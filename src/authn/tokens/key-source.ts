/** Where the keys of an issuer come from, as whoever checks tokens sees it: followed elsewhere, never waited for but when one is missing. */
import type { KeySet } from './key-set.ts';

/** What is followed of an issuer. */
export interface KeySource<Held extends { readonly keys: KeySet }> {
  /** What is in force and young enough to be believed; `undefined` when nothing is. */
  believed(): Held | undefined;
  /**
   * A token names a key that is not there, or nothing is there: looks once more, at most once in a while however often this is called.
   * Resolves when that look is over, or at once. Never rejects.
   */
  missed(signal: AbortSignal): Promise<void>;
}

/** What is in force, after one more look when there is nothing. */
export async function heldOf<Held extends { readonly keys: KeySet }>(
  source: KeySource<Held>, signal: AbortSignal,
): Promise<Held | undefined> {
  const held = source.believed();
  if (held !== undefined) return held;
  await source.missed(signal);
  return source.believed();
}
