/** Ids of documents: equal content has an equal hash, in whatever order its keys stand. */
import { createHash } from 'node:crypto';

/**
 * Hash of a JSON value, `sha256:<hex>`, independent of the order of keys: an id of documents.
 *
 * Members that are `undefined` count as absent, as in JSON. It is an identity for caches inside this process,
 * never a signature input.
 */
export function hashJson(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
