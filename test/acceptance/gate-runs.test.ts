// The run of a caller, by the gate's front door: what the cluster says of the pod, and nothing that a pod or a question says of itself.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { AskingPod, GateAnswer, GateServer } from '../support/gate.ts';
import { createRunLookup } from '../../src/authn/index.ts';
import type { ClusterFacts } from '../../src/domain/ports.ts';

let gate: GateServer;
beforeAll(async () => { gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' } } }); });
afterAll(() => gate.close());

interface Made { readonly name: string; readonly uid: string }
type Owner = Readonly<Record<string, unknown>>;

const ownerOf = (kind: string, { name, uid }: Made, more: Owner = {}): Owner => ({ apiVersion: 'tekton.dev/v1', kind, name, uid, controller: true, ...more });

/** Puts a run where the API server keeps it; `podName` is what its engine says of it. */
function run(kind: 'TaskRun' | 'PipelineRun', { owner, podName }: { readonly owner?: Owner; readonly podName?: string } = {}): Made {
  const made = { name: `${kind.toLowerCase()}-${randomUUID().slice(0, 8)}`, uid: randomUUID() };
  gate.api.put(`/apis/tekton.dev/v1/namespaces/ci/${kind.toLowerCase()}s`, {
    apiVersion: 'tekton.dev/v1', kind, metadata: { ...made, namespace: 'ci', ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: {}, status: podName === undefined ? {} : { podName },
  });
  return made;
}

const name = (): string => `pod-${randomUUID().slice(0, 8)}`;
const asked = (pod: AskingPod): Promise<GateAnswer> => gate.admit(pod, { artifacts: [{ kind: 'image', uri: gate.good }] });

/** A TaskRun of a PipelineRun with its pod; each part may be another one. */
function story(edit: { readonly taskOwner?: Owner; readonly podName?: string; readonly podOwner?: (task: Made) => Owner } = {}) {
  const pipelineRun = run('PipelineRun');
  const pod = name();
  const taskRun = run('TaskRun', { owner: edit.taskOwner ?? ownerOf('PipelineRun', pipelineRun), podName: edit.podName ?? pod });
  const owner = edit.podOwner?.(taskRun) ?? ownerOf('TaskRun', taskRun);
  return { pipelineRun, taskRun, pod: gate.pod({ name: pod, owner }) };
}

describe('the run of a caller', () => {
  test('is the PipelineRun of the TaskRun whose pod it is', async () => {
    const { pod, pipelineRun } = story();
    const answer = await asked(pod);
    expect([answer.decision, answer.run]).toEqual(['admit', pipelineRun.uid]);
  });

  test('is the TaskRun where nothing stands above it, and the outermost PipelineRun where several do', async () => {
    const pod = name();
    const alone = run('TaskRun', { podName: pod });
    expect((await asked(gate.pod({ name: pod, owner: ownerOf('TaskRun', alone) }))).run).toBe(alone.uid);
    const top = run('PipelineRun');
    const middle = run('PipelineRun', { owner: ownerOf('PipelineRun', top) });
    expect((await asked(story({ taskOwner: ownerOf('PipelineRun', middle) }).pod)).run).toBe(top.uid);
  });

  test('is looked up by the group of the engine in whatever version, and by the one that controls', async () => {
    expect((await asked(story({ podOwner: (task) => ownerOf('TaskRun', task, { apiVersion: 'tekton.dev/v1beta1' }) }).pod)).run).toBeDefined();
    expect((await asked(story({ podOwner: (task) => ownerOf('TaskRun', task, { controller: undefined }) }).pod)).run).toBeDefined();
    expect((await asked(story({ podOwner: (task) => ownerOf('TaskRun', task, { apiVersion: 'tekton.dev.evil/v1' }) }).pod)).run).toBeUndefined();
  });

  test('there is none for a pod that nobody made for one', async () => {
    for (const pod of [gate.pod(), gate.pod({ owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'a', uid: 'b', controller: true } })]) {
      const answer = await asked(pod);
      expect([answer.decision, answer.run]).toEqual(['admit', undefined]);
    }
  });

  test.each<[string, () => AskingPod]>([
    ['a TaskRun whose pod is another one', () => story({ podName: name() }).pod],
    ['a TaskRun of that name with another uid', () => story({ podOwner: (task) => ownerOf('TaskRun', { ...task, uid: randomUUID() }) }).pod],
    ['a TaskRun without a uid', () => story({ podOwner: (task) => ownerOf('TaskRun', { ...task, uid: '' }) }).pod],
    ['a TaskRun that is not there', () => story({ podOwner: () => ownerOf('TaskRun', { name: 'gone', uid: 'gone' }) }).pod],
    ['a PipelineRun that is not there', () => story({ taskOwner: ownerOf('PipelineRun', { name: 'gone', uid: 'gone' }) }).pod],
    ['a PipelineRun of that name with another uid', () => story({ taskOwner: ownerOf('PipelineRun', { ...run('PipelineRun'), uid: randomUUID() }) }).pod],
    ['a pod that was replaced by another of its name', () => {
      const { pod } = story();
      gate.pod({ name: pod.pod });
      return pod;
    }],
    ['a pod that is gone', () => {
      const { pod } = story();
      gate.api.remove('/api/v1/namespaces/ci/pods', pod.pod);
      return pod;
    }],
  ])('whoever names %s is answered for no run', async (_, pod) => {
    const answer = await asked(pod());
    expect([answer.decision, answer.run]).toEqual(['deny', undefined]);
    expect(gateCodes(answer)).toContain('POLICY_CALLER_RUN');
  });

  test('while the engine has not said which pod it is, and while the API server does not answer, no run is known', async () => {
    expect((await asked(story({ podName: '' }).pod)).run).toBeUndefined();
    const { pod, taskRun, pipelineRun } = story();
    const path = `/apis/tekton.dev/v1/namespaces/ci/taskruns/${taskRun.name}`;
    gate.api.refusals.set(path, 500);
    const answer = await asked(pod);
    expect(answer.run).toBeUndefined();
    expect(gateCodes(answer)).not.toContain('POLICY_CALLER_RUN');
    gate.api.refusals.delete(path);
    expect((await asked(pod)).run).toBe(pipelineRun.uid);
  });

  test('circles of owners end', async () => {
    const made = { name: `round-${randomUUID().slice(0, 8)}`, uid: randomUUID() };
    gate.api.put('/apis/tekton.dev/v1/namespaces/ci/pipelineruns', { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { ...made, namespace: 'ci', ownerReferences: [ownerOf('PipelineRun', made)] } });
    expect(gateCodes(await asked(story({ taskOwner: ownerOf('PipelineRun', made) }).pod))).toContain('POLICY_CALLER_RUN');
  });
});

describe('the Workflow of a caller', () => {
  const workflow = { name: 'build-x7k', uid: 'workflow' };
  const nodes = (pod: object) => ({ 'build-x7k': { id: 'build-x7k', type: 'Steps', templateName: 'main' }, 'node': { type: 'Pod', ...pod } });
  const lookup = (pod: string, status: unknown, found: unknown = workflow) => {
    const metadata = { name: pod, namespace: 'ci', uid: 'pod', labels: { a: 'b' }, ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', ...workflow, controller: true }] };
    const facts: Pick<ClusterFacts, 'object'> = {
      object: ({ resource }) => Promise.resolve({ known: true, value: resource === 'pods' ? { metadata } : { metadata: found, status } }),
    };
    return createRunLookup(facts)({ kind: 'serviceAccount', namespace: 'ci', name: 'a', uid: 'u', pod: { name: pod, uid: 'pod' } }, new AbortController().signal);
  };
  const long = 't'.repeat(240);

  test.each<[string, string, object, string, object]>([
    ['after the Workflow and its template', 'build-x7k-fetch-123', { id: 'build-x7k-123', templateName: 'fetch' }, 'build-x7k-fetch-124', { id: 'build-x7k-123', templateName: 'fetch' }],
    ['after a template that is referred to', 'build-x7k-fetch-123', { id: 'build-x7k-123', templateRef: { name: 'a', template: 'fetch' } }, 'build-x7k-fetch-123', { id: 'build-x7k-123', templateRef: { name: 'fetch', template: 'b' } }],
    ['after its node', 'build-x7k-123', { id: 'build-x7k-123', templateName: 'fetch' }, 'build-x7k-123', { id: 'build-x7k-123', templateName: 'fetch', type: 'DAG' }],
    ['after the Workflow alone', 'build-x7k', { id: 'build-x7k', templateName: 'main' }, 'build-x7', { id: 'build-x7k', templateName: 'main' }],
    ['cut where the name would be too long', `${`build-x7k-${long}`.slice(0, 242)}-123`, { id: 'build-x7k-123', templateName: long }, `build-x7k-${long}-123`, { id: 'build-x7k-123', templateName: long }],
  ])('names the pod %s', async (_, good, goodNode, bad, badNode) => {
    expect(await lookup(good, { nodes: nodes(goodNode) })).toEqual({ found: 'run', run: { kind: 'Workflow', namespace: 'ci', ...workflow, pod: { name: good, uid: 'pod', labels: { a: 'b' } } } });
    expect(await lookup(bad, { nodes: nodes(badNode) })).toMatchObject({ found: 'unknown' });
  });

  test('nodes that cannot be seen name nobody, and another uid is another Workflow', async () => {
    for (const status of [undefined, {}, { compressedNodes: 'H4sI' }, { nodes: [] }, { nodes: null }]) expect(await lookup('build-x7k-1', status)).toMatchObject({ found: 'unknown' });
    expect(await lookup('build-x7k', { nodes: nodes({ id: 'build-x7k' }) }, { ...workflow, uid: 'other' })).toMatchObject({ found: 'wrong' });
  });
});
