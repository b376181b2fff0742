/** Reading single members of metadata, each within its type and bounds. */
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { TUF_LIMITS } from './limits.ts';
import { refuse } from './refusal.ts';

/** An object of metadata, with nothing known about its members. */
export type TufObject = JsonObject;

/** Reads members of metadata; `where` names the file and place for messages. All throw a TufRefusal. */
export function asObject(value: unknown, where: string): TufObject {
  if (isObject(value)) return value;
  return refuse('malformed', `${where}: expected an object, found ${kindOf(value)}`);
}

/** The object's own member, never an inherited one. */
export function member(object: TufObject, name: string): unknown {
  return field(object, name);
}

/** A text of at most `max` characters that is well-formed Unicode. */
export function asText(value: unknown, where: string, max: number = TUF_LIMITS.nameLength): string {
  if (typeof value !== 'string') return refuse('malformed', `${where}: expected a text, found ${kindOf(value)}`);
  if (value.length > max) return refuse('limit', `${where}: is longer than ${max} characters`);
  return value.isWellFormed() ? value : refuse('malformed', `${where}: is not well-formed Unicode`);
}

/** A whole number of at least `min`. */
export function asInteger(value: unknown, where: string, min: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  return refuse(
    'malformed',
    `${where}: expected a whole number of at least ${min}, found ${typeof value === 'number' ? value : kindOf(value)}`,
  );
}

export function asBoolean(value: unknown, where: string): boolean {
  return typeof value === 'boolean' ? value : refuse('malformed', `${where}: expected true or false, found ${kindOf(value)}`);
}

/** A list of at most `max` entries. */
export function asList(value: unknown, where: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) return refuse('malformed', `${where}: expected a list, found ${kindOf(value)}`);
  return value.length <= max
    ? (value as readonly unknown[])
    : refuse('limit', `${where}: has ${value.length} entries, at most ${max} are read`);
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** A time as the specification writes it (4.2.2): seconds, UTC. Epoch milliseconds. */
export function asTime(value: unknown, where: string): number {
  const at = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at)
    ? refuse(
        'malformed',
        `${where}: expected a time such as 2026-01-01T00:00:00Z, found ${JSON.stringify(value)?.slice(0, 60) ?? 'nothing'}`,
      )
    : at;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
