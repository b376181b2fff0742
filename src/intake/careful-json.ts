/** A key that an object must not have: there twice, or named `__proto__`. */
export interface BadKey {
  /** JSON path of the object, `the document` for the outermost one. */
  readonly path: string;
  readonly key: string;
}

export type CarefulResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly bad: BadKey };

/** Position in valid JSON text, and the first bad key met. */
interface Cursor {
  readonly text: string;
  at: number;
  bad: BadKey | undefined;
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^,\]}\s]+/y;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Reads JSON key by key, looking at every key: slower than `JSON.parse`, and independent of it for keys.
 *
 * `text` is valid JSON, which `JSON.parse` has established, and its depth is limited. Used where counting found
 * a difference, to name the key, and for text with escapes inside keys: V8 13.6 reads such a key wrongly when it
 * has seen an object whose next key is the same text with the escape left as it is
 * (`{"a":1,"\\u006":1}`, then `{"a":1,"\u0069mage":2}` has a key `\u006`).
 */
export function readCarefully(text: string): CarefulResult {
  const cursor: Cursor = { text, at: 0, bad: undefined };
  const value = readValue(cursor, '');
  return cursor.bad === undefined ? { ok: true, value } : { ok: false, bad: cursor.bad };
}

function readValue(cursor: Cursor, path: string): unknown {
  take(cursor, SPACE);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor, path);
  if (first === '[') return readArray(cursor, path);
  return JSON.parse(take(cursor, first === '"' ? STRING : SCALAR));
}

function readObject(cursor: Cursor, path: string): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  while (hasNext(cursor, '}')) {
    const key = String(JSON.parse(take(cursor, STRING)));
    if (Object.hasOwn(object, key) || key === '__proto__') {
      cursor.bad = { path: path === '' ? 'the document' : path, key };
      break;
    }
    take(cursor, SPACE);
    cursor.at += 1;
    object[key] = readValue(cursor, join(path, key));
  }
  return object;
}

function readArray(cursor: Cursor, path: string): unknown[] {
  const array: unknown[] = [];
  while (hasNext(cursor, ']')) array.push(readValue(cursor, `${path}[${array.length}]`));
  return array;
}

/** Steps over the opening bracket or the comma; false when nothing follows, or when a bad key ended the reading. */
function hasNext(cursor: Cursor, close: string): boolean {
  if (cursor.bad !== undefined) return false;
  take(cursor, SPACE);
  const here = cursor.text[cursor.at];
  cursor.at += 1;
  if (here === close || here === undefined) return false;
  take(cursor, SPACE);
  if (cursor.text[cursor.at] !== close) return true;
  cursor.at += 1;
  return false;
}

function take(cursor: Cursor, token: RegExp): string {
  token.lastIndex = cursor.at;
  const match = token.exec(cursor.text)?.[0] ?? '';
  cursor.at += match.length;
  return match;
}

function join(path: string, key: string): string {
  if (!NAME.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
