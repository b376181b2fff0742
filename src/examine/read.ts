/** Reading predicates as their type promises; what has another shape is unreadable, never empty. */
import type { ContentObjection } from '../domain/policy/content-check.ts';
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { LIMITS } from './limits.ts';

/** Thrown where a predicate does not have the shape that its type promises; becomes POLICY_CONTENT_UNREADABLE. */
export class Unreadable extends Error {
  readonly expected: string;

  constructor(place: string, expected: string) {
    super(place);
    this.expected = expected;
  }
}

/** A verified statement's type and parsed predicate: the type says which form the predicate has. */
export interface Typed {
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** The value as an object; throws {@link Unreadable}. */
export function object(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new Unreadable(place, 'an object');
  return value;
}

/** A list of objects; absent and `null` are empty. Throws {@link Unreadable}. */
export function objects(value: unknown, place: string): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Unreadable(place, 'a list');
  const wrong = value.findIndex((item) => !isObject(item));
  if (wrong >= 0) throw new Unreadable(`${place}[${wrong}]`, 'an object');
  return value as readonly JsonObject[];
}

/** A list of texts; absent and `null` are empty. Throws {@link Unreadable}. */
export function texts(value: unknown, place: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw new Unreadable(place, 'a list of texts');
  return value;
}

/** A text field, `undefined` when it is absent, `null` or anything else. */
export function text(from: JsonObject, name: string): string | undefined {
  const value = field(from, name);
  return typeof value === 'string' ? value : undefined;
}

/** A field that must be an object, for going down a path. */
export function inside(from: JsonObject, name: string, place = ''): JsonObject {
  return object(field(from, name), place === '' ? name : `${place}.${name}`);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** An RFC 3339 time in epoch milliseconds; `undefined` when it is none. */
export function time(value: unknown): number | undefined {
  if (typeof value !== 'string' || !TIME.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

/** Text of evidence, short enough for a message. */
export function quoted(value: string): string {
  return value.length > LIMITS.quoted ? `${value.slice(0, LIMITS.quoted)}…` : value;
}

/** The first objections and how many more there are. */
export function limited(objections: readonly ContentObjection[], what: string): readonly ContentObjection[] {
  if (objections.length <= LIMITS.objections) return objections;
  const [first] = objections;
  const shown = objections.slice(0, LIMITS.objections);
  return first === undefined ? shown : [...shown, { code: first.code, found: `and ${objections.length - shown.length} more ${what}` }];
}
