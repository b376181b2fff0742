import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { ephemeralContainersReview, objectReview, podObject, podReview, updateReview, workloadObject, workloadReview, WORKLOAD_KINDS } from '../world/review.ts';
import type { WorkloadKind } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** Attack rows E and H over HTTPS with real images: whatever is tried, the unsigned image stays out and the next good pod gets in. */

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;
let server: TestServer;
const [good, evil] = [makeImage(), makeImage()];
const at = (image: Pushable, repository = 'acme/app', tag = ''): string => `${registry.host}/${repository}${tag}@${image.digest}`;

beforeAll(async () => {
  registry = await startRegistry();
  await push(registry, 'acme/app', good, ['v1']);
  await push(registry, 'acme/app', evil, ['evil']);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: alice })));
  // The same image below a name that wants signatures made for it, with a signature that names acme/app.
  const layer = simpleSigningLayer(world, { digest: good.digest, reference: `${registry.host}/acme/app` }, { key: alice });
  for (const repository of ['acme/bound', 'acme/app']) {
    await push(registry, repository, good, ['v1']);
    await push(registry, repository, legacySignatures(good.digest, [layer]));
  }
  const by = { by: ['alice'] };
  const policies = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: by }] })
    + document('ClusterArtifactPolicy', 'bound', { artifacts: [{ image: `${registry.host}/acme/bound` }], require: [{ name: 'signed for this name', signature: { ...by, bindRepository: true } }] })
    + document('ClusterArtifactPolicy', 'app', { artifacts: [{ image: `${registry.host}/acme/app` }], require: [{ name: 'signed for this name', signature: { ...by, bindRepository: true } }], mode: 'audit' });
  server = await startTestServer({ 'policies.yaml': policies }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

/** Denied, with a code at a place; and the next request, which is good, gets in. */
async function denied(review: unknown, code: string, place = ''): Promise<void> {
  const answer = await server.validate(review);
  expect(answer).toMatchObject({ allowed: false, status: { code: 403 } });
  expect(codes(answer)).toContain(code);
  expect(answer.status?.message).toContain(`✗ ${place}`);
  expect((await server.validate(podReview({ images: [at(good)] }))).allowed).toBe(true);
}

type Edit = (request: { object: Record<string, never>; [member: string]: unknown }) => void;
function edited(review: unknown, edit: Edit): unknown {
  const copy = JSON.parse(JSON.stringify(review)) as { request: { object: Record<string, never> } };
  edit(copy.request);
  return copy;
}

describe('E: which bytes a name means', () => {
  test('E01 a tag that moves with every request is asked for once, and the answer names the digest that was judged', async () => {
    registry.alternate('acme/app', 'moving', [good.digest, evil.digest]);
    registry.clearLog();
    for (const expected of [good, evil, good]) {
      const answer = await server.validate(podReview({ images: [`${registry.host}/acme/app:moving`] }));
      expect([answer.allowed, answer.auditAnnotations['artifacts']]).toEqual([expected === good, `spec.containers[0].image=${at(expected)}`]);
    }
    expect(registry.requests(/\/manifests\/moving$/)).toHaveLength(3);
  });

  test('E02 a registry may lead a tag to an image that is signed for another name', async () => {
    await denied(podReview({ images: [`${registry.host}/acme/bound:v1`] }), 'POLICY_REPOSITORY', 'spec.containers[0].image');
    const answer = await server.validate(podReview({ images: [`${registry.host}/acme/app:v1`] }));
    expect(answer.allowed).toBe(true);
    // The policy that asks for the name is audited: it is judged after the answer.
    const recorded = (): Record<string, unknown> | undefined => server.log.find(({ id }) => id === answer.auditAnnotations['decision-id']);
    await until(() => recorded() !== undefined);
    expect(recorded()).toMatchObject({ verdict: 'satisfied', policies: expect.arrayContaining(['acme', 'app']) as string[] });
  });

  test('E03 other bytes under the digest asked for gain nothing', async () => {
    const wanted = makeImage();
    const off = registry.fault({ path: new RegExp(`/manifests/${wanted.digest}$`), behaviour: { kind: 'body', body: good.manifest, headers: { 'content-type': good.mediaType, 'docker-content-digest': wanted.digest } } });
    await denied(podReview({ images: [at(wanted)] }), 'FETCH_DIGEST_MISMATCH', 'spec.containers[0].image');
    off();
  });

  test('E05 the digest decides, whatever tag stands before it', async () => {
    await denied(podReview({ images: [at(evil, 'acme/app', ':v1')] }), 'FETCH_NONE_FOUND', 'spec.containers[0].image');
    expect((await server.validate(podReview({ images: [at(good, 'acme/app', ':evil')] }))).allowed).toBe(true);
  });

  test.each(['nginx\n:latest', ' nginx', 'NGINX', 'http://x/y', 'a/../b', 'x@sha256:ff', '\u001b[31mred', '<script>alert(1)</script>'])('E12 H25 %j is no image, and its denial is one of plain text', async (image) => {
    await denied(podReview({ images: [image] }), 'INPUT_IMAGE_INVALID', 'spec.containers[0].image');
    const { status } = await server.validate(podReview({ images: [image] }));
    expect(status?.message.replaceAll('\n', '')).toMatch(/^[^\p{Cc}]*$/u);
  });
});

describe('H: no way around for an unsigned image', () => {
  const places: Record<WorkloadKind, string> = {
    Pod: 'spec', PodTemplate: 'template.spec', CronJob: 'spec.jobTemplate.spec.template.spec',
    ...Object.fromEntries(['ReplicationController', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].map((kind) => [kind, 'spec.template.spec'])),
  } as Record<WorkloadKind, string>;

  test.each(WORKLOAD_KINDS)('H02 H03 H11 %s: in every list, created or changed', async (kind) => {
    const [signed, bad] = [at(good), at(evil)];
    for (const [list, options] of [['containers[0].image', { images: [bad] }], ['initContainers[0].image', { images: [signed], initImages: [bad] }], ['volumes[0].image.reference', { images: [signed], imageVolumes: [bad] }]] as const) {
      await denied(workloadReview(kind, options), 'FETCH_NONE_FOUND', `${places[kind]}.${list}`);
      await denied(updateReview(kind, { images: [signed] }, options), 'FETCH_NONE_FOUND', `${places[kind]}.${list}`);
    }
    expect((await server.validate(workloadReview(kind, { images: [signed], initImages: [signed], imageVolumes: [signed] }))).allowed).toBe(true);
    expect((await server.validate(updateReview(kind, { images: [bad] }, { images: [bad] }))).allowed).toBe(true);
  });

  test.each([['batch/v1beta1', 'cronjobs', 'CronJob'], ['extensions/v1beta1', 'deployments', 'Deployment'], ['apps/v1beta2', 'statefulsets', 'StatefulSet'], ['extensions/v1beta1', 'daemonsets', 'DaemonSet']] as const)('H10 %s %s are read like v1', async (apiVersion, resource, kind) => {
    await denied(objectReview({ ...workloadObject(kind, { images: [at(evil)] }), apiVersion }, resource), 'FETCH_NONE_FOUND', places[kind]);
  });

  test('H01 an ephemeral container beside a pod that stands', async () => {
    await denied(ephemeralContainersReview({ images: [at(good)], ephemeralImages: [at(evil)] }), 'FETCH_NONE_FOUND', 'spec.ephemeralContainers[0].image');
    expect((await server.validate(ephemeralContainersReview({ images: [at(evil)], ephemeralImages: [at(good)] }))).allowed).toBe(true);
  });

  test.each<[string, object]>([
    ['H04 a deletion timestamp', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] }],
    ['H06 an owner', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'approved', uid: 'u', controller: true }] }],
    ['H07 H15 labels and annotations', { labels: { 'gatehouse.dev/skip': 'true', 'gatehouse.dev/verified': 'true' }, annotations: { 'gatehouse.dev/verified': 'true' } }],
    ['H14 the annotation of mirror pods', { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
  ])('%s changes nothing', async (_name, metadata) => {
    for (const review of [podReview({ images: [at(evil)] }), updateReview('Pod', { images: [at(good)] }, { images: [at(evil)] })]) {
      await denied(edited(review, ({ object }) => void Object.assign(object['metadata'] as never, metadata)), 'FETCH_NONE_FOUND', 'spec.containers[0].image');
    }
  });

  test.each<[string, () => unknown]>([
    ['swapped between containers', () => updateReview('Pod', { images: [at(good), at(evil)] }, { images: [at(evil), at(good)] })],
    ['moved to the init containers under its name', () => updateReview('Pod', { images: [{ name: 'a', image: at(evil) }] }, { images: [{ name: 'b', image: at(good) }], initImages: [{ name: 'a', image: at(evil) }] })],
    ['moved to an image volume', () => updateReview('Pod', { images: [at(evil)] }, { images: [at(good)], imageVolumes: [at(evil)] })],
    ['standing twice', () => updateReview('Pod', { images: [{ name: 'a', image: at(evil) }] }, { images: [{ name: 'a', image: at(evil) }, { name: 'b', image: at(evil) }] })],
    ['and H18 no old object', () => edited(updateReview('Pod', { images: [at(evil)] }, { images: [at(evil)] }), (request) => { request['oldObject'] = null; })],
    ['and an old object of another kind', () => edited(updateReview('Pod', { images: [at(evil)] }, { images: [at(evil)] }), (request) => { (request['oldObject'] as Record<string, unknown>)['kind'] = 'ConfigMap'; })],
    ['CREATE with an old object', () => podReview({ images: [at(evil)], oldObject: podObject({ images: [at(evil)] }) })],
  ])('H05 the same image, %s', async (_name, review) => denied(review(), 'FETCH_NONE_FOUND'));

  test.each<[string, Edit]>([
    ['no object', (request) => { request.object = null as never; }],
    ['an empty object', (request) => { request.object = {}; }],
    ['no spec', ({ object }) => { delete object['spec']; }],
    ['no list', ({ object }) => { delete object['spec']?.['containers']; }],
    ['an empty list', ({ object }) => void Object.assign(object['spec'] as never, { containers: [] })],
    ['a list that is an object', ({ object }) => void Object.assign(object['spec'] as never, { containers: {} })],
    ['init containers that are text', ({ object }) => void Object.assign(object['spec'] as never, { initContainers: 'x' })],
  ])('H08 %s is not "nothing to verify"', async (_name, edit) => denied(edited(podReview({ images: [at(good)] }), edit), 'INPUT_OBJECT_UNREADABLE'));

  test.each<[string, Edit, string]>([
    ['H09 a pod that calls itself a ConfigMap', ({ object }) => void Object.assign(object, { kind: 'ConfigMap' }), 'INPUT_KIND_MISMATCH'],
    ['H09 a request that calls a pod a ConfigMap', (request) => void Object.assign(request['kind'] as never, { kind: 'ConfigMap' }), 'INPUT_KIND_MISMATCH'],
    ['H09 a pod under another resource', (request) => void Object.assign(request['resource'] as never, { resource: 'configmaps' }), 'INPUT_KIND_UNKNOWN'],
    ['H21 an object that names another namespace', ({ object }) => void Object.assign(object['metadata'] as never, { namespace: 'dev' }), 'INPUT_NAMESPACE_MISMATCH'],
    ['E13 an image that is empty', ({ object }) => void Object.assign((object['spec']?.['containers'] as never)[0], { image: '' }), 'INPUT_IMAGE_MISSING'],
    ['E13 an image that is a number', ({ object }) => void Object.assign((object['spec']?.['containers'] as never)[0], { image: 7 }), 'INPUT_IMAGE_MISSING'],
  ])('%s', async (_name, edit, code) => denied(edited(podReview({ images: [at(good)] }), edit), code));

  test('H12 what brings no image in is never in the way', async () => {
    const bad = { images: [at(evil)] };
    const free = [
      podReview({ ...bad, operation: 'DELETE' }),
      ...['status', 'binding', 'eviction'].map((subResource) => podReview({ ...bad, subResource, operation: subResource === 'status' ? 'UPDATE' : 'CREATE' })),
      edited(workloadReview('Deployment', { subResource: 'scale', operation: 'UPDATE' }), (request) => void Object.assign(request, { kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, object: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 3 } } })),
      edited(podReview({ operation: 'CONNECT', subResource: 'exec' }), (request) => void Object.assign(request, { kind: { group: '', version: 'v1', kind: 'PodExecOptions' }, object: { apiVersion: 'v1', kind: 'PodExecOptions' } })),
    ];
    for (const review of free) expect(await server.validate(review)).toMatchObject({ allowed: true, auditAnnotations: { reasons: 'INPUT_NOT_JUDGED' } });
    await denied(podReview({ ...bad, subResource: 'resize', operation: 'UPDATE', oldObject: podObject({ images: [at(good)] }) }), 'FETCH_NONE_FOUND');
  });

  test('H13 a dry run gets the same answer, and leaves nothing behind', async () => {
    const page = async (): Promise<string> => (await server.ops('/decisions')).text;
    const before = await page();
    const answer = await server.validate(podReview({ images: [at(evil)], dryRun: true }));
    expect(answer).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(await page()).toBe(before);
  });
});
