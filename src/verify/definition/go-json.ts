/** JSON as Go's encoding/json writes it, of the values that are no structs. */
import { clip, Refusal } from '../problem.ts';
import { goDuration } from './duration.ts';
import { goQuantity } from './quantity.ts';
import type { ScalarName } from './types.ts';

/** Where an unset creation time may stand; JSON text never holds this character. */
export const STAMP = '\u0001';

/**
 * A text as Go writes it: `<`, `>`, `&`, U+2028 and U+2029 as escapes; of all other characters JavaScript and Go think alike (of `\b` and
 * `\f` since Go 1.22).
 */
export function goText(text: string, path: string): string {
  if (!text.isWellFormed()) throw new Refusal(`${path} is not valid Unicode`);
  return JSON.stringify(text).replaceAll(/[<>&\u2028\u2029]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The value as Go writes it after reading it as this type; a {@link Refusal} for what Go would not read. Never `null`. */
export function goScalar(type: ScalarName, value: unknown, path: string): string {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? goText(value, path) : wrong(path, 'a text', value);
    case 'bool':
      return typeof value === 'boolean' ? String(value) : wrong(path, 'true or false', value);
    case 'int':
      return wholeNumber(value, path);
    case 'Quantity':
      return typeof value === 'string' || typeof value === 'number'
        ? `"${goQuantity(String(value), path)}"`
        : wrong(path, 'a quantity', value);
    case 'Duration':
      return goText(typeof value === 'string' ? goDuration(value, path) : wrong(path, 'a duration', value), path);
    case 'IntOrString':
      return typeof value === 'string' ? goText(value, path) : wholeNumber(value, path);
    case 'ParamValue':
      return paramValue(value, path);
    case 'Raw':
      return goAny(value, path);
    case 'Stamp':
      return wrong(path, 'no creation time', value);
  }
}

/** What Go writes where there is no value and the field is not left out; `undefined` where it writes nothing. */
export function goZero(type: ScalarName, path: string): string | undefined {
  switch (type) {
    case 'string': return '""';
    case 'bool': return 'false';
    case 'int': case 'IntOrString': return '0';
    case 'Quantity': return '"0"';
    case 'Duration': return '"0s"';
    case 'Raw': return 'null';
    case 'Stamp': return STAMP;
    case 'ParamValue': return wrong(path, 'a value', undefined);
  }
}

/** JSON that Go keeps as it is, but for its spaces; keys are taken as sorted, as they are in what was YAML. */
export function goAny(value: unknown, path: string): string {
  if (typeof value === 'string') return goText(value, path);
  if (typeof value === 'number') return wholeNumber(value, path);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item, index) => goAny(item, `${path}[${index}]`)).join(',')}]`;
  if (typeof value !== 'object') return wrong(path, 'JSON', value);
  return goMap(value as Readonly<Record<string, unknown>>, path, goAny);
}

/** A map: keys in the order of their bytes. */
export function goMap(
  map: Readonly<Record<string, unknown>>, path: string, write: (value: unknown, path: string) => string,
): string {
  return `{${sortedKeys(map).map((key) => `${goText(key, path)}:${write(map[key], `${path}.${clip(key, 80)}`)}`).join(',')}}`;
}

/** Keys by code point, which is the order of their UTF-8 bytes. */
export function sortedKeys(map: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(map);
  return keys.some((key) => /[\ud800-\udfff]/.test(key))
    ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : keys.sort();
}

/** Tekton's value of a parameter or result; numbers and truth values become texts, whatever else is no text is refused. */
function paramValue(value: unknown, path: string): string {
  if (typeof value === 'string') return goText(value, path);
  if (typeof value === 'boolean') return `"${value}"`;
  if (typeof value === 'number') return `"${wholeNumber(value, path)}"`;
  const texts = (item: unknown, at: string): string => (typeof item === 'string' ? goText(item, at) : wrong(at, 'a text', item));
  if (Array.isArray(value)) return `[${value.map((item, index) => texts(item, `${path}[${index}]`)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return wrong(path, 'a text, a list of texts or a map of texts', value);
  return goMap(value as Readonly<Record<string, unknown>>, path, texts);
}

function wholeNumber(value: unknown, path: string): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  return wrong(path, 'a whole number', value);
}

/** Refuses a value that is of another type than its field. */
export function wrong(path: string, expected: string, value: unknown): never {
  throw new Refusal(`${path} is not of its type`, { expected, found: typeName(value) });
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
