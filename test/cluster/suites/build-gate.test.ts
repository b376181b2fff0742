/** Who asks the gate, with tokens that a real API server issues for real pods (K09), and one story of a run from its first question to the Deployment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBuildFactory } from '../build-gate-images.ts';
import type { Factory } from '../build-gate-images.ts';
import { forged, standTask, startGateScene, status, tokenOf } from '../build-gate.ts';
import type { Answer, GateScene, RunPod } from '../build-gate.ts';
import { good, refusal, uidOf } from '../pipelines.ts';
import type { Json } from '../pipelines.ts';

interface Run { readonly name: string; readonly uid: string; readonly namespace: string }

let factory: Factory;
let scene: GateScene;
let run: Run;
let fetchPod: RunPod;

const TASKS = ['fetch', 'compile', 'publish'];

beforeAll(async () => {
  factory = await startBuildFactory();
  scene = await startGateScene({ 'factory.yaml': factory.policies }, { unmatched: 'deny', plainHttp: [factory.host], cache: { absenceTTL: '0s' } }, { receipts: { keys: factory.keys } });
  for (const name of TASKS) await store('tasks', { kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { steps: [{ name: 'run', image: factory.good }] } });
  await store('pipelines', { kind: 'Pipeline', metadata: { name: 'release', namespace: 'ci' }, spec: { tasks: TASKS.map((task) => ({ name: task, taskRef: { name: task, kind: 'Task' } })) } });
  run = await newRun('build-1');
  fetchPod = await standTask(scene, run, 'fetch', factory.good);
}, 240_000);
afterAll(async () => {
  await scene?.stop();
  await factory?.close();
});

async function store(resource: string, definition: Json): Promise<void> {
  good(await scene.admin('POST', `/apis/tekton.dev/v1/namespaces/ci/${resource}`, factory.signed({ apiVersion: 'tekton.dev/v1', ...definition })));
}

async function newRun(name: string, namespace = 'ci'): Promise<Run> {
  const made = good(await scene.alice('POST', `/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`, {
    apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name, namespace },
    spec: { pipelineRef: { name: 'release' }, taskRunTemplate: { podTemplate: { automountServiceAccountToken: false } } },
  }));
  return { name, uid: uidOf(made), namespace };
}

const children = (of: Run, tasks: readonly string[]): Promise<void> => status(scene.controller, of.namespace, 'pipelineruns', of.name, {
  childReferences: tasks.map((task) => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `${of.name}-${task}`, pipelineTaskName: task })),
});

const question = (uri = factory.good): Json => ({ artifacts: [{ kind: 'image', uri }] });
const codesOf = ({ body }: Answer): string[] => [...new Set([...JSON.stringify(body).matchAll(/"code":"([A-Z_]+)"/g)].map((match) => match[1] ?? ''))].filter((code) => code !== 'POLICY_SATISFIED');
const ask = async (pod: RunPod, uri?: string): Promise<Answer> => scene.ask('POST', '/v1/admit', question(uri), await tokenOf(scene, pod));

describe('K09 tokens of a real API server', () => {
  test('a token for the gate, of a pod of the run, is answered for that run', async () => {
    const answer = await ask(fetchPod);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(answer.body).toMatchObject({ decision: 'admit', caller: 'system:serviceaccount:ci:default', run: run.uid });
  });

  test('the same for another audience is nobody', async () => {
    const { status: code, body } = await scene.ask('POST', '/v1/admit', question(), await tokenOf(scene, fetchPod, 'https://kubernetes.default.svc'));
    expect([code, body['code']]).toEqual([401, 'INPUT_TOKEN_AUDIENCE']);
  });

  test('one that has expired, or whose claims were changed, is nobody', async () => {
    const token = await tokenOf(scene, fetchPod);
    for (const claims of [{ exp: Math.floor(Date.now() / 1000) - 60 }, { sub: 'system:serviceaccount:ci:admin' }])
      expect((await scene.ask('POST', '/v1/admit', question(), forged(token, claims))).status).toBe(401);
  });

  test('one of another namespace asks as that namespace, and for no run of this one', async () => {
    const other = await newRun('foreign', 'elsewhere');
    const pod = await standTask(scene, other, 'fetch', factory.good);
    expect((await ask(pod)).body).toMatchObject({ caller: 'system:serviceaccount:elsewhere:default', run: other.uid });
  });

  test('one of a deleted pod ends within ten seconds', async () => {
    const pod = await standTask(scene, await newRun('short'), 'fetch', factory.good);
    const token = await tokenOf(scene, pod);
    expect((await scene.ask('POST', '/v1/admit', question(), token)).status).toBe(200);
    good(await scene.admin('DELETE', `/api/v1/namespaces/ci/pods/${pod.pod}?gracePeriodSeconds=0`));
    await expect.poll(async () => (await scene.ask('POST', '/v1/admit', question(), token)).status, { timeout: 20_000, interval: 500 }).toBe(401);
  });

  test('a pod that claims a run whose pod is another is refused', async () => {
    const taskRun = good(await scene.admin('GET', `/apis/tekton.dev/v1/namespaces/ci/taskruns/${fetchPod.taskRun}`));
    const liar = good(await scene.controller('POST', '/api/v1/namespaces/ci/pods', {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: 'liar', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: fetchPod.taskRun, uid: uidOf(taskRun), controller: true }] },
      spec: { serviceAccountName: 'default', automountServiceAccountToken: false, containers: [{ name: 'step-run', image: factory.good }] },
    }));
    const answer = await ask({ ...fetchPod, pod: 'liar', podUid: uidOf(liar) });
    expect(codesOf(answer)).toContain('POLICY_CALLER_RUN');
    expect(answer.body).not.toHaveProperty('receipt');
  });
});

describe('a build from its first question to the Deployment', () => {
  const deployment = (image: string): Json => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace: 'elsewhere' },
    spec: { selector: { matchLabels: { app: 'app' } }, template: { metadata: { labels: { app: 'app' } }, spec: { containers: [{ name: 'app', image }] } } },
  });
  const deploy = (image: string) => scene.admin('POST', '/apis/apps/v1/namespaces/elsewhere/deployments?dryRun=All', deployment(image));
  const params = (reference: string, receipt: string): Json => {
    const [url = '', digest = ''] = reference.split('@');
    return { params: [{ name: 'BASE_URL', value: url }, { name: 'BASE_DIGEST', value: digest }, ...(receipt === '' ? [] : [{ name: 'BASE_RECEIPT', value: receipt }])] };
  };

  test('fetch asks and has a receipt, the jailed build is admitted nothing, a later task publishes, and the Deployment is admitted because of it', async () => {
    const of = await newRun('story');
    const fetched = await ask(await standTask(scene, of, 'fetch', factory.good));
    expect(fetched.body, JSON.stringify(fetched.body)).toMatchObject({ decision: 'admit', receipt: expect.any(String) as string });
    const receipt = String(fetched.body['receipt']);
    await status(scene.controller, 'ci', 'taskruns', 'story-fetch', { podName: 'story-fetch-pod', completionTime: new Date().toISOString(), results: [{ name: 'BASE_RECEIPT', value: receipt }] });

    const other = await newRun('thief');
    for (const [twin, spec, owner, code] of [
      ['no receipt', params(factory.good, ''), of, 'POLICY_RECEIPT_MISSING'],
      ['the receipt of another digest', params(factory.evil, receipt), of, 'POLICY_RECEIPT_DIGEST'],
      ['the receipt of another run', params(factory.good, receipt), other, 'POLICY_RECEIPT_RUN'],
      ['a receipt that was changed', params(factory.good, receipt.replace(/"payload":"(.)/, (_, first: string) => `"payload":"${first === 'e' ? 'f' : 'e'}`)), of, 'VERIFY_RECEIPT'],
    ] as const) {
      const refused = await standTask(scene, owner, 'compile', factory.good, spec).then(() => 'stands', (cause: Error) => cause.message);
      expect(refused, twin).toContain(code);
    }
    const compile = await standTask(scene, of, 'compile', factory.good, params(factory.good, receipt));
    const jailed = await ask(compile);
    expect(codesOf(jailed)).toContain('POLICY_CALLER_JAILED');
    expect(jailed.body).not.toHaveProperty('receipt');

    const product = await factory.product('app');
    await status(scene.controller, 'ci', 'taskruns', 'story-compile', {
      podName: compile.pod, completionTime: new Date().toISOString(), conditions: [{ type: 'Succeeded', status: 'True' }],
      results: [{ name: 'IMAGE_URL', value: product.url }, { name: 'IMAGE_DIGEST', value: product.digest }],
    });
    // The store counts seconds: the task that publishes is a later one.
    await new Promise((done) => setTimeout(done, 1100));
    const publisher = await standTask(scene, of, 'publish', factory.good);
    await children(of, TASKS);
    const publish = async (pod: RunPod, reference = product.reference): Promise<Answer> =>
      scene.ask('POST', '/v1/publish', { artifact: { kind: 'image', uri: reference } }, await tokenOf(scene, pod));

    expect(refusal(await deploy(product.reference))).toMatchObject({ status: 403, codes: ['FETCH_NONE_FOUND'] });
    expect((await publish(publisher)).status, 'before its provenance is signed').toBe(409);
    await product.provenance(of.uid);
    expect(refusal(await deploy(product.reference)).codes).toEqual(['POLICY_RUN_UNPROVEN']);
    expect(codesOf(await publish(compile))).toContain('POLICY_CALLER_JAILED');
    expect(codesOf(await publish(publisher, (await factory.product('stranger')).reference))).toContain('POLICY_PUBLISH_RESULT');
    // That there was none is believed for some seconds, as Retry-After said.
    await expect.poll(async () => (await publish(publisher)).status, { timeout: 30_000, interval: 1000 }).toBe(200);
    const published = await publish(publisher);
    expect(published, JSON.stringify(published)).toMatchObject({ status: 200, body: { decision: 'admit', pushed: true } });

    const admitted = await deploy(product.reference);
    expect(admitted.status, admitted.text).toBe(201);
    expect(refusal(await deploy((await factory.product('never-built')).reference)).codes).toEqual(['FETCH_NONE_FOUND']);
  }, 120_000);
});
