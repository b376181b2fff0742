// Rules of the gate by its front door: who may ask, the jail that admits nothing, and tasks that must show receipts.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { CONTROLLER } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rules-'));
writeFileSync(join(folder, 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const image = `golang@sha256:${'a'.repeat(64)}`;
const meta = (name: string, uid: string, owner?: Json): Json => ({ name, namespace: 'ci', uid, ...(owner === undefined ? {} : { ownerReferences: [owner], labels: { 'tekton.dev/pipelineTask': 'fetch' } }) });
const ownedBy = (kind: string, name: string, uid: string): Json => ({ apiVersion: 'tekton.dev/v1', kind, name, uid, controller: true });
const spec: Json = { steps: [{ name: 's', image }] };

let gate: GateServer;
beforeAll(async () => {
  gate = await startGate({
    namespaces: { ci: { factory: 'true' }, free: {}, jail: { jailed: 'true' } },
    policies: () => ({
      factory: {
        namespaces: { matchLabels: { factory: 'true' } }, images: { unpinned: 'allow' }, receipts: 'required',
        callers: { serviceAccounts: ['ci/fetcher'], usedAs: ['baseImage', 'dependency'] },
      },
      jail: { namespaces: { matchLabels: { jailed: 'true' } }, images: { unpinned: 'allow' }, jail: {} },
    }),
    config: { gate: { receipts: { keys: folder, verifier: 'https://gate.example' } }, unmatched: 'deny' },
    documents: (host) => JSON.stringify({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'once' },
      spec: { artifacts: [{ image: `${host}/once/**` }], resolve: 'once', require: [{ name: 'signed', signature: { by: ['alice'] } }] },
    }),
  });
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: meta('release', 'run-1'), spec: { pipelineSpec: { tasks: [{ name: 'fetch', taskSpec: spec }] } } });
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: meta('release-fetch', 'task-1', ownedBy('PipelineRun', 'release', 'run-1')), spec: { taskSpec: spec }, status: { podName: 'release-fetch-pod' } });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

const asked = (uri: string, more: object = {}): object => ({ artifacts: [{ kind: 'image', uri, ...more }] });
const codes = async (pod: AskingPod, question: object): Promise<string[]> => [...new Set(gateCodes(await gate.admit(pod, question)))];

test('POLICY_CALLER: only the callers of the policy, and only about their uses', async () => {
  expect(await codes(gate.pod(), asked(gate.good))).toEqual([]);
  expect(await codes(gate.pod({ serviceAccount: 'builder' }), asked(gate.good))).toEqual(['POLICY_CALLER']);
  expect(await codes(gate.pod(), asked(gate.good, { usedAs: 'publish' }))).toEqual(['POLICY_CALLER']);
  const answer = await gate.admit(gate.pod({ serviceAccount: 'builder' }), asked(gate.good));
  expect(answer).toMatchObject({ decision: 'deny', artifacts: [{ decision: 'deny' }] });
  expect(answer).not.toHaveProperty('receipt');
});

test('verify-receipt: whoever is shown a receipt need not be one who may ask; under new policies it is judged as who asked then', async () => {
  const { receipt } = await gate.admit(gate.pod(), asked(gate.good));
  const shown = async (): Promise<unknown> => {
    const { text } = await gate.call(gate.pod({ serviceAccount: 'builder' }), 'POST', '/v1/verify-receipt', { receipt, artifact: { kind: 'image', uri: gate.good } });
    const { valid, code } = JSON.parse(text) as { valid: boolean; code?: string };
    return code ?? valid;
  };
  expect(await shown()).toBe(true);
  const file = join(gate.server.policyFolder, 'more.yaml');
  const more = (callers: readonly string[]): string => JSON.stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'more' },
    spec: { artifacts: [{ image: `${gate.registry.host}/acme/*` }], callers: { serviceAccounts: callers }, require: [{ name: 'nobody', attestation: { type: 'vuln', by: ['alice'] } }] },
  });
  const loaded = async (text: string): Promise<void> => {
    const count = () => gate.server.log.filter(({ msg }) => msg === 'policies loaded').length;
    const before = count();
    writeFileSync(file, text);
    await until(() => Promise.resolve(count() > before));
  };
  await loaded(more(['ci/fetcher']));
  expect(await shown(), 'today the fetcher has to show more').toBe('POLICY_TYPE_MISSING');
  await loaded(more(['ci/builder']));
  expect(await shown(), 'the twin: that is for others').toBe(true);
  rmSync(file);
});

test('POLICY_CALLER_JAILED: user code is refused, and its neighbour of no run is answered', async () => {
  const hermetic = gate.pod({ namespace: 'jail' });
  expect(await codes(hermetic, asked(gate.good))).toEqual([]);
  gate.api.put('/apis/tekton.dev/v1/namespaces/jail/taskruns', { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'b', namespace: 'jail', uid: 'b-1' }, spec: { taskSpec: spec }, status: { podName: 'b-pod' } });
  const build = gate.pod({ namespace: 'jail', name: 'b-pod', owner: ownedBy('TaskRun', 'b', 'b-1') });
  const answer = await gate.admit(build, { artifacts: [{ kind: 'image', uri: gate.good }, { kind: 'image', uri: gate.evil }] });
  expect(answer.decision).toBe('deny');
  expect(new Set(gateCodes(answer))).toEqual(new Set(['POLICY_CALLER_JAILED']));
});

test('POLICY_CALLER_RUN: a pod that claims the TaskRun of another is refused without any policy about pipelines', async () => {
  gate.api.put('/apis/tekton.dev/v1/namespaces/free/taskruns', { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 't', namespace: 'free', uid: 't-1' }, spec: { taskSpec: spec }, status: { podName: 't-pod' } });
  const owner = ownedBy('TaskRun', 't', 't-1');
  expect(await codes(gate.pod({ namespace: 'free', name: 't-pod', owner }), asked(gate.good))).toEqual([]);
  expect(await codes(gate.pod({ namespace: 'free', name: 'thief', owner }), asked(gate.good))).toEqual(['POLICY_CALLER_RUN']);
});

test('INPUT_DIGEST_MISSING: a tag is denied', async () => {
  expect(await codes(gate.pod(), asked(gate.good.split('@')[0] ?? ''))).toEqual(['INPUT_DIGEST_MISSING']);
  // Where the policy lets it be resolved the registry is asked, which has none of that name.
  expect(await codes(gate.pod(), asked(`${gate.registry.host}/once/app:1`))).toEqual(['FETCH_NOT_FOUND']);
});

test('receipts: the receipt that a fetch task got lets a later task of the run take the image in, and no other run', async () => {
  const fetcher = gate.pod({ name: 'release-fetch-pod', owner: ownedBy('TaskRun', 'release-fetch', 'task-1') });
  const answer = await gate.admit(fetcher, asked(gate.good));
  expect(answer).toMatchObject({ decision: 'admit', run: 'run-1' });
  const [uri, digest] = gate.good.split('@');
  const made = (params: Readonly<Record<string, unknown>>, owner = ownedBy('PipelineRun', 'release', 'run-1')): Json => ({
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: meta('release-build', 'task-2', owner),
    spec: { taskSpec: { steps: [{ name: 's', image: gate.good }] }, params: Object.entries(params).map(([name, value]) => ({ name, value })) },
  });
  const good = { BASE_URL: uri, BASE_DIGEST: digest, BASE_RECEIPT: answer.receipt };
  const told = async (it: Json): Promise<string> => {
    const { allowed, status } = await gate.ask(it, { user: CONTROLLER });
    const text = status?.message ?? '';
    return allowed ? 'allowed' : (/(?:POLICY|VERIFY)_RECEIPT_[A-Z]+/.exec(text)?.[0] ?? text);
  };
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: meta('other', 'run-2'), spec: { pipelineSpec: { tasks: [{ name: 'fetch', taskSpec: spec }] } } });
  expect(await told(made({ BASE_URL: uri, BASE_DIGEST: digest }))).toBe('POLICY_RECEIPT_MISSING');
  expect(await told(made(good, ownedBy('PipelineRun', 'other', 'run-2')))).toBe('POLICY_RECEIPT_RUN');
  expect(await told(made({ ...good, BASE_DIGEST: gate.evil.split('@')[1] }))).toBe('POLICY_RECEIPT_DIGEST');
  expect(await told(made(good))).toBe('allowed');
});
