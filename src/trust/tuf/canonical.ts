import { TUF_LIMITS } from '../../tuf/limits.ts';
import { refuse } from '../../tuf/refusal.ts';

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Canonical JSON as TUF signs it (OLPC form, specification 4.2): keys in order of code points, no white space,
 * only `"` and `\` escaped, whole numbers only. Unknown members are part of it, as the specification demands.
 * Throws a TufRefusal for numbers that are not whole and for nesting beyond the limit.
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > TUF_LIMITS.depth) refuse('limit', `metadata is nested deeper than ${TUF_LIMITS.depth} levels`);
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value)
      ? String(value)
      : refuse('malformed', `metadata holds the number ${value}; only whole numbers can be signed`);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = sortedKeys(object).map((key) => `${quote(key)}:${canonicalJson(object[key], depth + 1)}`);
  return `{${members.join(',')}}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** UTF-16 order is the order of code points unless surrogates are involved; UTF-8 bytes always have it. */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) : keys.sort();
}
