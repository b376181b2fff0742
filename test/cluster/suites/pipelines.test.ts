/** Tekton's controller replayed against a real API server: what it does passes, what others do in its name does not (K01, pipelines.md §0.7). */
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signForTekton } from '../../world/definition.ts';
import { makeKey } from '../../world/keys.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { factory, good, refusal, startPipelineScene, uidOf } from '../pipelines.ts';
import type { Json, PipelineScene } from '../pipelines.ts';

const POLICY = stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' },
  spec: {
    namespaces: { matchLabels: { 'gatehouse.dev/factory': 'true' } },
    classes: { definitions: { publish: ['publish-*'] }, userCode: ['build', 'test'] },
    images: { unpinned: 'allow' },
    jail: { networkPolicy: 'required', hermetic: 'off' },
  },
});

const KEY = makeKey('p256');
const SIGNED = [
  { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'platform-team' }, spec: { identities: [{ key: { data: KEY.publicKeyPem } }] } },
  {
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'signed' },
    spec: {
      namespaces: { matchLabels: { definitions: 'signed' } }, images: { unpinned: 'allow' },
      definitions: { signedBy: ['platform-team'], inline: 'deny', sources: [{ git: 'https://github.com/acme/pipelines' }] },
    },
  },
].map((document) => stringify(document)).join('---\n');

let scene: PipelineScene;
let count = 0;
beforeAll(async () => { scene = await startPipelineScene({ 'factory.yaml': POLICY, 'signed.yaml': SIGNED }); }, 180_000);
afterAll(() => scene?.stop());

const RUNS = '/apis/tekton.dev/v1/namespaces/ci/taskruns';
const PODS = '/api/v1/namespaces/ci/pods';
const MERGE = 'application/merge-patch+json';
const IMAGE = `ghcr.io/acme/builder@sha256:${'a'.repeat(64)}`;
const fresh = (what: string): string => `${what}-${count += 1}`;

const taskSpec = { steps: [{ name: 'compile', image: IMAGE, command: ['make'] }] };
const taskRun = (name: string, more: Json = {}): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name, namespace: 'ci' },
  spec: { taskSpec, podTemplate: { automountServiceAccountToken: false } }, ...more,
});

/** The pod that the controller makes for a TaskRun. */
const podOf = (run: string, uid: string, more: Json = {}, labels: Json = {}): Json => ({
  apiVersion: 'v1', kind: 'Pod',
  metadata: {
    name: `${run}-pod`, namespace: 'ci', labels: { 'tekton.dev/taskRun': run, 'tekton.dev/taskRunUID': uid, 'app.kubernetes.io/managed-by': 'tekton-pipelines', ...labels },
    ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: run, uid, controller: true, blockOwnerDeletion: true }],
  },
  spec: { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [{ name: 'step-compile', image: IMAGE }], ...more },
});

const POLICIES = '/apis/networking.k8s.io/v1/namespaces/ci/networkpolicies';
const networkPolicy = (name: string, spec: Json): Json => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'ci' }, spec });
const DENY_ALL = networkPolicy('deny-all', { podSelector: { matchLabels: { 'app.kubernetes.io/managed-by': 'tekton-pipelines' } }, policyTypes: ['Ingress', 'Egress'] });

/** A TaskRun that stands, by the controller, and its uid. */
async function standing(name: string, api: Api = scene.alice): Promise<string> {
  return uidOf(good(await api('POST', RUNS, taskRun(name))));
}

/** Tekton ends a pod's TaskRun whatever the code, and everything of its own only by 400. */
const FORBIDDEN = 403;
const denied = (answer: ApiAnswer, code: string, status = 400): void => {
  expect(refusal(answer), answer.text).toMatchObject({ status, codes: expect.arrayContaining([code]) });
};
const dry = (path: string): string => `${path}?dryRun=All`;

describe('what an engine executes is written by it alone (§0.7)', () => {
  test('status.taskSpec of a run: the controller writes it, a user with every right does not', async () => {
    const name = fresh('run');
    await standing(name);
    const swapped = { status: { taskSpec: { steps: [{ name: 'compile', image: 'evil.example/x' }] } } };
    denied(await scene.alice('PATCH', `${RUNS}/${name}/status`, swapped, MERGE), 'POLICY_WRITER');
    good(await scene.controller('PATCH', `${RUNS}/${name}/status`, { status: { taskSpec } }, MERGE));
    denied(await scene.alice('PATCH', `${RUNS}/${name}/status`, swapped, MERGE), 'POLICY_WRITER');
    denied(await scene.admin('PATCH', `${RUNS}/${name}/status`, swapped, MERGE), 'POLICY_WRITER');
    // Its other version is the same object.
    denied(await scene.alice('PATCH', `${RUNS.replace('/v1/', '/v1beta1/')}/${name}/status`, swapped, MERGE), 'POLICY_WRITER');
    // In a namespace that is no factory nobody demands it.
    good(await scene.alice('POST', RUNS.replace('/ci/', '/elsewhere/'), { ...taskRun(name), metadata: { name, namespace: 'elsewhere' } }));
    good(await scene.alice('PATCH', `${RUNS.replace('/ci/', '/elsewhere/')}/${name}/status`, swapped, MERGE));
  });

  test('status set at CREATE is dropped by the API server, and judged by nobody', async () => {
    const created = good(await scene.alice('POST', RUNS, taskRun(fresh('run'), { status: { taskSpec: { steps: [] } } })));
    expect(created['status']).toBeUndefined();
  });

  test('resolved data: the resolvers write it, the controller only says that it is done, a user does neither', async () => {
    const requests = '/apis/resolution.tekton.dev/v1beta1/namespaces/ci/resolutionrequests';
    const name = fresh('bundles');
    good(await scene.controller('POST', requests, { apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name }, spec: { params: [] } }));
    const data = { status: { data: Buffer.from(stringify({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build' }, spec: taskSpec })).toString('base64'), refSource: { uri: 'oci://x', digest: {} } } };
    const conditions = { status: { conditions: [{ type: 'Succeeded', status: 'True' }] } };
    denied(await scene.alice('PATCH', `${requests}/${name}/status`, data, MERGE), 'POLICY_WRITER');
    good(await scene.controller('PATCH', `${requests}/${name}/status`, { status: { conditions: [{ type: 'Succeeded', status: 'Unknown' }] } }, MERGE));
    good(await scene.resolvers('PATCH', `${requests}/${name}/status`, data, MERGE));
    good(await scene.controller('PATCH', `${requests}/${name}/status`, conditions, MERGE));
    denied(await scene.alice('PATCH', `${requests}/${name}/status`, { status: { data: '' } }, MERGE), 'POLICY_WRITER');
  });

  test('Argo has no status subresource: templates stored at CREATE or changed later are refused, its controller’s pass', async () => {
    const flows = '/apis/argoproj.io/v1alpha1/namespaces/ci/workflows';
    const spec = { entrypoint: 'main', automountServiceAccountToken: false, templates: [{ name: 'main', container: { image: IMAGE } }] };
    const flow = (name: string, more: Json = {}): Json => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec, ...more });
    const stored = { status: { storedTemplates: { main: { container: { image: 'evil.example/x' } } } } };
    denied(await scene.alice('POST', dry(flows), flow(fresh('flow'), stored)), 'POLICY_WRITER', FORBIDDEN);
    const name = fresh('flow');
    good(await scene.alice('POST', flows, flow(name)));
    denied(await scene.alice('PATCH', `${flows}/${name}`, stored, MERGE), 'POLICY_WRITER', FORBIDDEN);
    good(await scene.argo('PATCH', `${flows}/${name}`, stored, MERGE));
    const set = { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet', metadata: { name }, spec: { tasks: {} } };
    denied(await scene.alice('POST', flows.replace('workflows', 'workflowtasksets'), set), 'POLICY_WRITER', FORBIDDEN);
    good(await scene.argo('POST', flows.replace('workflows', 'workflowtasksets'), set));
  });
});

describe('a resolved definition is tried out by the controller (§0.1)', () => {
  test.each(['tasks', 'pipelines'])('dry-run CREATE of %s under a random name: asked about, admitted, and nothing is stored', async (plural) => {
    const path = `/apis/tekton.dev/v1/namespaces/ci/${plural}`;
    const name = '3f6c9d3e-7c6e-4d0b-9d1c-1b1c7d0f4a10';
    const spec = plural === 'tasks' ? taskSpec : { tasks: [{ name: 'build', taskSpec }] };
    const object = { apiVersion: 'tekton.dev/v1', kind: plural === 'tasks' ? 'Task' : 'Pipeline', metadata: { name, namespace: 'ci' }, spec };
    good(await scene.controller('POST', dry(path), object));
    expect((await scene.admin('GET', `${path}/${name}`)).status).toBe(404);
    // The same with a mark that no definition may have: so it was asked about.
    denied(await scene.controller('POST', dry(path), { ...object, metadata: { ...object.metadata, labels: { 'tekton.dev/taskRun': 'x' } } }), 'POLICY_RESERVED');
  });
});

describe('definitions are signed, also when they are resolved (§0.1, §0.6)', () => {
  const at = (plural: string): string => `/apis/tekton.dev/v1/namespaces/signed/${plural}`;
  const requests = '/apis/resolution.tekton.dev/v1beta1/namespaces/signed/resolutionrequests';
  const task = (name: string, image = IMAGE): Json => ({
    apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name }, spec: { steps: [{ name: 'compile', image, command: ['make'] }] },
  });
  const resolved = async (name: string, object: Json): Promise<void> => {
    good(await scene.controller('POST', requests, { apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name }, spec: { params: [] } }));
    const status = { data: Buffer.from(JSON.stringify(object)).toString('base64'), refSource: { uri: 'git+https://github.com/acme/pipelines', digest: { sha1: 'b'.repeat(40) }, entryPoint: 'build.yaml' } };
    good(await scene.resolvers('PATCH', `${requests}/${name}/status`, { status }, MERGE));
  };
  /** As the controller tries out what was resolved: under a random name, in the namespace of the run. */
  const tried = (object: Json, name: string): Json => ({ ...object, metadata: { ...(object['metadata'] as object), name, namespace: 'signed' } });

  test('a dry run that says what a ResolutionRequest of the namespace brought, signed, passes; one that says anything else does not', async () => {
    const signed = signForTekton(task('build'), KEY);
    const random = '0a6c9d3e-7c6e-4d0b-9d1c-1b1c7d0f4a11';
    denied(await scene.controller('POST', dry(at('tasks')), tried(signed, random)), 'POLICY_DEFINITION_CHANGED');
    await resolved(fresh('git'), signed);
    good(await scene.controller('POST', dry(at('tasks')), tried(signed, random)));
    const changed = { ...signed, spec: task('build', `evil.example/x@sha256:${'c'.repeat(64)}`)['spec'] };
    denied(await scene.controller('POST', dry(at('tasks')), tried(changed, random)), 'POLICY_DEFINITION_CHANGED');
    // Another one in more than its name, which a dry run does not show.
    const unsigned = task('other', `ghcr.io/acme/other@sha256:${'d'.repeat(64)}`);
    await resolved(fresh('git'), unsigned);
    denied(await scene.controller('POST', dry(at('tasks')), tried(unsigned, random)), 'POLICY_DEFINITION_UNSIGNED');
  });

  test('a local Task is verified when it is applied, when it is changed, and again when a run refers to it', async () => {
    const name = fresh('local');
    denied(await scene.alice('POST', dry(at('tasks')), task(name)), 'POLICY_DEFINITION_UNSIGNED');
    good(await scene.alice('POST', at('tasks'), signForTekton(task(name), KEY)));
    denied(await scene.alice('PATCH', dry(`${at('tasks')}/${name}`), { spec: { steps: [{ name: 'compile', image: 'evil.example/x' }] } }, MERGE), 'VERIFY_SIGNATURE_INVALID');
    const run = (taskRef: Json): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: fresh('run') }, spec: { taskRef } });
    good(await scene.alice('POST', dry(at('taskruns')), run({ kind: 'Task', name })));
    denied(await scene.alice('POST', dry(at('taskruns')), run({ kind: 'Task', name: 'nobody' })), 'POLICY_DEFINITION_MISSING');
    denied(await scene.alice('POST', dry(at('taskruns')), { ...run({}), spec: { taskSpec } }), 'POLICY_DEFINITION_INLINE');
  });
});

describe('what claims to belong to a run (K01)', () => {
  test('a TaskRun that names a PipelineRun is made by the controller for one that exists with that uid', async () => {
    const runs = RUNS.replace('taskruns', 'pipelineruns');
    const name = fresh('pipe');
    const uid = uidOf(good(await scene.alice('POST', runs, {
      apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name },
      spec: { pipelineSpec: { tasks: [{ name: 'build', taskSpec }] }, taskRunTemplate: { podTemplate: { automountServiceAccountToken: false } } },
    })));
    const owned = (owner: Json): Json => ({ ...taskRun(fresh('run')), metadata: { name: fresh('run'), namespace: 'ci', labels: {}, ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name, uid, controller: true, ...owner }] } });
    good(await scene.controller('POST', dry(RUNS), owned({})));
    denied(await scene.alice('POST', dry(RUNS), owned({})), 'POLICY_OWNER');
    denied(await scene.controller('POST', dry(RUNS), owned({ uid: '00000000-0000-0000-0000-000000000000' })), 'POLICY_OWNER');
    denied(await scene.controller('POST', dry(RUNS), owned({ name: 'nobody' })), 'POLICY_OWNER');
  });

  test('a pod that names a TaskRun, too: true and forged owner references', async () => {
    good(await scene.alice('POST', POLICIES, DENY_ALL));
    const name = fresh('run');
    const uid = await standing(name);
    good(await scene.controller('POST', dry(PODS), podOf(name, uid)));
    denied(await scene.controller('POST', dry(PODS), podOf(name, '00000000-0000-0000-0000-000000000000')), 'POLICY_OWNER', FORBIDDEN);
    denied(await scene.controller('POST', dry(PODS), podOf('nobody', uid)), 'POLICY_OWNER', FORBIDDEN);
    denied(await scene.alice('POST', dry(PODS), podOf(name, uid)), 'POLICY_OWNER', FORBIDDEN);
    denied(await scene.alice('POST', dry(PODS), { ...podOf(name, uid), metadata: { name: 'bare', labels: { 'tekton.dev/taskRun': name } } }), 'POLICY_RESERVED', FORBIDDEN);
    good(await scene.alice('DELETE', `${POLICIES}/deny-all`));
  });
});

describe('the jail (gate 3)', () => {
  test('NetworkPolicy missing, present, opened by another; and what would open the jail of a pod that runs', async () => {
    const name = fresh('run');
    const uid = await standing(name);
    denied(await scene.controller('POST', dry(PODS), podOf(name, uid)), 'POLICY_JAIL_NETWORK', FORBIDDEN);
    good(await scene.alice('POST', POLICIES, DENY_ALL));
    await eventually(() => scene.controller('POST', dry(PODS), podOf(name, uid)), (answer) => answer.status < 300);
    denied(await scene.controller('POST', dry(PODS), podOf(name, uid, { hostNetwork: true })), 'POLICY_JAIL_POD', FORBIDDEN);

    const wide = networkPolicy('wide', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] });
    good(await scene.alice('POST', POLICIES, wide));
    await eventually(() => scene.controller('POST', dry(PODS), podOf(name, uid)), (answer) => refusal(answer).codes.includes('POLICY_JAIL_OPEN'));
    good(await scene.alice('DELETE', `${POLICIES}/wide`));
    await eventually(() => scene.controller('POST', PODS, podOf(name, uid)), (answer) => answer.status < 300);

    // It runs from here on.
    for (const answer of [
      await scene.alice('POST', dry(POLICIES), wide),
      await scene.alice('PATCH', dry(`${POLICIES}/deny-all`), { spec: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] } }, MERGE),
      await scene.alice('PATCH', dry(`${POLICIES}/deny-all`), { spec: { podSelector: { matchLabels: { other: 'x' } } } }, MERGE),
      await scene.alice('DELETE', dry(`${POLICIES}/deny-all`)),
      await scene.alice('PATCH', dry(`${PODS}/${name}-pod`), { metadata: { labels: { 'app.kubernetes.io/managed-by': 'x' } } }, MERGE),
      await scene.alice('PATCH', dry(`${PODS}/${name}-pod/status`), { metadata: { labels: { 'app.kubernetes.io/managed-by': 'x' } } }, MERGE),
    ]) {
      denied(answer, 'POLICY_JAIL_BREACH', answer.status);
      expect(answer.text).toContain(`${name}-pod`);
    }
    // Good twins: what opens nothing for it.
    good(await scene.alice('POST', dry(POLICIES), networkPolicy('elsewhere', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{}] })));
    good(await scene.alice('PATCH', dry(`${POLICIES}/deny-all`), { metadata: { labels: { note: 'x' } } }, MERGE));
    good(await scene.alice('PATCH', dry(`${PODS}/${name}-pod`), { metadata: { labels: { note: 'x' } } }, MERGE));
    // Once the pod is gone, nobody is let out.
    good(await scene.admin('DELETE', `${PODS}/${name}-pod?gracePeriodSeconds=0`));
    good(await scene.alice('DELETE', `${POLICIES}/deny-all`));
  });

  test('a namespace that ends takes its pods and policies along', async () => {
    await factory(scene.cluster, 'ending');
    const at = (path: string): string => path.replace('/ci/', '/ending/');
    const moved = (object: Json): Json => ({ ...object, metadata: { ...(object['metadata'] as object), namespace: 'ending' } });
    good(await scene.alice('POST', at(POLICIES), moved(DENY_ALL)));
    const uid = uidOf(good(await scene.alice('POST', at(RUNS), moved(taskRun('last')))));
    await eventually(() => scene.controller('POST', at(PODS), moved(podOf('last', uid))), (answer) => answer.status < 300);
    await scene.cluster.must(['delete', 'namespace', 'ending', '--timeout=60s']);
    expect((await scene.admin('GET', '/api/v1/namespaces/ending')).status).toBe(404);
  }, 90_000);

  test('network policies are followed from when they are needed: their age is a metric, and readiness knows', async () => {
    const metrics = await (await fetch(`${scene.gatehouse.opsUrl}/metrics`)).text();
    expect(Number(/gatehouse_feed_age_seconds\{feed="network-policies"\} (\S+)/.exec(metrics)?.[1])).toBeLessThan(60);
    const ready = JSON.stringify(await (await fetch(`${scene.gatehouse.opsUrl}/readyz`)).json());
    expect(ready).toContain('networkPolicies');
  });
});

describe('settings of Tekton (gate 4)', () => {
  const maps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const config = (name: string, data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

  test('what would weaken the factory is refused but to administrators, who are warned', async () => {
    good(await scene.admin('POST', maps('tekton-chains'), config('chains-config', { 'artifacts.oci.storage': 'oci', 'artifacts.oci.signer': 'x509' })));
    const weak = { data: { 'artifacts.oci.signer': 'none' } };
    denied(await scene.alice('PATCH', `${maps('tekton-chains')}/chains-config`, weak, MERGE), 'POLICY_ENGINE_SETTING', FORBIDDEN);
    good(await scene.alice('PATCH', `${maps('tekton-chains')}/chains-config`, { metadata: { labels: { a: 'b' } } }, MERGE));
    good(await scene.admin('PATCH', `${maps('tekton-chains')}/chains-config`, weak, MERGE));
    // Not a setting of an engine: nobody is asked.
    good(await scene.alice('POST', maps('tekton-chains'), config('notes', { 'artifacts.oci.signer': 'none' })));
    good(await scene.alice('POST', maps('elsewhere'), config('chains-config', { 'artifacts.oci.signer': 'none' })));
  });
});

describe('which namespaces are factories', () => {
  const CI = '/api/v1/namespaces/ci';
  test('nobody but an administrator takes the label away; everything else of a namespace may change', async () => {
    for (const labels of [{ 'gatehouse.dev/factory': null }, { 'gatehouse.dev/factory': 'false' }]) {
      const answer = await scene.alice('PATCH', dry(CI), { metadata: { labels } }, MERGE);
      expect([answer.status, answer.text], answer.text).toEqual([403, expect.stringContaining('gatehouse.dev/factory')]);
      good(await scene.admin('PATCH', dry(CI), { metadata: { labels } }, MERGE));
    }
    good(await scene.alice('PATCH', dry(CI), { metadata: { labels: { note: 'x' } } }, MERGE));
    good(await scene.alice('PATCH', dry('/api/v1/namespaces/elsewhere'), { metadata: { labels: { 'gatehouse.dev/factory': 'true' } } }, MERGE));
  });
});

test('H24 the conditions stay within the budget of one webhook over the largest objects', async () => {
  const flows = '/apis/argoproj.io/v1alpha1/namespaces/elsewhere/workflows';
  const text = 'x'.repeat(1000);
  const templates = Array.from({ length: 1000 }, (_, index) => ({ name: `t${index}`, container: { image: IMAGE, args: [text] } }));
  const name = fresh('large');
  good(await scene.alice('POST', flows, { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec: { entrypoint: 't0', templates } }));
  good(await scene.alice('PATCH', `${flows}/${name}`, { metadata: { finalizers: ['acme.example/x'] } }, MERGE));
  good(await scene.argo('PATCH', `${flows}/${name}`, { status: { phase: 'Running' } }, MERGE));
  good(await scene.alice('PATCH', `${flows}/${name}`, { metadata: { finalizers: null } }, MERGE));
});

test('H24 no condition erred, and every version of a kind is asked about', async () => {
  const { text } = await scene.admin('GET', '/metrics');
  const errors = [...text.matchAll(/^apiserver_admission_match_condition_evaluation_errors_total\{.*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  expect(errors).toBe(0);
  for (const version of ['v1', 'v1beta1']) {
    const marked = { ...taskRun(fresh('run')), apiVersion: `tekton.dev/${version}`, metadata: { name: fresh('run'), labels: { 'tekton.dev/pipelineRun': 'x' } } };
    denied(await scene.alice('POST', dry(RUNS.replace('/v1/', `/${version}/`)), marked), 'POLICY_RESERVED');
  }
});

describe('while Gatehouse is down', () => {
  test('S10 what runs goes on and ends, and nothing new begins', async () => {
    const name = fresh('run');
    await standing(name);
    good(await scene.alice('POST', POLICIES, DENY_ALL));
    await factory(scene.cluster, 'ending-too');
    good(await scene.alice('POST', POLICIES.replace('/ci/', '/ending-too/'), { ...DENY_ALL, metadata: { name: 'deny-all', namespace: 'ending-too' } }));
    await scene.gatehouse.stop();
    good(await scene.controller('PATCH', `${RUNS}/${name}/status`, { status: { taskSpec } }, MERGE));
    good(await scene.alice('PATCH', `${RUNS}/${name}`, { metadata: { finalizers: ['acme.example/x'] } }, MERGE));
    good(await scene.alice('DELETE', `${RUNS}/${name}`));
    good(await scene.alice('PATCH', `${RUNS}/${name}`, { metadata: { finalizers: null } }, MERGE));
    good(await scene.alice('PATCH', `${POLICIES}/deny-all`, { metadata: { labels: { note: 'x' } } }, MERGE));
    await scene.cluster.must(['delete', 'namespace', 'ending-too', '--timeout=60s']);
    for (const answer of [
      await scene.alice('POST', RUNS, taskRun(fresh('run'))),
      await scene.controller('POST', RUNS, taskRun(fresh('run'))),
      await scene.alice('DELETE', `${POLICIES}/deny-all`),
      await scene.alice('POST', RUNS.replace('/ci/', '/elsewhere/'), { ...taskRun(fresh('run')), metadata: { name: fresh('run') } }),
    ]) expect([answer.status, answer.text], answer.text).toEqual([500, expect.stringContaining('pipelines.gatehouse.dev')]);
  }, 90_000);
});

/** What is followed is seen a moment after it was written. */
async function eventually(ask: () => Promise<ApiAnswer>, holds: (answer: ApiAnswer) => boolean): Promise<void> {
  let last: ApiAnswer | undefined;
  for (let tries = 0; tries < 100; tries += 1) {
    last = await ask();
    if (holds(last)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`not in five seconds: ${last?.text ?? ''}`);
}
