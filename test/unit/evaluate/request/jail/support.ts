// A jail by the front door: a policy of kind PipelinePolicy, a pod of a TaskRun, network policies, and what the jail says of them.
import type { Decision } from '../../../../../src/domain/decision/decision.ts';
import type { ClusterFacts } from '../../../../../src/domain/ports.ts';
import { clusterOf, CONTROLLER, judgedBy, object, type Asking, type Json, type Surroundings } from '../../../../support/pipelines.ts';

/** A policy with a jail alone; `jail` and `classes` are YAML in flow style. */
export const jailPolicy = (jail = '{}', classes = '{}', mode = 'enforce'): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {mode: ${mode}, namespaces: {matchLabels: {factory: "true"}}, images: {deferred: allowIfPodsAreGated, unpinned: allow}, classes: ${classes}, jail: ${jail}}
`;

export const DENY_ALL = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: ci}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`;

/** A NetworkPolicy of namespace ci with this spec, in YAML of flow style. */
export const networkPolicy = (name: string, spec: string): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: ci}
spec: ${spec}
`;

export const FLAGS = `
apiVersion: v1
kind: ConfigMap
metadata: {name: feature-flags, namespace: tekton-pipelines}
data: {enable-api-fields: alpha}
`;

export const TASK_RUN = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: build-1, namespace: ci, uid: uid-1}
spec: {taskSpec: {steps: [{name: compile, image: "golang@sha256:${'a'.repeat(64)}"}]}}
`;

/** The cluster in which the pod is admitted: flags, its TaskRun, the policy that closes. */
export const GOOD = [FLAGS, TASK_RUN, DENY_ALL] as const;

/** What a test changes of the pod that Tekton makes of {@link TASK_RUN}. */
export interface PodChange {
  readonly metadata?: Json;
  readonly spec?: Json;
  /** Of its one step. */
  readonly step?: Json;
}

/** The pod as Tekton makes it when the run is hermetic. */
export function pod({ metadata = {}, spec = {}, step = {} }: PodChange = {}): Json {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: 'build-1-pod', namespace: 'ci', uid: 'pod-uid-1', labels: { 'tekton.dev/taskRun': 'build-1', 'tekton.dev/taskRunUID': 'uid-1', app: 'build' },
      annotations: { 'experimental.tekton.dev/execution-mode': 'hermetic' },
      ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-1', controller: true, blockOwnerDeletion: true }],
      ...metadata,
    },
    spec: {
      automountServiceAccountToken: false,
      initContainers: [{ name: 'prepare', image: 'entrypoint' }, { name: 'place-scripts', image: 'shell' }],
      containers: [{ name: 'step-compile', image: 'golang', env: [{ name: 'TEKTON_HERMETIC', value: '1' }], ...step }],
      volumes: [{ name: 'tekton-internal-workspace', emptyDir: {} }, { name: 'tekton-internal-downward', downwardAPI: { items: [] } }],
      ...spec,
    },
  };
}

/** The pod as it stands in the cluster while it runs. */
export const running = (change: PodChange = {}): Json => ({ ...pod(change), status: { phase: 'Running' } });

/** A cluster of these objects, in which other kinds of network policies are served. */
export function clusterWith(objects: readonly (string | Json)[], others: readonly { kind: string; object: string | Json }[] = [], broken: readonly (keyof ClusterFacts)[] = []): ClusterFacts {
  const cluster = clusterOf(objects, broken);
  if (broken.includes('otherNetworkPolicies')) return cluster;
  const value = { kinds: [...new Set(others.map(({ kind }) => kind))], objects: others.map((one) => ({ kind: one.kind, object: object(one.object) })) };
  return { ...cluster, otherNetworkPolicies: async () => ({ known: true, value }) };
}

/** Codes of the jail that are not satisfied, each with its path, sorted; `none` when it does not speak. */
export function jailed({ findings }: Decision): string[] | 'none' {
  const own = findings.filter(({ requirement }) => requirement === 'jail');
  if (own.length === 0) return 'none';
  return own.filter(({ verdict }) => verdict !== 'satisfied').map(({ code, path }) => (path === '' ? code : `${code} ${path}`)).sort();
}

/** What the jail says of an object in a cluster. */
export async function judge(source: string | Json, cluster: ClusterFacts, asking: Asking = {}, policy = jailPolicy(), more: Surroundings = {}): Promise<string[] | 'none'> {
  return jailed(await judgedBy(policy, { cluster, ...more })(source, asking));
}

/** What the jail says of a pod that the controller makes in a cluster of these objects. */
export const judgePodIn = (change: PodChange, objects: readonly (string | Json)[], policy = jailPolicy()): Promise<string[] | 'none'> =>
  judge(pod(change), clusterWith(objects), { user: CONTROLLER }, policy);
