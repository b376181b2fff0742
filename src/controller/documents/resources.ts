/** The objects of all our kinds, followed: their status and uid, and nothing of what their documents mean. */
import type { KubeApi } from '../../cluster/api.ts';
import { follow } from '../../feeds/followed.ts';
import type { Followed, FollowOptions } from '../../feeds/followed.ts';
import type { Feed } from '../../feeds/feed.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { ObservedObject, ObservedObjects } from './documents.ts';
import { OWN_GROUP, OWN_KINDS, OWN_VERSION } from '../../domain/own-kinds.ts';
import { keyOf } from './kinds.ts';
import type { ServedOwnKind } from '../../domain/own-kinds.ts';

interface Resource extends ObservedObject {
  readonly resourceVersion: string;
}

/** All objects of our kinds. */
export interface Resources extends ObservedObjects {
  /** One for each kind. */
  readonly feeds: readonly Feed<unknown>[];
  close(): void;
}

/** Follows all kinds from now on; a kind that is not served stands in the condition of its feed. */
export function followResources(api: KubeApi, options: FollowOptions = {}): Resources {
  const kinds = OWN_KINDS.map((kind): Followed<Resource> =>
    follow(`resources/${kind.plural}`, api, {
      path: `/apis/${OWN_GROUP}/${OWN_VERSION}/${kind.plural}`,
      read: (object) => readResource(kind, object),
      same: (one, other) => one.uid === other.uid && one.resourceVersion === other.resourceVersion,
    }, options));
  return {
    feeds: kinds,
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

function readResource({ kind }: ServedOwnKind, object: unknown): { readonly key: string; readonly value: Resource } | undefined {
  const metadata = own(object, 'metadata');
  const [name, namespace] = [ownText(metadata, 'name') ?? '', ownText(metadata, 'namespace') ?? ''];
  if (name === '') return undefined;
  return {
    key: keyOf({ kind, namespace, name }),
    value: {
      uid: ownText(metadata, 'uid') ?? '',
      resourceVersion: ownText(metadata, 'resourceVersion') ?? '',
      status: own(object, 'status'),
    },
  };
}
