import * as models from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { extract, KIND_READERS } from '../../../src/extract/index.ts';
import { pod, podReview, workloadReview } from './reviews.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

/** Fields of every model of the Kubernetes API, by class name, as the client library generates them. */
const schema = new Map<string, readonly Attribute[]>();
for (const [name, model] of Object.entries(models)) {
  if (typeof model === 'function' && 'getAttributeTypeMap' in model) schema.set(name, (model.getAttributeTypeMap as () => readonly Attribute[])());
}

/** Fields with a suspicious name that hold no image that is run, looked at one by one. */
const NO_IMAGE = new Set([
  'imagePullSecrets[].name',
  'containers[].imagePullPolicy',
  'initContainers[].imagePullPolicy',
  'ephemeralContainers[].imagePullPolicy',
  'volumes[].image.pullPolicy',
  'volumes[].rbd.image', // a disk in a Ceph pool
]);

/** The class inside `Array<…>` or `{ [key: string]: …; }`. */
function element(type: string): { readonly type: string; readonly suffix: string } {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) return { type: list, suffix: '[]' };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  return map === undefined ? { type, suffix: '' } : { type: map, suffix: '{}' };
}

/** Every path below a class that ends in a text field, with the classes on the way not entered twice. */
function textPaths(name: string, prefix: string, above: ReadonlySet<string>): string[] {
  return (schema.get(name) ?? []).flatMap((attribute) => {
    const { type, suffix } = element(attribute.type);
    const path = `${prefix}${attribute.baseName}${suffix}`;
    if (type === 'string') return [path];
    return above.has(type) ? [] : textPaths(type, `${path}.`, new Set([...above, type]));
  });
}

/** Paths of a PodSpec whose text could be an image: a field, or an object around it, is called so. */
const suspicious = textPaths('V1PodSpec', '', new Set(['V1PodSpec'])).filter(
  (path) => /image|artifact|reference/i.test(path.replaceAll('preference', '').replaceAll('ownerReferences', '')),
);

/** An object with the image at this path of its PodSpec and readable containers beside it. */
function specWith(path: string, image: string): Record<string, unknown> {
  const [list = '', ...rest] = path.split('.');
  const item = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), image) as Record<string, unknown>;
  return { containers: [{ name: 'other', image: 'nginx' }], [list.replace('[]', '')]: [{ name: 'x', ...item }] };
}

describe('H03 schema sweep over the models of @kubernetes/client-node', () => {
  it('knows the models', () => {
    expect(schema.size).toBeGreaterThan(500);
    expect(suspicious).toEqual(expect.arrayContaining(['containers[].image', 'initContainers[].image', 'ephemeralContainers[].image', 'volumes[].image.reference']));
  });

  it.each(suspicious.filter((path) => !NO_IMAGE.has(path)))('a PodSpec\'s %s is walked', (path) => {
    const artifacts = extract(podReview(pod(specWith(path, 'ghcr.io/acme/evil:1')))).artifacts;
    expect(artifacts.map((artifact) => artifact.name)).toContain('ghcr.io/acme/evil');
  });

  it('every kind that holds a PodSpec has a reader, which finds it', () => {
    const kinds = [...schema].filter(([, attributes]) => ['apiVersion', 'kind', 'metadata'].every((name) => attributes.some((attribute) => attribute.baseName === name)));
    const holders = kinds.filter(([name]) => !name.endsWith('List') && holdsPodSpec(name, new Set([name])));
    const known = new Set(Object.values(KIND_READERS).map((reader) => reader.kind));
    const names = holders.map(([name]) => name.replace(/^V\d+(?:(?:alpha|beta)\d+)?/, ''));
    expect(names).toEqual(expect.arrayContaining(['Pod', 'Deployment', 'CronJob', 'PodTemplate', 'ReplicationController']));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('each reader\'s way to the PodSpec exists in the models', () => {
    for (const [key, reader] of Object.entries(KIND_READERS)) {
      let at = `V1${reader.kind}`;
      for (const name of reader.podSpec) at = schema.get(at)?.find((attribute) => attribute.baseName === name)?.type ?? `nothing at ${name}`;
      expect(at, key).toBe('V1PodSpec');
      expect(extract(workloadReview(key, 'v1', specWith('containers[].image', 'a.b/c'))).artifacts, key).toHaveLength(1);
    }
  });
});

function holdsPodSpec(name: string, above: ReadonlySet<string>): boolean {
  return (schema.get(name) ?? []).some((attribute) => {
    const { type } = element(attribute.type);
    return type === 'V1PodSpec' || (!above.has(type) && holdsPodSpec(type, new Set([...above, type])));
  });
}
