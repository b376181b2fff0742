/** Random objects of every kind that is judged, and random updates of them: what the API server accepts of these is for it to say. */
import fc from 'fast-check';
import { KIND_READERS } from '../../src/extract/index.ts';

/** A kind as the API serves it. */
export interface ServedKind {
  /** `group/resource`, as the extractor names it. */
  readonly key: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** The kinds that the shipped rules name. */
export const SERVED: readonly ServedKind[] = [
  ['/pods', 'api/v1'], ['/podtemplates', 'api/v1'], ['/replicationcontrollers', 'api/v1'],
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map((name) => [`apps/${name}`, 'apis/apps/v1']),
  ['batch/jobs', 'apis/batch/v1'], ['batch/cronjobs', 'apis/batch/v1'],
].map(([key = '', root = '']) => ({
  key, path: `/${root}/namespaces/default/${key.split('/')[1]}`, apiVersion: root.replace(/^apis?\//, ''), kind: KIND_READERS[key]?.kind ?? '',
}));

type Json = Record<string, unknown>;

const record = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T): fc.Arbitrary<Json> => fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<Json>;
const image = fc.constantFrom('nginx:1', 'nginx:2', 'ghcr.io/acme/app:3', `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`);
const container = record({ image, args: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }), tty: fc.boolean() });
const named = (list: fc.Arbitrary<Json[]>, prefix: string): fc.Arbitrary<Json[]> => list.map((items) => items.map((item, index) => ({ name: `${prefix}${index}`, ...item })));
const volume = fc.oneof(fc.constant<Json>({ emptyDir: {} }), record({ image: record({ reference: image, pullPolicy: fc.constant('IfNotPresent') }) }));

/** A PodSpec that the API server accepts, without restart policy. */
const podSpec = record({
  containers: named(fc.array(container, { minLength: 1, maxLength: 3 }), 'c'),
  initContainers: named(fc.array(container, { maxLength: 2 }), 'i'),
  volumes: named(fc.array(volume, { maxLength: 2 }), 'v'),
  serviceAccountName: fc.constantFrom('default', 'builder'),
  imagePullSecrets: fc.array(fc.constantFrom({ name: 'one' }, { name: 'two' }), { maxLength: 1 }),
});

/** A creation: PodSpec, and what else differs between objects. */
export const creations = record({ podSpec, replicas: fc.integer({ min: 0, max: 2 }) });

/** What an update does to an object that is stored. */
export type Change = (object: Json, kind: ServedKind) => void;

const metadata = (object: Json): Json => object['metadata'] as Json;
/** The PodSpec of a stored object. */
export const specOf = (object: Json, kind: ServedKind): Json => (KIND_READERS[kind.key]?.podSpec ?? []).reduce<Json>((inner, name) => inner[name] as Json, object);
const list = (object: Json, kind: ServedKind, name: string): Json[] => (specOf(object, kind)[name] ??= []) as Json[];

const notes: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom('labels', 'annotations'), fc.constantFrom('x', 'gatehouse.dev/x'), fc.constantFrom('1', '2')).map(([where, key, value]) => (object) => {
  metadata(object)[where] = { ...(metadata(object)[where] as Json | undefined), [key]: value };
});
const finalizers: fc.Arbitrary<Change> = fc.boolean().map((present) => (object) => { metadata(object)['finalizers'] = present ? ['acme.example/hold'] : []; });
const owners: fc.Arbitrary<Change> = fc.constant((object: Json) => {
  metadata(object)['ownerReferences'] = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '00000000-0000-0000-0000-000000000001' }];
});
const replicas: fc.Arbitrary<Change> = fc.integer({ min: 0, max: 3 }).map((count) => (object, kind) => {
  const spec = object['spec'] as Json | undefined;
  if (kind.key === 'batch/jobs' && spec !== undefined) spec['suspend'] = count === 0;
  else if (kind.key === 'batch/cronjobs' && spec !== undefined) spec['suspend'] = count === 0;
  else if (spec?.['replicas'] !== undefined) spec['replicas'] = count;
});
const templateNotes: fc.Arbitrary<Change> = fc.constantFrom('1', '2').map((value) => (object, kind) => {
  const path = [...(KIND_READERS[kind.key]?.podSpec ?? [])].slice(0, -1);
  if (path.length === 0) return;
  const template = path.reduce<Json>((inner, name) => inner[name] as Json, object);
  const meta = (template['metadata'] ??= {}) as Json;
  meta['annotations'] = { ...(meta['annotations'] as Json | undefined), restartedAt: value };
});
const images: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom('containers', 'initContainers'), fc.nat(2), image).map(([where, index, value]) => (object, kind) => {
  const chosen = list(object, kind, where)[index];
  if (chosen !== undefined) chosen['image'] = value;
});
const moved: fc.Arbitrary<Change> = fc.constant((object: Json, kind: ServedKind) => { list(object, kind, 'containers').reverse(); });
const added: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom('containers', 'initContainers'), container).map(([where, value]) => (object, kind) => {
  list(object, kind, where).push({ name: `n${list(object, kind, where).length}`, ...value });
});
const dropped: fc.Arbitrary<Change> = fc.constantFrom('containers', 'initContainers', 'volumes').map((where) => (object, kind) => { list(object, kind, where).pop(); });
const renamed: fc.Arbitrary<Change> = fc.constant((object: Json, kind: ServedKind) => {
  const [first] = list(object, kind, 'containers');
  if (first !== undefined) first['name'] = 'renamed';
});
const tolerations: fc.Arbitrary<Change> = fc.constant((object: Json, kind: ServedKind) => { list(object, kind, 'tolerations').push({ key: 'x', operator: 'Exists', effect: 'NoSchedule' }); });
const volumes: fc.Arbitrary<Change> = image.map((reference) => (object, kind) => {
  for (const entry of list(object, kind, 'volumes')) if (entry['image'] !== undefined) entry['image'] = { reference, pullPolicy: 'IfNotPresent' };
});

/** Up to three changes of one object; those that only note something come as often as all others. */
export const updates: fc.Arbitrary<readonly Change[]> = fc.array(fc.oneof(
  { weight: 8, arbitrary: notes }, { weight: 3, arbitrary: finalizers }, { weight: 2, arbitrary: owners }, { weight: 4, arbitrary: replicas }, { weight: 2, arbitrary: templateNotes },
  { weight: 4, arbitrary: images }, moved, added, dropped, renamed, tolerations, volumes,
), { minLength: 1, maxLength: 3 });

/** The object that is created. */
export function objectOf(kind: ServedKind, name: string, { podSpec: spec, replicas: count }: Json): Json {
  const once = kind.key.startsWith('batch/');
  const full = { ...(spec as Json), restartPolicy: once || kind.key === '/pods' ? 'Never' : 'Always' };
  const head = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name } };
  const template = { metadata: { labels: { app: name } }, spec: full };
  const selector = { matchLabels: { app: name } };
  switch (kind.key) {
    case '/pods': return { ...head, spec: full };
    case '/podtemplates': return { ...head, template };
    case '/replicationcontrollers': return { ...head, spec: { replicas: count, selector: selector.matchLabels, template } };
    case 'batch/jobs': return { ...head, spec: { template } };
    case 'batch/cronjobs': return { ...head, spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } } };
    case 'apps/daemonsets': return { ...head, spec: { selector, template } };
    default: return { ...head, spec: { replicas: count, selector, template, ...(kind.key === 'apps/statefulsets' ? { serviceName: name } : {}) } };
  }
}
