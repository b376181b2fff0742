import { readCarefully } from '../text/json/careful.ts';

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Parses bytes as JSON in UTF-8; `undefined` when they are not. Sizes are bounded by whoever received the bytes. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = STRICT_UTF8.decode(bytes);
    const value: unknown = JSON.parse(text);
    // V8 may misread keys that are written with escapes (`domain/careful-json.ts`); nothing honest writes them here.
    if (!text.includes('\\')) return value;
    const careful = readCarefully(text);
    return careful.ok ? careful.value : undefined;
  } catch {
    return undefined;
  }
}

const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

/**
 * True when the bytes have more commas and opening brackets than JSON of `most` members and items can have. Asked
 * before parsing, because millions of tiny items in few bytes would hold up everybody else (attacks G02, G17).
 */
export function hasMoreItems(bytes: Uint8Array, most: number): boolean {
  let items = 0;
  for (let at = 0; at < bytes.length && items <= most; at += 1) {
    const byte = bytes[at];
    if (byte === COMMA || byte === OPEN_OBJECT || byte === OPEN_ARRAY) items += 1;
  }
  return items > most;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object, false for arrays, null and the rest. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own property, never an inherited one (`constructor` is an ordinary key in hostile JSON). */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The own property when it is text. */
export function ownText(value: unknown, key: string): string | undefined {
  const found = own(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** The own property when it is a list. */
export function ownList(value: unknown, key: string): readonly unknown[] | undefined {
  const found = own(value, key);
  return Array.isArray(found) ? (found as readonly unknown[]) : undefined;
}
