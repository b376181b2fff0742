import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PodMatter } from '../../../../src/domain/build/matter.ts';
import { guardedMatter } from '../../../../src/extract/guards/index.ts';
import { readNetworkPolicyChange } from '../../../../src/extract/guards/network-policies.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../../../src/intake/index.ts';
import { reviewOf, type Asking, type Json } from '../../../support/pipelines.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { DENY_ALL, pod, running } from '../../evaluate/request/jail/support.ts';

const matterOf = (source: Json, asking: Asking = {}): PodMatter | undefined => {
  const matter = guardedMatter(reviewOf(source, asking));
  return matter?.about === 'pod' ? matter : undefined;
};
const plain = (metadata: Json): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci', ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }] } });
const owned = (kind: string): Json => plain({ ownerReferences: [{ apiVersion: 'x/v1', kind, name: 'o', uid: 'u' }] });

describe('J14: pods of builds are known by their owner and by marks of engines, all others are not looked at', () => {
  test.each<[string, Json, boolean]>([
    ['without anything', plain({}), false],
    ['of a ReplicaSet', owned('ReplicaSet'), false],
    ['of a TaskRun', owned('TaskRun'), true],
    ['of a Workflow', owned('Workflow'), true],
    ['of a BuildRun', owned('BuildRun'), true],
    ['of a run among others', plain({ ownerReferences: [{ kind: 'Node' }, { kind: 'PipelineRun' }] }), true],
    ['with a label of Tekton', plain({ labels: { 'tekton.dev/taskRun': 'x' } }), true],
    ['with an annotation of Chains', plain({ annotations: { 'chains.tekton.dev/signed': 'true' } }), true],
    ['with a label of ours', plain({ labels: { 'gatehouse.dev/class': 'publish' } }), true],
    ['with a label of Argo', plain({ labels: { 'workflows.argoproj.io/workflow': 'x' } }), true],
    ['with a label that only looks alike', plain({ labels: { 'mytekton.dev/taskRun': 'x', 'tekton.devx/y': 'z' } }), false],
    ['with metadata that is none', { apiVersion: 'v1', kind: 'Pod', metadata: [], spec: {} }, false],
    ['with labels that are none', plain({ labels: ['tekton.dev/'], ownerReferences: {} }), false],
  ])('%s', (_, source, expected) => {
    expect(matterOf(source) !== undefined).toBe(expected);
  });

  test('an ordinary pod is not looked into: only its metadata is read', () => {
    const source = new Proxy(plain({ labels: { app: 'web' } }) as Record<string, unknown>, {
      get(target, name) {
        if (name === 'spec' || name === 'status') throw new Error('looked into');
        return target[name as string];
      },
    });
    expect(guardedMatter({ ...reviewOf(plain({})), object: source })).toBeUndefined();
  });

  test.each<[string, Asking, boolean]>([
    ['made', {}, true],
    ['changed', { operation: 'UPDATE' }, true],
    ['removed', { operation: 'DELETE' }, false],
    ['with a status that changes no label', { operation: 'UPDATE', sub: 'status' }, false],
    ['with a status that changes a label', { operation: 'UPDATE', sub: 'status', old: running({ metadata: { labels: {} } }) }, true],
    ['with a container more', { operation: 'UPDATE', sub: 'ephemeralcontainers' }, true],
    ['bound to a node', { sub: 'binding' }, false],
    ['evicted', { sub: 'eviction' }, false],
  ])('a pod of a run that is %s', (_, asking, expected) => {
    expect(matterOf(running(), asking) !== undefined).toBe(expected);
  });

  test('one that loses all marks is still known by what it was', () => {
    const matter = matterOf(plain({}), { operation: 'UPDATE', old: running() });
    expect(matter?.owner).toBeUndefined();
    expect(matter?.before?.owner).toMatchObject({ kind: 'TaskRun', uid: 'uid-1' });
  });

  test('what it holds is called as people call it', () => {
    const source = pod({ spec: {
      initContainers: [{ name: 'prepare' }, { name: 'sidecar-late', restartPolicy: 'Always' }],
      containers: [{ name: 'step-compile' }, { name: 'sidecar-db' }, { name: 'main' }], ephemeralContainers: [{ name: 'debug' }],
    } });
    expect(matterOf(source)?.containers.map(({ holder, path }) => `${holder} ${path}`)).toEqual([
      'init container prepare spec.initContainers[0]', 'sidecar late spec.initContainers[1]', 'step compile spec.containers[0]', 'sidecar db spec.containers[1]',
      'container main spec.containers[2]', 'ephemeral container debug spec.ephemeralContainers[0]',
    ]);
  });
});

describe('J15: an update that replaces images and nothing else is known as such', () => {
  const withImage = (image: string, more: Json = {}, top: Json = {}): Json => ({ ...pod({ step: { image, ...more } }), ...top });
  const replaced = (after: Json): unknown => matterOf(after, { operation: 'UPDATE', old: withImage('a') })?.imagesReplaced;

  test.each<[string, Json, unknown]>([
    ['one image', withImage('nop'), [{ container: 'step-compile', image: 'nop', path: 'spec.containers[0].image' }]],
    ['one image, and a status', withImage('nop', {}, { status: { phase: 'Running' } }), [{ container: 'step-compile', image: 'nop', path: 'spec.containers[0].image' }]],
    ['nothing', withImage('a'), undefined],
    ['an image and a command', withImage('nop', { command: ['sh'] }), undefined],
    ['an image and a label', withImage('nop', {}, { metadata: { ...(pod()['metadata'] as Json), labels: {} } }), undefined],
    ['an image, and what the API server counts', withImage('nop', {}, { metadata: { ...(pod()['metadata'] as Json), generation: 2, resourceVersion: '9', managedFields: [{}] } }), [{ container: 'step-compile', image: 'nop', path: 'spec.containers[0].image' }]],
    ['an image that is no text any more', withImage(1 as never), undefined],
    ['a container more', pod({ spec: { containers: [...(withImage('nop')['spec'] as { containers: Json[] }).containers, { name: 'x', image: 'i' }] } }), undefined],
  ])('%s', (_, after, expected) => {
    expect(replaced(after)).toEqual(expected);
  });
});

describe('J16: what becomes of network policies', () => {
  test.each<[string, Asking, object | undefined]>([
    ['made', {}, { about: 'networkPolicy', name: 'deny-all', policy: { kind: 'NetworkPolicy' } }],
    ['changed', { operation: 'UPDATE' }, { policy: { kind: 'NetworkPolicy' }, before: { kind: 'NetworkPolicy' } }],
    ['removed', { operation: 'DELETE' }, { before: { kind: 'NetworkPolicy' } }],
    ['with a status', { operation: 'UPDATE', sub: 'status' }, undefined],
  ])('%s', (_, asking, expected) => {
    const matter = guardedMatter(reviewOf(DENY_ALL, asking));
    if (expected === undefined) expect(matter).toBeUndefined();
    else expect(matter).toMatchObject(expected);
    if (asking.operation === 'DELETE') expect(matter).not.toHaveProperty('policy');
  });

  test('one of many that are removed at once, which the request does not name, has its name from the object', () => {
    expect(readNetworkPolicyChange({ ...reviewOf(DENY_ALL, { operation: 'DELETE' }), name: '' })).toMatchObject({ name: 'deny-all' });
  });
});

describe.skipIf(!hasSharedData)('J17: pods recorded from Tekton', () => {
  const reviews = (name: string) => readFileSync(sharedData(`tekton-recorded/${name}.jsonl`), 'utf8').trim().split('\n').map((line) => {
    const json = parseJson(Buffer.from(JSON.stringify((JSON.parse(line) as { review: unknown }).review)), JSON_LIMITS);
    const result = json.ok ? readAdmissionReview(json.value) : undefined;
    if (result?.ok !== true) throw new Error('not readable');
    return result.review;
  });
  const pods = (name: string): PodMatter[] => reviews(name).map(guardedMatter).filter((matter) => matter?.about === 'pod');

  test.each(['a-taskrun-embedded', 'c-pipeline', 'h-sidecar', 'l-v1beta1'])('%s: each is known, with its owner and its steps', (name) => {
    const made = pods(name).filter(({ operation, owner }) => operation === 'CREATE' && owner?.kind === 'TaskRun');
    expect(made.length).toBeGreaterThan(0);
    for (const { containers, owner } of made) {
      expect(owner?.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(containers.some(({ holder }) => holder.startsWith('step '))).toBe(true);
    }
  });

  test('the token that the API server mounts is seen', () => {
    const [made] = pods('a-taskrun-embedded');
    expect(made?.settings.volumes.find(({ name }) => name.startsWith('kube-api-access'))).toMatchObject({ type: 'projected', detail: 'serviceAccountToken,configMap,downwardAPI' });
  });

  test('sidecars are stopped by an update that replaces an image and nothing else', () => {
    const stopped = pods('h-sidecar').filter(({ imagesReplaced }) => imagesReplaced !== undefined);
    expect(stopped.length).toBeGreaterThan(0);
    for (const { imagesReplaced } of stopped) expect(imagesReplaced).toEqual([{ container: 'sidecar-server', image: expect.stringContaining('nop@sha256:'), path: expect.any(String) }]);
  });

  test('the affinity assistant carries the marks of the run, and belongs to a StatefulSet', () => {
    expect(pods('c-pipeline').filter(({ owner }) => owner?.kind === 'StatefulSet').map(({ containers }) => containers[0]?.holder)).toContain('container affinity-assistant');
  });
});
