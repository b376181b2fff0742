/** Every place in a PodSpec that names an image, and everything in it that cannot be read. */
import type { Finding } from '../../domain/decision/finding.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';
import type { KindReader } from './kind.ts';

/** Most artifacts that are taken from one object; reading stops there. */
export const MAX_ARTIFACTS = 2000;

/** A description of a pod inside of an object of a kind of others. */
export interface FoundPodSpec {
  /** JSON path. */
  readonly at: string;
  readonly spec: JsonObject;
}

/** A field that names an image, as it stands in the object. */
export interface ImagePlace {
  /** JSON path of the PodSpec. */
  readonly at: string;
  /** `containers`, `initContainers`, `ephemeralContainers` or `volumes`. */
  readonly list: string;
  /** Name of the container or volume; `undefined` when it has none that is text. */
  readonly name: string | undefined;
  readonly path: string;
  readonly value: unknown;
}

/** Everything in a PodSpec that names an image, and everything in it that could not be read. */
export interface PodSpecReading {
  readonly spec: JsonObject | undefined;
  readonly places: readonly ImagePlace[];
  readonly problems: readonly Finding[];
  /** True when there was more than MAX_ARTIFACTS and the rest was not read. */
  readonly overflow: boolean;
}

/** `problems` also gets what is wrong; both lists grow in the order of the object. */
interface Collector {
  readonly places: ImagePlace[];
  readonly problems: Finding[];
  readonly isPod: boolean;
  /** False for kinds of others, which may describe a part of a pod only. */
  readonly isWhole: boolean;
}

/** Lists of containers in a PodSpec (core/v1); native sidecars are init containers. Only the first must be there. */
export const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/**
 * Finds every image in an object by the kind it is of.
 *
 * A place that is not as the kind says is a problem, never "no image": a PodSpec has at least one container.
 * Fields of the same name that name no container image (`volumes[].rbd.image`, everything in `status`) are not
 * looked at. The schema sweep among the tests fails when the API gains an image field that is not walked here.
 */
export function readPodSpec(object: unknown, reader: KindReader): PodSpecReading {
  const collector: Collector = { places: [], problems: [], isPod: reader.isPod, isWhole: true };
  const spec = descend(object, reader.podSpec, collector.problems);
  if (spec !== undefined) collect(spec, reader.podSpec.join('.'), collector);
  return { spec, places: collector.places, problems: collector.problems, overflow: isFull(collector) };
}

/** As {@link readPodSpec}, for PodSpecs that were found in an object of a kind of others: templates, which may be parts of one. */
export function readFoundPodSpecs(specs: readonly FoundPodSpec[]): PodSpecReading {
  const collector: Collector = { places: [], problems: [], isPod: false, isWhole: false };
  for (const { at, spec } of specs) if (!isFull(collector)) collect(spec, at, collector);
  return { spec: specs[0]?.spec, places: collector.places, problems: collector.problems, overflow: isFull(collector) };
}

function collect(spec: JsonObject, at: string, collector: Collector): void {
  for (const list of CONTAINER_LISTS) readContainers(spec, list, at, collector);
  readVolumes(spec, at, collector);
}

function descend(object: unknown, path: readonly string[], problems: Finding[]): JsonObject | undefined {
  let here: unknown = object;
  for (let depth = 0; depth <= path.length; depth += 1) {
    if (!isObject(here)) {
      problems.push(unreadable(path.slice(0, depth).join('.'), 'an object', here));
      return undefined;
    }
    const next = path[depth];
    if (next === undefined) return here;
    here = field(here, next);
  }
  return undefined;
}

function readContainers(spec: JsonObject, list: (typeof CONTAINER_LISTS)[number], at: string, collector: Collector): void {
  const containers = field(spec, list);
  const required = list === 'containers' && collector.isWhole;
  if (!required && (containers === undefined || containers === null)) return;
  if (!Array.isArray(containers) || (required && containers.length === 0)) {
    collector.problems.push(unreadable(`${at}.${list}`, required ? 'a list with at least one container' : 'a list', containers));
    return;
  }
  for (let index = 0; index < containers.length && !isFull(collector); index += 1) {
    const container: unknown = containers[index];
    const path = `${at}.${list}[${index}]`;
    if (isObject(container))
      collector.places.push({ at, list, name: nameOf(container), path: `${path}.image`, value: field(container, 'image') });
    else collector.problems.push(unreadable(path, 'an object', container));
  }
}

function readVolumes(spec: JsonObject, at: string, collector: Collector): void {
  const volumes = field(spec, 'volumes');
  if (volumes === undefined || volumes === null) return;
  if (!Array.isArray(volumes)) {
    collector.problems.push(unreadable(`${at}.volumes`, 'a list', volumes));
    return;
  }
  for (let index = 0; index < volumes.length && !isFull(collector); index += 1)
    readVolume(volumes[index], { at, path: `${at}.volumes[${index}]` }, collector);
}

function readVolume(volume: unknown, { at, path }: Pick<ImagePlace, 'at' | 'path'>, collector: Collector): void {
  if (!isObject(volume)) {
    collector.problems.push(unreadable(path, 'an object', volume));
    return;
  }
  const image = field(volume, 'image');
  if (image === undefined || image === null) return;
  if (!isObject(image)) {
    collector.problems.push(unreadable(`${path}.image`, 'an object', image));
    return;
  }
  const value = field(image, 'reference');
  // Templates may leave the reference to whoever makes the pod (core/v1 ImageVolumeSource.reference); pods may not.
  if (!collector.isPod && (value === undefined || value === null || value === '')) return;
  collector.places.push({ at, list: 'volumes', name: nameOf(volume), path: `${path}.image.reference`, value });
}

function isFull(collector: Collector): boolean {
  return collector.places.length + collector.problems.length > MAX_ARTIFACTS;
}

function nameOf(item: JsonObject): string | undefined {
  const name = field(item, 'name');
  return typeof name === 'string' && name !== '' ? name : undefined;
}
