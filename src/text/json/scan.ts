/** A look over JSON text before it is parsed: how many parts, how deep, and whether keys hide behind escapes. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/** What one look over JSON text tells about its structure; on text that is no JSON the numbers mean nothing. */
export interface JsonStructure {
  /** Colons outside of strings: one for every key. */
  readonly colons: number;
  /** Commas and opening brackets outside of strings: there are no more members and items than these. */
  readonly items: number;
  /** Most arrays and objects inside each other. */
  readonly depth: number;
  /** True when some key is written with a backslash in it. */
  readonly escapedKey: boolean;
}

/** Where the look ends: with the first of these numbers that is exceeded, so that what is refused costs next to nothing. */
export interface ScanBounds {
  readonly depth: number;
  readonly items: number;
  /** Colons and items together. */
  readonly parts: number;
}

const UNBOUNDED: ScanBounds = { depth: Infinity, items: Infinity, parts: Infinity };

/**
 * Counts parts and depth in one pass, before anything is parsed, so that parsing takes no longer than it may and the
 * recursive walks that come later cannot run out of stack. Linear in the text, whatever it is. Once a bound is exceeded the
 * numbers are those of the text up to there.
 */
export function scanJson(text: string, most: ScanBounds = UNBOUNDED): JsonStructure {
  const end = text.length;
  let colons = 0;
  let items = 0;
  let level = 0;
  let depth = 0;
  let escapedKey = false;
  // Position of the first backslash not before the last string, and where that string began: looked up lazily.
  let backslash = text.indexOf('\\');
  let opened = 0;
  for (let i = 0; i < end && items <= most.items && colons + items <= most.parts; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) {
      opened = i;
      if (backslash >= 0 && backslash < i) backslash = text.indexOf('\\', i);
      const quote = text.indexOf('"', i + 1);
      i = backslash < 0 || quote < backslash ? (quote < 0 ? end : quote) : endOfString(text, i + 1);
    } else if (unit === COLON) {
      colons += 1;
      // Between the start of the last string and its colon only that string can hold a backslash.
      if (backslash >= opened && backslash < i) escapedKey = true;
    } else if (unit === COMMA) {
      items += 1;
    } else if (unit === 0x7b || unit === 0x5b) {
      items += 1;
      level += 1;
      if (level > depth) depth = level;
      if (level > most.depth) break;
    } else if (unit === 0x7d || unit === 0x5d) {
      level -= 1;
    }
  }
  return { colons, items, depth, escapedKey };
}

/** Position of the quote that ends the string whose content begins at `from`; the end of the text without one. */
function endOfString(text: string, from: number): number {
  let i = from;
  for (const end = text.length; i < end; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) return i;
    if (unit === BACKSLASH) i += 1;
  }
  return i;
}
