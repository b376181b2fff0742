import { randomUUID } from 'node:crypto';

/** One container of a pod: a name and an image. Anything else goes into `extra`. */
export interface ContainerSpec {
  readonly name?: string;
  readonly image?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A pod, described by its images. A plain string is a container with that image. */
export interface PodOptions {
  readonly images?: readonly (string | ContainerSpec)[];
  readonly initImages?: readonly (string | ContainerSpec)[];
  readonly ephemeralImages?: readonly (string | ContainerSpec)[];
  /** References of image volumes (KEP-4639). */
  readonly imageVolumes?: readonly string[];
  readonly pullSecrets?: readonly string[];
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Further members of the pod spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What an AdmissionReview says besides its object. */
export interface ReviewOptions {
  readonly uid?: string;
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly namespace?: string;
  readonly name?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly dryRun?: boolean;
  readonly subResource?: string;
  readonly oldObject?: unknown;
}

/** Workload kinds the product must understand, with group, version and resource. */
export type WorkloadKind = 'Pod' | 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'ReplicationController' | 'Job' | 'CronJob' | 'PodTemplate';

/** An `admission.k8s.io/v1` AdmissionReview as the API server sends it. */
export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string; readonly object: unknown; readonly oldObject: unknown };
}

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
}

const WORKLOADS: Record<WorkloadKind, Resource> = {
  Pod: { group: '', version: 'v1', kind: 'Pod', resource: 'pods' },
  PodTemplate: { group: '', version: 'v1', kind: 'PodTemplate', resource: 'podtemplates' },
  ReplicationController: { group: '', version: 'v1', kind: 'ReplicationController', resource: 'replicationcontrollers' },
  Deployment: { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', kind: 'StatefulSet', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', kind: 'DaemonSet', resource: 'daemonsets' },
  ReplicaSet: { group: 'apps', version: 'v1', kind: 'ReplicaSet', resource: 'replicasets' },
  Job: { group: 'batch', version: 'v1', kind: 'Job', resource: 'jobs' },
  CronJob: { group: 'batch', version: 'v1', kind: 'CronJob', resource: 'cronjobs' },
};

export const WORKLOAD_KINDS = Object.keys(WORKLOADS) as readonly WorkloadKind[];

/** A pod object. */
export function podObject(options: PodOptions = {}, meta: { readonly name?: string; readonly namespace?: string } = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(options, meta.name ?? 'app', meta.namespace ?? 'default'),
    spec: podSpec(options),
  };
}

/** An object of any workload kind whose pod template has these images. */
export function workloadObject(kind: WorkloadKind, options: PodOptions = {}, meta: { readonly name?: string; readonly namespace?: string } = {}): Record<string, unknown> {
  const { group, version } = WORKLOADS[kind];
  if (kind === 'Pod') return podObject(options, meta);
  const head = {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { name: meta.name ?? 'app', namespace: meta.namespace ?? 'default' },
  };
  const template = { metadata: { labels: { app: 'app', ...options.labels } }, spec: podSpec(options) };
  if (kind === 'PodTemplate') return { ...head, template };
  if (kind === 'Job') return { ...head, spec: { template } };
  if (kind === 'CronJob') return { ...head, spec: { schedule: '0 * * * *', jobTemplate: { spec: { template } } } };
  return { ...head, spec: { selector: kind === 'ReplicationController' ? { app: 'app' } : { matchLabels: { app: 'app' } }, template } };
}

/** An AdmissionReview about a pod. */
export function podReview(options: PodOptions & ReviewOptions = {}): AdmissionReview {
  return review(WORKLOADS.Pod, podObject(options, named(options)), options);
}

/** An AdmissionReview about a workload of any kind. */
export function workloadReview(kind: WorkloadKind, options: PodOptions & ReviewOptions = {}): AdmissionReview {
  return review(WORKLOADS[kind], workloadObject(kind, options, named(options)), options);
}

/** An UPDATE from the pod template `before` to `after`; the review's options are those of `after`. */
export function updateReview(kind: WorkloadKind, before: PodOptions, after: PodOptions & ReviewOptions): AdmissionReview {
  return workloadReview(kind, { ...after, operation: 'UPDATE', oldObject: workloadObject(kind, before, named(after)) });
}

/** An UPDATE of a pod's `ephemeralcontainers` subresource (`kubectl debug`). */
export function ephemeralContainersReview(options: PodOptions & ReviewOptions): AdmissionReview {
  const { ephemeralImages: _added, ...before } = options;
  return podReview({ ...options, operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: podObject(before, named(options)) });
}

/** An AdmissionReview about any object; group, version and kind come from the object unless given. */
export function objectReview(object: Readonly<Record<string, unknown>>, resource: string, options: ReviewOptions = {}): AdmissionReview {
  const [first, second] = String(object['apiVersion']).split('/');
  const [group, version] = second === undefined ? ['', first ?? ''] : [first ?? '', second];
  return review({ group, version, kind: String(object['kind']), resource }, object, options);
}

function review(target: Resource, object: unknown, options: ReviewOptions): AdmissionReview {
  const operation = options.operation ?? 'CREATE';
  const kind = { group: target.group, version: target.version, kind: target.kind };
  const resource = { group: target.group, version: target.version, resource: target.resource };
  const sub = options.subResource === undefined ? {} : { subResource: options.subResource, requestSubResource: options.subResource };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: options.uid ?? randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      ...sub,
      name: options.name ?? 'app',
      namespace: options.namespace ?? 'default',
      operation,
      userInfo: { username: options.username ?? 'alice', groups: options.groups ?? ['system:authenticated'] },
      object: operation === 'DELETE' ? null : object,
      oldObject: options.oldObject ?? (operation === 'DELETE' ? object : null),
      dryRun: options.dryRun ?? false,
      options: { kind: `${operation[0]}${operation.slice(1).toLowerCase()}Options`, apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function named(options: ReviewOptions): { name: string; namespace: string } {
  return { name: options.name ?? 'app', namespace: options.namespace ?? 'default' };
}

function metadata(options: PodOptions, name: string, namespace: string): Record<string, unknown> {
  return {
    name,
    namespace,
    ...(options.labels && { labels: options.labels }),
    ...(options.annotations && { annotations: options.annotations }),
  };
}

function podSpec(options: PodOptions): Record<string, unknown> {
  const volumes = options.imageVolumes?.map((reference, i) => ({ name: `image-${i}`, image: { reference, pullPolicy: 'IfNotPresent' } }));
  return {
    ...(options.serviceAccount !== undefined && { serviceAccountName: options.serviceAccount }),
    ...(options.pullSecrets && { imagePullSecrets: options.pullSecrets.map((name) => ({ name })) }),
    ...(options.initImages && { initContainers: containers(options.initImages, 'init') }),
    containers: containers(options.images ?? [], 'app'),
    ...(options.ephemeralImages && { ephemeralContainers: containers(options.ephemeralImages, 'debug') }),
    ...(volumes && { volumes }),
    ...options.spec,
  };
}

function containers(images: readonly (string | ContainerSpec)[], prefix: string): unknown[] {
  return images.map((entry, i) => {
    const { name = `${prefix}-${i}`, image, extra } = typeof entry === 'string' ? { image: entry } : entry;
    return { name, ...(image !== undefined && { image }), ...extra };
  });
}
