/** The resources of all our kinds, followed: their documents as text, and what else is read of them. */
import type { KubeApi } from '../../cluster/api.ts';
import { follow } from '../../feeds/followed.ts';
import type { Followed, FollowOptions } from '../../feeds/followed.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { PolicyFile } from '../../feeds/policies/files.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { ObservedObject, ObservedObjects } from './documents.ts';
import { DOCUMENT_KINDS, GROUP, keyOf, VERSION } from './kinds.ts';
import type { DocumentKind } from './kinds.ts';

/** One resource, as much of it as is needed. */
export interface Resource extends ObservedObject {
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | undefined;
  readonly resourceVersion: string;
  /** The document: what it is called and what it says, nothing of its status and of who wrote it. */
  readonly file: PolicyFile;
}

/** All resources of our kinds. */
export interface Resources extends ObservedObjects {
  /** `undefined` until every kind was listed once. */
  all(): readonly Resource[] | undefined;
  /** One for each kind. */
  readonly feeds: readonly Feed<unknown>[];
  close(): void;
}

/** Follows all kinds from now on; a kind that is not served stands in the condition of its feed, and all others wait for it. */
export function followResources(api: KubeApi, options: FollowOptions = {}): Resources {
  const kinds = DOCUMENT_KINDS.map((kind): Followed<Resource> =>
    follow(`resources/${kind.plural}`, api, {
      path: `/apis/${GROUP}/${VERSION}/${kind.plural}`,
      read: (object) => readResource(kind, object),
      same: (one, other) => one.uid === other.uid && one.resourceVersion === other.resourceVersion,
    }, options));
  return {
    feeds: kinds,
    all() {
      const known = kinds.map((feed) => feed.current());
      return known.every((items) => items !== undefined) ? known.flatMap((items) => [...items.values()]) : undefined;
    },
    get(key) {
      for (const feed of kinds) {
        const found = feed.current()?.get(key);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    changed(listener) {
      const ends = kinds.map((feed) => feed.changed(listener));
      return () => { for (const end of ends) end(); };
    },
    close: () => { for (const feed of kinds) feed.close(); },
  };
}

function readResource({ kind }: DocumentKind, object: unknown): { readonly key: string; readonly value: Resource } | undefined {
  const metadata = own(object, 'metadata');
  const [name, namespace] = [ownText(metadata, 'name') ?? '', ownText(metadata, 'namespace') ?? ''];
  if (name === '') return undefined;
  const key = keyOf({ kind, namespace, name });
  const generation = own(metadata, 'generation');
  const text = JSON.stringify({
    apiVersion: `${GROUP}/${VERSION}`, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) }, spec: own(object, 'spec'),
  }, undefined, 1);
  return {
    key,
    value: {
      key, kind, namespace, name,
      uid: ownText(metadata, 'uid') ?? '',
      generation: typeof generation === 'number' ? generation : undefined,
      resourceVersion: ownText(metadata, 'resourceVersion') ?? '',
      status: own(object, 'status'),
      file: { path: key, text },
    },
  };
}
