import { isAscii } from 'node:buffer';
import { shownText } from '../text/shown.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { readCarefully } from '../text/json/careful.ts';
import type { BadKey } from '../text/json/careful.ts';
import { scanJson } from '../text/json/scan.ts';

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

export interface JsonLimits {
  /** Most arrays and objects inside each other. */
  readonly maxDepth: number;
  /** Most keys, items and brackets together: some bytes of them take the parser a hundred times as long as of text. */
  readonly maxParts: number;
}

// Fatal: a byte that is not UTF-8 would otherwise become U+FFFD, and another reader might make something else of it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Limits for reviews; far beyond every object there is. Parsing what is within them takes some ten milliseconds. */
export const JSON_LIMITS: JsonLimits = { maxDepth: 512, maxParts: 300_000 };

const BOM = '\ufeff';

/**
 * Parses one JSON document (RFC 8259) as strictly as its readers must agree on it.
 *
 * Refused: bytes that are not UTF-8, a byte order mark, nesting deeper or more parts than the limits, an object with the same
 * key twice (after decoding escapes), and a key named `__proto__`. `constructor` and `prototype` are ordinary
 * keys. The value's shape is unknown; `JSON.parse` made it, so every object has Object.prototype and own keys
 * only. The size of `bytes` is the caller's to limit. Never throws.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonResult {
  let text: string;
  try {
    text = isAscii(bytes) ? asciiText(bytes) : UTF8.decode(bytes);
  } catch {
    return failed('INPUT_JSON_INVALID', 'expected UTF-8, found bytes that are not');
  }
  if (text.startsWith(BOM)) return failed('INPUT_JSON_INVALID', 'expected a JSON document, found a byte order mark before it');
  const structure = scanJson(text);
  if (structure.depth > limits.maxDepth) {
    return failed('INPUT_TOO_DEEP', `expected at most ${limits.maxDepth} levels of nesting, found ${structure.depth}`);
  }
  if (structure.parts > limits.maxParts) {
    return failed('INPUT_TOO_MANY_PARTS', `expected at most ${limits.maxParts} keys, items and brackets, found ${structure.parts}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed('INPUT_JSON_INVALID', `expected a JSON document, found none: ${parserMessage(error)}`);
  }
  // Every key has one colon, and JSON.parse keeps one key per name: fewer keys than colons is a key twice.
  return !structure.escapedKey && countKeys(value) === structure.colons ? { ok: true, value } : parseCarefully(text);
}

/** Text of bytes that are all ASCII, as nearly every review is: copied, not decoded. */
function asciiText(bytes: Uint8Array): string {
  return (bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('latin1');
}

function parseCarefully(text: string): JsonResult {
  const result = readCarefully(text);
  return result.ok ? result : refused(result.bad);
}

function refused(bad: BadKey): JsonResult {
  const place = shownText(bad.path, 512);
  if (bad.key === '__proto__') return failed('INPUT_KEY_FORBIDDEN', `key "__proto__" is not allowed, found in ${place}`);
  return failed('INPUT_KEY_DUPLICATE', `expected every key once, found key "${shownText(bad.key, 128)}" twice in ${place}`);
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

function parserMessage(error: unknown): string {
  return shownText(error instanceof Error ? error.message : 'not JSON', 200);
}

function failed(code: ReasonCode, message: string): JsonResult {
  return { ok: false, code, message };
}
