/** Part 7: digests in templates beside real controllers, and every way by which a label comes to a pod, asked by a real API server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { apiClient } from '../api.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { ROOT } from '../installed.ts';
import { registerMutation } from '../mutation.ts';
import type { Pod } from '../mutation.ts';
import { documents, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';

const LABEL = 'gatehouse.dev/verified';
const PODS = '/api/v1/namespaces/default/pods';
const APPS = '/apis/apps/v1/namespaces/default';
let scene: Scene;
let registry: Registry;
let api: Api;
/** By tag, and as `/mutate` writes it. */
let good: readonly [string, string];
let warned: readonly [string, string];

beforeAll(async () => {
  registry = await startRegistry(true);
  const key = await makeKey('release');
  const push = async (name: string): Promise<readonly [string, string]> => {
    const tag = `${registry.host}/${name}/app:1`;
    const byDigest = await pushImage(tag);
    await sign(byDigest, key);
    return [tag, `${tag}@${byDigest.split('@')[1] ?? ''}`];
  };
  [good, warned] = [await push('good'), await push('warned')];
  const of = (name: string, spec: object = {}): string => policy(name, [`${registry.host}/${name}/**`], 'release', spec as never);
  scene = await startScene({
    registries: [registry.host], unmatched: 'deny', config: { mutate: { enabled: true, pinTags: 'templates' } }, controlPlane: { controllers: true },
    policies: { 'signers.yaml': signer('release', key), 'policies.yaml': documents(of('good'), of('warned', { mode: 'warn' })) },
  });
  api = apiClient(scene.cluster);
});
afterAll(async () => {
  await scene?.stop();
  await registry?.program.stop();
});

const soon = { timeout: 30_000, interval: 200 };
const template = (app: string, image: string, more: object = {}) => ({ metadata: { labels: { app }, ...more }, spec: { containers: [{ name: 'app', image }] } });
const deployment = (name: string, image: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: template(name, image) } });
const imageOf = ({ body }: ApiAnswer): unknown => (body as { spec: { template: Pod } }).spec?.template?.spec.containers[0]?.image;
const listed = async (path: string, app: string): Promise<unknown[]> => ((await api('GET', `${path}?labelSelector=app%3D${app}`)).body as { items: unknown[] }).items;
const sets = (app: string): Promise<unknown[]> => listed(`${APPS}/replicasets`, app);
const pods = async (app: string): Promise<unknown[]> => ((await listed(PODS, app)) as Pod[]).map((pod) => [pod.spec.containers[0]?.image, pod.metadata.labels?.[LABEL]]);

/** The rule that the page has administrators add, from the page itself. */
function documentedRule(): unknown {
  const [, text = ''] = /## Digests in templates[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readFileSync(`${ROOT}docs/concepts/verified-label.md`, 'utf8')) ?? [];
  const { patches: [one] } = parse(text) as { patches: [{ patch: string }] };
  const [step] = parse(one.patch) as [{ op: string; path: string; value: unknown }];
  expect([step.op, step.path]).toEqual(['add', '/webhooks/0/rules/-']);
  return step.value;
}

describe('part 7: digests in templates, beside real controllers', () => {
  test('part 7: a Deployment that was there before rolls out once, by its tag, and its pods are pinned', async () => {
    expect((await api('POST', `${APPS}/deployments`, deployment('before', good[0]))).status).toBe(201);
    await vi.waitFor(async () => expect(await sets('before')).toHaveLength(1), soon);
    await registerMutation(scene.cluster, scene.gatehouse, [documentedRule()]);
    await vi.waitFor(async () => expect(imageOf(await api('POST', `${APPS}/deployments?dryRun=All`, deployment('probe', good[0])))).toBe(good[1]), soon);
    const restarted = await api('PATCH', `${APPS}/deployments/before`, { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } }, 'application/merge-patch+json');
    expect([restarted.status, imageOf(restarted)]).toEqual([200, good[0]]);
    await vi.waitFor(async () => expect(await sets('before')).toHaveLength(2), soon);
    const stays = async (): Promise<unknown> => ((await api('GET', `${APPS}/deployments/before`)).body as { status: { observedGeneration?: number; collisionCount?: number } }).status;
    await vi.waitFor(async () => expect(await stays()).toMatchObject({ observedGeneration: 2, updatedReplicas: 1 }), soon);
    await expect.poll(() => pods('before'), soon).toContainEqual([good[1], 'true']);
    expect([(await sets('before')).length, (await stays() as { collisionCount?: number }).collisionCount]).toEqual([2, undefined]);
  });

  test('part 7: a new one is pinned, has one ReplicaSet of the same digest, and a second apply of the tag changes nothing', async () => {
    const made = await api('POST', `${APPS}/deployments`, deployment('after', good[0]));
    expect([made.status, imageOf(made)]).toEqual([201, good[1]]);
    await expect.poll(() => pods('after'), soon).toEqual([[good[1], 'true']]);
    const again = await api('PATCH', `${APPS}/deployments/after`, { spec: { template: template('after', good[0]) } }, 'application/strategic-merge-patch+json');
    expect([again.status, imageOf(again), (again.body as { metadata: { generation: number } }).metadata.generation]).toEqual([200, good[1], 1]);
    expect(((await sets('after')) as { spec: { template: Pod } }[]).map(({ spec }) => spec.template.spec.containers[0]?.image)).toEqual([good[1]]);
  });

  test('part 7: the Job of a CronJob runs what its pods are pinned to', async () => {
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'x', uid: 'u', controller: true };
    const job = (more: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'job-', ...more }, spec: { template: { ...template('job', good[0]), spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: good[0] }] } } } });
    const create = (more: object): Promise<ApiAnswer> => api('POST', '/apis/batch/v1/namespaces/default/jobs?dryRun=All', job(more));
    expect([imageOf(await create({ ownerReferences: [owner] })), imageOf(await create({}))]).toEqual([good[0], good[1]]);
  });
});

describe('part 7: every way by which a label comes to a pod', () => {
  const podOf = (metadata: object, image: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app', image, resources: { requests: { cpu: '1m' } } }] } });
  const forged = { labels: { [LABEL]: 'true' } };
  const labelAt = async (name: string): Promise<string | undefined> => ((await api('GET', `${PODS}/${name}`)).body as Pod).metadata.labels?.[LABEL];
  const apply = (name: string, manager: string, metadata: object, image: string): Promise<ApiAnswer> =>
    api('PATCH', `${PODS}/${name}?fieldManager=${manager}&force=true`, podOf({ name, ...metadata }, image), 'application/apply-patch+yaml');

  beforeAll(async () => { expect((await api('POST', PODS, podOf({ name: 'warned' }, warned[1]))).status).toBe(201); });

  test.each(['True', 'TRUE', 'yes', ''])('part 7: the value %j becomes the true one, or goes', async (value) => {
    const of = async (image: string): Promise<unknown> => ((await api('POST', `${PODS}?dryRun=All`, podOf({ generateName: 'x-', labels: { [LABEL]: value } }, image))).body as Pod).metadata.labels?.[LABEL];
    expect([await of(good[0]), await of(warned[0])]).toEqual(['true', undefined]);
  });

  test('part 7: applied by two managers', async () => {
    expect((await apply('applied', 'one', {}, warned[0])).status).toBe(201);
    expect((await apply('applied', 'two', forged, warned[0])).status).toBe(200);
    expect(await labelAt('applied')).toBeUndefined();
    expect((await apply('twin', 'one', {}, good[0])).status).toBe(201);
    expect((await apply('twin', 'two', {}, warned[0])).status).toBe(200);
    expect(await labelAt('twin')).toBeUndefined();
  });

  test('part 7: with a change of resources, with a debug container, with an image: nowhere beside what only warns', async () => {
    const resize = { ...forged, spec: { containers: [{ name: 'app', resources: { requests: { cpu: '2m' } } }] } };
    await api('PATCH', `${PODS}/warned/resize`, { metadata: forged, ...resize }, 'application/strategic-merge-patch+json');
    expect(await labelAt('warned')).toBeUndefined();
    const debug = { metadata: forged, spec: { ephemeralContainers: [{ name: 'd', image: warned[1] }] } };
    await api('PATCH', `${PODS}/warned/ephemeralcontainers`, debug, 'application/strategic-merge-patch+json');
    expect(await labelAt('warned')).toBeUndefined();
    expect((await api('POST', PODS, podOf({ name: 'changes' }, good[0]))).status).toBe(201);
    expect(await labelAt('changes')).toBe('true');
    const change = { spec: { containers: [{ name: 'app', image: warned[0] }] } };
    expect((await api('PATCH', `${PODS}/changes`, change, 'application/strategic-merge-patch+json')).status).toBe(200);
    expect(await labelAt('changes')).toBeUndefined();
  });
});
