/** The form in which Gatehouse has definitions of any kind signed: RFC 8785 over what their author wrote. */
import { field, isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { Refusal } from '../problem.ts';
import { defaulted } from './defaults.ts';
import { authorMetadata, LAST_APPLIED, OWN_SIGNATURE, TEKTON_SIGNATURE } from './metadata.ts';
import { isTektonDefinition } from './tekton-forms.ts';
import type { SignedForm } from './tekton-forms.ts';

/** Annotations that carry signatures, or a copy of everything. */
const NOT_SIGNED = new Set([OWN_SIGNATURE, TEKTON_SIGNATURE, LAST_APPLIED, 'kubectl-client-side-apply']);

const SHAPES = [['canonical', undefined], ['canonical without defaults', 'take'], ['canonical with defaults', 'put']] as const;

/**
 * The canonical JSON of a definition of any kind (docs/reference/signed-definitions.md): the object without `status`, with of its
 * metadata name, generateName, namespace, labels and annotations alone, without those annotations that carry signatures, and without
 * labels or annotations when they are empty; written by RFC 8785 (members in the order of UTF-16 code units, no white space).
 *
 * Throws a {@link Refusal} for what has no one spelling: numbers that are rounded, broken Unicode.
 */
export function canonicalDefinition(object: unknown): string {
  return canonicalJson(authored(object));
}

/**
 * All forms that a signature of ours may be over, each once: as it is and, of Tekton's kinds, without and with the defaults that
 * Tekton puts in; with its namespace and without. At most six.
 */
export function* canonicalForms(object: unknown): Generator<SignedForm, void, undefined> {
  const whole = authored(object);
  const kind = ownText(whole, 'kind') ?? '';
  const seen = new Set<string>();
  for (const [shape, way] of isTektonDefinition(object) ? SHAPES : SHAPES.slice(0, 1)) {
    const shaped = way === undefined ? whole : { ...whole, spec: defaulted(field(whole, 'spec'), kind, way) };
    for (const [place, one] of [['', shaped], ['without namespace', withoutNamespace(shaped)]] as const) {
      const text = canonicalJson(one);
      if (seen.has(text)) continue;
      seen.add(text);
      yield { text, form: place === '' ? shape : `${shape}, ${place}` };
    }
  }
}

/** The canonical JSON without the namespace, and without the name where it is not kept: what two objects say. */
export function canonicalMeaning(object: unknown, kept: { readonly name: boolean }): string {
  const whole = withoutNamespace(authored(object));
  const { name, generateName: _, ...metadata } = whole['metadata'] as { readonly name?: string; readonly generateName?: string };
  return canonicalJson({ ...whole, metadata: kept.name ? { ...metadata, name } : metadata });
}

function authored(object: unknown): JsonObject {
  if (!isObject(object)) throw new Refusal('definition is not an object');
  const { status: _, ...rest } = object;
  return { ...rest, metadata: authorMetadata(object, NOT_SIGNED) };
}

function withoutNamespace(object: JsonObject): JsonObject {
  const { namespace: _, ...metadata } = object['metadata'] as JsonObject;
  return { ...object, metadata };
}

/** RFC 8785, of parsed JSON; its depth is limited. Members that are undefined are absent. */
function canonicalJson(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Refusal('text in the definition is not valid Unicode');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as JsonObject;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined).sort();
  return `{${keys.map((key) => `${canonicalJson(key)}:${canonicalJson(object[key])}`).join(',')}}`;
}

/** A whole number beyond 2^53 was rounded when it was read: another one would have the same text. */
function number(value: number): string {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return JSON.stringify(value);
  throw new Refusal('number in the definition is too large to be signed', { found: String(value), expected: 'at most 2^53' });
}
