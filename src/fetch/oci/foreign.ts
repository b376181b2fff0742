/** Whether bytes can be what was asked for at all, or are somebody else's: a login page, an error of a proxy, half an answer. */
import { isObject } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';

const MOST_ITEMS = 200_000;
const MARKS = ['schemaVersion', 'mediaType', 'layers', 'manifests', 'fsLayers', 'config'] as const;
/** Faults of what is no JSON at all; the others are faults of JSON that somebody wrote. */
const NO_JSON: ReadonlySet<string> = new Set(['syntax', 'utf-8', 'byte-order-mark']);

/** True for JSON, also for JSON that is not used because readers disagree on it or because it has too many parts. */
export function isJson(bytes: Uint8Array): boolean {
  const read = readJsonBytes(bytes, { maxItems: MOST_ITEMS });
  return read.ok || !NO_JSON.has(read.fault.kind);
}

/** True for JSON with anything in it that manifests have, however wrong. */
export function resemblesManifest(bytes: Uint8Array): boolean {
  const read = readJsonBytes(bytes, { maxItems: MOST_ITEMS });
  if (!read.ok) return !NO_JSON.has(read.fault.kind);
  const { value } = read;
  return isObject(value) && MARKS.some((name) => Object.hasOwn(value, name));
}
