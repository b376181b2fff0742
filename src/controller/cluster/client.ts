/** The writer over the client library, which costs half a second and 80 MiB: imported when a controller starts, and by nobody else. */
import type { ConfigurationOptions, CustomObjectsApi, RequestContext, ResponseContext } from '@kubernetes/client-node';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { FIELD_MANAGER, placeText, WriteError } from './writer.ts';
import type { ClusterWriter, ObjectPlace } from './writer.ts';

/** Milliseconds for one answer: no more than lie between the end of our leading and the end of the Lease (`lease.ts`). */
const TIMEOUT_MS = 5000;
/** How long connections are kept: certificates and authorities of the API server change while we run. */
const CONNECTED_MS = 5 * 60_000;

const MEDIA = {
  json: 'application/json',
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
} as const;

type Options = (media: keyof typeof MEDIA) => ConfigurationOptions;

/**
 * Opens the writer with a kubeconfig, or with the service account of the pod. Rejects when the file cannot be read.
 *
 * The calls for custom objects reach every group that has a name, so Leases and Events go the same way as status. What the API server
 * says in a refusal is not handed on: it may repeat what was sent.
 */
export async function openWriter(kubeconfig: string | undefined): Promise<ClusterWriter> {
  const { CustomObjectsApi: Api, KubeConfig, Observable } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const api: CustomObjectsApi = config.makeApiClient(Api);
  const connections = createConnections();
  const options: Options = (media) => ({
    middleware: [{
      pre(context: RequestContext) {
        context.setHeaderParam('Content-Type', MEDIA[media]);
        context.setSignal(AbortSignal.timeout(TIMEOUT_MS));
        connections.use(context);
        return new Observable(Promise.resolve(context));
      },
      post: (response: ResponseContext) => new Observable(Promise.resolve(response)),
    }],
    middlewareMergeStrategy: 'append',
  });
  return writerOver(api, options);
}

/** The library makes a pool of connections for every request, and closes none: one of them is kept, and the others are never used. */
function createConnections(): { use(context: RequestContext): void } {
  let kept: { readonly pool: ReturnType<RequestContext['getDispatcher']>; readonly since: number } | undefined;
  return {
    use(context) {
      const now = performance.now();
      if (kept === undefined || now - kept.since > CONNECTED_MS) {
        const before = kept?.pool;
        kept = { pool: context.getDispatcher(), since: now };
        // What is under way on it is finished.
        void before?.close().catch(() => undefined);
      }
      if (kept.pool !== undefined) context.setDispatcher(kept.pool);
    },
  };
}

function writerOver(api: CustomObjectsApi, options: Options): ClusterWriter {
  return {
    apply(place, body, { status = false } = {}) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER, force: true };
      return answered(`apply ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => (status
          ? api.patchClusterCustomObjectStatus(how, options('apply'))
          : api.patchClusterCustomObject(how, options('apply'))),
        inNamespace: (namespace) => (status
          ? api.patchNamespacedCustomObjectStatus({ ...how, namespace }, options('apply'))
          : api.patchNamespacedCustomObject({ ...how, namespace }, options('apply'))),
      }));
    },
    create(place, body) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`create ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => api.createClusterCustomObject(how, options('json')),
        inNamespace: (namespace) => api.createNamespacedCustomObject({ ...how, namespace }, options('json')),
      }));
    },
    replace(place, body) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`replace ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => api.replaceClusterCustomObject(how, options('json')),
        inNamespace: (namespace) => api.replaceNamespacedCustomObject({ ...how, namespace }, options('json')),
      }));
    },
    merge(place, body, { status = false } = {}) {
      const how = { ...place, body, fieldManager: FIELD_MANAGER };
      return answered(`patch ${placeText(place)}`, () => inPlace(place, {
        ofCluster: () => (status
          ? api.patchClusterCustomObjectStatus(how, options('merge'))
          : api.patchClusterCustomObject(how, options('merge'))),
        inNamespace: (namespace) => (status
          ? api.patchNamespacedCustomObjectStatus({ ...how, namespace }, options('merge'))
          : api.patchNamespacedCustomObject({ ...how, namespace }, options('merge'))),
      }));
    },
  };
}

function inPlace<T>(
  { namespace }: ObjectPlace, { ofCluster, inNamespace }: { readonly ofCluster: () => T; readonly inNamespace: (namespace: string) => T },
): T {
  return namespace === undefined ? ofCluster() : inNamespace(namespace);
}

async function answered(what: string, call: () => Promise<unknown>): Promise<JsonObject> {
  try {
    const body = await call();
    return isObject(body) ? body : {};
  } catch (cause) {
    const code: unknown = isObject(cause) ? cause['code'] : undefined;
    throw typeof code === 'number' && code >= 100 && code < 600 ? new WriteError(code, what) : new WriteError(0, what, cause);
  }
}
