/** The writer over the client library, which costs half a second and 80 MiB: imported when a controller starts, and by nobody else. */
import type { ConfigurationOptions, CustomObjectsApi } from '@kubernetes/client-node';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { FIELD_MANAGER, placeText, WriteError } from './writer.ts';
import type { ClusterWriter, ObjectPlace } from './writer.ts';

/** Milliseconds for one answer: no more than lie between the end of our leading and the end of the Lease (`lease.ts`). */
const TIMEOUT_MS = 5000;

const MEDIA = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
} as const;

/**
 * Opens the writer with a kubeconfig, or with the service account of the pod. Rejects when the file cannot be read.
 *
 * The calls for custom objects reach every group that has a name, so Leases and Events go the same way as status. What the API server
 * says in a refusal is not handed on: it may repeat what was sent.
 */
export async function openWriter(kubeconfig: string | undefined): Promise<ClusterWriter> {
  const { CustomObjectsApi: Api, KubeConfig, setHeaderOptions } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const api: CustomObjectsApi = config.makeApiClient(Api);
  const as = (media: keyof typeof MEDIA): ConfigurationOptions => setHeaderOptions('Content-Type', MEDIA[media]) as ConfigurationOptions;

  return {
    apply(place, body, { status = false } = {}) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER, force: true };
      return answered(`apply ${placeText(place)}`, () => {
        const { namespace } = place;
        if (status) {
          return namespace === undefined
            ? api.patchClusterCustomObjectStatus(how, as('apply'))
            : api.patchNamespacedCustomObjectStatus({ ...how, namespace }, as('apply'));
        }
        return namespace === undefined
          ? api.patchClusterCustomObject(how, as('apply'))
          : api.patchNamespacedCustomObject({ ...how, namespace }, as('apply'));
      });
    },
    create(place, body) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`create ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => api.createClusterCustomObject(how),
        inNamespace: (namespace) => api.createNamespacedCustomObject({ ...how, namespace }),
      }));
    },
    replace(place, body) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`replace ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => api.replaceClusterCustomObject(how),
        inNamespace: (namespace) => api.replaceNamespacedCustomObject({ ...how, namespace }),
      }));
    },
    merge(place, body) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`patch ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => api.patchClusterCustomObject(how, as('merge')),
        inNamespace: (namespace) => api.patchNamespacedCustomObject({ ...how, namespace }, as('merge')),
      }));
    },
  };
}

function inPlace<T>(
  { namespace }: ObjectPlace, { ofCluster, inNamespace }: { readonly ofCluster: () => T; readonly inNamespace: (namespace: string) => T },
): T {
  return namespace === undefined ? ofCluster() : inNamespace(namespace);
}

/** An answer that does not come in time is none: whoever leads must know within the time of the lease. */
async function answered(what: string, call: () => Promise<unknown>): Promise<JsonObject> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WriteError(0, what)), TIMEOUT_MS);
  });
  try {
    const body = await Promise.race([call(), late]);
    return isObject(body) ? body : {};
  } catch (cause) {
    if (cause instanceof WriteError) throw cause;
    const code: unknown = isObject(cause) ? cause['code'] : undefined;
    throw typeof code === 'number' ? new WriteError(code, what) : new WriteError(0, what, cause);
  } finally {
    clearTimeout(timer);
  }
}
