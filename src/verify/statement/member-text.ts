/** One member of a JSON object as it was written, so that no number is rounded on the way. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/**
 * The text of one member's value in a JSON object, as it was written; `undefined` when there is no such member.
 *
 * `text` is well-formed JSON whose outermost value is an object without duplicate keys: `readJson` has established that.
 * Parsing and writing again would round numbers beyond 2^53 (security.md A13).
 */
export function memberText(text: string, name: string): string | undefined {
  let at = text.indexOf('{') + 1;
  for (;;) {
    const key = text.indexOf('"', at);
    // Between two members only white space and a comma can stand, so no quote means no further member.
    if (key < 0) return undefined;
    const keyEnd = endOfString(text, key);
    const from = text.indexOf(':', keyEnd) + 1;
    const to = endOfValue(text, from);
    // A key by itself holds nothing that a parser could mistake (see `text/json/careful.ts`).
    if (JSON.parse(text.slice(key, keyEnd)) === name) return text.slice(from, to).trim();
    if (text.charCodeAt(to) !== COMMA) return undefined;
    at = to + 1;
  }
}

/** The texts of the items of a JSON array, as they were written; `text` is well-formed JSON whose outermost value is an array. */
export function itemTexts(text: string): readonly string[] {
  const items: string[] = [];
  for (let from = text.indexOf('[') + 1; from > 0;) {
    const to = endOfValue(text, from);
    const item = text.slice(from, to).trim();
    if (item !== '') items.push(item);
    if (text.charCodeAt(to) !== COMMA) return items;
    from = to + 1;
  }
  return items;
}

/** Index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

/** True when an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

/** Index of the comma or closing bracket after the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) depth += 1;
    else if (depth === 0 && (unit === COMMA || unit === CLOSE_OBJECT || unit === CLOSE_ARRAY)) return at;
    else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) depth -= 1;
    at += 1;
  }
  return at;
}
