/** JSON for comparisons: numbers stay exactly what was written, or are refused. */
import { parseOwnJson, readCarefully } from './careful.ts';

/** A value of JSON in which nothing was rounded: whole numbers are bigints, objects are Maps without a prototype. */
export type ExactValue = null | boolean | string | number | bigint | ExactValue[] | Map<string, ExactValue>;

/** A text in which some number may need more than a double holds; strings can look alike, which costs only time. */
const UNUSUAL_NUMBER = /[[:,\s]-?\d[\d.]{15}|[[:,\s]-?\d[\d.]*[eE]/;

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);

/** A number that no comparison could be right about; the message is its text, shortened. */
export class InexactNumber extends Error {}

/**
 * Parses JSON without rounding: `9007199254740993` stays that number, so what is compared is what was signed
 * (security.md A13). Throws {@link InexactNumber} for whole numbers beyond 64 bits and for those beyond any double
 * (`1e400`); a fraction is the nearest double, as CEL has it. `text` is well-formed JSON without duplicate keys;
 * `parsed` gives it parsed, for callers who need it as well.
 */
export function parseExactly(text: string, parsed?: () => unknown): ExactValue {
  if (!UNUSUAL_NUMBER.test(` ${text}`)) return toExact(parsed === undefined ? parseOwnJson(text) : parsed());
  const read = readCarefully(text, exactNumber);
  if (!read.ok) throw new InexactNumber('in an object with the same key twice');
  return toExact(read.value);
}

function exactNumber(source: string): number | bigint {
  const value = Number(source);
  if (!Number.isFinite(value)) throw new InexactNumber(clip(source));
  if (!/^-?\d+$/.test(source)) return value;
  const whole = BigInt(source);
  if (whole > INT_MAX || whole < INT_MIN) throw new InexactNumber(clip(source));
  return whole;
}

function clip(source: string): string {
  return source.length > 40 ? `${source.slice(0, 40)}…` : source;
}

/** The same for a value that was parsed already, or never text; its depth is limited. */
export function toExact(value: unknown): ExactValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value as ExactValue;
  if (Array.isArray(value)) return value.map(toExact);
  const map = new Map<string, ExactValue>();
  for (const [key, item] of Object.entries(value)) map.set(key, toExact(item));
  return map;
}
