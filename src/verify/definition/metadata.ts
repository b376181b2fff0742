/** Of an object's metadata: what its author wrote and signatures cover, and what a cluster adds, which says nothing. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { clip, Refusal } from '../problem.ts';

/** Where Tekton keeps a signature. */
export const TEKTON_SIGNATURE = 'tekton.dev/signature';
/** Where we keep Sigstore bundles: one, or a JSON list of several. */
export const OWN_SIGNATURE = 'gatehouse.dev/signature';
/** What an author handed in, where he applied it client-side. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What an author writes. */
const WRITTEN: ReadonlySet<string> = new Set(['name', 'generateName', 'namespace', 'labels', 'annotations']);

/** What the API server, garbage collection and controllers add. */
const ADDED: ReadonlySet<string> = new Set([
  'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds',
  'ownerReferences', 'finalizers', 'managedFields',
]);

/** The metadata that an author wrote, with these annotations left out; empty maps and texts are left out as well. */
export interface AuthorMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads the metadata of an object. Throws a {@link Refusal} for a member that neither authors nor clusters write. */
export function authorMetadata(object: JsonObject, leftOut: ReadonlySet<string>): AuthorMetadata {
  const metadata = field(object, 'metadata') ?? {};
  if (!isObject(metadata)) throw new Refusal('metadata is not an object');
  const unknown = Object.keys(metadata).find((key) => !WRITTEN.has(key) && !ADDED.has(key));
  if (unknown !== undefined) throw new Refusal(`metadata.${clip(unknown, 80)} is no field that a signature covers`);
  return {
    ...textMember(metadata, 'name'), ...textMember(metadata, 'generateName'), ...textMember(metadata, 'namespace'),
    ...mapMember(metadata, 'labels', new Set()), ...mapMember(metadata, 'annotations', leftOut),
  };
}

function textMember(metadata: JsonObject, name: string): Readonly<Record<string, string>> {
  const value = field(metadata, name) ?? '';
  if (typeof value !== 'string') throw new Refusal(`metadata.${name} is not a text`);
  return value === '' ? {} : { [name]: value };
}

function mapMember(metadata: JsonObject, name: string, leftOut: ReadonlySet<string>): Readonly<Record<string, Record<string, string>>> {
  const map = field(metadata, name) ?? {};
  if (!isObject(map)) throw new Refusal(`metadata.${name} is not a map`);
  const entries = Object.entries(map).filter(([key]) => !leftOut.has(key));
  for (const [key, value] of entries)
    if (typeof value !== 'string') throw new Refusal(`metadata.${name}.${clip(key, 80)} is not a text`);
  return entries.length === 0 ? {} : { [name]: Object.fromEntries(entries) as Record<string, string> };
}
