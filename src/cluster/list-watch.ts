/** How a page of a list and an event of a watch are read, before anybody looks at what is in them. */
import { isObject } from '../text/json/fields.ts';
import type { Timers } from '../flow/timers.ts';
import { KubeStatusError, KubeTooLargeError } from './api.ts';
import type { KubeApi } from './api.ts';

/** Which objects are followed, and what is kept of each. */
export interface Reflected<T> {
  /** Path of the list, as `/api/v1/namespaces`. */
  readonly path: string;
  /** Key and value of one object of the list or watch, unchecked until here; `undefined` when it is none of them. */
  read(object: unknown): { readonly key: string; readonly value: T } | undefined;
  /** Whether two values of one object say the same; default: their JSON does. */
  same?(one: T, other: T): boolean;
}

/** All there is, and where a watch goes on from. */
export interface Listed<T> {
  readonly items: Map<string, T>;
  readonly version: string;
}

/** How a list is read; every page of it has to come in time. */
export interface Listing {
  readonly pageSize: number;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** Milliseconds for one page of a list. */
const PAGE_MS = 15_000;

/** Objects on a page where larger pages are too large: each may have 1.5 MB, and all must fit into an answer. */
const LARGE_OBJECTS = 20;

/**
 * Lists all objects of one kind, in pages. Rejects when a page is refused, is none, or does not come in time; a page that is too large is
 * asked for in smaller ones, so that nobody hides a list by large objects.
 */
export async function listAll<T>(api: KubeApi, kind: Reflected<T>, listing: Listing): Promise<Listed<T>> {
  try {
    return await listPages(api, kind, listing);
  } catch (cause) {
    if (!(cause instanceof KubeTooLargeError) || listing.pageSize <= LARGE_OBJECTS) throw cause;
    return listPages(api, kind, { ...listing, pageSize: LARGE_OBJECTS });
  }
}

async function listPages<T>(api: KubeApi, kind: Reflected<T>, { pageSize, timers, signal }: Listing): Promise<Listed<T>> {
  const items = new Map<string, T>();
  let version = '';
  let next = '';
  do {
    const path = `${kind.path}?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
    const late = new AbortController();
    const timer = timers.start(() => late.abort(new Error(`API server does not answer GET ${kind.path}`)), PAGE_MS);
    const { status, body } = await api
      .get(path, AbortSignal.any([signal, late.signal]))
      .finally(() => timer[Symbol.dispose]());
    if (status !== 200) throw new KubeStatusError(status, kind.path);
    const page = readList(body, kind.path);
    for (const item of page.items) {
      const read = kind.read(item);
      if (read !== undefined) items.set(read.key, read.value);
    }
    version = page.version;
    next = page.next;
  } while (next !== '');
  return { items, version };
}

/** True when both know the same of the same objects. */
export function sameItems<T>(
  one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>, same: (one: T, other: T) => boolean = sameJson,
): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([key, value]) => other.has(key) && same(value, other.get(key) as T));
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

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
  // An empty list of Go may be written as null: that of metadata alone is.
  const items = isObject(body) && body['items'] === null ? [] : isObject(body) ? body['items'] : undefined;
  if (!isObject(body) || !Array.isArray(items) || !isObject(body['metadata']))
    throw new Error(`API server answers something that is no list to GET ${path}`);
  const { resourceVersion, continue: next } = body['metadata'];
  return {
    items,
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' ? next : '',
  };
}
