/** Every image of a workflow's spec: in templates, their defaults, patches, plugins, volumes, and manifests. */
import type { BuildImage } from '../../domain/build/image.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { unreadable } from '../finding.ts';
import { readManifest } from '../nested/manifest.ts';
import type { ManifestPlace } from '../nested/manifest.ts';
import { at, note, objectAt, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { imageVolumesOf } from '../parts/volumes.ts';
import { containersOf } from './containers.ts';
import type { Defaults } from './containers.ts';
import type { Globals } from './globals.ts';
import { MAX_LONG_TEXT, MAX_RAW, MAX_TEXT } from './limits.ts';
import { readPatch } from './patch.ts';
import { deferred, tagsIn } from './placeholders.ts';
import type { Value } from './placeholders.ts';
import { lookupIn } from './scopes.ts';
import type { Scope } from './scopes.ts';
import type { Template } from './templates.ts';

/** A field that holds an image, a patch or a manifest. */
export interface ImageField {
  readonly path: string;
  readonly holder: string;
  readonly raw: unknown;
  readonly holds: 'image' | 'patch' | 'manifest' | 'unknown';
}

/** Most different texts of one patch or manifest that are opened. */
const MAX_TEXTS = 16;
/** Characters of YAML inside of texts that are read for one object. */
const MAX_OPENED = 32 * 1024;

/** The fields of a template; what it has from `defaults` stands at its place there. */
export function fieldsOf(
  template: Placed<JsonObject>, defaults: Defaults | undefined, problems: Problems,
): readonly ImageField[] {
  const { value, path } = template;
  const images = containersOf(template, defaults, problems).map((container): ImageField => {
    const own = field(container.value, 'image');
    const from = isNothing(own) && container.inherited !== undefined ? container.inherited : container;
    return { path: at(from.path, 'image'), holder: container.holder, raw: field(from.value, 'image') ?? '', holds: 'image' };
  });
  return [...images, ...volumeFields(template, problems), ...patchFields(value, path, defaults), ...resourceFields(template, problems)];
}

/** The fields of a workflow's spec outside of its templates. */
export function specFields({ value, path }: Placed<JsonObject>, problems: Problems): readonly ImageField[] {
  const gc = objectAt(value, 'artifactGC', path, problems);
  const plugins = objectsAt(value, 'executorPlugins', path, problems).flatMap((plugin): ImageField[] => {
    const spec = objectAt(plugin.value, 'spec', plugin.path, problems) ?? {};
    const sidecar = objectAt(spec, 'sidecar', `${plugin.path}.spec`, problems) ?? {};
    const container = objectAt(sidecar, 'container', `${plugin.path}.spec.sidecar`, problems);
    const place = `${plugin.path}.spec.sidecar.container`;
    if (container === undefined) return [];
    const holder = `plugin ${textOf(container, 'name')}`.trim();
    return [{ path: `${place}.image`, holder, raw: field(container, 'image') ?? '', holds: 'image' }];
  });
  return [
    ...volumeFields({ value, path }, problems), ...patchFields(value, path, undefined),
    ...(gc === undefined ? [] : patchFields(gc, at(path, 'artifactGC'), undefined)), ...plugins,
  ];
}

function volumeFields({ value, path }: Placed<JsonObject>, problems: Problems): readonly ImageField[] {
  return imageVolumesOf(value, path, problems).map((volume) =>
    ({ path: volume.path, holder: `volume ${volume.name}`.trim(), raw: volume.value, holds: 'image' }));
}

function patchFields(value: JsonObject, path: string, defaults: Placed<JsonObject> | undefined): readonly ImageField[] {
  const own = field(value, 'podSpecPatch');
  const from = isNothing(own) && defaults !== undefined ? { value: defaults.value, path: defaults.path } : { value, path };
  const raw = field(from.value, 'podSpecPatch');
  return isNothing(raw) ? [] : [{ path: at(from.path, 'podSpecPatch'), holder: 'pod patch', raw, holds: 'patch' }];
}

/** Verbs by which nothing is made or changed. */
const HARMLESS: ReadonlySet<string> = new Set(['get', 'delete']);

function resourceFields({ value, path }: Placed<JsonObject>, problems: Problems): readonly ImageField[] {
  const resource = objectAt(value, 'resource', path, problems);
  if (resource === undefined || HARMLESS.has(textOf(resource, 'action'))) return [];
  const place = at(path, 'resource');
  const manifest = field(resource, 'manifest');
  const flags = field(resource, 'flags');
  const files = (Array.isArray(flags) ? (flags as readonly unknown[]) : []).flatMap((flag, index): ImageField[] =>
    typeof flag === 'string' && bringsManifest(flag) ? [unknown(`${place}.flags[${index}]`, flag)] : []);
  return [
    ...(isNothing(manifest) ? [] : [{ path: `${place}.manifest`, holder: 'manifest', raw: manifest, holds: 'manifest' } as const]),
    ...(isObject(field(resource, 'manifestFrom')) ? [unknown(`${place}.manifestFrom`, 'manifestFrom')] : []),
    ...files,
  ];
}

/** Flags of kubectl that bring an object, or a patch of one: also among other short flags (`-Rf`). */
const BRINGS = /^-[A-Za-z]*[fkp]|^--(?:filename|kustomize|patch|patch-file)(?:=|$)/;
/** A placeholder by which a flag begins may come to any of them, unless Argo makes a name of it. */
const MAY_BRING = /^\s*-{0,2}\{\{(?!\s*(?:pod\.name|workflow\.(?:name|namespace|uid))\s*\}\})/;

function bringsManifest(flag: string): boolean {
  return BRINGS.test(flag) || MAY_BRING.test(flag);
}

/** Longest text in which placeholders are replaced. */
function mostRaw(holds: ImageField['holds']): number {
  return holds === 'image' ? MAX_RAW : MAX_LONG_TEXT;
}

/** A manifest that comes from elsewhere. */
function unknown(path: string, raw: string): ImageField {
  return { path, holder: 'manifest', raw, holds: 'unknown' };
}

/** Placeholders that the fields of a template hold. */
export function tagsOf(fields: readonly ImageField[]): readonly string[] {
  return fields.flatMap(({ raw, holds }) => (typeof raw === 'string' && raw.length <= mostRaw(holds) ? tagsIn(raw) : []));
}

/** Reads fields: each with all that it can become. Patches that were opened are kept, with the template that they are for. */
export class FieldReader {
  readonly images: BuildImage[] = [];
  readonly patches: { readonly template?: Template; readonly patch: Placed<JsonObject> }[] = [];
  readonly #globals: Globals;
  readonly #problems: Problems;
  readonly #place: Pick<ManifestPlace, 'review' | 'nested'>;
  readonly #done = new Set<string>();
  #opened = 0;

  constructor(globals: Globals, place: Pick<ManifestPlace, 'review' | 'nested'>, problems: Problems) {
    this.#globals = globals;
    this.#place = place;
    this.#problems = problems;
  }

  /** Reads a field in the scopes of the template that has it; a field of the defaults without placeholders is read once. */
  read({ path, holder, raw, holds }: ImageField, scopes: readonly Scope[], template?: Template): void {
    if (typeof raw !== 'string') return note(this.#problems, unreadable(path, holds === 'image' ? 'an image reference' : 'text', raw));
    const key = raw.includes('{{') ? `${path} ${template?.path ?? ''}` : path;
    if (this.#done.has(key)) return;
    this.#done.add(key);
    const image = { path, holder, task: template?.name ?? '', usage: 'buildStep', raw } as const;
    const most = holds === 'image' ? MAX_TEXT : MAX_LONG_TEXT;
    // A manifest or patch with more text than that is not opened; an image is refused for it.
    const values = holds === 'unknown' || (holds !== 'image' && raw.length > mostRaw(holds))
      ? [deferred('expression', raw)]
      : scopes.map((scope) => this.#globals.evaluate(raw, most, path, lookupIn(scope)));
    const texts = [...new Set(values.flatMap((value) => (value.known ? [value.text] : [])))];
    const open = values.find((value) => !value.known);
    if (holds === 'image' && texts.length > 0) this.images.push({ ...image, state: { state: 'resolved', values: texts } });
    const closed = holds === 'patch' || holds === 'manifest' ? this.#open(texts, image, holds, template) : undefined;
    const why = open ?? closed;
    if (why === undefined || why.known || why.reason === 'limit') return;
    const reason = holds === 'patch' ? 'patch' : holds === 'image' ? why.reason : 'expression';
    this.images.push({ ...image, state: { state: 'deferred', reason, expression: why.expression } });
  }

  /** Opens what texts hold; a value says why some was not. */
  #open(
    texts: readonly string[], image: Omit<BuildImage, 'state'>, holds: 'patch' | 'manifest', template: Template | undefined,
  ): Value | undefined {
    for (const [index, text] of texts.entries()) {
      this.#opened += /^\s*[{[]/.test(text.slice(0, 1024)) ? text.length / 16 : text.length;
      if (index >= MAX_TEXTS || this.#opened > MAX_OPENED) return deferred('expression', image.raw);
      const closed = holds === 'patch' ? this.#patch(text, image, template) : this.#manifest(text, image);
      if (closed) return deferred('expression', image.raw);
    }
    return undefined;
  }

  #patch(text: string, image: Omit<BuildImage, 'state'>, template: Template | undefined): boolean {
    const patch = readPatch(text, image.path, this.#problems);
    if (patch === 'closed') return true;
    if (patch === undefined) return false;
    this.patches.push({ patch, ...(template === undefined ? {} : { template }) });
    const inside: Problems = [];
    for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
      for (const container of objectsAt(patch.value, list, '', inside)) {
        const raw = field(container.value, 'image');
        const holder = `container ${textOf(container.value, 'name')}`.trim();
        if (!isNothing(raw)) this.#plain(raw, { ...image, path: `${patch.path}${container.path}.image`, holder });
      }
    }
    for (const volume of imageVolumesOf(patch.value, '', inside))
      this.#plain(volume.value, { ...image, path: `${patch.path}${volume.path}`, holder: `volume ${volume.name}`.trim() });
    for (const problem of inside) note(this.#problems, { ...problem, path: patch.path + problem.path });
    return false;
  }

  /** An image of which all is known. */
  #plain(raw: unknown, image: Omit<BuildImage, 'state'>): void {
    if (typeof raw === 'string') this.images.push({ ...image, raw, state: { state: 'resolved', values: [raw] } });
    else note(this.#problems, unreadable(image.path, 'an image reference', raw));
  }

  #manifest(text: string, image: Omit<BuildImage, 'state'>): boolean {
    const { images, problems, closed } = readManifest(text, { ...this.#place, path: image.path, task: image.task });
    this.images.push(...images);
    for (const problem of problems) note(this.#problems, problem);
    return closed !== undefined;
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
