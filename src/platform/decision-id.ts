import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const POOL = new Uint8Array(16 * 1024);
let used = POOL.length;
/** Many decisions are of the same millisecond. */
let lastAt = Number.NaN;
let lastTime = '';

/**
 * Makes a ULID: 48 bits of time, 80 random bits, 26 characters of Crockford's base 32.
 *
 * Ids sort by time and are unique across replicas without talk between them. Random bytes are drawn in bulk,
 * because one call into OpenSSL per decision would cost more than the rest of this function.
 */
export function newDecisionId(at: number): string {
  if (used + 16 > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  if (at !== lastAt) {
    lastAt = at;
    lastTime = timeText(at);
  }
  let id = lastTime;
  for (let index = 0; index < 16; index += 1) id += ALPHABET.charAt((POOL[used + index] ?? 0) & 31);
  used += 16;
  return id;
}

function timeText(at: number): string {
  let text = '';
  for (let time = Math.max(0, Math.floor(at)), left = 10; left > 0; left -= 1, time = Math.floor(time / 32)) text = ALPHABET.charAt(time % 32) + text;
  return text;
}
