/** How members of hostile JSON are read: own members only, of the right type, within a bound. */
import { decodeBase64, withoutLineEnds } from '../text/base64.ts';
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { LIMITS } from './limits.ts';
import { clip, Refusal } from './problem.ts';

/** A JSON object whose members have not been looked at. */
export type Members = JsonObject;

const MAX_INT64 = 2n ** 63n - 1n;

/** The value as a JSON object; a {@link Refusal} naming `place` otherwise. */
export function members(value: unknown, place: string): Members {
  if (isObject(value)) return value;
  throw new Refusal(`${place} is not an object`, { found: typeName(value), expected: 'an object' });
}

/** An own member; `null` counts as absent, as in protobuf's JSON mapping. */
export function member(of: Members, key: string): unknown {
  return field(of, key) ?? undefined;
}

/** A member that must be a string of at most `max` characters and well formed Unicode (so that bytes and text agree). */
export function text(of: Members, key: string, place: string, max: number = LIMITS.nameLength): string {
  const value = member(of, key);
  if (typeof value !== 'string') throw new Refusal(`${place}.${key} is not a string`, { found: typeName(value), expected: 'a string' });
  if (value.length > max)
    throw new Refusal(`${place}.${key} is too long`, {
      code: 'VERIFY_LIMIT',
      found: `${value.length} characters`,
      expected: `at most ${max}`,
    });
  if (!value.isWellFormed()) throw new Refusal(`${place}.${key} is not valid Unicode`);
  return value;
}

/** A member that must be base64 of at most `max` bytes; of signatures, payloads and timestamps also in lines, as other clients read it. */
export function bytes(
  of: Members, key: string, place: string, max: number = LIMITS.blobBytes, form: 'plain' | 'lines' = 'plain',
): Uint8Array {
  const encoded = text(of, key, place, Math.ceil(max / 3) * 4);
  const decoded = decodeBase64(form === 'lines' ? withoutLineEnds(encoded) : encoded);
  if (decoded === undefined)
    throw new Refusal(`${place}.${key} is not base64`, { found: clip(encoded, 40), expected: 'standard or URL-safe base64, nothing else' });
  return decoded;
}

/** A member that must be a list of at most `max` items; absent is empty. The count is checked before any item is read. */
export function list(of: Members, key: string, place: string, max: number): readonly unknown[] {
  const value = member(of, key);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Refusal(`${place}.${key} is not a list`, { found: typeName(value), expected: 'a list' });
  if (value.length > max)
    throw new Refusal(`${place}.${key} has too many items`, {
      code: 'VERIFY_LIMIT',
      found: `${value.length} items`,
      expected: `at most ${max}`,
    });
  return value;
}

/** A member that must be a non-negative 64-bit integer: a decimal string, or a number that JSON carries exactly. Absent is 0. */
export function integer(of: Members, key: string, place: string): bigint {
  const value = member(of, key);
  if (value === undefined) return 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(?:0|[1-9][0-9]{0,18})$/.test(value)) {
    const number = BigInt(value);
    if (number <= MAX_INT64) return number;
  }
  throw new Refusal(`${place}.${key} is not a non-negative 64-bit integer`, {
    found: scalarText(value),
    expected: 'a decimal number from 0 to 2^63-1',
  });
}

/** A text, number or boolean as it was written, shortened; of anything else only its type: turning hostile objects into text can throw. */
export function scalarText(value: unknown): string {
  return typeof value === 'object' || value === undefined ? typeName(value) : clip(String(value), 40);
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
