/** The form in which Gatehouse has definitions of any kind signed: RFC 8785 over what their author wrote. */
import { field, isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { jcs } from '../../text/json/jcs.ts';
import { NotCanonical } from '../../text/json/olpc.ts';
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

/** RFC 8785, of parsed JSON; its depth is limited. */
function canonicalJson(value: unknown): string {
  try {
    return jcs(value);
  } catch (cause) {
    if (!(cause instanceof NotCanonical)) throw cause;
    const { found, expected } = cause;
    throw new Refusal(cause.message.replace(/^(text|number)/, '$1 in the definition'), {
      ...(found === undefined ? {} : { found }), ...(expected === undefined ? {} : { expected }),
    });
  }
}
