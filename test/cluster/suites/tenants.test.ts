/** S3 through a real API server: a tenant with `create pods` in one namespace stops nobody; and what was undetermined is asked again by kubectl itself. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/patience.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { createWorld } from '../../world/world.ts';
import { apiClient } from '../api.ts';
import type { ApiAnswer } from '../api.ts';
import { startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { pod, WORKLOADS } from '../workloads.ts';

const world = createWorld({ now: Date.now() });
const key = world.key();
let registry: TestRegistry;
let slow: TestRegistry;
let scene: Scene;

/** Pushes an image, signed or not, and gives its reference by digest. */
async function image(repository: string, signed = true): Promise<string> {
  const made = makeImage({ seed: randomBytes(8).toString('hex') });
  await push(registry, repository, made);
  if (signed) await pushReferrer(registry, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key })));
  return `${registry.host}/${repository}@${made.digest}`;
}

/** Somebody who may create pods in one namespace and nothing else. */
async function tenant(namespace: string, user: string): Promise<(name: string, images: readonly string[]) => Promise<ApiAnswer>> {
  await scene.cluster.must(['create', 'namespace', namespace]);
  await scene.cluster.must(['-n', namespace, 'create', 'role', 'pods', '--verb=create', '--resource=pods']);
  await scene.cluster.must(['-n', namespace, 'create', 'rolebinding', 'pods', '--role=pods', `--user=${user}`]);
  const api = apiClient(scene.cluster, { user });
  const create = (name: string, images: readonly string[]): Promise<ApiAnswer> =>
    api('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod(name, '', { containers: images.map((one, index) => ({ name: `c${index}`, image: one })) }));
  // RBAC is in force a moment after it was written.
  await until(async () => !(await create('probe', ['NOT/A reference'])).text.includes('cannot create resource'));
  return create;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${scene.gatehouse.opsUrl}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`gatehouse_${name}`)).reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

/** Outcomes of the decisions about objects of this name, in their order. */
const outcomes = (name: string): readonly string[] => readFileSync(scene.gatehouse.program.log, 'utf8').split('\n')
  .filter((line) => line.includes('"msg":"decision"')).map((line) => JSON.parse(line) as { name?: string; outcome: string; verdict: string })
  .filter((decision) => decision.name?.startsWith(name) === true).map(({ outcome, verdict }) => `${outcome} ${verdict}`);

beforeAll(async () => {
  [registry, slow] = [await startRegistry(), await startRegistry()];
  slow.fault({ path: /^\/v2\//, behaviour: { kind: 'delay', ms: 1000 } });
  const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
  scene = await startScene({
    registries: [registry.host, slow.host], unmatched: 'warn', controlPlane: { controllers: true },
    policies: {
      'policies.yaml': document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem } }] })
        + document('ClusterArtifactPolicy', 'all', { artifacts: [{ image: `${registry.host}/**` }, { image: `${slow.host}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    },
  });
});
afterEach(() => registry.clearFaults());
afterAll(async () => {
  await scene?.stop();
  await registry?.close();
  await slow?.close();
});

describe('S3: a tenant who may create pods in one namespace', () => {
  test('S3: 300 pods of 41 images each of a registry that is slow: every pod of another namespace is admitted, from memory and not', async () => {
    const [mallory, ann] = [await tenant('evil', 'mallory'), await tenant('team', 'ann')];
    const warm = await image('acme/warm');
    for (let time = 0; time < 2; time += 1) expect((await ann('warm', [warm])).status).toBe(201);

    const evil = (): string => `${slow.host}/evil/app@sha256:${randomBytes(32).toString('hex')}`;
    // Each is sent again once it was refused: how long the others take is for the machine to say.
    const others = { areDone: false };
    const flood = Array.from({ length: 300 }, async (_, index): Promise<ApiAnswer[]> => {
      const got: ApiAnswer[] = [];
      do got.push(await mallory(`evil-${index}`, Array.from({ length: 41 }, evil)));
      while (!others.areDone);
      return got;
    });
    await until(async () => (await metric('requests_in_flight')) >= 100);

    const answers: ApiAnswer[] = [];
    for (let count = 0; count < 55; count += 1) answers.push(await ann(`warm-${count}`, [warm]));
    answers.push(await ann('cold', [await image('acme/cold')]));
    answers.push(await ann('without-policy', ['registry.example/app:1']));
    // It went on all the while.
    expect(await metric('requests_in_flight')).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 201).map(({ text }) => text)).toEqual([]);

    others.areDone = true;
    const refused = (await Promise.all(flood)).flat();
    expect(refused.filter(({ status }) => status < 400)).toEqual([]);
  }, 120_000);
});

describe('S3: what could not be verified is asked again', () => {
  const down = (repository: string): (() => void) => registry.fault({ path: new RegExp(`^/v2/${repository}/`), behaviour: { kind: 'status', status: 503 } });

  test('S3: the seconds reach the client: a Retry-After, and in the status', async () => {
    const bo = await tenant('other', 'bo');
    const back = down('acme/seconds');
    const answer = await bo('seconds', [await image('acme/seconds')]);
    expect(answer.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable', details: { retryAfterSeconds: 2 } });
    back();
  });

  test('S3: kubectl repeats the request by itself, and the pod is admitted once the registry is back', async () => {
    const reference = await image('acme/later');
    const back = down('acme/later');
    const created = scene.cluster.kubectl(['create', '-f', '-'], pod('later', reference));
    await until(() => outcomes('later').length >= 2);
    back();
    expect(await created).toMatchObject({ code: 0 });
    await until(() => outcomes('later').at(-1) === 'admit satisfied');
    expect(new Set(outcomes('later').slice(0, -1))).toEqual(new Set(['deny undetermined']));
  });

  test('S3: so does a controller, and its pod comes', async () => {
    const digest = (await image('acme/controlled')).split('@')[1] ?? '';
    registry.putManifest('acme/controlled', 'v1', registry.getManifest('acme/controlled', digest) ?? new Uint8Array(), 'application/vnd.oci.image.manifest.v1+json');
    const deployment = WORKLOADS.find(({ kind }) => kind === 'Deployment')?.make('controlled', `${registry.host}/acme/controlled:v1`) as { spec: object };
    await scene.cluster.must(['create', '-f', '-'], { ...deployment, spec: { ...deployment.spec, replicas: 0 } });
    const back = down('acme/controlled');
    // Scaling is not asked about; the pods are, and a tag is resolved for each.
    await scene.cluster.must(['scale', 'deployment/controlled', '--replicas=1']);
    await until(() => outcomes('controlled-').filter((outcome) => outcome === 'deny undetermined').length >= 2);
    back();
    await expect.poll(() => scene.cluster.must(['get', 'pods', '-l', 'app=controlled', '-o', 'name']), { timeout: 30_000 }).toContain('pod/controlled-');
  });

  test('S3: the twin, unsigned while the registry answers, is asked about once', async () => {
    const reference = await image('acme/unsigned', false);
    expect((await scene.cluster.kubectl(['create', '-f', '-'], pod('unsigned', reference))).code).toBe(1);
    await sleep(3000);
    expect(outcomes('unsigned')).toEqual(['deny violated']);
  });
});
