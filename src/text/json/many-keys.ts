/** Whether JSON text has more different keys than a document may have: each one costs its reader as much as a page of text. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Nobody outside of this process can know which keys fall together. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * True when the text has more than `most` different keys, as far as 32 bits tell them apart: it may say no of a few too many,
 * never yes of too few. A key written in two ways counts twice. Linear in the text, whatever it is, and stops when it knows.
 *
 * A parser keeps every key it has not seen before, and a place for it in a shape or table: 900,000 keys of 6 bytes take it
 * ten times as long as honest documents of that size, whose keys are the same few hundred again and again.
 */
export function hasMoreKeysThan(text: string, most: number): boolean {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2)));
  let different = 0;
  let [start, end] = [0, 0];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) {
      start = i + 1;
      i = end = endOfString(text, start);
    } else if (unit === COLON && isNew(slots, hashOf(text, start, end))) {
      different += 1;
      if (different > most) return true;
    }
  }
  return false;
}

/** Notes a hash; false when it is there already. There is always room: the table is twice as large as the most that is noted. */
function isNew(slots: Int32Array, hash: number): boolean {
  const mask = slots.length - 1;
  let at = hash & mask;
  for (let held = slots[at]; held !== 0; held = slots[at]) {
    if (held === hash) return false;
    at = (at + 1) & mask;
  }
  slots[at] = hash;
  return true;
}

/** FNV-1a from a seed, mixed once more for the low bits; never 0, which marks a free slot. */
function hashOf(text: string, start: number, end: number): number {
  let hash = SEED;
  for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) | 0 || 1;
}

function endOfString(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) return i;
    if (unit === BACKSLASH) i += 1;
  }
  return i;
}
