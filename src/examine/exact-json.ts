import { parseOwnJson } from '../text/json/careful.ts';
import { scanJson } from '../text/json/scan.ts';

/** A value of JSON in which nothing was rounded: whole numbers are bigints, objects are Maps without a prototype. */
export type ExactValue = null | boolean | string | number | bigint | ExactValue[] | Map<string, ExactValue>;

/** A text in which some number may need more than a double holds; strings can look alike, which costs only time. */
const UNUSUAL_NUMBER = /[[:,\s]-?\d[\d.]{15}|[[:,\s]-?\d[\d.]*[eE]/;

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);

/** A number that no comparison could be right about. */
export class InexactNumber extends Error {}

/**
 * Parses JSON without rounding: `9007199254740993` stays that number, so a policy compares what was signed
 * (security.md A13). Throws {@link InexactNumber} for whole numbers beyond 64 bits and for those beyond any double
 * (`1e400`); a fraction is the nearest double, as CEL has it. `text` is well-formed JSON without duplicate keys;
 * `parsed` gives it parsed, for callers who need it as well.
 */
export function parseExactly(text: string, parsed?: () => unknown): ExactValue {
  if (!UNUSUAL_NUMBER.test(` ${text}`)) return convert(parsed === undefined ? parseOwnJson(text) : parsed());
  // Keys with escapes can only be read key by key, where numbers are rounded; nobody writes both.
  if (text.includes('\\') && scanJson(text).escapedKey) throw new InexactNumber('in an object whose keys are written with escapes');
  return convert(JSON.parse(text, exactNumber));
}

/** The same for a value that was never text. */
export function toExact(value: unknown): ExactValue {
  return convert(value);
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const { source } = context;
  if (!Number.isFinite(value)) throw new InexactNumber(clip(source));
  if (!/^-?\d+$/.test(source)) return value;
  const whole = BigInt(source);
  if (whole > INT_MAX || whole < INT_MIN) throw new InexactNumber(clip(source));
  return whole;
}

function clip(source: string): string {
  return source.length > 40 ? `${source.slice(0, 40)}…` : source;
}

function convert(value: unknown): ExactValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value as ExactValue;
  if (Array.isArray(value)) return value.map(convert);
  const map = new Map<string, ExactValue>();
  for (const [key, item] of Object.entries(value)) map.set(key, convert(item));
  return map;
}
