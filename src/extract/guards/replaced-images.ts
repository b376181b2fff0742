/** Whether an update of a pod replaces images of containers and leaves everything else as it is. */
import type { PodMatter } from '../../domain/build/matter.ts';
import { WRITTEN_ON_PODS } from '../../domain/decision/verified.ts';
import { field, isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';

type Replaced = NonNullable<PodMatter['imagesReplaced']>;

const LISTS = ['containers', 'initContainers'] as const;
/** What the API server writes with every update, whoever asks. */
const WRITTEN_ANYWAY = ['managedFields', 'resourceVersion', 'generation'] as const;

/** The images that an update replaces; `undefined` when it replaces none, or changes anything else besides. */
export function imagesReplaced(before: JsonObject, after: JsonObject): Replaced | undefined {
  const [oldSpec, newSpec] = [field(before, 'spec'), field(after, 'spec')];
  if (!isObject(oldSpec) || !isObject(newSpec)) return undefined;
  const replaced = LISTS.flatMap((list) => replacedIn(list, field(oldSpec, list), field(newSpec, list)));
  if (replaced.length === 0) return undefined;
  return sameValue(withoutImages(before, oldSpec), withoutImages(after, newSpec)) ? replaced : undefined;
}

function replacedIn(list: string, before: unknown, after: unknown): Replaced {
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  return (after as readonly unknown[]).flatMap((container, index) => {
    const image = ownText(container, 'image');
    if (image === undefined || image === ownText(before[index], 'image')) return [];
    return [{ container: ownText(container, 'name') ?? '', image, path: `spec.${list}[${index}].image` }];
  });
}

/** The pod without what may differ. An image that is no text stays, since then it is something else that changes. */
function withoutImages(pod: JsonObject, spec: JsonObject): JsonObject {
  const lists = LISTS.map((list) => {
    const containers = field(spec, list);
    return [list, Array.isArray(containers) ? containers.map(withoutImage) : containers] as const;
  });
  const metadata = field(pod, 'metadata');
  return {
    ...without(pod, ['status']),
    metadata: isObject(metadata) ? withoutOurs(without(metadata, WRITTEN_ANYWAY)) : metadata,
    spec: { ...spec, ...Object.fromEntries(lists.filter(([, value]) => value !== undefined)) },
  };
}

/** What `/mutate` writes on pods, or takes away where it is no longer true, is judged by itself. A map of nothing else is none. */
function withoutOurs(metadata: JsonObject): JsonObject {
  const maps = (['labels', 'annotations'] as const).map((name) => {
    const map = field(metadata, name);
    const rest = isObject(map) ? without(map, [...WRITTEN_ON_PODS]) : map;
    return [name, isObject(rest) && Object.keys(rest).length === 0 ? undefined : rest] as const;
  });
  return { ...without(metadata, ['labels', 'annotations']), ...Object.fromEntries(maps.filter(([, map]) => map !== undefined)) };
}

function withoutImage(container: unknown): unknown {
  return isObject(container) && ownText(container, 'image') !== undefined ? without(container, ['image']) : container;
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
