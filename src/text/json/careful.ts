/** The slow reading of JSON that looks at every key itself: it names a bad key, and depends on no parser for keys. */
import { ownCopy } from '../own-copy.ts';
import { scanJson } from './scan.ts';

/** A key that an object must not have: there twice, or named `__proto__`. */
export interface BadKey {
  /** JSON path of the object, `the document` for the outermost one. */
  readonly path: string;
  readonly key: string;
}

/** What {@link readCarefully} made of the text: its value, or the first bad key. */
export type CarefulResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly bad: BadKey };

/** Position in valid JSON text, the way to it, and the first bad key met. */
interface Cursor {
  readonly text: string;
  readonly number: (source: string) => unknown;
  at: number;
  /** Keys and indices from the document to here. */
  readonly path: (string | number)[];
  bad: BadKey | undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Reads JSON key by key, looking at every key: slower than `JSON.parse`, and independent of it for keys.
 *
 * `text` is valid JSON, which `JSON.parse` has established, and its depth is limited. Used where counting found
 * a difference, to name the key, and for text with escapes inside keys: V8 13.6 reads such a key wrongly when it
 * has seen an object whose next key is the same text with the escape left as it is
 * (`{"a":1,"\\u006":1}`, then `{"a":1,"\u0069mage":2}` has a key `\u006`). `number` makes a value of a number's text,
 * for callers who must not round; what it throws passes through.
 */
export function readCarefully(text: string, number: (source: string) => unknown = Number): CarefulResult {
  const cursor: Cursor = { text, number, at: 0, path: [], bad: undefined };
  const value = readValue(cursor);
  return cursor.bad === undefined ? { ok: true, value } : { ok: false, bad: cursor.bad };
}

/**
 * Parses text that is JSON for certain, without a key twice in an object: what this process wrote or has read strictly
 * before. As fast as `JSON.parse` unless keys are written with escapes. The size is the caller's to limit.
 */
export function parseOwnJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!text.includes('\\') || !scanJson(text).escapedKey) return value;
  const careful = readCarefully(text);
  return careful.ok ? careful.value : value;
}

function readValue(cursor: Cursor): unknown {
  switch (skipSpace(cursor)) {
    case BRACE:
      return readObject(cursor);
    case BRACKET:
      return readArray(cursor);
    case QUOTE:
      return readString(cursor);
    default:
      return readScalar(cursor);
  }
}

function readObject(cursor: Cursor): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  while (hasNext(cursor, BRACE_END)) {
    const key = readString(cursor);
    if (Object.hasOwn(object, key) || key === '__proto__') {
      cursor.bad = { path: pathText(cursor.path), key };
      break;
    }
    skipSpace(cursor);
    cursor.at += 1;
    cursor.path.push(key);
    object[key] = readValue(cursor);
    cursor.path.pop();
  }
  return object;
}

function readArray(cursor: Cursor): unknown[] {
  const array: unknown[] = [];
  while (hasNext(cursor, BRACKET_END)) {
    cursor.path.push(array.length);
    array.push(readValue(cursor));
    cursor.path.pop();
  }
  return array;
}

/** Steps over the opening bracket or the comma; false when nothing follows, or when a bad key ended the reading. */
function hasNext(cursor: Cursor, close: number): boolean {
  if (cursor.bad !== undefined) return false;
  const here = skipSpace(cursor);
  cursor.at += 1;
  if (here === close || Number.isNaN(here)) return false;
  if (skipSpace(cursor) !== close) return true;
  cursor.at += 1;
  return false;
}

function readString(cursor: Cursor): string {
  const { text, at } = cursor;
  let end = at + 1;
  let escaped = false;
  for (let unit = text.charCodeAt(end); unit !== QUOTE && end < text.length; unit = text.charCodeAt(end)) {
    if (unit === BACKSLASH) escaped = true;
    end += unit === BACKSLASH ? 2 : 1;
  }
  cursor.at = end + 1;
  // A text by itself has no key before it that JSON.parse could guess from. What is kept of a document must not keep all of it.
  return escaped ? String(JSON.parse(text.slice(at, end + 1))) : ownCopy(text.slice(at + 1, end));
}

function readScalar(cursor: Cursor): unknown {
  const start = cursor.at;
  let unit = cursor.text.charCodeAt(start);
  while (unit > 0x20 && unit !== COMMA && unit !== BRACE_END && unit !== BRACKET_END) {
    cursor.at += 1;
    unit = cursor.text.charCodeAt(cursor.at);
  }
  const token = cursor.text.slice(start, cursor.at);
  if (token === 'null') return null;
  return token === 'true' || (token === 'false' ? false : cursor.number(token));
}

/** Steps over white space and gives the code unit there; NaN at the end of the text. */
function skipSpace(cursor: Cursor): number {
  let unit = cursor.text.charCodeAt(cursor.at);
  while (unit <= 0x20) {
    cursor.at += 1;
    unit = cursor.text.charCodeAt(cursor.at);
  }
  return unit;
}

function pathText(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!NAME.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text === '' ? 'the document' : text;
}
