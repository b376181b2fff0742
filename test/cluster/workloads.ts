/** A manifest as `kubectl apply -f -` takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** A pod template with one container. */
export interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A Pod with one container; `spec` adds or replaces fields. */
export function pod(name: string, image: string, spec: Readonly<Record<string, unknown>> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'app', image }], ...spec } };
}

/** The kinds that make pods, each with the path of its container's image. */
export const WORKLOADS: readonly { readonly kind: string; readonly path: string; readonly make: (name: string, image: string) => Manifest }[] = [
  { kind: 'Pod', path: 'spec.containers[0].image', make: pod },
  ...['Deployment', 'ReplicaSet', 'DaemonSet'].map((kind) => ({
    kind, path: 'spec.template.spec.containers[0].image',
    make: (name: string, image: string) => ({ apiVersion: 'apps/v1', kind, metadata: { name }, spec: { selector: { matchLabels: { app: name } }, template: template(name, image) } }),
  })),
  {
    kind: 'StatefulSet', path: 'spec.template.spec.containers[0].image',
    make: (name, image) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: { serviceName: name, selector: { matchLabels: { app: name } }, template: template(name, image) } }),
  },
  {
    kind: 'ReplicationController', path: 'spec.template.spec.containers[0].image',
    make: (name, image) => ({ apiVersion: 'v1', kind: 'ReplicationController', metadata: { name }, spec: { selector: { app: name }, template: template(name, image) } }),
  },
  {
    kind: 'PodTemplate', path: 'template.spec.containers[0].image',
    make: (name, image) => ({ apiVersion: 'v1', kind: 'PodTemplate', metadata: { name }, template: template(name, image) }),
  },
  { kind: 'Job', path: 'spec.template.spec.containers[0].image', make: (name, image) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: template(name, image, 'Never') } }) },
  {
    kind: 'CronJob', path: 'spec.jobTemplate.spec.template.spec.containers[0].image',
    make: (name, image) => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: template(name, image, 'Never') } } } }),
  },
];

function template(name: string, image: string, restartPolicy = 'Always'): Template {
  return { metadata: { labels: { app: name } }, spec: { restartPolicy, containers: [{ name: 'app', image }] } };
}
