import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extract, KIND_READERS } from '../../../src/extract/index.ts';
import { pod, podReview, podSpec, workloadReview, WORKLOADS } from './reviews.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

function pathsOf(review: ReviewRequest): string[] {
  return extract(review).artifacts.map((artifact) => artifact.path);
}

function codesOf(review: ReviewRequest): string[] {
  return extract(review).findings.map((finding) => `${finding.code} ${finding.path}`.trim());
}

/** Nothing is asked to be verified and nothing denies: what must never happen by accident. */
function slipsThrough(review: ReviewRequest): boolean {
  const { artifacts, findings } = extract(review);
  return artifacts.length === 0 && findings.every((finding) => finding.verdict === 'satisfied');
}

describe('every place in a pod', () => {
  const spec = {
    containers: [{ name: 'a', image: 'nginx:1' }, { name: 'b', image: `ghcr.io/acme/app@${digest}` }],
    initContainers: [{ name: 'i', image: 'busybox' }, { name: 'sidecar', image: 'envoy:2', restartPolicy: 'Always' }],
    ephemeralContainers: [{ name: 'e', image: 'debug' }],
    volumes: [{ name: 'v0', emptyDir: {} }, { name: 'v1', image: { reference: 'ghcr.io/acme/model:3' } }, { name: 'v2', rbd: { image: 'Not An Image' } }],
  };

  it('H02 H03 all container lists and image volumes, with their paths', () => {
    expect(extract(podReview(pod(spec)))).toEqual({
      findings: [],
      scope: { namespace: 'shop', serviceAccount: 'default', pullSecrets: [] },
      artifacts: [
        { kind: 'image', usage: 'container', path: 'spec.containers[0].image', holder: 'a', raw: 'nginx:1', name: 'docker.io/library/nginx', tag: '1' },
        { kind: 'image', usage: 'container', path: 'spec.containers[1].image', holder: 'b', raw: `ghcr.io/acme/app@${digest}`, name: 'ghcr.io/acme/app', digest },
        { kind: 'image', usage: 'container', path: 'spec.initContainers[0].image', holder: 'i', raw: 'busybox', name: 'docker.io/library/busybox', tag: 'latest' },
        { kind: 'image', usage: 'container', path: 'spec.initContainers[1].image', holder: 'sidecar', raw: 'envoy:2', name: 'docker.io/library/envoy', tag: '2' },
        { kind: 'image', usage: 'container', path: 'spec.ephemeralContainers[0].image', holder: 'e', raw: 'debug', name: 'docker.io/library/debug', tag: 'latest' },
        { kind: 'image', usage: 'container', path: 'spec.volumes[1].image.reference', holder: 'v1', raw: 'ghcr.io/acme/model:3', name: 'ghcr.io/acme/model', tag: '3' },
      ],
    });
  });

  it('gives one artifact per place for the same image', () => {
    expect(pathsOf(podReview(pod(podSpec('nginx', 'nginx'))))).toEqual(['spec.containers[0].image', 'spec.containers[1].image']);
  });

  it('takes pull secrets and service account from the pod, and only well-formed names', () => {
    const full = { ...podSpec('nginx'), serviceAccountName: 'builder', imagePullSecrets: [{ name: 'regcred' }, { name: '../other' }, {}, null, { name: 'regcred' }, { name: 'b.c-d' }] };
    expect(extract(podReview(pod(full))).scope).toEqual({ namespace: 'shop', serviceAccount: 'builder', pullSecrets: ['regcred', 'b.c-d'] });
    expect(extract(podReview(pod({ ...podSpec('nginx'), serviceAccountName: 'a/b' }))).scope.serviceAccount).toBe('default');
  });

  it.each(WORKLOADS)('H10 H11 $key $version', ({ key, version }) => {
    const at = KIND_READERS[key]?.podSpec.join('.');
    expect(pathsOf(workloadReview(key, version, spec))).toEqual([
      `${at}.containers[0].image`, `${at}.containers[1].image`, `${at}.initContainers[0].image`, `${at}.initContainers[1].image`,
      `${at}.ephemeralContainers[0].image`, `${at}.volumes[1].image.reference`,
    ]);
    expect(codesOf(workloadReview(key, version, podSpec('nginx', 'Bad')))).toEqual([`INPUT_IMAGE_INVALID ${at}.containers[1].image`]);
    expect(codesOf(workloadReview(key, version, undefined))).toEqual([`INPUT_OBJECT_UNREADABLE ${at}`]);
  });
});

describe('images that are none', () => {
  it.each([7, true, {}, [], ['nginx']])('E13 image %j is missing', (image) => {
    expect(codesOf(podReview(pod(podSpec('nginx', image))))).toEqual(['INPUT_IMAGE_MISSING spec.containers[1].image']);
    expect(codesOf(workloadReview('apps/deployments', 'v1', podSpec(image)))).toEqual(['INPUT_IMAGE_MISSING spec.template.spec.containers[0].image']);
  });

  it.each(['', undefined, null, ' ', '\t\n', 'auto'])('F20: image %j is left to the pod in a template, with a warning, and in no pod', (image) => {
    for (const { key, version } of WORKLOADS) {
      const { artifacts, findings } = extract(workloadReview(key, version, podSpec('nginx', image)));
      expect([artifacts.map(({ name }) => name), findings]).toMatchObject([['docker.io/library/nginx'], [{ code: 'INPUT_IMAGE_PLACEHOLDER', mode: 'warn', path: expect.stringMatching(/containers\[1\]\.image$/) as string }]]);
    }
    const inPod = extract(podReview(pod(podSpec(image))));
    expect(inPod.findings.map(({ code, mode }) => [code, mode])).toEqual(image === 'auto' ? [] : [[typeof image === 'string' && image !== '' ? 'INPUT_IMAGE_INVALID' : 'INPUT_IMAGE_MISSING', 'enforce']]);
    expect(inPod.artifacts.map(({ name }) => name)).toEqual(image === 'auto' ? ['docker.io/library/auto'] : []);
  });

  it.each(['AUTO', 'auto:1', 'auto@x', 'library/auto', '$(image)', '{{ image }}', ' auto'])('F20: %j is no placeholder', (image) => {
    expect(codesOf(workloadReview('apps/deployments', 'v1', podSpec(image))).join()).not.toContain('PLACEHOLDER');
  });

  it('F20: neither is an image volume, whose reference templates may leave out anyhow', () => {
    const spec = { ...podSpec('nginx'), volumes: [{ name: 'v', image: { reference: 'auto' } }] };
    expect(codesOf(workloadReview('apps/deployments', 'v1', spec))).toEqual(['INPUT_IMAGE_PLACEHOLDER spec.template.spec.volumes[0].image.reference']);
    expect(codesOf(podReview(pod(spec)))).toEqual([]);
  });

  it.each(['nginx\n:latest', ' nginx', 'nginx ', 'Nginx', 'nginx@sha256:ab', '$(image)'])('E12 image %j is invalid, in templates too', (image) => {
    expect(codesOf(podReview(pod(podSpec(image))))).toEqual(['INPUT_IMAGE_INVALID spec.containers[0].image']);
    expect(codesOf(workloadReview('batch/jobs', 'v1', podSpec(image)))).toEqual(['INPUT_IMAGE_INVALID spec.template.spec.containers[0].image']);
  });

  it('E13 an image volume may leave its reference out in templates, as the API says, and not in pods', () => {
    for (const image of [{}, { reference: '' }, { reference: null }]) {
      const spec = { ...podSpec('nginx'), volumes: [{ name: 'v', image }] };
      expect(codesOf(podReview(pod(spec)))).toEqual(['INPUT_IMAGE_MISSING spec.volumes[0].image.reference']);
      expect(codesOf(workloadReview('apps/statefulsets', 'v1', spec))).toEqual([]);
    }
    const odd = { ...podSpec('nginx'), volumes: [{ name: 'v', image: { reference: 7 } }] };
    expect(codesOf(workloadReview('apps/statefulsets', 'v1', odd))).toEqual(['INPUT_IMAGE_MISSING spec.template.spec.volumes[0].image.reference']);
  });
});

describe('H08 what cannot be read is denied, never "nothing to verify"', () => {
  it.each([
    ['null', null, ''], ['text', 'pod', ''], ['list', [], ''], ['empty object', {}, 'spec'], ['spec null', pod(null), 'spec'], ['spec a list', pod([]), 'spec'],
    ['no containers', pod({}), 'spec.containers'], ['containers null', pod({ containers: null }), 'spec.containers'], ['containers an object', pod({ containers: {} }), 'spec.containers'],
    ['containers text', pod({ containers: 'nginx' }), 'spec.containers'], ['containers empty', pod({ containers: [] }), 'spec.containers'],
    ['a container null', pod({ containers: [null] }), 'spec.containers[0]'], ['a container text', pod({ containers: ['nginx'] }), 'spec.containers[0]'],
    ['init containers an object', pod({ ...podSpec('nginx'), initContainers: {} }), 'spec.initContainers'],
    ['ephemeral containers text', pod({ ...podSpec('nginx'), ephemeralContainers: 'x' }), 'spec.ephemeralContainers'],
    ['volumes an object', pod({ ...podSpec('nginx'), volumes: {} }), 'spec.volumes'], ['a volume text', pod({ ...podSpec('nginx'), volumes: ['v'] }), 'spec.volumes[0]'],
    ['an image volume text', pod({ ...podSpec('nginx'), volumes: [{ image: 'nginx' }] }), 'spec.volumes[0].image'],
  ])('%s', (_name, object, path) => {
    expect(codesOf(podReview(object))).toEqual([`INPUT_OBJECT_UNREADABLE ${path}`.trim()]);
  });

  it('lists that the API leaves out or null are empty', () => {
    expect(codesOf(podReview(pod({ ...podSpec('nginx'), initContainers: null, ephemeralContainers: null, volumes: null })))).toEqual([]);
  });

  it.each([null, undefined, {}, []])('a ReplicationController with template %j', (template) => {
    const review = workloadReview('/replicationcontrollers', 'v1', {});
    expect(slipsThrough({ ...review, object: { kind: 'ReplicationController', apiVersion: 'v1', spec: { template } } })).toBe(false);
  });

  it('does not read inherited fields', () => {
    const object = Object.assign(Object.create({ spec: podSpec('nginx') }) as object, { kind: 'Pod', apiVersion: 'v1' });
    expect(codesOf(podReview(object))).toEqual(['INPUT_OBJECT_UNREADABLE spec']);
  });

  it('property: no object of a kind with pods slips through', () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
    const container = fc.oneof(value, fc.record({ name: value, image: value }));
    const list = fc.oneof(value, fc.array(container, { maxLength: 3 }));
    const spec = fc.oneof(value, fc.record({ containers: list, initContainers: list, volumes: list }, { requiredKeys: [] }));
    const keys = Object.keys(KIND_READERS);
    fc.assert(
      fc.property(spec, fc.constantFrom(...keys), fc.constantFrom('CREATE' as const, 'UPDATE' as const), value, (random, key, operation, oldObject) => {
        expect(slipsThrough(workloadReview(key, 'v1', random, { operation, oldObject }))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('H09 resource, kind and object must agree', () => {
  const good = pod(podSpec('nginx'));
  it.each([
    ['kind says ConfigMap', { kind: { group: '', version: 'v1', kind: 'ConfigMap' } }, good],
    ['kind of another group', { kind: { group: 'apps', version: 'v1', kind: 'Pod' } }, good],
    ['kind and object of another group than the resource', { kind: { group: 'apps', version: 'v1', kind: 'Pod' } }, { ...good, apiVersion: 'apps/v1' }],
    ['object says ConfigMap', {}, { ...good, kind: 'ConfigMap' }],
    ['object of another version', {}, { ...good, apiVersion: 'v2' }],
    ['object of another group', {}, { ...good, apiVersion: 'apps/v1' }],
    ['kind is no text', {}, { ...good, kind: ['Pod'] }],
    ['resource says configmaps, object is a pod', { resource: { group: '', version: 'v1', resource: 'configmaps' }, kind: { group: '', version: 'v1', kind: 'ConfigMap' } }, good],
  ])('%s', (_name, change, object) => {
    const { artifacts, findings } = extract(podReview(object, change));
    expect(artifacts).toEqual([]);
    expect(findings.map((finding) => finding.code)).toEqual(['INPUT_KIND_MISMATCH']);
  });

  it('an object that does not say what it is does not disagree', () => {
    expect(pathsOf(podReview({ spec: podSpec('nginx') }))).toEqual(['spec.containers[0].image']);
  });

  it('a pod under a resource that is not read is refused', () => {
    expect(codesOf(podReview(good, { resource: { group: '', version: 'v1', resource: 'configmaps' } }))).toEqual(['INPUT_KIND_UNKNOWN spec.containers']);
  });
});

describe('H21 the namespace of the request counts', () => {
  it.each(['dev', 7, {}])('object in %j is refused', (namespace) => {
    expect(codesOf(podReview(pod(podSpec('nginx'), { namespace })))).toEqual(['INPUT_NAMESPACE_MISMATCH metadata.namespace']);
  });

  it.each(['shop', '', undefined, null])('object in %j is read', (namespace) => {
    expect(extract(podReview(pod(podSpec('nginx'), { namespace }))).scope.namespace).toBe('shop');
    expect(codesOf(podReview(pod(podSpec('nginx'), { namespace })))).toEqual([]);
  });

  it('no name but generateName is read', () => {
    expect(pathsOf(podReview(pod(podSpec('nginx'), { name: undefined, generateName: 'web-' }), { name: '' }))).toHaveLength(1);
  });
});

describe('limits', () => {
  it('2000 images are read, one more is not', () => {
    const images = (count: number): string[] => Array.from({ length: count }, () => 'nginx');
    expect(pathsOf(podReview(pod(podSpec(...images(2000)))))).toHaveLength(2000);
    expect(codesOf(podReview(pod(podSpec(...images(2001)))))).toEqual(['INPUT_TOO_MANY_ARTIFACTS spec']);
    expect(codesOf(podReview(pod({ containers: Array.from({ length: 100_000 }, () => 1) })))).toEqual(['INPUT_TOO_MANY_ARTIFACTS spec']);
  });

  it('artifacts named directly are handed on, with the findings of intake', () => {
    const artifacts = [{ kind: 'image' as const, usage: 'container' as const, path: 'arguments[0]', raw: 'nginx', name: 'docker.io/library/nginx', tag: 'latest' }];
    const inputFindings = [{ verdict: 'violated' as const, code: 'INPUT_IMAGE_INVALID' as const, path: 'arguments[1]', artifact: 'X', mode: 'enforce' as const }];
    expect(extract(podReview(null, { surface: 'cli', artifacts, inputFindings }))).toEqual({ artifacts, findings: inputFindings, scope: { namespace: 'shop', serviceAccount: 'default', pullSecrets: [] } });
    expect(codesOf(podReview(null, { artifacts: Array.from({ length: 2001 }, () => artifacts).flat() }))).toEqual(['INPUT_TOO_MANY_ARTIFACTS']);
  });
});
