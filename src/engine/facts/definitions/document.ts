/** Bytes from a registry or a resolver become the one definition that they are, or none. */
import { readYaml } from '../../../extract/nested/yaml.ts';
import { isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { sha256Hex } from '../../../text/sha256.ts';

/** Bytes of a definition, as JSON; etcd takes no object of more than half as much again. */
export const MOST_BYTES = 1024 * 1024;
/** Longest YAML, in UTF-16 code units: the library reads about a thousand a millisecond, on the thread that answers. */
const MOST_YAML = 64 * 1024;
/** Definitions that are kept read: an engine has each admitted many times in the life of a run. */
const MOST_KEPT = 64;

/** The one object that bytes hold, or why they hold none. */
export type DocumentRead = { readonly ok: true; readonly object: JsonObject } | { readonly ok: false; readonly why: string };

const kept = new Map<string, DocumentRead>();
// Fatal: a byte that is not UTF-8 would be another character for another reader.
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one document, JSON or YAML, as strictly as its readers must agree on it: no aliases, no key twice, no second document. What bytes
 * mean is remembered by their hash. Never throws.
 */
export function readDocument(bytes: Uint8Array): DocumentRead {
  if (bytes.length > MOST_BYTES) return { ok: false, why: `it has ${bytes.length} bytes, at most ${MOST_BYTES} are read` };
  const key = sha256Hex(bytes);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const read = readOnce(bytes);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, read);
  return read;
}

function readOnce(bytes: Uint8Array): DocumentRead {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { ok: false, why: 'it is no text in UTF-8' };
  }
  const read = readYaml(text, MOST_YAML);
  if (!read.ok) {
    const why = read.fault === 'size' ? `as YAML it has ${read.cause}; JSON may be longer` : `it is not read: ${read.cause}`;
    return { ok: false, why };
  }
  const [object, ...others] = read.documents;
  if (others.length > 0) return { ok: false, why: 'it holds several documents' };
  return isObject(object) ? { ok: true, object } : { ok: false, why: 'it holds no object' };
}
