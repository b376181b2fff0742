/** Kinds of others are read by the pods that they describe, wherever these stand in them. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { CONTAINER_LISTS } from './pod-spec.ts';
import type { FoundPodSpec } from './pod-spec.ts';

/** Where Kubernetes' own kinds describe pods: there a list of containers is one, whatever is in it. */
const KNOWN_PLACES: readonly (readonly string[])[] = [
  ['spec'],
  ['spec', 'template', 'spec'],
  ['template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
];

/** What somebody else reports, and what names the object: nothing is started from it. */
export const NOT_LOOKED_AT: ReadonlySet<string> = new Set(['status', 'metadata', 'apiVersion', 'kind']);

/** A list of containers that nobody reads: its JSON path, and how many containers are in it. */
export interface UnreadList {
  readonly at: string;
  readonly containers: number;
}

/** The first list of containers at a place where Kubernetes' own kinds have one, read or not. */
export function containerListAtKnownPlace(object: unknown, except: ReadonlySet<string> = new Set()): UnreadList | undefined {
  for (const path of KNOWN_PLACES) {
    let here: unknown = object;
    for (const name of path) here = isObject(here) ? field(here, name) : undefined;
    const at = path.join('.');
    const list = isObject(here) && !except.has(at) ? listIn(here, () => true) : undefined;
    if (list === undefined || !isObject(here)) continue;
    const items = field(here, list);
    return { at: `${at}.${list}`, containers: Array.isArray(items) ? items.length : 0 };
  }
  return undefined;
}

/**
 * Every PodSpec in an object, by its shape: an object with a list of containers at least one of which names an image, or may
 * leave it open where Kubernetes' own kinds have their template. In the order of the object; status and metadata are no part of it.
 */
export function podSpecsIn(object: JsonObject): readonly FoundPodSpec[] {
  const found: FoundPodSpec[] = [];
  const known = new Set(KNOWN_PLACES.map((path) => path.join('.')));
  const walk = (value: unknown, at: string): void => {
    if (Array.isArray(value)) return value.forEach((item: unknown, index) => walk(item, `${at}[${index}]`));
    if (!isObject(value)) return;
    if (listIn(value, (item) => isObject(item) && (known.has(at) || typeof field(item, 'image') === 'string')) !== undefined)
      found.push({ at, spec: value });
    for (const [name, member] of Object.entries(value))
      if (at !== '' || !NOT_LOOKED_AT.has(name)) walk(member, at === '' ? name : `${at}.${name}`);
  };
  walk(object, '');
  return found;
}

/** The name of the first list of containers with an item as wanted, or that is empty where everything is. */
function listIn(spec: JsonObject, wanted: (item: unknown) => boolean): string | undefined {
  return CONTAINER_LISTS.find((name) => {
    const list = field(spec, name);
    return Array.isArray(list) && (list.length === 0 ? wanted(undefined) : list.some(wanted));
  });
}
