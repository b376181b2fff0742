/** How a page of a list and an event of a watch are read, before anybody looks at what is in them. */
import { isObject } from '../text/json/fields.ts';
import { KubeStatusError } from './api.ts';

/** Reads one watch event; `undefined` when it is none. Throws on ERROR. */
export function readEvent(
  event: unknown,
  path: string,
): { readonly type: unknown; readonly object: unknown; readonly version: string | undefined } | undefined {
  if (!isObject(event)) return undefined;
  const { type, object } = event;
  if (type === 'ERROR') throw new KubeStatusError(isObject(object) && typeof object['code'] === 'number' ? object['code'] : 500, path);
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  const version = metadata['resourceVersion'];
  return { type, object, version: typeof version === 'string' ? version : undefined };
}

/** Reads one page of a list; `next` is empty on the last. Throws when it is none. */
export function readList(
  body: unknown,
  path: string,
): { readonly items: readonly unknown[]; readonly version: string; readonly next: string } {
  if (!isObject(body) || !Array.isArray(body['items']) || !isObject(body['metadata']))
    throw new Error(`API server answers something that is no list to GET ${path}`);
  const { resourceVersion, continue: next } = body['metadata'];
  return {
    items: body['items'],
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' ? next : '',
  };
}
