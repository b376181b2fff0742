/** Ids of decisions: unique across replicas, in the order of time, and cheap. */
import { randomFillSync } from 'node:crypto';

/** Crockford's base 32, as character codes. */
const ALPHABET = Uint8Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (character) => character.charCodeAt(0));
const TIME = 10;
const POOL = new Uint8Array(16 * 1024);
let used = POOL.length;
/** The id that is being made, as character codes. */
const text = Buffer.alloc(26);
/** The millisecond whose digits stand in it: many decisions are of the same one. */
let writtenAt = Number.NaN;

/**
 * Makes a ULID: 48 bits of time, 80 random bits, 26 characters of Crockford's base 32.
 *
 * Ids sort by time and are unique across replicas without talk between them. Random bytes are drawn in bulk,
 * because one call into OpenSSL per decision would cost more than the rest of this function. The text is made in one
 * piece: one put together of characters would stay a tree of them for as long as the decision is kept.
 */
export function newDecisionId(at: number): string {
  if (at !== writtenAt) writeTime(at);
  if (used + 16 > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  for (let index = TIME; index < text.length; index += 1) text[index] = ALPHABET[(POOL[used++] ?? 0) & 31] ?? 0;
  return text.toString('latin1');
}

function writeTime(at: number): void {
  writtenAt = at;
  let time = Math.max(0, Math.floor(at));
  for (let index = TIME - 1; index >= 0; index -= 1) {
    text[index] = ALPHABET[time % 32] ?? 0;
    time = Math.floor(time / 32);
  }
}
