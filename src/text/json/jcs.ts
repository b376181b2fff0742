/** Canonical JSON by RFC 8785: one text for one value, in which members stand in the order of UTF-16 code units without white space. */
import { NotCanonical } from './olpc.ts';

/**
 * Writes a parsed JSON value by RFC 8785. Members that are undefined are absent. The depth of the value is limited by whoever read it.
 *
 * Throws a {@link NotCanonical} for what has no one spelling: whole numbers beyond 2^53, which were rounded when they were read and would
 * have the text of another one, and broken Unicode.
 */
export function jcs(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new NotCanonical('text is not valid Unicode');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined).sort();
  return `{${keys.map((key) => `${jcs(key)}:${jcs(object[key])}`).join(',')}}`;
}

function number(value: number): string {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return JSON.stringify(value);
  throw new NotCanonical('number is too large to be signed', String(value), 'at most 2^53');
}
