import { KIND_READERS } from '../../../src/extract/index.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';

type Json = Record<string, unknown>;

/** A CREATE of a pod by a developer, changed in some fields. */
export function podReview(object: unknown, change: Partial<ReviewRequest> = {}): ReviewRequest {
  return {
    surface: 'webhook',
    caller: { proof: 'certificate', credentials: 'all' },
    uid: 'u-1',
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    namespace: 'shop',
    name: 'web',
    user: { username: 'alice', groups: ['developers'] },
    dryRun: false,
    object,
    oldObject: null,
    ...change,
  };
}

/** A pod with this spec. */
export function pod(spec: unknown, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', ...metadata }, spec };
}

/** A PodSpec with one container per image, named c0, c1, …. */
export function podSpec(...images: unknown[]): Json {
  return { containers: images.map((image, index) => ({ name: `c${index}`, image })) };
}

/** Every kind with a pod template: its `group/resource`, versions it is served in, and how its object looks. */
export const WORKLOADS: readonly { readonly key: string; readonly version: string }[] = [
  { key: '/podtemplates', version: 'v1' },
  { key: '/replicationcontrollers', version: 'v1' },
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map((name) => ({ key: `apps/${name}`, version: 'v1' })),
  { key: 'apps/deployments', version: 'v1beta2' },
  { key: 'extensions/deployments', version: 'v1beta1' },
  { key: 'extensions/daemonsets', version: 'v1beta1' },
  { key: 'extensions/replicasets', version: 'v1beta1' },
  { key: 'batch/jobs', version: 'v1' },
  { key: 'batch/cronjobs', version: 'v1' },
  { key: 'batch/cronjobs', version: 'v1beta1' },
];

/** The review of a workload whose template has this PodSpec. */
export function workloadReview(key: string, version: string, spec: unknown, change: Partial<ReviewRequest> = {}): ReviewRequest {
  const [group = '', resource = ''] = key.split('/');
  const reader = KIND_READERS[key];
  if (reader === undefined) throw new Error(`no reader for ${key}`);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const object = { apiVersion, kind: reader.kind, metadata: { name: 'web' }, ...(nest(reader.podSpec, spec) as Json) };
  return podReview(object, { kind: { group, version, kind: reader.kind }, resource: { group, version, resource }, ...change });
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, name) => ({ [name]: inner }), value);
}
