/** What a cluster holds of an installation, read with the rights of whoever asks; what may not be read is said, not guessed. */
import type { KubeApi, KubeReviews } from '../../cluster/api.ts';
import { createAccessReview } from '../../cluster/access-review.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { below, lookOf } from './looks/look.ts';
import type { HeldGuard, Look } from './looks/look.ts';
import { readResources } from './resources/read.ts';
import type { HeldResources } from './resources/read.ts';

/** A webhook configuration by its name. */
export interface HeldGate {
  readonly name: string;
  readonly look: Look;
}

/** A replica of the server or of the controller, and what it says of itself. */
export interface HeldPod {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  /** Of its operations port: replicas of before and after a change of `operations.tls` have other ones. */
  readonly scheme: 'http' | 'https';
  /** Text of its metrics; absent when it could not be asked. */
  readonly metrics?: string;
}

/** Everything that is looked at. */
export interface Installation {
  readonly namespace: string;
  readonly version: Look;
  readonly gates: readonly HeldGate[];
  readonly ownNamespace: Look;
  readonly secret: Look;
  readonly server: Look;
  readonly controller: Look;
  readonly budget: Look;
  readonly endpoints: Look;
  /** Service gatehouse. */
  readonly calledService: Look;
  readonly pods: readonly HeldPod[];
  /** The two policies of the guard and their bindings, by name. */
  readonly guard: readonly HeldGuard[];
  /** Resources that are served of our group. */
  readonly kinds: Look;
  /** What there is around policies that are resources. */
  readonly resources: HeldResources;
  /** ConfigMap gatehouse-config. */
  readonly settings: Look;
  /** Resources that are served, by group, of those groups that rules of webhooks may name. */
  readonly served: ReadonlyMap<string, ReadonlySet<string>>;
}

/** How text is asked for: metrics are no JSON. */
export type ReadText = (path: string, signal: AbortSignal) => Promise<{ readonly status: number; readonly text: string }>;

const GATES = [
  ['validatingwebhookconfigurations', 'gatehouse'], ['validatingwebhookconfigurations', 'gatehouse-pipelines'],
  ['mutatingwebhookconfigurations', 'gatehouse-mutate'], ['validatingwebhookconfigurations', 'gatehouse-resources'],
] as const;
const GUARD = ['gatehouse-guard', 'gatehouse-own-pods'];
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GROUPS: Readonly<Record<string, string>> = {
  '': '/api/v1', apps: '/apis/apps/v1', batch: '/apis/batch/v1',
  'tekton.dev': '/apis/tekton.dev/v1', 'argoproj.io': '/apis/argoproj.io/v1alpha1', 'shipwright.io': '/apis/shipwright.io/v1beta1',
};

/** Reads it all; rejects only when the API server cannot be reached at all. */
export async function readInstallation(
  api: Pick<KubeApi, 'get'> & KubeReviews, readText: ReadText, signal: AbortSignal,
): Promise<Installation> {
  const version = await api.get('/version', signal).then(lookOf);
  const get = async (path: string): Promise<Look> => {
    try {
      return lookOf(await api.get(path, signal));
    } catch (cause) {
      return { kind: 'unknown', why: cause instanceof Error ? cause.message : String(cause) };
    }
  };
  const gates = await Promise.all(GATES.map(async ([resource, name]) => ({ name, look: await get(`${ADMISSION}/${resource}/${name}`) })));
  const namespace = namespaceOf(gates);
  const [core, apps] = [`/api/v1/namespaces/${namespace}`, `/apis/apps/v1/namespaces/${namespace}`];
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dgatehouse`;
  const [ownNamespace, secret, server, controller, budget, endpoints, pods, kinds, settings, calledService] = await Promise.all([
    get(core), get(`${core}/secrets/gatehouse-tls`), get(`${apps}/deployments/gatehouse`), get(`${apps}/deployments/gatehouse-controller`),
    get(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/gatehouse`), get(slices),
    get(`${core}/pods?labelSelector=app.kubernetes.io%2Fname%3Dgatehouse&limit=100`), get('/apis/gatehouse.dev/v1alpha1'),
    get(`${core}/configmaps/gatehouse-config`), get(`${core}/services/gatehouse`),
  ]);
  const guardsOf = (names: readonly string[]): Promise<readonly HeldGuard[]> => Promise.all(names.map(async (name) => ({
    name,
    policy: await get(`${ADMISSION}/validatingadmissionpolicies/${name}`),
    binding: await get(`${ADMISSION}/validatingadmissionpolicybindings/${name}`),
  })));
  const guard = await guardsOf(GUARD);
  const pod = server.kind === 'found' ? below(server.object, 'spec', 'template', 'spec') : undefined;
  const account = ownText(pod, 'serviceAccountName') ?? 'gatehouse';
  const held = await readResources({
    get, guardsOf, review: (asked, user) => createAccessReview(api, asked)(user, ''), namespace, account,
    isServed: kinds.kind === 'found',
  });
  const served = new Map(await Promise.all(Object.entries(GROUPS).map(async ([group, path]): Promise<[string, ReadonlySet<string>]> =>
    [group, new Set(resourcesOf(await get(path)))])));
  return {
    namespace, version, gates, ownNamespace, secret, server, controller, budget, endpoints, guard, kinds, served, settings, calledService,
    resources: held,
    pods: await podsOf(pods, namespace, readText, signal),
  };
}

/** The names of the resources in an answer of discovery. */
export function resourcesOf(look: Look): readonly string[] {
  return look.kind === 'found' ? (ownList(look.object, 'resources') ?? []).flatMap((one) => ownText(one, 'name') ?? []) : [];
}

/** Where the server is, by the Service that the gate calls. */
function namespaceOf(gates: readonly HeldGate[]): string {
  for (const { look } of gates) {
    if (look.kind !== 'found') continue;
    for (const webhook of ownList(look.object, 'webhooks') ?? []) {
      const namespace = below(webhook, 'clientConfig', 'service', 'namespace');
      if (typeof namespace === 'string' && /^[a-z0-9-]{1,63}$/.test(namespace)) return namespace;
    }
  }
  return 'gatehouse-system';
}

const MOST_ASKED = 10;

async function podsOf(list: Look, namespace: string, readText: ReadText, signal: AbortSignal): Promise<readonly HeldPod[]> {
  if (list.kind !== 'found') return [];
  const pods = (ownList(list.object, 'items') ?? []).map(podOf).filter((pod) => pod.name !== '');
  return Promise.all(pods.map(async (pod, index) => {
    if (!pod.ready || index >= MOST_ASKED) return pod;
    try {
      const { status, text } = await readText(`/api/v1/namespaces/${namespace}/pods/${pod.scheme}:${pod.name}:8080/proxy/metrics`, signal);
      return status === 200 ? { ...pod, metrics: text } : pod;
    } catch {
      return pod;
    }
  }));
}

function podOf(pod: unknown): HeldPod {
  const conditions = below(pod, 'status', 'conditions');
  const [container] = ownList(below(pod, 'spec'), 'containers') ?? [];
  const name = ownText(below(pod, 'metadata'), 'name') ?? '';
  return {
    name: /^[a-z0-9.-]{1,253}$/.test(name) ? name : '',
    image: ownText(container, 'image') ?? '',
    scheme: below(container, 'readinessProbe', 'httpGet', 'scheme') === 'HTTPS' ? 'https' : 'http',
    ready: Array.isArray(conditions) && conditions.some((one) => own(one, 'type') === 'Ready' && own(one, 'status') === 'True'),
  };
}
