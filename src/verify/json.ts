import { readCarefully } from '../text/json/careful.ts';
import { LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/**
 * Parses JSON that every reader understands alike: valid UTF-8 without byte order mark, at most
 * `LIMITS.evidenceBytes` long and `LIMITS.jsonDepth` deep, no key twice in an object and none named `__proto__`.
 *
 * Throws a {@link Refusal}. A key given twice is found by counting: outside strings each colon is one member,
 * so a tree with fewer members than the text has colons has lost one (security.md D01, D02, D05, D06). Text with
 * escapes inside keys is read key by key, because V8 may take such a key for another (`domain/careful-json.ts`).
 */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length > LIMITS.evidenceBytes) {
    throw new Refusal('document is too large', {
      code: 'VERIFY_LIMIT',
      found: `${bytes.length} bytes`,
      expected: `at most ${LIMITS.evidenceBytes} bytes`,
    });
  }
  const { colons, escapedKey } = look(bytes);
  const text = decode(bytes);
  const value = parse(text);
  if (escapedKey) return parseCarefully(text);
  if (countMembers(value) !== colons) throw new Refusal('JSON object has the same key twice');
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('text is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('text is not JSON');
  }
}

function parseCarefully(text: string): unknown {
  const careful = readCarefully(text);
  if (careful.ok) return careful.value;
  throw new Refusal(careful.bad.key === '__proto__' ? 'JSON object has a key named __proto__' : 'JSON object has the same key twice');
}

/** What one look over the bytes tells, before a parser has to suffer them. */
interface Structure {
  /** Colons outside strings: one for every member. */
  readonly colons: number;
  /** True when some key is written with a backslash in it. */
  readonly escapedKey: boolean;
}

/** Counts members and refuses nesting and masses of items. */
function look(bytes: Uint8Array): Structure {
  let colons = 0;
  let items = 0;
  let depth = 0;
  let escapedKey = false;
  let escaped = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = endOfString(bytes, at + 1);
      escaped = end < 0;
      at = Math.abs(end);
    } else if (byte === COLON) {
      colons += 1;
      escapedKey ||= escaped;
    } else if (byte === COMMA) items += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      items += 1;
      depth += 1;
      if (depth > LIMITS.jsonDepth)
        throw new Refusal('JSON is nested too deeply', { code: 'VERIFY_LIMIT', expected: `at most ${LIMITS.jsonDepth} levels` });
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  if (items > LIMITS.jsonItems)
    throw new Refusal('JSON has too many members and items', { code: 'VERIFY_LIMIT', expected: `at most ${LIMITS.jsonItems}` });
  return { colons, escapedKey };
}

/** Index of the quote that ends the string starting at `from`, or the end of the text; negative when there is a backslash before it. */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  let sign = 1;
  for (let byte = bytes[at]; byte !== QUOTE && byte !== undefined; byte = bytes[at]) {
    if (byte === BACKSLASH) sign = -1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return sign * at;
}

function countMembers(root: unknown): number {
  let members = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) throw new Refusal('JSON object has a key named __proto__');
    const children = Object.values(value);
    if (!Array.isArray(value)) members += children.length;
    for (const child of children) if (typeof child === 'object') pending.push(child);
  }
  return members;
}
