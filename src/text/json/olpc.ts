/** Canonical JSON as TUF and classic in-toto sign it. */

const SURROGATE = /[\ud800-\udfff]/;

/** Raised for a value that has no canonical form; nothing else is thrown. */
export class NotCanonical extends Error {
  readonly found: string | undefined;
  readonly expected: string | undefined;

  constructor(cause: string, found?: string, expected?: string) {
    super(cause);
    this.found = found;
    this.expected = expected;
  }
}

/**
 * Encodes a parsed JSON value as OLPC canonical JSON, the bytes that signatures of TUF (specification 4.2)
 * and of classic in-toto are over (securesystemslib `formats.encode_canonical`): members sorted by code point, no white space, only
 * `"` and `\`
 * escaped, integers only.
 *
 * Throws a {@link NotCanonical} for what has no canonical form: fractions, integers beyond 2^53 (which another reader may
 * see differently), halves of surrogate pairs. The value is what `readJsonBytes` made, so its depth is limited.
 */
export function canonicalJson(value: unknown): Uint8Array {
  const parts: string[] = [];
  write(value, parts);
  return Buffer.from(parts.join(''), 'utf8');
}

function write(value: unknown, parts: string[]): void {
  if (typeof value === 'string') parts.push(quoted(value));
  else if (typeof value === 'number') parts.push(integer(value));
  else if (value === null || typeof value === 'boolean') parts.push(String(value));
  else if (Array.isArray(value)) writeList(value, parts);
  else if (typeof value === 'object') writeMembers(value as Readonly<Record<string, unknown>>, parts);
  else throw new NotCanonical('value is not JSON');
}

function writeList(list: readonly unknown[], parts: string[]): void {
  parts.push('[');
  list.forEach((item, index) => {
    if (index > 0) parts.push(',');
    write(item, parts);
  });
  parts.push(']');
}

function writeMembers(object: Readonly<Record<string, unknown>>, parts: string[]): void {
  parts.push('{');
  sortedKeys(object).forEach((key, index) => {
    parts.push(index > 0 ? ',' : '', quoted(key), ':');
    write(object[key], parts);
  });
  parts.push('}');
}

/** UTF-16 order and code point order differ only where there are surrogate pairs. */
function sortedKeys(object: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(object);
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(byCodePoint) : keys.sort();
}

/** Where two texts first differ, a half of a pair stands for a code point above all that are written in one unit. */
function byCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at === shorter ? a.length - b.length : rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw new NotCanonical('text is not valid Unicode');
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new NotCanonical('number has no canonical form', String(value), 'an integer between -2^53 and 2^53');
  return String(value);
}
