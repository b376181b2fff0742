// Reserved labels and annotations, from YAML to the verdict: each refusal has a twin that differs in one thing and passes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { CONTROLLER, judgedBy, object, wrong } from '../../../support/pipelines.ts';
import type { Asking, Json } from '../../../support/pipelines.ts';

const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {requesters: {users: [alice, "${CONTROLLER}", "system:serviceaccount:tekton-chains:tekton-chains-controller", "system:serviceaccount:argo:argo"]}}
`;
const CHAINS = 'system:serviceaccount:tekton-chains:tekton-chains-controller';
const ARGO = 'system:serviceaccount:argo:argo';
const STATEFUL_SETS = 'system:serviceaccount:kube-system:statefulset-controller';
const judge = judgedBy(POLICY);

const withMetadata = (kind: string, apiVersion: string, metadata: Json, spec: Json = {}): Json => ({ apiVersion, kind, metadata: { name: 'x', namespace: 'ci', ...metadata }, spec });
const run = (metadata: Json): Json => withMetadata('PipelineRun', 'tekton.dev/v1', metadata, { pipelineRef: { name: 'p' } });
const pod = (metadata: Json): Json => withMetadata('Pod', 'v1', metadata, { containers: [{ name: 'step-a', image: `ghcr.io/acme/app@sha256:${'a'.repeat(64)}` }] });

/** Reserved paths that are refused. */
async function reserved(source: Json | string, asking?: Asking): Promise<string[]> {
  return wrong(await judge(source, asking)).filter((line) => line.startsWith('POLICY_RESERVED')).map((line) => line.slice('POLICY_RESERVED '.length));
}

const KEYS = ['pipelineRun', 'pipelineRunUID', 'taskRun', 'taskRunUID', 'pipelineTask', 'memberOf', 'pipeline', 'task'].map((name) => `tekton.dev/${name}`)
  .concat('chains.tekton.dev/signed', 'chains.tekton.dev/payload-taskrun-1', 'gatehouse.dev/class', 'gatehouse.dev/anything');

describe('reserved: who may write', () => {
  test.each(KEYS)('reserved: %s on a run or a pod is nobody’s but the controller’s', async (key) => {
    for (const map of ['labels', 'annotations']) {
      for (const made of [run({ [map]: { [key]: 'v' } }), pod({ [map]: { [key]: 'v' } })]) {
        expect(await reserved(made)).toEqual([`metadata.${map}["${key}"]`]);
        expect(await reserved(made, { user: CONTROLLER })).toEqual([]);
        expect(await reserved(made, { user: `${CONTROLLER}x` })).toHaveLength(1);
      }
    }
  });

  test.each(['tekton.dev/categories', 'tekton.dev/signature', 'tekton.dev/tags', 'tekton.dev/ready', 'app.kubernetes.io/name', 'tekton.dev/Task', 'chains.tekton.dev.evil.io/signed', 'xgatehouse.dev/class', 'pipeline.tekton.dev/release'])(
    'reserved: %s is anybody’s', async (key) => {
      expect(await reserved(run({ annotations: { [key]: 'v' } }))).toEqual([]);
    },
  );

  test('reserved: the upload to a transparency log may be wished for when a run is made, and not later', async () => {
    const wished = run({ annotations: { 'chains.tekton.dev/transparency-upload': 'true' } });
    expect(await reserved(wished)).toEqual([]);
    expect(await reserved(wished, { operation: 'UPDATE', old: run({}) })).toEqual(['metadata.annotations["chains.tekton.dev/transparency-upload"]']);
    expect(await reserved(wished, { operation: 'UPDATE', old: wished })).toEqual([]);
  });

  test('part 7: what /mutate writes on pods is judged there and makes no pod one of a build; on a run it is reserved', async () => {
    const written = { labels: { 'gatehouse.dev/verified': 'true' }, annotations: { 'gatehouse.dev/policy-generation': 'sha256:x' } };
    const ofBuild = { ...written, labels: { ...written.labels, 'tekton.dev/taskRun': 'r' } };
    expect([await reserved(pod(written)), await reserved(run(written))]).toEqual([[], ['metadata.annotations["gatehouse.dev/policy-generation"]', 'metadata.labels["gatehouse.dev/verified"]']]);
    expect(await reserved(pod(ofBuild))).toEqual(['metadata.labels["tekton.dev/taskRun"]']);
    expect(await reserved(pod(ofBuild), { user: CONTROLLER })).toEqual([]);
    expect(await reserved(pod({ ...written, labels: { ...written.labels, 'gatehouse.dev/verifie': 'true' } }))).toHaveLength(1);
    // The label itself is judged, and not by the policy about pipelines: here nothing is satisfied under an enforcing policy.
    expect(wrong(await judge(pod(written))).map((line) => line.split(' ')[0])).toContain('POLICY_VERIFIED_LABEL');
  });

  test('reserved: Tekton Chains writes what is its own, and nothing else', async () => {
    const asking = { user: CHAINS, operation: 'UPDATE', old: run({}) } as const;
    expect(await reserved(run({ annotations: { 'chains.tekton.dev/signed': 'true' } }), asking)).toEqual([]);
    expect(await reserved(run({ annotations: { 'tekton.dev/pipelineRun': 'other' } }), asking)).toHaveLength(1);
    expect(await reserved(run({ annotations: { 'gatehouse.dev/x': 'true' } }), asking)).toHaveLength(1);
  });

  test('reserved: the controller of another engine writes ours, and nothing of Tekton’s', async () => {
    expect(await reserved(pod({ labels: { 'gatehouse.dev/class': 'build' } }), { user: ARGO })).toEqual([]);
    expect(await reserved(pod({ labels: { 'tekton.dev/taskRun': 'r' } }), { user: ARGO })).toHaveLength(1);
  });

  test('reserved: the affinity assistant has labels of its run, by the controller of StatefulSets alone', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'affinity-assistant-e797', uid: 'u', controller: true };
    const labels = { 'app.kubernetes.io/component': 'affinity-assistant', 'tekton.dev/pipeline': 'p', 'tekton.dev/pipelineRun': 'r' };
    const assistant = pod({ labels, ownerReferences: [owner] });
    expect(await reserved(assistant, { user: STATEFUL_SETS })).toEqual([]);
    expect(await reserved(assistant)).toHaveLength(2);
    expect(await reserved(pod({ labels, ownerReferences: [{ ...owner, name: 'mine' }] }), { user: STATEFUL_SETS })).toHaveLength(2);
    expect(await reserved(pod({ labels: { ...labels, 'tekton.dev/taskRun': 't' }, ownerReferences: [owner] }), { user: STATEFUL_SETS })).toEqual(['metadata.labels["tekton.dev/taskRun"]']);
  });
});

describe('reserved: what counts on UPDATE', () => {
  const old = run({ labels: { 'tekton.dev/pipeline': 'p', free: 'a' }, annotations: { 'chains.tekton.dev/signed': 'true' } });
  test.each<[string, Json, string[]]>([
    ['nothing of it changes', run({ labels: { 'tekton.dev/pipeline': 'p', free: 'b' }, annotations: { 'chains.tekton.dev/signed': 'true', more: 'x' } }), []],
    ['one changes', run({ labels: { 'tekton.dev/pipeline': 'q', free: 'a' }, annotations: { 'chains.tekton.dev/signed': 'true' } }), ['metadata.labels["tekton.dev/pipeline"]']],
    ['one is added', run({ labels: { 'tekton.dev/pipeline': 'p', 'tekton.dev/task': 't' }, annotations: { 'chains.tekton.dev/signed': 'true' } }), ['metadata.labels["tekton.dev/task"]']],
    ['one is removed', run({ labels: { 'tekton.dev/pipeline': 'p' } }), ['metadata.annotations["chains.tekton.dev/signed"]']],
    ['all maps are removed', run({}), ['metadata.labels["tekton.dev/pipeline"]', 'metadata.annotations["chains.tekton.dev/signed"]']],
  ])('reserved: %s', async (_name, now, expected) => {
    expect((await reserved(now, { operation: 'UPDATE', old })).sort()).toEqual([...expected].sort());
    expect(await reserved(now, { operation: 'UPDATE', old, user: CONTROLLER })).toEqual([]);
  });
});

describe('reserved: what is given to what runs', () => {
  test('reserved: metadata of an embedded task is the run’s', async () => {
    const source = (key: string): Json => object(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r, namespace: ci}
spec:
  pipelineSpec:
    tasks:
      - name: build
        taskSpec:
          metadata: {labels: {"${key}": x}}
          steps: [{name: a, image: "ghcr.io/acme/app@sha256:${'a'.repeat(64)}"}]
`);
    for (const key of ['gatehouse.dev/class', 'tekton.dev/task', 'chains.tekton.dev/signed']) {
      const refused = await reserved(source(key));
      expect(refused, key).toHaveLength(1);
      expect(refused[0]).toContain('spec.pipelineSpec.tasks[0]');
    }
    expect(await reserved(source('team'))).toEqual([]);
  });

  test('reserved: metadata of taskRunSpecs is the run’s', async () => {
    const source = (key: string): Json => ({ ...run({}), spec: { pipelineRef: { name: 'p' }, taskRunSpecs: [{ pipelineTaskName: 'build', metadata: { annotations: { [key]: 'x' } } }] } });
    expect(await reserved(source('gatehouse.dev/class'))).toEqual(['spec.taskRunSpecs[0].metadata']);
    expect(await reserved(source('team'))).toEqual([]);
  });

  test('reserved: podMetadata of a Workflow is the run’s', async () => {
    const source = (key: string, map = 'labels'): Json => ({
      apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' },
      spec: { entrypoint: 'main', podMetadata: { [map]: { [key]: 'x' } }, templates: [{ name: 'main', container: { image: `ghcr.io/acme/app@sha256:${'a'.repeat(64)}` } }] },
    });
    for (const map of ['labels', 'annotations']) for (const key of ['tekton.dev/taskRun', 'gatehouse.dev/class']) expect(await reserved(source(key, map)), `${map} ${key}`).toEqual(['spec']);
    expect(await reserved(source('team'))).toEqual([]);
  });
});

describe('reserved: definitions', () => {
  const task = (annotations: Json, labels: Json = {}): Json => withMetadata('Task', 'tekton.dev/v1', { annotations, labels }, { steps: [{ name: 'a', image: `ghcr.io/acme/app@sha256:${'a'.repeat(64)}` }] });

  test('reserved: a definition keeps what catalogs and signatures give it, and its class', async () => {
    expect(await reserved(task({ 'tekton.dev/signature': 'x', 'tekton.dev/tags': 'git', 'tekton.dev/pipelines.minVersion': '0.50', 'gatehouse.dev/signature': 'x' }, { 'gatehouse.dev/class': 'fetch' }))).toEqual([]);
    expect(await reserved(task({}, { 'gatehouse.dev/class': 'fetch' }), { operation: 'UPDATE', old: task({}) })).toEqual([]);
  });

  test('reserved: a definition gives nothing to its runs that they may not have, whoever brings it', async () => {
    for (const key of ['chains.tekton.dev/signed', 'tekton.dev/pipelineRun', 'gatehouse.dev/other']) {
      expect(await reserved(task({ [key]: 'x' })), key).toEqual([`metadata.annotations["${key}"]`]);
      expect(await reserved(task({ [key]: 'x' }), { user: CONTROLLER, dryRun: true }), key).toHaveLength(1);
    }
  });
});

describe.skipIf(!hasSharedData)('reserved: real input', () => {
  const groups = ['tekton.dev', 'triggers.tekton.dev', 'argoproj.io', 'shipwright.io'];

  test('reserved: every example file passes, and none is taken for one that holds a secret', async () => {
    const both = judgedBy(`${POLICY}---\n${POLICY.replace('name: factory', 'name: clean').replace(/spec:.*/, 'spec: {hygiene: [secrets]}')}`);
    let objects = 0;
    for (const folder of ['tekton-examples', 'konflux-pipelines', 'argo-examples', 'tekton-signed']) {
      for (const name of readdirSync(sharedData(folder), { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file))) {
        for (const document of parseAllDocuments(readFileSync(join(sharedData(folder), name), 'utf8'))) {
          const source = document.toJS() as Json | null;
          if (source === null || !groups.includes(String(source['apiVersion']).split('/')[0] ?? '')) continue;
          objects += 1;
          expect(wrong(await both(source)).filter((line) => /RESERVED|SECRET|FACT_UNKNOWN|FAULT/.test(line)), name).toEqual([]);
        }
      }
    }
    expect(objects).toBeGreaterThan(250);
  });

  test('reserved: whatever a real controller, Chains and people did, in order', async () => {
    let reviews = 0;
    for (const name of readdirSync(sharedData('tekton-recorded')).filter((file) => file.endsWith('.jsonl'))) {
      for (const line of readFileSync(sharedData(`tekton-recorded/${name}`), 'utf8').split('\n').filter((text) => text !== '')) {
        const { review: { request } } = JSON.parse(line) as { review: { request: Recorded } };
        if (request.object === null || request.operation === 'DELETE') continue;
        reviews += 1;
        const asking: Asking = {
          user: request.userInfo.username, groups: request.userInfo.groups ?? [], operation: request.operation, namespace: request.namespace ?? '', sub: request.subResource ?? '', dryRun: request.dryRun ?? false,
          ...(request.oldObject === null || request.oldObject === undefined ? {} : { old: request.oldObject }),
        };
        expect(await reserved(request.object, asking), `${name} ${request.kind.kind} ${request.operation} by ${request.userInfo.username}`).toEqual([]);
      }
    }
    expect(reviews).toBeGreaterThan(1000);
  });
});

interface Recorded {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: { readonly kind: string };
  readonly subResource?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly userInfo: { readonly username: string; readonly groups?: readonly string[] };
  readonly object: Json | null;
  readonly oldObject?: Json | null;
}
