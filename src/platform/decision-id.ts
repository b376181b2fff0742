import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const POOL = new Uint8Array(16 * 1024);
let used = POOL.length;

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
  let id = '';
  let time = Math.max(0, Math.floor(at));
  for (let index = 0; index < 10; index += 1) {
    id = ALPHABET.charAt(time % 32) + id;
    time = Math.floor(time / 32);
  }
  for (let index = 0; index < 16; index += 1) id += ALPHABET.charAt((POOL[used + index] ?? 0) & 31);
  used += 16;
  return id;
}
