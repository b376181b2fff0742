import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedObject } from '../../../src/cluster/objects.ts';
import { runningDigests } from '../../../src/controller/forecast/digests.ts';
import { forecast } from '../../../src/controller/forecast/forecast.ts';
import { ownersIn } from '../../../src/controller/forecast/owners.ts';
import { questionsAbout, slim, startsPods } from '../../../src/controller/forecast/population.ts';
import { repairsIn } from '../../../src/controller/forecast/repairs.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import { podObject, workloadObject } from '../../world/review.ts';

const [A, B] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
const podOf = (images: readonly string[], ids: readonly (string | undefined)[], extra: object = {}): Record<string, unknown> => ({
  ...podObject({ images }, { name: 'p', namespace: 'shop' }), ...extra,
  status: { phase: 'Running', containerStatuses: ids.flatMap((imageID, at) => (imageID === undefined ? [] : [{ name: `app-${at}`, imageID }])) },
});
const listed = (object: Record<string, unknown>, resource = 'pods'): ListedObject => {
  const [group, version] = String(object['apiVersion']).includes('/') ? String(object['apiVersion']).split('/') as [string, string] : ['', 'v1'];
  return { group, version, kind: String(object['kind']), resource, object };
};

describe('the digests that run', () => {
  test.each<[string, string, string | undefined]>([
    ['of containerd', `docker.io/library/nginx@${A}`, A], ['of Docker', `docker-pullable://nginx@${A}`, A], ['of a registry with a port', `r.example:5000/x@${A}`, A],
    ['of another name: a runtime takes the first it knows', `elsewhere.example/y@${A}`, A], ['sha512', `x@sha512:${'c'.repeat(128)}`, `sha512:${'c'.repeat(128)}`],
    ['of a configuration', A, undefined], ['of a configuration, as Docker writes it', `docker://${A}`, undefined], ['none yet', '', undefined],
    ['in capitals', `x@${A.toUpperCase()}`, undefined], ['with something behind it', `x@${A} `, undefined], ['two of them', `x@${A}@${B}`, undefined],
  ])('%s', (_, id, digest) => {
    expect(runningDigests(podOf(['x:1'], [id])).map((pins) => pins.get('x:1'))).toEqual([digest]);
  });

  test('of a tag that has moved between two containers are both asked about; an image with a digest needs none', () => {
    expect(runningDigests(podOf(['x:1', 'x:1', 'y:1'], [`x@${A}`, `x@${B}`, `y@${A}`])).map((pins) => Object.fromEntries(pins))).toEqual([{ 'x:1': A, 'y:1': A }, { 'x:1': B, 'y:1': A }]);
    expect(runningDigests(podOf([`x:1@${B}`], [`x@${A}`])).map(({ size }) => size)).toEqual([0]);
  });

  test('are found by the name of the container, and in its own list', () => {
    const pod = podOf(['x:1'], []);
    expect(runningDigests({ ...pod, status: { containerStatuses: [{ name: 'other', imageID: `x@${A}` }], initContainerStatuses: [{ name: 'app-0', imageID: `x@${A}` }] } })[0]?.size).toBe(0);
    const withInit = { spec: { initContainers: [{ name: 'i', image: 'z:1' }] }, status: { initContainerStatuses: [{ name: 'i', imageID: `z@${B}` }] } };
    expect(runningDigests(withInit)[0]?.get('z:1')).toBe(B);
  });
});

describe('who is asked about', () => {
  const mirror = (owner: object | undefined): ListedObject => listed(podOf(['x:1'], [], {
    metadata: { name: 'p', namespace: 'kube-system', annotations: { 'kubernetes.io/config.mirror': 'h' }, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { nodeName: 'n1', containers: [{ name: 'app-0', image: 'x:1' }] },
  }));
  test('a static pod is its node\'s, and only when that very node controls it', () => {
    expect(questionsAbout(mirror({ kind: 'Node', name: 'n1', controller: true }))[0]?.review.user).toMatchObject({ username: 'system:node:n1' });
    for (const owner of [undefined, { kind: 'Node', name: 'n2', controller: true }, { kind: 'Node', name: 'n1' }, { kind: 'ReplicaSet', name: 'n1', controller: true }])
      expect(questionsAbout(mirror(owner))[0]?.review.user).toMatchObject({ unknown: true });
  });

  test('an object is asked about as somebody would create it', () => {
    const deployment = listed({ ...workloadObject('Deployment', { images: ['x:1'] }, { name: 'd', namespace: 'shop' }), status: { replicas: 3 } }, 'deployments');
    const managed = { ...deployment, object: { ...deployment.object, metadata: { name: 'd', namespace: 'shop', labels: { a: 'b' }, uid: 'u', resourceVersion: '1', managedFields: [], deletionTimestamp: 'x', generation: 2 } } };
    const [question] = questionsAbout(slim(managed));
    expect(question?.review).toMatchObject({ operation: 'CREATE', dryRun: true, namespace: 'shop', name: 'd', object: { metadata: { name: 'd', namespace: 'shop', labels: { a: 'b' } } } });
    expect(Object.keys((question?.review.object as { metadata: object }).metadata)).toEqual(['name', 'namespace', 'labels']);
    expect(question?.review.object).not.toHaveProperty('status');
  });

  test.each<[string, object, string, number]>([
    ['a pod that has ended', { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Failed' } }, 'pods', 0], ['a pod that waits', { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Pending' } }, 'pods', 1],
    ['a job that is done', { kind: 'Job', apiVersion: 'batch/v1', status: { conditions: [{ type: 'Complete', status: 'True' }] } }, 'jobs', 0],
    ['a job that is suspended', { kind: 'Job', apiVersion: 'batch/v1', status: { conditions: [{ type: 'Suspended', status: 'True' }] } }, 'jobs', 1],
    ['a job that was to fail', { kind: 'Job', apiVersion: 'batch/v1', status: { conditions: [{ type: 'Failed', status: 'False' }] } }, 'jobs', 1],
    ['a workflow that is done', { kind: 'Workflow', apiVersion: 'argoproj.io/v1alpha1', status: { phase: 'Succeeded' } }, 'workflows', 0],
    ['a rollout, which is no build', { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1', status: { phase: 'Failed' } }, 'rollouts', 1],
  ])('%s', (_, object, resource, count) => {
    expect(questionsAbout(listed(object as Record<string, unknown>, resource))).toHaveLength(count);
  });

  test('kinds that are looked at, and no other', () => {
    const wanted = startsPods();
    for (const [group, resource] of [['', 'pods'], ['apps', 'replicasets'], ['batch', 'cronjobs'], ['tekton.dev', 'pipelines'], ['argoproj.io', 'cronworkflows'], ['shipwright.io', 'builds'], ['serving.knative.dev', 'services'], ['apps', 'controllerrevisions']])
      expect(wanted(group ?? '', resource ?? ''), `${resource}`).toBe(true);
    for (const [group, resource] of [['', 'secrets'], ['', 'configmaps'], ['apps', 'pods'], ['rbac.authorization.k8s.io', '*']]) expect(wanted(group ?? '', resource ?? ''), `${resource}`).toBe(false);
  });
});

describe('who repairs the cluster', () => {
  const of = (namespace: string, name: string, { image = 'x.example/y:1', labels = {} }: { image?: string; labels?: object } = {}, images: string[] = []): string | undefined =>
    repairsIn(images)({ object: { group: 'apps', kind: 'Deployment', namespace, name }, written: { metadata: { labels } } as never, images: [image] });
  test.each<[string, string | undefined, string | undefined]>([
    ['by its name', of('dns', 'coredns'), 'DNS'], ['by its image', of('a', 'b', { image: 'quay.io/cilium/operator-generic/cilium:v1' }), 'network'],
    ['by a label', of('a', 'b', { labels: { 'app.kubernetes.io/name': 'tekton-chains' } }), 'signer'], ['as part of a name', of('a', 'my-spire-server-2'), 'signer'],
    ['Gatehouse', of('security', 'gatehouse'), 'Gatehouse'], ['by its namespace', of('kube-system', 'metrics'), 'namespace kube-system'],
    ['because images come from it', of('infra', 'images', {}, ['images.infra.svc:5000/app:1']), 'registry'],
    ['not in another namespace', of('other', 'images', {}, ['images.infra.svc:5000/app:1']), undefined],
    ['not by a part of a word', of('a', 'zotero'), undefined], ['not by a label that says nothing of it', of('a', 'b', { labels: { owner: 'cilium' } }), undefined],
    ['not by who publishes an image', of('a', 'b', { image: 'registry.example/harbor/shop:1' }), undefined],
  ])('%s', (_, found, expected) => expect(found).toBe(expected));
});

const json = fc.jsonValue({ maxDepth: 4 });
const word = fc.constantFrom('metadata', 'spec', 'status', 'template', 'containers', 'containerStatuses', 'name', 'image', 'imageID', 'ownerReferences', 'controller', 'uid', 'annotations', 'phase', 'conditions', 'jobTemplate', 'data', '__proto__', 'constructor');
const odd = fc.letrec((tie) => ({ value: fc.oneof({ maxDepth: 6 }, json, fc.dictionary(word, tie('value'), { maxKeys: 4 }), fc.array(tie('value'), { maxLength: 3 })) })).value;

test('whatever stands in a cluster, nothing throws, and forged owners move no verdict', async () => {
  const kinds = [['', 'v1', 'Pod', 'pods'], ['apps', 'v1', 'DaemonSet', 'daemonsets'], ['apps', 'v1', 'ReplicaSet', 'replicasets'], ['apps', 'v1', 'ControllerRevision', 'controllerrevisions'], ['tekton.dev', 'v1', 'PipelineRun', 'pipelineruns']] as const;
  const object = fc.record({ kind: fc.constantFrom(...kinds), value: fc.dictionary(word, odd, { maxKeys: 5 }) })
    .map(({ kind: [group, version, kind, resource], value }) => slim({ group, version, kind, resource, object: value as never }));
  const deny = { outcome: 'deny', findings: [{ verdict: 'violated', code: 'FETCH_NONE_FOUND', path: '', artifact: 'x', mode: 'enforce' }] } as unknown as Decision;
  await fc.assert(fc.asyncProperty(fc.array(object, { maxLength: 5 }), async (objects) => {
    objects.forEach(ownersIn(objects));
    const made = await forecast({ objects, problems: [] }, { judgeAt: () => () => deny, now: 0 });
    const told = made.refused.flatMap(({ parts }) => parts).reduce((sum, { count }) => sum + count, 0);
    const all = new Set(objects.filter(({ kind }) => kind !== 'ControllerRevision').flatMap((one) => questionsAbout(one).map(({ listed: of }) => of)));
    if (!objects.some(({ kind }) => kind === 'ReplicaSet')) expect(told).toBeGreaterThanOrEqual(all.size);
  }), { numRuns: 2000, seed: 47 });
});

test('owners in a circle, and owners of another namespace, end the chain', () => {
  const at = (name: string, uid: string, owner: string, namespace = 'shop'): ListedObject => listed({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace, uid, ownerReferences: [{ kind: 'ReplicaSet', name: 'x', uid: owner, controller: true }] } }, 'replicasets');
  const circle = [at('a', '1', '2'), at('b', '2', '1')];
  for (const one of circle) expect(ownersIn(circle)(one).object.namespace).toBe('shop');
  const across = [at('a', '1', '2'), at('b', '2', '3', 'other')];
  expect(ownersIn(across)(across[0] as ListedObject).object).toMatchObject({ name: 'a', namespace: 'shop' });
});
