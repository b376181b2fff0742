/** Labels of namespaces as the API server tells them; a label that nobody knows is never a label that is not there. */
import type { NamespaceLabels } from '../../domain/ports.ts';
import type { KubeApi } from '../../cluster/api.ts';
import type { Feed } from '../feed.ts';
import { follow } from '../followed.ts';
import type { FollowOptions } from '../followed.ts';
import { readNamespace } from './object.ts';
import type { Labels } from './object.ts';

/** Namespace labels kept by list and watch; its age is the time since the API server last confirmed that what is kept is current. */
export interface NamespaceReflector extends NamespaceLabels, Feed<ReadonlyMap<string, Labels> | undefined> {}

/** How the namespaces are followed. */
export type ReflectorOptions = FollowOptions;

const PATH = '/api/v1/namespaces';
const LOOKUP_MS = 3000;

/**
 * Follows all namespaces (security.md R07, H17). One that is not known yet (created a moment ago) is looked up on its own;
 * when that fails too the labels are `undefined`, which is never "no labels".
 */
export function reflectNamespaces(api: KubeApi, options: ReflectorOptions = {}): NamespaceReflector {
  const stop = new AbortController();
  const kind = {
    path: PATH,
    read(object: unknown) {
      const namespace = readNamespace(object);
      return namespace === undefined ? undefined : { key: namespace.name, value: namespace.labels };
    },
  };
  const { believed, ...feed } = follow<Labels>('namespaces', api, kind, options);
  const known = (namespace: string): Labels | undefined => believed()?.get(namespace);
  return {
    ...feed,
    close() {
      stop.abort();
      feed.close();
    },
    known,
    async labels(namespace, signal) {
      return known(namespace) ?? lookUp(api, namespace, AbortSignal.any([signal, stop.signal, AbortSignal.timeout(LOOKUP_MS)]));
    },
  };
}

/** Asks for one namespace; `undefined` on every failure, also 404: a namespace without an object has unknown labels. */
async function lookUp(api: KubeApi, namespace: string, signal: AbortSignal): Promise<Labels | undefined> {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return undefined;
  try {
    const { status, body } = await api.get(`${PATH}/${namespace}`, signal);
    const found = status === 200 ? readNamespace(body) : undefined;
    return found?.name === namespace ? found.labels : undefined;
  } catch {
    return undefined;
  }
}
