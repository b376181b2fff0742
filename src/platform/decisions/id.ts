/** Ids of decisions: unique across replicas, in the order of time, and cheap. */
import { randomFillSync } from 'node:crypto';

/** Crockford's base 32, as character codes. */
const ALPHABET = Uint8Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (character) => character.charCodeAt(0));
const TIME = 10;
const RANDOM_BYTES = 16 * 1024;

/** Makes a ULID for this moment: 48 bits of time, 80 random bits, 26 characters of Crockford's base 32. */
export const newDecisionId: (at: number) => string = createIds();

/**
 * Ids sort by time and are unique across replicas without talk between them. Random bytes are drawn in bulk, because one
 * call into OpenSSL per decision would cost more than the rest of this. The text is made in one piece: one put together
 * of characters would stay a tree of them for as long as the decision is kept.
 */
function createIds(): (at: number) => string {
  const pool = new Uint8Array(RANDOM_BYTES);
  /** The id that is being made, as character codes. */
  const text = Buffer.alloc(26);
  let used = pool.length;
  /** The millisecond whose digits stand in `text`: many decisions are of the same one. */
  let writtenAt = Number.NaN;
  return (at) => {
    if (at !== writtenAt) {
      writtenAt = at;
      writeTime(text, at);
    }
    if (used + 16 > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    for (let index = TIME; index < text.length; index += 1) text[index] = ALPHABET[(pool[used++] ?? 0) & 31] ?? 0;
    return text.toString('latin1');
  };
}

function writeTime(text: Buffer, at: number): void {
  let time = Math.max(0, Math.floor(at));
  for (let index = TIME - 1; index >= 0; index -= 1) {
    text[index] = ALPHABET[time % 32] ?? 0;
    time = Math.floor(time / 32);
  }
}
