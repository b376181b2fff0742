/** A manifest in a text field: the objects that it makes are looked into as if they had come by themselves. */
import type { BuildImage } from '../../domain/build/image.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { metadataOf, textOf } from '../build-base.ts';
import { readerOfKind } from '../reading.ts';
import { objectFinding, unreadable } from '../finding.ts';
import { readFoundPodSpecs } from '../kubernetes/pod-spec.ts';
import type { EngineReader, NestedReaders } from '../reading.ts';
import { placesIn } from '../table/places.ts';
import type { OtherPlaces } from '../table/places.ts';
import type { NestedObject } from '../table/read.ts';
import { KIND_TABLE } from '../table/rows.ts';
import type { KindTable } from '../table/rows.ts';
import { carriesNoImage } from '../table/without-images.ts';
import { resourceOf } from '../../text/resource-name.ts';
import { readYaml } from './yaml.ts';

/** Most manifests inside of each other that are opened. */
export const MAX_MANIFESTS = 3;

/** What a manifest holds. */
export interface ManifestReading {
  readonly images: readonly BuildImage[];
  readonly problems: readonly Finding[];
  /** Why it was not opened: nothing in it is known. */
  readonly closed?: string;
}

/** Where a manifest stands. */
export interface ManifestPlace {
  readonly path: string;
  /** Task or template that makes its objects. */
  readonly task: string;
  readonly review: ReviewRequest;
  readonly nested: NestedReaders;
}

/**
 * Every image of the objects in a manifest: `path:spec.containers[0].image`, or `path#1:…` in the second of several documents.
 * Objects of engines are read by their readers, all others by their shape, and what says nothing of its kind (a patch) by
 * whatever is called an image in it. What is no manifest of one meaning is a problem; one that is too long, or lies too deep, is closed.
 */
export function readManifest(text: string, place: ManifestPlace): ManifestReading {
  const isDeep = place.nested.depth >= MAX_MANIFESTS;
  if (isDeep) return { images: [], problems: [], closed: `more than ${MAX_MANIFESTS} manifests inside each other` };
  const read = readYaml(text);
  if (!read.ok) {
    if (read.fault === 'size') return { images: [], problems: [], closed: read.cause };
    const detail = { expected: 'a manifest that is read in one way only', found: read.cause };
    return { images: [], problems: [objectFinding('INPUT_OBJECT_UNREADABLE', place.path, detail)] };
  }
  const images: BuildImage[] = [];
  const problems: Finding[] = [];
  read.documents.forEach((document, index) => {
    const prefix = read.documents.length === 1 ? `${place.path}:` : `${place.path}#${index}:`;
    for (const { value, path } of objectsOf(document, prefix)) readOne(value, path, place, { images, problems });
  });
  return { images, problems };
}

/** Objects of a document: itself, or the items of a List, whatever it is called. */
function objectsOf(document: unknown, path: string): readonly { readonly value: unknown; readonly path: string }[] {
  const items = isObject(document) && /List$/.test(textOf(document, 'kind')) ? field(document, 'items') : undefined;
  return Array.isArray(items)
    ? items.map((value: unknown, index) => ({ value, path: `${path}items[${index}].` }))
    : [{ value: document, path }];
}

/** One object of a manifest, or one that stands in another as it is; `prefix` comes before the paths in it. */
export function readOne(
  value: unknown, prefix: string, place: ManifestPlace, into: { readonly images: BuildImage[]; readonly problems: Finding[] },
): void {
  if (!isObject(value) || textOf(value, 'kind') === '') {
    into.images.push(...calledImages(value, prefix, place));
    return;
  }
  const found = engineReader(value, place.nested);
  if (found !== undefined) {
    const deeper = { ...place.nested, depth: place.nested.depth + 1 };
    const { images, problems } = found.reader.read(asked(value, found.resource, place.review), deeper);
    into.images.push(...images.map((image) => ({ ...image, path: prefix + image.path, task: place.task })));
    into.problems.push(...problems.map((problem) => ({ ...problem, path: prefix + problem.path })));
    return;
  }
  const other = readOther(value, place.nested.table ?? KIND_TABLE);
  const inPods = readFoundPodSpecs(other.specs);
  for (const one of other.objects) readNested(one, prefix, place, into);
  into.problems.push(...[...inPods.problems, ...other.problems].map((problem) => ({ ...problem, path: prefix + problem.path })));
  into.images.push(...other.unplaced.map((one) => resolved(one.value, prefix + one.path, 'image', place)));
  for (const { list, name, path, value: image } of [...inPods.places, ...other.texts]) {
    const holder = list === 'images' ? 'image' : `${list === 'volumes' ? 'volume' : 'container'} ${name ?? ''}`.trim();
    if (typeof image === 'string') into.images.push(resolved(image, prefix + path, holder, place));
    else if (image !== undefined && image !== null) into.problems.push(unreadable(prefix + path, 'an image reference', image));
  }
}

/** An object that stands in another, as it is or as text, one level deeper; what lies too deep is refused. */
export function readNested(
  { at, value }: NestedObject, prefix: string, place: ManifestPlace, into: { readonly images: BuildImage[]; readonly problems: Finding[] },
): void {
  const path = `${prefix}${at}`;
  const deeper: ManifestPlace = { ...place, path, nested: { ...place.nested, depth: place.nested.depth + 1 } };
  if (typeof value === 'string') {
    const { images, problems, closed } = readManifest(value, { ...deeper, nested: place.nested });
    into.images.push(...images);
    into.problems.push(...problems, ...(closed === undefined ? [] : [notOpened(path, closed)]));
  } else if (place.nested.depth >= MAX_MANIFESTS) into.problems.push(notOpened(path, `more than ${MAX_MANIFESTS} inside each other`));
  else readOne(value, `${path}.`, deeper, into);
}

function notOpened(path: string, found: string): Finding {
  return objectFinding('INPUT_OBJECT_UNREADABLE', path, { expected: 'an object of bounded size', found });
}

/** An object of a kind of others, as it would be read by itself; kinds that carry no image are not searched for what looks like one. */
function readOther(object: JsonObject, table: KindTable): OtherPlaces {
  const apiVersion = textOf(object, 'apiVersion');
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const key = `${group}/${resourceOf(textOf(object, 'kind'))}`;
  const row = table.get(key);
  const places = placesIn(object, row);
  return row === undefined && carriesNoImage(key) ? { ...places, unplaced: [] } : places;
}

/** The reader of an object of an engine, by its group and kind, with the resource that it reads. */
function engineReader(
  object: JsonObject, { readers }: NestedReaders,
): { readonly reader: EngineReader; readonly resource: string } | undefined {
  return readerOfKind(readers, textOf(object, 'apiVersion').split('/')[0] ?? '', textOf(object, 'kind'));
}

/** The request with which the object will come by itself. */
function asked(object: JsonObject, resource: string, outer: ReviewRequest): ReviewRequest {
  const [group = '', version = ''] = textOf(object, 'apiVersion').split('/');
  const metadata = metadataOf(object);
  return {
    ...outer,
    operation: 'CREATE',
    kind: { group, version, kind: textOf(object, 'kind') },
    resource: { group, version, resource },
    subResource: '',
    namespace: textOf(metadata, 'namespace') || outer.namespace,
    name: textOf(metadata, 'name'),
    object,
    oldObject: null,
  };
}

/** Whatever is called an image in something of which nothing is known: members `image`, and operations of a JSON patch on one. */
function calledImages(value: unknown, prefix: string, place: ManifestPlace): readonly BuildImage[] {
  const found: BuildImage[] = [];
  const walk = (here: unknown, path: string): void => {
    if (Array.isArray(here)) return here.forEach((item: unknown, index) => walk(item, `${path}[${index}]`));
    if (!isObject(here)) return;
    if (isObject(here) && /\/(?:image|reference)$/.test(textOf(here, 'path')) && typeof field(here, 'value') === 'string')
      found.push(resolved(textOf(here, 'value'), `${path}.value`, 'patch', place));
    for (const [name, member] of Object.entries(here)) {
      const at = path === prefix || path === '' ? `${path}${name}` : `${path}.${name}`;
      if ((name === 'image' || (name === 'reference' && /\bimage\.reference$/.test(at))) && typeof member === 'string')
        found.push(resolved(member, at, 'patch', place));
      else walk(member, at);
    }
  };
  walk(value, prefix);
  return found;
}

function resolved(raw: string, path: string, holder: string, { task }: ManifestPlace): BuildImage {
  return { path, holder, task, usage: 'container', raw, state: { state: 'resolved', values: [raw] } };
}
