/** S10: Gatehouse is killed and the gate stands. What shrinks and finishes goes on; nothing unsigned comes in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubectlResult } from '../control-plane.ts';
import { documents, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { pod, WORKLOADS } from '../workloads.ts';

let scene: Scene;
let registry: Registry;
let signed: string;
let unsigned: string;

const kubectl = (...args: string[]): Promise<KubectlResult> => scene.cluster.kubectl(args);
const must = (...args: string[]): Promise<string> => scene.cluster.must(args);
const make = (kind: string, name: string, spec: object = {}): object => {
  const made = WORKLOADS.find((workload) => workload.kind === kind)?.make(name, signed) as { spec: object };
  return { ...made, spec: { ...made.spec, ...spec } };
};
const count = async (resource: string, app: string, ...more: string[]): Promise<number> =>
  (await must('get', resource, '-l', app.includes('=') ? app : `app=${app}`, '-o', 'name', ...more)).trim().split('\n').filter((line) => line !== '').length;
const apply = (manifest: object, ...more: string[]): Promise<string> => scene.cluster.must(['apply', '-f', '-', ...more], manifest);

beforeAll(async () => {
  registry = await startRegistry(true);
  const release = await makeKey('release');
  signed = await pushImage(`${registry.host}/acme/signed:1`);
  unsigned = await pushImage(`${registry.host}/acme/unsigned:1`);
  await sign(signed, release);
  scene = await startScene({
    registries: [registry.host], controlPlane: { controllers: true },
    policies: { 'policies.yaml': documents(signer('release', release), policy('acme-images', [`${registry.host}/acme/**`], 'release')) },
  });
});
afterAll(async () => {
  await scene?.stop();
  await registry?.program.stop();
});

const soon = { timeout: 30_000 };

describe('S10: before', () => {
  test('S10: workloads run, and what is unsigned is refused for that', async () => {
    for (const kind of ['Deployment', 'StatefulSet', 'ReplicationController']) await apply(make(kind, kind.toLowerCase(), { replicas: 3 }));
    await apply(make('Job', 'job'));
    await apply(make('CronJob', 'cronjob'));
    await apply({ ...pod('held', signed), metadata: { name: 'held', labels: { app: 'held' }, finalizers: ['acme.example/hold'] } });
    await apply(pod('evicted', signed));
    await must('create', 'namespace', 'team-a');
    await apply(make('Deployment', 'inner', { replicas: 2 }), '-n', 'team-a');
    for (const app of ['deployment', 'replicationcontroller']) await expect.poll(() => count('pods', app), soon).toBe(3);
    await expect.poll(() => count('pods', 'job'), soon).toBe(1);
    await expect.poll(() => count('pods', 'inner', '-n', 'team-a'), soon).toBe(2);
    expect((await scene.cluster.kubectl(['create', '-f', '-'], pod('unsigned', unsigned))).stderr).toContain('[FETCH_NONE_FOUND]');
    await must('set', 'image', 'deployment/deployment', `app=${signed}`);
    await scene.gatehouse.program.stop('SIGKILL');
  }, 120_000);
});

describe('S10: Gatehouse is killed', () => {
  test('S10: nothing new comes in, signed or not, and nothing that changes what runs', async () => {
    for (const image of [unsigned, signed]) {
      const refused = await scene.cluster.kubectl(['create', '-f', '-'], pod('new', image));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('failed calling webhook "validate.gatehouse.dev"');
    }
    for (const target of ['deployment/deployment', 'cronjob/cronjob', 'pod/held']) {
      const refused = await kubectl('set', 'image', target, `app=${unsigned}`);
      expect(refused.stderr, target).toContain('failed calling webhook');
    }
    const debug = await kubectl('patch', 'pod', 'held', '--subresource', 'ephemeralcontainers', '-p', JSON.stringify({ spec: { ephemeralContainers: [{ name: 'debug', image: unsigned }] } }));
    expect(debug.stderr).toContain('failed calling webhook');
  });

  test.each(['deployment', 'replicationcontroller'])('S10: %s scaled to zero: its pods go', async (kind) => {
    await must('scale', `${kind}/${kind}`, '--replicas=0');
    await expect.poll(() => count('pods', kind), soon).toBe(0);
  });

  test('S10: a StatefulSet shrinks by an update of the object itself', async () => {
    await must('patch', 'statefulset', 'statefulset', '--type=merge', '-p', '{"spec": {"replicas": 0}}');
    await expect.poll(() => count('pods', 'statefulset'), soon).toBe(0);
  });

  test('S10: a Job whose pod has ended finishes: the finalizer of its pod goes, and its status says so', async () => {
    const name = (await must('get', 'pods', '-l', 'app=job', '-o', 'jsonpath={.items[0].metadata.name}'));
    expect(await must('get', 'pod', name, '-o', 'jsonpath={.metadata.finalizers}')).toContain('batch.kubernetes.io/job-tracking');
    // What a kubelet reports.
    await must('patch', 'pod', name, '--subresource=status', '--type=merge', '-p', '{"status": {"phase": "Succeeded"}}');
    await must('wait', '--for=condition=Complete', 'job/job', '--timeout=30s');
    expect(await must('get', 'pod', name, '-o', 'jsonpath={.metadata.finalizers}')).toBe('');
    await must('delete', 'job', 'job', '--timeout=30s');
  });

  test('S10: a namespace is deleted with all that is in it', async () => {
    await must('delete', 'namespace', 'team-a', '--timeout=60s');
  }, 90_000);

  test('S10: labels, annotations and finalizers of pods and workloads', async () => {
    for (const target of ['pod/held', 'deployment/deployment', 'cronjob/cronjob', 'statefulset/statefulset']) {
      await must('label', target, 'touched=yes');
      await must('annotate', target, 'gatehouse.dev/note=x');
    }
    await must('delete', 'pod', 'held', '--wait=false');
    await must('patch', 'pod', 'held', '--type=json', '-p', '[{"op": "remove", "path": "/metadata/finalizers"}]');
    await expect.poll(async () => (await kubectl('get', 'pod', 'held')).stderr, soon).toContain('NotFound');
  });

  test('S10: suspend, pause, restart as a request, eviction, deletion with its dependents', async () => {
    await must('patch', 'cronjob', 'cronjob', '-p', '{"spec": {"suspend": true}}');
    await must('rollout', 'restart', 'deployment/deployment');
    await must('rollout', 'pause', 'deployment/deployment');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted', namespace: 'default' } };
    await scene.cluster.must(['create', '--raw', '/api/v1/namespaces/default/pods/evicted/eviction', '-f', '-'], eviction);
    await must('delete', 'deployment', 'deployment', '--cascade=foreground', '--timeout=30s');
    await expect.poll(() => count('replicasets', 'deployment'), soon).toBe(0);
  });

  test('S10: after all of this a new unsigned pod is still refused', async () => {
    const refused = await scene.cluster.kubectl(['create', '-f', '-'], pod('new', unsigned));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('failed calling webhook "validate.gatehouse.dev"');
  });
});
