/** The forms in which a definition of Tekton may have been signed: producers disagree about some of its bytes. */
import { field, isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { clip, Refusal } from '../problem.ts';
import { defaulted } from './defaults.ts';
import { encodeStruct } from './encode.ts';
import { goText, STAMP } from './go-json.ts';
import { authorMetadata, LAST_APPLIED, TEKTON_SIGNATURE } from './metadata.ts';
import { CORE } from './tables/core.ts';
import { TEKTON_V1 } from './tables/tekton-v1.ts';
import { TEKTON_V1BETA1 } from './tables/tekton-v1beta1.ts';
import { VOLUMES } from './tables/volumes.ts';
import { readStructs } from './types.ts';
import type { GoStructs } from './types.ts';
import { asV1beta1, asWrittenByOldTools } from './versions.ts';

/** One form of a definition: the bytes of which Tekton signs the sha256, and in words how it differs from the object. */
export interface SignedForm {
  readonly text: string;
  readonly form: string;
}

const V1 = readStructs(TEKTON_V1, CORE, VOLUMES);
const V1BETA1 = readStructs(TEKTON_V1BETA1, CORE, VOLUMES);

const SPECS: ReadonlyMap<string, { readonly structs: GoStructs; readonly spec: string }> = new Map([
  ['tekton.dev/v1 Task', { structs: V1, spec: 'TaskSpec' }],
  ['tekton.dev/v1 Pipeline', { structs: V1, spec: 'PipelineSpec' }],
  ['tekton.dev/v1beta1 Task', { structs: V1BETA1, spec: 'TaskSpec' }],
  ['tekton.dev/v1beta1 Pipeline', { structs: V1BETA1, spec: 'PipelineSpec' }],
  ['tekton.dev/v1beta1 StepAction', { structs: V1BETA1, spec: 'StepActionSpec' }],
]);

/** Annotations that Tekton does not sign (pkg/apis/pipeline/internal/checksum). */
const NOT_SIGNED = new Set([TEKTON_SIGNATURE, 'kubectl-client-side-apply', LAST_APPLIED]);
const MEMBERS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec']);

/** How defaults were when it was signed; the author may have written all of them, some or none. */
const SHAPES = [['as it is', undefined], ['without defaults', 'take'], ['with defaults', 'put']] as const;

/** True for the kinds that Tekton signs. */
export function isTektonDefinition(object: unknown): boolean {
  return isObject(object) && SPECS.has(nameOf(object));
}

/**
 * All forms of a definition that its signature may be over, each once, the likeliest first; at most 36, and mostly four.
 *
 * - defaults: as they are, none, all (Tekton puts them before it verifies, `tkn` does not when it signs);
 * - namespace: as it is, or left out (a cluster fills it in);
 * - creation time: left out, or `null` (apimachinery before 0.34);
 * - version: its own, the struct of v1beta1 under its own version (older `tkn`), or all of v1beta1 (stored as v1 since).
 *
 * All of them say the same. Throws a {@link Refusal} with the first form when the object holds anything that no signature covers.
 */
export function* tektonForms(object: unknown): Generator<SignedForm, void, undefined> {
  const { kind, metadata, views } = read(object);
  const seen = new Set<string>();
  for (const view of views) {
    const specs = view.optional ? attempt(view.spec, kind, view) : specTexts(view.spec, kind, view);
    for (const [shape, spec] of specs) {
      for (const [place, head] of metadataTexts(metadata)) {
        for (const stamp of [undefined, 'null'] as const) {
          const text = stamped(`{"kind":"${kind}","apiVersion":"${view.apiVersion}","metadata":${head},"spec":${spec}}`, stamp);
          if (seen.has(text)) continue;
          seen.add(text);
          const words = [view.words, shape, place, stamp === undefined ? '' : 'creationTimestamp null'];
          yield { text, form: words.filter((word) => word !== '').join(', ') };
        }
      }
    }
  }
}

interface View {
  readonly apiVersion: string;
  readonly structs: string;
  readonly spec: unknown;
  readonly words: string;
  /** The object may hold what this version does not have; then it was not signed in it. */
  readonly optional: boolean;
}

function read(object: unknown): { readonly kind: string; readonly metadata: object; readonly views: readonly View[] } {
  if (!isObject(object)) throw new Refusal('definition is not an object');
  const name = nameOf(object);
  if (!SPECS.has(name)) throw new Refusal('definition is of no kind that Tekton signs', { found: clip(name, 100) });
  const unknown = Object.keys(object).find((key) => !MEMBERS.has(key));
  if (unknown !== undefined) throw new Refusal(`${clip(unknown, 80)} is no field that such a signature covers`);
  const [apiVersion = '', kind = ''] = name.split(' ');
  const spec = field(object, 'spec') ?? {};
  const own: View = { apiVersion, structs: name, spec, words: '', optional: false };
  const beta = `tekton.dev/v1beta1 ${kind}`;
  const views = apiVersion !== 'tekton.dev/v1' ? [own] : [
    own,
    { apiVersion, structs: beta, spec: asWrittenByOldTools(spec), words: 'written as v1beta1', optional: true },
    { apiVersion: 'tekton.dev/v1beta1', structs: beta, spec: asV1beta1(spec), words: 'as v1beta1', optional: true },
  ];
  return { kind, metadata: authorMetadata(object, NOT_SIGNED), views };
}

function nameOf(object: JsonObject): string {
  return `${ownText(object, 'apiVersion') ?? ''} ${ownText(object, 'kind') ?? ''}`;
}

function specTexts(spec: unknown, kind: string, { structs }: View): readonly (readonly [string, string])[] {
  const { structs: table = V1, spec: name = '' } = SPECS.get(structs) ?? {};
  return SHAPES.map(([words, way]) => [words, encodeStruct(way === undefined ? spec : defaulted(spec, kind, way), name, table, 'spec')]);
}

function attempt(spec: unknown, kind: string, view: View): readonly (readonly [string, string])[] {
  try {
    return specTexts(spec, kind, view);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function metadataTexts(metadata: object): readonly (readonly [string, string])[] {
  const texts: [string, string][] = [['', encodeStruct(metadata, 'ObjectMeta', V1, 'metadata')]];
  if (Object.hasOwn(metadata, 'namespace')) {
    const { namespace: _, ...rest } = metadata as { readonly namespace?: string };
    texts.push(['without namespace', encodeStruct(rest, 'ObjectMeta', V1, 'metadata')]);
  }
  return texts;
}

/** Every unset creation time left out, or written as `null`, with the comma that belongs to it. */
function stamped(text: string, stamp: 'null' | undefined): string {
  if (stamp !== undefined) return text.replaceAll(STAMP, `"creationTimestamp":${stamp}`);
  return text.replaceAll(`${STAMP},`, '').replaceAll(`,${STAMP}`, '').replaceAll(STAMP, '');
}

/** The meaning of a definition as text: equal for two that differ in defaults, namespace and name alone, where these are left out. */
export function meaningOf(object: unknown, kept: { readonly name: boolean }): string {
  const { kind, metadata, views: [view] } = read(object);
  const { namespace: _, name, generateName: __, ...rest } = metadata as { namespace?: string; name?: string; generateName?: string };
  const [, [, spec] = ['', '']] = view === undefined ? [] : specTexts(view.spec, kind, view);
  const head = encodeStruct(rest, 'ObjectMeta', V1, 'metadata');
  return `${view?.apiVersion} ${kind} ${kept.name ? goText(name ?? '', 'metadata.name') : ''} ${head} ${spec}`;
}
