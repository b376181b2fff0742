/** Volumes of a pod or task: what each is, and the images among them. */
import type { BuildVolume } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';
import { textOf } from '../build-base.ts';
import { note, objectsAt } from './look.ts';
import type { Placed, Problems } from './look.ts';

/** The member that tells one volume of a sort from another. */
const DETAILS: Readonly<Record<string, string>> = {
  hostPath: 'path', csi: 'driver', secret: 'secretName', configMap: 'name', persistentVolumeClaim: 'claimName', flexVolume: 'driver',
};

/** Every volume in the list `volumes` of what stands at `path`. */
export function volumesOf(holder: JsonObject, path: string, problems: Problems): readonly BuildVolume[] {
  return objectsAt(holder, 'volumes', path, problems).map(({ value, path: place }) =>
    ({ name: textOf(value, 'name'), path: place, ...volumeType(value) }));
}

/** What a volume is, and what tells it from others of its sort; `none` is what it is when it does not say so. */
export function volumeType(volume: JsonObject, none = ''): Pick<BuildVolume, 'type' | 'detail'> {
  const type = Object.keys(volume).find((name) => name !== 'name' && isObject(volume[name]));
  if (type === undefined) return { type: none, detail: '' };
  const source = field(volume, type);
  const sources = projectedSources(source);
  if (sources !== undefined) return { type: 'projected', detail: sources };
  return { type, detail: isObject(source) && Object.hasOwn(DETAILS, type) ? textOf(source, DETAILS[type] ?? '') : '' };
}

/** References of image volumes in the list `volumes`, with their paths; one that is left open is none. */
export function imageVolumesOf(
  holder: JsonObject,
  path: string,
  problems: Problems,
): readonly (Placed<unknown> & { readonly name: string })[] {
  return objectsAt(holder, 'volumes', path, problems).flatMap(({ value, path: place }) => {
    const image = field(value, 'image');
    if (image === undefined || image === null) return [];
    if (!isObject(image)) {
      note(problems, unreadable(`${place}.image`, 'an object', image));
      return [];
    }
    const reference = field(image, 'reference');
    if (reference === undefined || reference === null || reference === '') return [];
    return [{ value: reference, path: `${place}.image.reference`, name: textOf(value, 'name') }];
  });
}

/** What a projected volume brings, by name and joined by commas; `undefined` for what is none. Empty when its sources are not readable. */
function projectedSources(source: unknown): string | undefined {
  const sources: unknown = isObject(source) ? field(source, 'sources') : undefined;
  if (!Array.isArray(sources)) return undefined;
  const readable = (sources as readonly unknown[]).every((one) => isObject(one));
  return readable ? [...new Set((sources as readonly object[]).flatMap((one) => Object.keys(one)))].join(',') : '';
}
