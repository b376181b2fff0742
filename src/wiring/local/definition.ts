/** The bytes of a definition that are signed, from the file in which its author wrote it. */
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { readDocument } from '../../engine/facts/definitions/document.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { canonicalDefinition } from '../../verify/definition/canonical.ts';
import { Refusal } from '../../verify/problem.ts';

/**
 * The canonical JSON of the one definition in these bytes, YAML or JSON. Throws a {@link UsageError} for what is none, and for YAML
 * that two readers take for different things: what is signed must be what kubectl sends, or the signature never holds.
 */
export function canonicalBytes(bytes: Uint8Array): string {
  const read = readDocument(bytes);
  if (!read.ok) throw new UsageError(`expected one definition, but ${read.why}`);
  const { object } = read;
  if (typeof object['apiVersion'] !== 'string' || typeof object['kind'] !== 'string')
    throw new UsageError('expected an object with apiVersion and kind');
  requireOneMeaning(bytes, object);
  try {
    return canonicalDefinition(object);
  } catch (cause) {
    if (cause instanceof Refusal) throw new UsageError(cause.message);
    throw cause;
  }
}

/** `yes`, `y` or `0644` are a boolean, a text or another number by the version of YAML; quotes, or JSON, leave no doubt. */
function requireOneMeaning(bytes: Uint8Array, object: JsonObject): void {
  const newer: unknown = parseDocument(Buffer.from(bytes).toString('utf8'), { merge: false, uniqueKeys: false, logLevel: 'silent' }).toJS();
  const at = differs(object, newer, '');
  if (at !== undefined) throw new UsageError(`${at} means different things to different readers of YAML; write it in quotes, or as JSON`);
}

/** The path of the first value that is not the same in both. */
function differs(one: unknown, other: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(one, other)) return undefined;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return path;
  for (const [key, value] of Object.entries(one)) {
    const inside = Array.isArray(one) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`;
    const found = differs(value, (other as JsonObject)[key], inside);
    if (found !== undefined) return found;
  }
  return path === '' ? 'a key' : path;
}
