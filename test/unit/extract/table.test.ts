import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extract } from '../../../src/extract/index.ts';
import { KIND_TABLE, withRows } from '../../../src/extract/table/rows.ts';
import type { KindTable } from '../../../src/extract/table/rows.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { findAt, parsePlace } from '../../../src/text/place.ts';
import type { Place } from '../../../src/text/place.ts';
import { reviewOf } from '../../support/pipelines.ts';

const IMAGE = 'ghcr.io/acme/planted:1';

/** An object with a value at a place: lists and maps get a first item that holds it. */
function withValue({ steps }: Place, value: unknown): Record<string, unknown> {
  return steps.reduceRight<unknown>((inner, { name, each }) => ({ [name]: each.toReversed().reduce<unknown>((held, kind) => (kind === 'list' ? [held] : { a: held }), inner) }), value) as Record<string, unknown>;
}

function review(group: string, resource: string, body: Record<string, unknown>): ReviewRequest {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  return { ...reviewOf({ apiVersion, kind: 'K', metadata: { name: 'n', namespace: 'ci' }, ...body }), resource: { group, version: 'v1', resource } };
}

const codes = (it: ReviewRequest, table: KindTable = KIND_TABLE): string[] => extract(it, table).findings.map(({ code, path }) => `${code} ${path}`.trim());
const rows = [...KIND_TABLE.values()];

describe('H11 every row of the table of kinds', () => {
  it.each(rows.flatMap(({ group, resource, podSpecs }) => podSpecs.map((place) => [group, resource, place] as const)))('%s %s: pods at its place', (group, resource, place) => {
    const { artifacts, findings } = extract(review(group, resource, withValue(place, { containers: [{ name: 'c', image: IMAGE }], volumes: [{ name: 'v', image: { reference: 'v:1' } }] })));
    expect([artifacts.map(({ raw }) => raw), findings]).toEqual([[IMAGE, 'v:1'], []]);
    expect(artifacts[0]?.path).toMatch(/containers\[0\]\.image$/);
  });

  it.each(rows.flatMap(({ group, resource, images }) => images.map((image) => [group, resource, image] as const)))('%s %s: a text at its place', (group, resource, { place, scheme = '' }) => {
    const { artifacts, findings } = extract(review(group, resource, withValue(place, `${scheme}${IMAGE}`)));
    expect([artifacts.map(({ raw }) => raw), findings]).toEqual([[IMAGE], []]);
    if (scheme !== '') expect(extract(review(group, resource, withValue(place, 's3://bucket/model'))).artifacts).toEqual([]);
    expect(codes(review(group, resource, withValue(place, 7)))[0]).toMatch(/^INPUT_OBJECT_UNREADABLE /);
  });

  it.each(rows.map(({ group, resource }) => [group, resource] as const))('%s %s: what names no image says so', (group, resource) => {
    expect(codes(review(group, resource, { spec: {} }))).toEqual(['INPUT_NOT_JUDGED']);
  });

  it('a row blinds no other place: pods found by their shape, and names elsewhere, are found besides', () => {
    const body = { spec: { template: { spec: { containers: [{ name: 'c', image: 'a:1' }] } }, canary: { containers: [{ name: 'c', image: 'b:1' }] }, tool: { image: 'ghcr.io/x/y' } } };
    const it = extract(review('argoproj.io', 'rollouts', body));
    expect([it.artifacts.map(({ raw }) => raw), it.findings.map(({ code, path }) => `${code} ${path}`)]).toEqual([['a:1', 'b:1'], ['INPUT_IMAGE_UNPLACED spec.tool.image']]);
  });

  it('H05 an update judges what has changed, also of texts', () => {
    const before = review('kubevirt.io', 'virtualmachineinstances', { spec: { volumes: [{ name: 'a', containerDisk: { image: 'a:1' } }, { name: 'b', containerDisk: { image: 'b:1' } }] } });
    const after = review('kubevirt.io', 'virtualmachineinstances', { spec: { volumes: [{ name: 'a', containerDisk: { image: 'a:1' } }, { name: 'b', containerDisk: { image: 'b:2' } }] } });
    const it = extract({ ...after, operation: 'UPDATE', oldObject: before.object });
    expect([it.artifacts.map(({ raw }) => raw), it.findings.map(({ code }) => code)]).toEqual([['b:2'], ['INPUT_UNCHANGED']]);
  });
});

describe('rules about images, and who looks for new ones, start none', () => {
  it.each([
    ['gatehouse.dev', 'clusterartifactpolicies', { artifacts: [{ image: IMAGE }] }],
    ['kyverno.io', 'clusterpolicies', { rules: [{ validate: { pattern: { spec: { containers: [{ image: '!*:latest' }] } } } }] }],
    ['image.toolkit.fluxcd.io', 'imagerepositories', { image: IMAGE }],
    ['config.openshift.io', 'imagedigestmirrorsets', { imageDigestMirrors: [{ source: IMAGE, images: [IMAGE] }] }],
  ])('%s %s', (group, resource, spec) => {
    expect(codes(review(group, resource, { spec }))).toEqual(['INPUT_NOT_JUDGED']);
    expect(codes(review(`${group}.example`, resource, { spec })).join()).not.toContain('INPUT_NOT_JUDGED');
  });
});

describe('what a row leaves', () => {
  it('a part of a pod blinds nothing beside its lists', () => {
    const spark = review('sparkoperator.k8s.io', 'sparkapplications', { spec: { driver: { initContainers: [{ name: 'i', image: 'a:1' }], sidecars: [{ name: 's', image: 'b:1' }], other: { image: 'c:1' } } } });
    const { artifacts, findings } = extract(spark);
    expect([artifacts.map(({ raw }) => raw), findings.map(({ code, path }) => `${code} ${path}`)]).toEqual([['a:1', 'b:1'], ['INPUT_IMAGE_UNPLACED spec.driver.other.image']]);
  });

  const sensor = (source: object) => review('argoproj.io', 'sensors', { spec: { template: { container: { image: 'sensor:1' } }, triggers: [{ template: { argoWorkflow: { source } } }] } });
  const workflow = (image: string) => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', spec: { podSpecPatch: JSON.stringify({ containers: [{ name: 'main', image: 'patch:1' }] }), templates: [{ name: 'm', container: { image } }] } });
  it('objects in objects are read as if they came by themselves', () => {
    const at = 'spec.triggers[0].template.argoWorkflow.source';
    const images = (source: object) => extract(sensor(source)).artifacts.map(({ path, raw }) => `${path} = ${raw}`);
    expect(images({ resource: workflow('alpine') })).toEqual(['spec.template.container.image = sensor:1', `${at}.resource.spec.podSpecPatch:containers[0].image = patch:1`, `${at}.resource.spec.templates[0].container.image = alpine`]);
    expect(images({ inline: JSON.stringify(workflow('alpine')) })).toContain(`${at}.inline:spec.templates[0].container.image = alpine`);
    expect(extract(sensor({ resource: workflow('{{inputs.parameters.x}}') })).findings).toMatchObject([{ code: 'INPUT_IMAGE_PLACEHOLDER', mode: 'warn', path: `${at}.resource.spec.templates[0].container.image` }]);
    expect(codes(sensor({ inline: 'a: [' }))).toEqual([`INPUT_OBJECT_UNREADABLE ${at}.inline`]);
    expect(codes(sensor({ resource: 7 }))).toEqual([`INPUT_OBJECT_UNREADABLE ${at}.resource`]);
  });

  it('an update judges what has changed in them', () => {
    const [before, after] = [sensor({ resource: workflow('a:1') }), sensor({ resource: workflow('a:2') })];
    expect(extract({ ...after, operation: 'UPDATE', oldObject: before.object }).artifacts.map(({ raw }) => raw)).toEqual(['a:2']);
  });

  it('works within works are opened to a depth, and refused beyond it', () => {
    const work = (inner: unknown, depth: number): unknown => (depth === 0 ? inner : { apiVersion: 'work.karmada.io/v1alpha1', kind: 'Work', spec: { workload: { manifests: [work(inner, depth - 1)] } } });
    const pod = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'c', image: 'a:1' }] } };
    const outer = (depth: number) => review('work.karmada.io', 'works', { spec: { workload: { manifests: [work(pod, depth)] } } });
    expect(extract(outer(1)).artifacts.map(({ raw }) => raw)).toEqual(['a:1']);
    expect(codes(outer(40))[0]).toMatch(/^INPUT_OBJECT_UNREADABLE /);
  });

  it('a trigger with a template of its own: the runs in it are read', () => {
    const run = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', spec: { taskSpec: { steps: [{ name: 's', image: 'evil' }] } } };
    expect(extract(review('triggers.tekton.dev', 'triggers', { spec: { template: { spec: { resourcetemplates: [run] } } } })).artifacts.map(({ raw }) => raw)).toEqual(['evil']);
    expect(extract(review('triggers.tekton.dev', 'eventlisteners', { spec: { triggers: [{ template: { spec: { resourcetemplates: [run] } } }] } })).artifacts.map(({ raw }) => raw)).toEqual(['evil']);
  });
});

describe('a kind without a row', () => {
  const widget = (spec: unknown) => review('widgets.example', 'widgets', { spec });

  it.each<[string, unknown, string[]]>([
    ['a member called image', { image: IMAGE }, ['INPUT_IMAGE_UNPLACED spec.image']],
    ['one whose name ends so', { a: { sidecarImage: 'nginx:1' } }, ['INPUT_IMAGE_UNPLACED spec.a.sidecarImage']],
    ['a list of images', { images: ['nginx:1', 'redis:2'] }, ['INPUT_IMAGE_UNPLACED spec.images[0]', 'INPUT_IMAGE_UNPLACED spec.images[1]']],
    ['repository and tag', { image: { repository: 'ghcr.io/a/b', tag: '1' } }, ['INPUT_IMAGE_UNPLACED spec.image.repository']],
    ['a picture', { image: 'https://example.com/logo.png', icon: { image: 'logo' } }, ['INPUT_KIND_UNREAD']],
    ['a word', { image: 'ubuntu' }, ['INPUT_IMAGE_UNPLACED spec.image']],
    ['a word that is less sure', { baseImage: 'ubuntu', imageName: 'ubuntu' }, ['INPUT_KIND_UNREAD']],
    ['a name, a reference, an address of one', { imageName: 'a/b', imageRef: 'a/b', a: { imageUrl: 'a/b' } }, ['INPUT_IMAGE_UNPLACED spec.imageName', 'INPUT_IMAGE_UNPLACED spec.imageRef', 'INPUT_IMAGE_UNPLACED spec.a.imageUrl']],
    ['settings with dots', { sparkConf: { 'spark.kubernetes.container.image': 'a/b' } }, ['INPUT_IMAGE_UNPLACED spec.sparkConf.spark.kubernetes.container.image']],
    ['a map of images', { images: { tempo: 'grafana/tempo:2' } }, ['INPUT_IMAGE_UNPLACED spec.images.tempo']],
    ['several by another name', { extraImages: ['a/b'] }, ['INPUT_IMAGE_UNPLACED spec.extraImages[0]']],
    ['as kustomize has them', { images: ['nginx=ghcr.io/x/nginx:1'], kustomize: { images: [{ name: 'a/b', newTag: '2' }] } }, ['INPUT_IMAGE_UNPLACED spec.images[0]', 'INPUT_IMAGE_UNPLACED spec.kustomize.images[0].name']],
    ['an object with a reference', { image: { ref: 'quay.io/a/b:1' } }, ['INPUT_IMAGE_UNPLACED spec.image.ref']],
    ['one with a scheme of images', { image: 'docker://a/b:1', a: { image: 'oci://a/b' } }, ['INPUT_IMAGE_UNPLACED spec.image', 'INPUT_IMAGE_UNPLACED spec.a.image']],
    ['settings of pulling', { imagePullPolicy: 'a/b', imagePullSecrets: [{ name: 'a/b' }], imageTag: 'a:b' }, ['INPUT_KIND_UNREAD']],
    ['a disk of a machine', { image: { name: 'Ubuntu 22.04', id: 'a/b' } }, ['INPUT_KIND_UNREAD']],
    ['the same text elsewhere', { text: IMAGE }, ['INPUT_KIND_UNREAD']],
  ])('%s', (_, spec, expected) => expect(codes(widget(spec))).toEqual(expected));

  it('what the operator knows to be no image is none, and what stands beside it is', () => {
    const table = withRows([{ group: 'widgets.example', resource: 'widgets', podSpecs: [], images: [], noImages: ['spec.values', 'spec.disk.image'] }]);
    const spec = { values: { image: { repository: 'ghcr.io/a/b' } }, disk: { image: 'debian-cloud/debian-12' } };
    expect(codes(widget(spec))).toEqual(['INPUT_IMAGE_UNPLACED spec.values.image.repository', 'INPUT_IMAGE_UNPLACED spec.disk.image']);
    expect(codes(widget(spec), table)).toEqual(['INPUT_NOT_JUDGED']);
    expect(codes(widget({ ...spec, image: 'a/b' }), table)).toEqual(['INPUT_IMAGE_UNPLACED spec.image']);
  });

  it('with a row of the operator the same image is judged, and the row takes nothing from what is known', () => {
    const table = withRows([{ group: 'widgets.example', resource: 'widgets', podSpecs: ['spec.jobs{}.pods[].template'], images: ['spec.image'] }, { group: 'argoproj.io', resource: 'rollouts', podSpecs: [], images: ['spec.tool'] }]);
    expect(extract(widget({ image: IMAGE }), table).artifacts.map(({ path }) => path)).toEqual(['spec.image']);
    expect(extract(widget({ jobs: { a: { pods: [{ template: { initContainers: [{ name: 'i', image: 'a:1' }] } }] } } }), table).artifacts.map(({ path }) => path)).toEqual(['spec.jobs.a.pods[0].template.initContainers[0].image']);
    expect(codes(widget({ jobs: [] }), table)).toEqual(['INPUT_OBJECT_UNREADABLE spec.jobs']);
    const rollout = review('argoproj.io', 'rollouts', { spec: { tool: 'b:1', template: { spec: { containers: [{ name: 'c', image: 'a:1' }] } } } });
    expect(extract(rollout, table).artifacts.map(({ raw }) => raw)).toEqual(['a:1', 'b:1']);
  });
});

describe('rows in the configuration are checked when it is loaded', () => {
  const check = (row: unknown): string => {
    const result = checkConfig(JSON.stringify({ extractors: [row] }), 'c.yaml');
    return result.ok ? 'ok' : result.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  };

  it.each<[unknown, RegExp]>([
    [{ group: 'a.example', resource: 'widgets', images: ['spec.image'] }, /^ok$/],
    [{ group: '', resource: 'widgets', podSpecs: ['spec.a[].b{}[].c'] }, /^ok$/],
    [{ group: 'a.example', resource: 'widgets' }, /expected podSpecs or images/],
    [{ group: 'a.example', resource: 'widgets', noImages: ['spec.values'] }, /^ok$/],
    [{ group: 'a.example', resource: 'widgets', noImages: ['spec.values[0]'] }, /is no part of a path/],
    [{ group: 'a.example/v1', resource: 'widgets', images: ['a'] }, /expected an API group/],
    [{ group: 'a.example', resource: 'Widget', images: ['a'] }, /expected the plural name/],
    [{ group: 'a.example', resource: 'widgets', images: ['spec..image'] }, /"" is no part of a path/],
    [{ group: 'a.example', resource: 'widgets', images: ['spec.images[0]'] }, /"images\[0\]" is no part of a path/],
    [{ group: 'a.example', resource: 'widgets', images: ['__proto__.a'] }, /__proto__/],
    [{ group: 'a.example', resource: 'widgets', images: ['a'], image: 'b' }, /image/],
  ])('%j', (row, message) => expect(check(row)).toMatch(message));
});

describe('paths', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,5}$/);
  const path = fc.array(fc.tuple(name, fc.constantFrom('', '[]', '{}', '[]{}')), { minLength: 1, maxLength: 6 }).map((parts) => parts.map(([part, mark]) => `${part}${mark}`).join('.'));

  it('what stands at a path is found, once, and nothing is thrown for any object', () => {
    fc.assert(fc.property(path, fc.jsonValue(), (text, other) => {
      const read = parsePlace(text);
      if (!read.ok) throw new Error(read.problem);
      expect(findAt(withValue(read.value, 'here'), read.value, 100).filter(({ value }) => value === 'here')).toHaveLength(1);
      findAt(other, read.value, 100);
    }));
  });
});
