/** The strict reading of foreign JSON: bounds first, then no document that two readers could understand differently. */
import { isAscii } from 'node:buffer';
import { readCarefully } from './careful.ts';
import { hasMoreKeysThan } from './many-keys.ts';
import { scanJson } from './scan.ts';

/** Upper bounds on one JSON document, all checked before it is parsed; what is left out is as in {@link JSON_DEFAULTS}. */
export interface JsonLimits {
  /** Most bytes, or code units of a text. */
  readonly maxBytes?: number;
  /** Most arrays and objects inside each other; later walks are recursive, so thousands are too many. */
  readonly maxDepth?: number;
  /** Most keys, items and brackets together: some bytes of them take the parser a hundred times as long as of text. */
  readonly maxParts?: number;
  /** Most commas and opening brackets: there are no more members and items than these. */
  readonly maxItems?: number;
  /** Most different keys: each one that was not seen before takes the parser a hundred times as long as one that was. */
  readonly maxKeys?: number;
}

/** Bounds where a caller names none: whoever received the bytes has counted them. */
export const JSON_DEFAULTS: Required<JsonLimits> = {
  maxBytes: Infinity, maxDepth: 512, maxParts: Infinity, maxItems: 1_000_000, maxKeys: Infinity,
};

/** Why bytes are not one JSON document that every reader understands alike. */
export type JsonFault =
  | { readonly kind: 'size' | 'depth' | 'parts' | 'items' | 'keys'; readonly found: number; readonly most: number }
  | { readonly kind: 'utf-8' | 'byte-order-mark' }
  /** `message` is the parser's and may quote the text: escape it before it is shown. */
  | { readonly kind: 'syntax'; readonly message: string }
  /** A key twice in an object (after decoding escapes), or one named `__proto__`; `path` and `key` are text of the document. */
  | { readonly kind: 'duplicate-key' | 'forbidden-key'; readonly path: string; readonly key: string };

/** The value of a document, its shape unknown, or the first fault found. */
export type JsonRead = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: JsonFault };

// Fatal: a byte that is not UTF-8 would otherwise become U+FFFD, and another reader might make something else of it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BOM = 0xfeff;

/**
 * Reads bytes from anywhere as one JSON document (RFC 8259), as strictly as its readers must agree on it: the one door
 * through which foreign JSON comes in.
 *
 * Refused: bytes that are not UTF-8, a byte order mark, more than the limits, an object with the same key twice (after
 * decoding escapes), and a key named `__proto__`. `constructor` and `prototype` are ordinary keys. Every object has
 * Object.prototype and own keys only. Never throws.
 */
export function readJsonBytes(bytes: Uint8Array, limits: JsonLimits = JSON_DEFAULTS): JsonRead {
  if (bytes.length > (limits.maxBytes ?? Infinity)) return tooMany('size', bytes.length, limits);
  let text: string;
  try {
    text = isAscii(bytes) ? asciiText(bytes) : UTF8.decode(bytes);
  } catch {
    return { ok: false, fault: { kind: 'utf-8' } };
  }
  return readText(text, limits);
}

/** Reads text that was already decoded, with the strictness of {@link readJsonBytes}. Never throws. */
export function readJsonText(text: string, limits: JsonLimits = JSON_DEFAULTS): JsonRead {
  return text.length > (limits.maxBytes ?? Infinity) ? tooMany('size', text.length, limits) : readText(text, limits);
}

/** The value of bytes as {@link readJsonBytes} reads them; `undefined`, which JSON cannot say, for all that it refuses. */
export function jsonValue(bytes: Uint8Array, limits: JsonLimits = JSON_DEFAULTS): unknown {
  const read = readJsonBytes(bytes, limits);
  return read.ok ? read.value : undefined;
}

function readText(text: string, limits: JsonLimits): JsonRead {
  if (text.charCodeAt(0) === BOM) return { ok: false, fault: { kind: 'byte-order-mark' } };
  const { maxDepth = JSON_DEFAULTS.maxDepth, maxParts = Infinity, maxItems = JSON_DEFAULTS.maxItems, maxKeys = Infinity } = limits;
  const { colons, items, depth, escapedKey } = scanJson(text, { depth: maxDepth, parts: maxParts, items: maxItems });
  if (depth > maxDepth) return tooMany('depth', depth, limits);
  if (colons + items > maxParts) return tooMany('parts', colons + items, limits);
  if (items > maxItems) return tooMany('items', items, limits);
  if (colons > maxKeys && hasMoreKeysThan(text, maxKeys)) return tooMany('keys', maxKeys + 1, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, fault: { kind: 'syntax', message: error instanceof Error ? error.message : 'not JSON' } };
  }
  // Every key has one colon, and JSON.parse keeps one key per name: fewer keys than colons is a key twice.
  return !escapedKey && countKeys(value) === colons ? { ok: true, value } : readKeyByKey(text);
}

function readKeyByKey(text: string): JsonRead {
  const result = readCarefully(text);
  if (result.ok) return result;
  return { ok: false, fault: { kind: result.bad.key === '__proto__' ? 'forbidden-key' : 'duplicate-key', ...result.bad } };
}

const MOST = { size: 'maxBytes', depth: 'maxDepth', parts: 'maxParts', items: 'maxItems', keys: 'maxKeys' } as const;

function tooMany(kind: keyof typeof MOST, found: number, limits: JsonLimits): JsonRead {
  return { ok: false, fault: { kind, found, most: limits[MOST[kind]] ?? JSON_DEFAULTS[MOST[kind]] } };
}

/** Text of bytes that are all ASCII, as nearly every document is: copied, not decoded. */
function asciiText(bytes: Uint8Array): string {
  return (bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('latin1');
}

/** Number of keys in all objects; a key `__proto__` counts as none, so that its presence shows as a difference. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const item: unknown = value[i];
      if (typeof item === 'object' && item !== null) count += countKeys(item);
    }
    return count;
  }
  const record = value as Record<string, unknown>;
  for (const key in record) {
    if (key === '__proto__') continue;
    count += 1;
    const item = record[key];
    if (typeof item === 'object' && item !== null) count += countKeys(item);
  }
  return count;
}
