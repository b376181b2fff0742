/** Who asks the gate, with tokens that a real API server issues for real pods (K09), and one story of a run from its first question to the Deployment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { signedImages } from '../build-gate-images.ts';
import type { BuildGateImages } from '../build-gate-images.ts';
import { forged, standTask, startGateScene, tokenOf } from '../build-gate.ts';
import type { GateScene, RunPod } from '../build-gate.ts';
import { good, uidOf } from '../pipelines.ts';
import type { Json } from '../pipelines.ts';

const FACTORY = stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' },
  spec: {
    namespaces: { matchLabels: { 'gatehouse.dev/factory': 'true' } },
    classes: { definitions: { fetch: ['fetch'], publish: ['publish'] }, userCode: ['build', 'test'] },
    callers: { serviceAccounts: ['ci/default'] },
    images: { unpinned: 'allow' },
    jail: { networkPolicy: 'required', hermetic: 'off' },
  },
});

let images: BuildGateImages;
let scene: GateScene;
let run: { readonly name: string; readonly uid: string };
let fetchPod: RunPod;

beforeAll(async () => {
  images = await signedImages();
  scene = await startGateScene({ 'factory.yaml': FACTORY, 'images.yaml': images.policy }, { unmatched: 'deny', plainHttp: [images.host] });
  for (const name of ['fetch', 'compile', 'publish'])
    good(await scene.admin('POST', '/apis/tekton.dev/v1/namespaces/ci/tasks', { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { steps: [{ name: 'run', image: images.good }] } }));
  good(await scene.admin('POST', '/apis/networking.k8s.io/v1/namespaces/ci/networkpolicies', {
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'jail', namespace: 'ci' },
    spec: { podSelector: { matchLabels: { 'gatehouse.dev/jail': 'true' } }, policyTypes: ['Ingress', 'Egress'] },
  }));
  run = await newRun('build-1');
  fetchPod = await standTask(scene, run, 'fetch');
}, 240_000);
afterAll(async () => {
  await scene?.stop();
  await images?.close();
});

async function newRun(name: string, namespace = 'ci'): Promise<{ readonly name: string; readonly uid: string; readonly namespace: string }> {
  const tasks = ['fetch', 'compile', 'publish'].map((task) => ({ name: task, taskRef: { name: task, kind: 'Task' } }));
  const made = good(await scene.alice('POST', `/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`, {
    apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name, namespace }, spec: { pipelineSpec: { tasks } },
  }));
  return { name, uid: uidOf(made), namespace };
}

const QUESTION = (): Json => ({ artifacts: [{ kind: 'image', uri: images.good }] });
const codesOf = (body: Json): string[] => [...JSON.stringify(body).matchAll(/"code":"([A-Z_]+)","?/g)].map((match) => match[1] ?? '');

describe('K09 tokens of a real API server', () => {
  test('a token for the gate, of a pod of the run, is answered for that run', async () => {
    const { status, body } = await scene.ask('POST', '/v1/admit', QUESTION(), await tokenOf(scene, fetchPod));
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ decision: 'admit', caller: 'system:serviceaccount:ci:default', run: run.uid });
  });

  test('the same for another audience is nobody', async () => {
    const { status, body } = await scene.ask('POST', '/v1/admit', QUESTION(), await tokenOf(scene, fetchPod, 'https://kubernetes.default.svc'));
    expect([status, body['code']]).toEqual([401, 'INPUT_TOKEN_AUDIENCE']);
  });

  test('one that has expired, or whose claims were changed, is nobody', async () => {
    const token = await tokenOf(scene, fetchPod);
    for (const claims of [{ exp: Math.floor(Date.now() / 1000) - 60 }, { sub: 'system:serviceaccount:ci:admin' }]) {
      expect((await scene.ask('POST', '/v1/admit', QUESTION(), forged(token, claims))).status).toBe(401);
    }
  });

  test('one of another namespace asks as that namespace, and for no run of this one', async () => {
    const other = await newRun('foreign', 'elsewhere');
    good(await scene.admin('POST', '/apis/tekton.dev/v1/namespaces/elsewhere/tasks', { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'fetch', namespace: 'elsewhere' }, spec: { steps: [] } }));
    const pod = await standTask(scene, other, 'fetch');
    const { body } = await scene.ask('POST', '/v1/admit', QUESTION(), await tokenOf(scene, pod));
    expect(body).toMatchObject({ caller: 'system:serviceaccount:elsewhere:default', run: other.uid });
  });

  test('one of a deleted pod ends within ten seconds', async () => {
    const pod = await standTask(scene, await newRun('short'), 'fetch');
    const token = await tokenOf(scene, pod);
    expect((await scene.ask('POST', '/v1/admit', QUESTION(), token)).status).toBe(200);
    good(await scene.admin('DELETE', `/api/v1/namespaces/ci/pods/${pod.pod}?gracePeriodSeconds=0`));
    await expect.poll(async () => (await scene.ask('POST', '/v1/admit', QUESTION(), token)).status, { timeout: 20_000, interval: 500 }).toBe(401);
  });

  test('a pod that claims a run whose pod is another is refused', async () => {
    const pod = await standTask(scene, await newRun('claimed'), 'fetch');
    const claimed = good(await scene.admin('POST', '/api/v1/namespaces/ci/pods', {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: 'liar', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: pod.taskRun, uid: uidOf(good(await scene.admin('GET', `/apis/tekton.dev/v1/namespaces/ci/taskruns/${pod.taskRun}`))), controller: true }] },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'app', image: images.good }] },
    }));
    const { body } = await scene.ask('POST', '/v1/admit', QUESTION(), await tokenOf(scene, { namespace: 'ci', pod: 'liar', podUid: uidOf(claimed) }));
    expect(codesOf(body)).toContain('POLICY_CALLER_RUN');
  });

  test('a jailed task that asks is admitted nothing', async () => {
    const pod = await standTask(scene, run, 'compile');
    const { body } = await scene.ask('POST', '/v1/admit', QUESTION(), await tokenOf(scene, pod));
    expect(body).toMatchObject({ decision: 'deny' });
    expect(codesOf(body)).toContain('POLICY_CALLER_JAILED');
    expect(body).not.toHaveProperty('receipt');
  });
});
