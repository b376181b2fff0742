import { describe, expect, it } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extract } from '../../../src/extract/index.ts';
import { pod, podReview, podSpec, workloadReview, WORKLOADS } from './reviews.ts';

function codesOf(review: ReviewRequest): string[] {
  return extract(review).findings.map((finding) => `${finding.code} ${finding.path}`.trim());
}

function judged(review: ReviewRequest): string[] {
  return extract(review).artifacts.map((artifact) => artifact.path);
}

function update(object: unknown, oldObject: unknown, change: Partial<ReviewRequest> = {}): ReviewRequest {
  return podReview(object, { operation: 'UPDATE', oldObject, ...change });
}

describe('H12 operations and subresources', () => {
  it('DELETE and CONNECT bring nothing new', () => {
    expect(codesOf(podReview(null, { operation: 'DELETE', oldObject: pod(podSpec('nginx')) }))).toEqual(['INPUT_NOT_JUDGED']);
    expect(codesOf(podReview({ kind: 'PodExecOptions', apiVersion: 'v1' }, { operation: 'CONNECT', subResource: 'exec' }))).toEqual(['INPUT_NOT_JUDGED']);
  });

  it.each(['status', 'scale', 'binding', 'eviction', 'exec', 'attach', 'log', 'portforward', 'proxy'])('%s brings no image', (subResource) => {
    for (const operation of ['CREATE', 'UPDATE'] as const) {
      const review = podReview({ kind: 'Whatever', apiVersion: 'autoscaling/v1' }, { operation, subResource, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } });
      expect(codesOf(review)).toEqual(['INPUT_NOT_JUDGED']);
      expect(judged(review)).toEqual([]);
    }
  });

  it.each(['ephemeralcontainers', 'resize', 'some-future-subresource'])('%s carries the pod and is judged', (subResource) => {
    const before = pod(podSpec('nginx'));
    const after = pod({ ...podSpec('nginx'), ephemeralContainers: [{ name: 'e', image: 'evil' }] });
    expect(judged(update(after, before, { subResource }))).toEqual(['spec.ephemeralContainers[0].image']);
    expect(judged(update(before, before, { subResource }))).toEqual([]);
  });

  it('H01 an ephemeral container is judged when it is added, the containers that stand are not', () => {
    const before = pod(podSpec('nginx'));
    const after = pod({ ...podSpec('nginx'), ephemeralContainers: [{ name: 'debug', image: 'evil:1' }] });
    const review = update(after, before, { subResource: 'ephemeralcontainers' });
    expect(judged(review)).toEqual(['spec.ephemeralContainers[0].image']);
    expect(codesOf(review)).toEqual(['INPUT_UNCHANGED spec.containers[0].image']);
    expect(judged(update(after, null, { subResource: 'ephemeralcontainers' }))).toHaveLength(2);
  });

  it('H13 a dry run is read like any other', () => {
    const review = podReview(pod(podSpec('nginx')));
    expect(extract({ ...review, dryRun: true })).toEqual(extract(review));
  });
});

describe('H05 UPDATE: what stands unchanged at the same list and name', () => {
  const before = pod({ ...podSpec('old:1', 'old:2'), initContainers: [{ name: 'i', image: 'init:1' }], volumes: [{ name: 'v', image: { reference: 'data:1' } }] });
  const spec = before['spec'] as Record<string, unknown>;

  it('nothing is judged when only labels change', () => {
    const after = { ...before, metadata: { name: 'web', namespace: 'shop', labels: { a: 'b' } } };
    expect(judged(update(after, before))).toEqual([]);
    expect(extract(update(after, before)).findings.map((finding) => [finding.code, finding.artifact])).toEqual([
      ['INPUT_UNCHANGED', 'old:1'], ['INPUT_UNCHANGED', 'old:2'], ['INPUT_UNCHANGED', 'init:1'], ['INPUT_UNCHANGED', 'data:1'],
    ]);
  });

  it.each([
    ['a new tag', { ...spec, containers: [{ name: 'c0', image: 'old:1' }, { name: 'c1', image: 'old:3' }] }, ['spec.containers[1].image']],
    ['the same image written differently', { ...spec, containers: [{ name: 'c0', image: 'docker.io/library/old:1' }, { name: 'c1', image: 'old:2' }] }, ['spec.containers[0].image']],
    ['images swapped between containers', { ...spec, containers: [{ name: 'c0', image: 'old:2' }, { name: 'c1', image: 'old:1' }] }, ['spec.containers[0].image', 'spec.containers[1].image']],
    ['an old image in a new container', { ...spec, containers: [{ name: 'c0', image: 'old:1' }, { name: 'c1', image: 'old:2' }, { name: 'c2', image: 'old:1' }] }, ['spec.containers[2].image']],
    ['an old image moved to the init containers', { ...spec, initContainers: [{ name: 'c0', image: 'old:1' }] }, ['spec.initContainers[0].image']],
    ['a container without a name', { ...spec, containers: [{ image: 'old:1' }, { name: 'c1', image: 'old:2' }] }, ['spec.containers[0].image']],
    ['an image volume changed', { ...spec, volumes: [{ name: 'v', image: { reference: 'data:2' } }] }, ['spec.volumes[0].image.reference']],
    ['an image volume under another name', { ...spec, volumes: [{ name: 'w', image: { reference: 'data:1' } }] }, ['spec.volumes[0].image.reference']],
    ['containers in another order only', { ...spec, containers: [{ name: 'c1', image: 'old:2' }, { name: 'c0', image: 'old:1' }] }, []],
  ])('%s', (_name, changed, paths) => {
    expect(judged(update({ ...before, spec: changed }, before))).toEqual(paths);
  });

  it.each([
    ['absent', null], ['of another kind', { ...before, kind: 'Deployment' }], ['without a spec', pod(undefined)], ['with a broken list', { ...before, spec: { ...spec, volumes: 'x' } }], ['text', 'pod'],
  ])('H18 everything is judged when the old object is %s', (_name, oldObject) => {
    expect(judged(update(before, oldObject))).toHaveLength(4);
  });

  it('a name that the old object has twice proves nothing', () => {
    const twice = pod({ containers: [{ name: 'c0', image: 'old:1' }, { name: 'c0', image: 'old:2' }] });
    expect(judged(update(pod(podSpec('old:1')), twice))).toHaveLength(1);
    expect(judged(update(pod(podSpec('old:2')), twice))).toHaveLength(1);
  });

  it('containers without a name are not the same container', () => {
    const nameless = pod({ containers: [{ image: 'old:1' }] });
    expect(judged(update(nameless, nameless))).toEqual(['spec.containers[0].image']);
  });

  it('a CREATE is judged whatever old object comes with it', () => {
    expect(judged(podReview(before, { oldObject: before }))).toHaveLength(4);
  });

  it('a missing image is missing however long it has been', () => {
    expect(codesOf(update(pod(podSpec('')), pod(podSpec(''))))).toEqual(['INPUT_IMAGE_MISSING spec.containers[0].image']);
  });

  it.each(WORKLOADS)('$key $version', ({ key, version }) => {
    const old = workloadReview(key, version, podSpec('a', 'b'));
    const next = workloadReview(key, version, podSpec('a', 'c'));
    expect(judged({ ...next, operation: 'UPDATE', oldObject: old.object })).toHaveLength(1);
    expect(judged({ ...old, operation: 'UPDATE', oldObject: old.object })).toHaveLength(0);
  });
});

describe('what users write never skips', () => {
  const evil = podSpec('evil');
  it.each([
    ['H04 deletionTimestamp on CREATE', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] }],
    ['H06 owner references', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'approved', uid: 'u', controller: true }] }],
    ['H07 our own annotations and labels', { annotations: { 'gatehouse.dev/verified': 'true' }, labels: { 'gatehouse.dev/verified': 'true' } }],
    ['H15 skip labels', { labels: { 'gatehouse.dev/skip': 'true', 'admission.gatehouse.dev/ignore': 'yes' }, annotations: { 'gatehouse.dev/skip': 'true' } }],
    ['H14 mirror annotation by a user', { annotations: { 'kubernetes.io/config.mirror': 'abc' } }],
  ])('%s', (_name, metadata) => {
    expect(judged(podReview(pod(evil, metadata)))).toEqual(['spec.containers[0].image']);
  });

  it('H04 deletionTimestamp on UPDATE with a changed image', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] };
    expect(judged(update(pod(evil, metadata), pod(podSpec('good'), metadata)))).toEqual(['spec.containers[0].image']);
  });
});

describe('H14 mirror pods', () => {
  const node = { username: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] };
  const mirror = pod({ ...podSpec('etcd'), nodeName: 'node-1' }, { annotations: { 'kubernetes.io/config.mirror': 'abc' } });

  it('reported by its node is no admission', () => {
    expect(codesOf(podReview(mirror, { user: node }))).toEqual(['INPUT_MIRROR_POD']);
  });

  it.each([
    ['a user', { user: { username: 'alice', groups: ['system:nodes'] } }],
    ['a node that is not in the group', { user: { username: 'system:node:node-1', groups: ['system:authenticated'] } }],
    ['a node without a name', { user: { username: 'system:node:', groups: ['system:nodes'] } }],
    ['another node', { user: { username: 'system:node:node-2', groups: ['system:nodes'] } }],
    ['an UPDATE', { user: node, operation: 'UPDATE' as const }],
  ])('by %s is judged', (_name, change) => {
    expect(judged(podReview(mirror, change))).toEqual(['spec.containers[0].image']);
  });

  it('without the annotation is judged', () => {
    expect(judged(podReview(pod(podSpec('etcd')), { user: node }))).toHaveLength(1);
  });

  it('is for pods only', () => {
    const review = workloadReview('apps/deployments', 'v1', podSpec('etcd'), { user: node });
    expect(judged({ ...review, object: { ...(review.object as object), metadata: { annotations: { 'kubernetes.io/config.mirror': 'abc' } } } })).toHaveLength(1);
  });
});

describe('kinds that are not read', () => {
  function of(group: string, version: string, resource: string, kind: string, object: unknown): ReviewRequest {
    return podReview(object, { kind: { group, version, kind }, resource: { group, version, resource } });
  }

  it('a core kind without images is not judged', () => {
    const review = of('', 'v1', 'configmaps', 'ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', data: { containers: 'x' } });
    expect(extract(review).findings).toMatchObject([{ code: 'INPUT_NOT_JUDGED', verdict: 'satisfied', cause: 'kind ConfigMap carries no image' }]);
  });

  it('an unknown kind says that nothing was verified, and denies nothing', () => {
    const review = of('tekton.dev', 'v1alpha1', 'plans', 'Plan', { apiVersion: 'tekton.dev/v1alpha1', kind: 'Plan', spec: { steps: [{ run: 'x' }] } });
    expect(extract(review).findings).toMatchObject([{ code: 'INPUT_KIND_UNREAD', verdict: 'undetermined', path: '', mode: 'warn', found: ['Plan of tekton.dev'] }]);
  });

  const rollout = (spec: unknown, more: object = {}): unknown => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web', namespace: 'shop' }, spec: { template: { spec } }, ...more });
  const ofRollout = (object: unknown): ReviewRequest => of('argoproj.io', 'v1alpha1', 'rollouts', 'Rollout', object);

  it.each([
    ['spec', { spec: podSpec('x') }],
    ['spec.template.spec', { spec: { template: { spec: podSpec('x') } } }],
    ['template.spec', { template: { spec: podSpec('x') } }],
    ['spec.jobTemplate.spec.template.spec', { spec: { jobTemplate: { spec: { template: { spec: podSpec('x') } } } } }],
    ['spec.replicatedJobs[1].template.spec.template.spec', { spec: { replicatedJobs: [{ name: 'a' }, { template: { spec: { template: { spec: podSpec('x') } } } }] } }],
    ['spec.mpiReplicaSpecs.Worker.template.spec', { spec: { mpiReplicaSpecs: { Worker: { template: { spec: podSpec('x') } } } } }],
    ['spec.workload.manifests[0].spec.template.spec', { spec: { workload: { manifests: [{ kind: 'Deployment', spec: { template: { spec: podSpec('x') } } }] } } }],
  ])('F23: a kind of others is judged by the pods at %s', (path, object) => {
    const review = of('serving.knative.dev', 'v1', 'services', 'Service', { apiVersion: 'serving.knative.dev/v1', kind: 'Service', ...object });
    expect(extract(review)).toMatchObject({ artifacts: [{ name: 'docker.io/library/x', path: `${path}.containers[0].image` }], findings: [] });
  });

  it('F23: all images of all its pods, with the secrets of each', () => {
    const first = { ...podSpec('a'), initContainers: [{ name: 'i', image: 'b' }], volumes: [{ name: 'v', image: { reference: 'c' } }], imagePullSecrets: [{ name: 'one' }] };
    const { artifacts, findings, scope } = extract(ofRollout(rollout(first, { canary: { podSpec: { ...podSpec('d'), imagePullSecrets: [{ name: 'two' }] } } })));
    expect([artifacts.map(({ raw }) => raw), findings, scope]).toEqual([['a', 'b', 'c', 'd'], [], { namespace: 'shop', serviceAccount: 'default', pullSecrets: ['one', 'two'] }]);
  });

  it('F23: what is no list of containers by its shape is none, and what somebody reports is not looked at', () => {
    const object = rollout(podSpec('a'), { status: { template: { spec: podSpec('b') } }, data: { containers: ['x'], list: { containers: [{ name: 'no image' }] }, image: 'c' } });
    expect(judged(ofRollout(object))).toEqual(['spec.template.spec.containers[0].image']);
  });

  it('F23: an image that is none is denied there as anywhere, and one that is left open is left to the pod', () => {
    expect(codesOf(ofRollout(rollout(podSpec('a', 'Bad'))))).toEqual(['INPUT_IMAGE_INVALID spec.template.spec.containers[1].image']);
    expect(codesOf(ofRollout(rollout({ containers: [{ name: 'c', resources: {} }] })))).toEqual(['INPUT_IMAGE_PLACEHOLDER spec.template.spec.containers[0].image']);
    expect(codesOf(ofRollout(rollout({ containers: [{ name: 'c', image: 'a' }, 'text'] })))).toEqual(['INPUT_OBJECT_UNREADABLE spec.template.spec.containers[1]']);
    expect(codesOf(ofRollout(rollout({ ...podSpec('a'), volumes: {} })))).toEqual(['INPUT_OBJECT_UNREADABLE spec.template.spec.volumes']);
  });

  it('F23: an update judges what has changed, and what stands in another place', () => {
    const one = rollout(podSpec('a', 'b'));
    const updated = (object: unknown): ReviewRequest => ({ ...ofRollout(object), operation: 'UPDATE', oldObject: one });
    expect(judged(updated(one))).toEqual([]);
    expect(judged(updated(rollout(podSpec('a', 'c'))))).toEqual(['spec.template.spec.containers[1].image']);
    expect(judged(updated(rollout(podSpec('a'), { other: podSpec('a') })))).toEqual(['other.containers[0].image']);
  });

  it('F23: its namespace counts, and too many images are too many', () => {
    expect(codesOf(ofRollout({ ...(rollout(podSpec('a')) as object), metadata: { namespace: 'dev' } }))).toEqual(['INPUT_NAMESPACE_MISMATCH metadata.namespace']);
    expect(codesOf(ofRollout(rollout(podSpec(...Array.from({ length: 2001 }, () => 'a')))))).toEqual(['INPUT_TOO_MANY_ARTIFACTS spec.template.spec']);
  });

  it.each([
    ['spec.containers', { spec: { containers: ['x'] } }],
    ['spec.initContainers', { spec: { initContainers: [] } }],
    ['spec.template.spec.containers', { spec: { template: { spec: { containers: [null] } } } }],
    ['template.spec.ephemeralContainers', { template: { spec: { ephemeralContainers: [[]] } } }],
    ['spec.containers', { spec: { containers: ['x'], template: { spec: podSpec('a') } } }],
  ])('H11 an unknown kind with %s that cannot be read is denied', (path, object) => {
    expect(codesOf(of('other.example', 'v1', 'services', 'Service', { apiVersion: 'other.example/v1', kind: 'Service', ...object }))).toEqual([`INPUT_KIND_UNKNOWN ${path}`]);
    expect(extract(of('other.example', 'v1', 'services', 'Service', object)).findings).toMatchObject([{ mode: 'enforce' }]);
  });

  it.each([null, undefined, 'text', [], 7])('H08 what should be an object of an unknown kind, and is %j, is denied', (object) => {
    for (const [group, resource, kind] of [['tekton.dev', 'taskruns', 'TaskRun'], ['', 'configmaps', 'ConfigMap']] as const) expect(codesOf(of(group, 'v1', resource, kind, object))).toEqual(['INPUT_OBJECT_UNREADABLE']);
  });

  it.each(['constructor', '__proto__', 'toString'])('L10 a resource called %s is unknown', (resource) => {
    expect(extract(of('', 'v1', resource, 'X', {})).findings).toMatchObject([{ code: 'INPUT_KIND_UNREAD', mode: 'warn' }]);
  });
});
