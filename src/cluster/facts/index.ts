/** The cluster as it is at this moment, as the API server tells it when it is asked; what it does not tell is not known. */
import type { FactAnswer, FactKind, FactValues, PodFact, ResolutionFact } from '../../domain/build/facts.ts';
import type { Clock, ClusterFacts } from '../../domain/ports.ts';
import { isObject, own, ownText } from '../../text/json/fields.ts';
import type { KubeApi } from '../api.ts';
import { createAsking, NotKnown } from './asking.ts';
import type { AskingOptions } from './asking.ts';
import { createDiscovery } from './discovery.ts';
import { isNamespaceName, isObjectName, isResource } from './names.ts';
import { createOtherPolicies } from './other-policies.ts';
import { readPod } from './pods.ts';
import { distinct } from './resolutions.ts';

/** How facts are asked for. */
export interface FactOptions extends AskingOptions {
  /** Of what is believed for some seconds; default: a monotonic one. */
  readonly clock?: Clock;
}

/** The largest object: etcd stores 1.5 MiB, and JSON is longer than what is stored of built-in kinds. */
const OBJECT_BYTES = 4 * 1024 * 1024;
const PAGE_BYTES = 16 * 1024 * 1024;
const RESOLUTIONS = '/apis/resolution.tekton.dev';

/**
 * Answers every question by asking the API server anew, in the asker's turn: nothing that was created a moment ago is missed, and
 * nothing that was deleted is found. Only which kinds are served, and cluster-wide network policies of other kinds, are believed for some
 * seconds.
 * Never rejects; refusals, silence and answers that are too long are not known.
 */
export function createClusterFacts(api: KubeApi, options: FactOptions = {}): ClusterFacts {
  const asking = createAsking(api, options);
  const discovery = createDiscovery(asking, options.clock);
  const otherPolicies = createOtherPolicies(asking, discovery, options.clock);

  async function object(
    { group, resource, namespace, name }: Parameters<ClusterFacts['object']>[0], signal: AbortSignal,
  ): Promise<FactValues['object']> {
    if (!isResource(group, resource)) throw new NotKnown('no kind can be called like this');
    // No object has such a name, so there is none; and no text of a request becomes a path of somebody else.
    if (!isObjectName(name) || (namespace !== '' && !isNamespaceName(namespace))) return null;
    const served = await discovery.find(group, resource, signal);
    if (served === undefined) return null;
    if (served.namespaced && namespace === '') throw new NotKnown(`${resource} are in namespaces, and none was named`);
    const within = served.namespaced ? `/namespaces/${namespace}` : '';
    try {
      const found = await asking.get(`${served.path}${within}/${resource}/${name}`, signal, { maxBytes: OBJECT_BYTES });
      return found === undefined ? null : expected(found, name, served.namespaced ? namespace : undefined);
    } catch (cause) {
      // Not one object but the whole path is gone: the kind is served elsewhere by now.
      if (cause instanceof NotKnown && cause.status === 404) discovery.forget();
      throw cause;
    }
  }

  async function networkPolicies(namespace: string, signal: AbortSignal): Promise<FactValues['networkPolicies']> {
    const path = `/apis/networking.k8s.io/v1/namespaces/${checked(namespace)}/networkpolicies`;
    return asking.list(path, signal, { most: 20_000, maxBytes: PAGE_BYTES });
  }

  async function pods(namespace: string, signal: AbortSignal): Promise<readonly PodFact[]> {
    const query = `fieldSelector=${encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed')}`;
    const items = await asking.list(
      `/api/v1/namespaces/${checked(namespace)}/pods`, signal,
      { most: 20_000, maxBytes: PAGE_BYTES, metadataOnly: true, query, keep: readPod },
    );
    return items.filter((one) => one !== undefined) as PodFact[];
  }

  async function resolutions(namespace: string, signal: AbortSignal): Promise<readonly ResolutionFact[]> {
    const name = checked(namespace);
    const served = await discovery.find(RESOLUTIONS.slice('/apis/'.length), 'resolutionrequests', signal);
    if (served === undefined) return [];
    const options = { most: 20_000, pageSize: 100, maxBytes: PAGE_BYTES, keep: distinct() };
    const items = await asking.list(`${served.path}/namespaces/${name}/resolutionrequests`, signal, options);
    return items.filter((one) => one !== undefined) as ResolutionFact[];
  }

  return {
    object: (question, signal) => answer(object(question, signal)),
    networkPolicies: (namespace, signal) => answer(networkPolicies(namespace, signal)),
    otherNetworkPolicies: (namespace, signal) =>
      answer(isNamespaceName(namespace) ? otherPolicies(namespace, signal) : Promise.reject(new NotKnown(NO_NAMESPACE))),
    pods: (namespace, signal) => answer(pods(namespace, signal)),
    resolutions: (namespace, signal) => answer(resolutions(namespace, signal)),
  };
}

const NO_NAMESPACE = 'no namespace can be called like this';

function checked(namespace: string): string {
  if (!isNamespaceName(namespace)) throw new NotKnown(NO_NAMESPACE);
  return namespace;
}

/** The object, if it is the one that was asked for. */
function expected(found: unknown, name: string, namespace: string | undefined): Readonly<Record<string, unknown>> {
  const metadata = own(found, 'metadata');
  if (!isObject(found) || ownText(metadata, 'name') !== name || ownText(metadata, 'namespace') !== namespace)
    throw new NotKnown('the API server answers with another object than it was asked for');
  return found;
}

async function answer<K extends FactKind>(value: Promise<FactValues[K]>): Promise<FactAnswer<K>> {
  try {
    return { known: true, value: await value };
  } catch (cause) {
    return { known: false, cause: cause instanceof NotKnown ? cause.message : 'an internal error' };
  }
}
