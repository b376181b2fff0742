// K01: nothing comes to belong to a run that its engine did not make for it, by whichever reference, however many steps it takes.
import { describe, expect, test } from 'vitest';
import { clusterOf, CONTROLLER, judgedBy, wrong } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';

const POLICY = `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, images: {deferred: allowIfPodsAreGated, unpinned: allow}}
`;
const RUNS = ['TaskRun', 'PipelineRun'].map((kind): Json => ({ apiVersion: 'tekton.dev/v1', kind, metadata: { name: 'run', namespace: 'ci', uid: 'u1' }, spec: {} }));
const judge = judgedBy(POLICY, { cluster: clusterOf(RUNS) });
const away = judgedBy(POLICY, { cluster: clusterOf([]) });
const broken = judgedBy(POLICY, { cluster: clusterOf([], ['object']) });
const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';

const ref = (more: Json = {}): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run', uid: 'u1', controller: true, ...more });
const CONFIG = ref({ apiVersion: 'v1', kind: 'ConfigMap', uid: 'c1', controller: false });
const owned = (kind: 'TaskRun' | 'Pod', ...ownerReferences: Json[]): Json => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'tekton.dev/v1', kind,
  // A mark that anybody may set has the pod read as one of a build, before and after.
  metadata: { name: 'child', namespace: 'ci', annotations: { 'tekton.dev/mine': 'a' }, ...(ownerReferences.length === 0 ? {} : { ownerReferences }) },
  spec: kind === 'Pod' ? { containers: [] } : { taskSpec: { steps: [{ name: 'run', image: 'busybox' }] } },
});
const owners = async (object: Json, asking: Asking, by = judge): Promise<string[]> => [...new Set(wrong(await by(object, asking)).filter((code) => /OWNER|FACT_UNKNOWN/.test(code)))];

describe.each(['TaskRun', 'Pod'] as const)('K01: a %s that names a run as owner', (kind) => {
  const OWNER = ref(kind === 'Pod' ? { kind: 'TaskRun' } : {});

  test.each<[string, Json[], string]>([
    ['as its only owner', [OWNER], 'metadata.ownerReferences[0]'],
    ['first, beside another that controls', [{ ...OWNER, controller: false }, { ...CONFIG, controller: true }], 'metadata.ownerReferences[0]'],
    ['last, beside another that controls', [{ ...CONFIG, controller: true }, { ...OWNER, controller: false }], 'metadata.ownerReferences[1]'],
    ['last, with nobody in control', [CONFIG, { ...OWNER, controller: false }], 'metadata.ownerReferences[1]'],
    ['in an older version', [CONFIG, { ...OWNER, apiVersion: 'tekton.dev/v1beta1' }], 'metadata.ownerReferences[1]'],
  ])('K01: %s, made or changed by a person', async (_, references, path) => {
    expect(await owners(owned(kind, ...references), {})).toEqual([`POLICY_OWNER ${path}`]);
    expect(await owners(owned(kind, ...references), { operation: 'UPDATE', old: owned(kind) })).toEqual([`POLICY_OWNER ${path}`]);
    expect(await owners(owned(kind, ...references), { operation: 'UPDATE', old: owned(kind), user: CONTROLLER })).toEqual([]);
    expect(await owners(owned(kind, ...references), { user: CONTROLLER })).toEqual([]);
  });

  test('K01: in two steps, of which the first only names it', async () => {
    const first = owned(kind, { ...OWNER, controller: false });
    expect(await owners(first, { operation: 'UPDATE', old: owned(kind) })).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
    expect(await owners(owned(kind, OWNER), { operation: 'UPDATE', old: first })).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
    // And the way back, after which nobody would take it for the run's.
    expect(await owners(first, { operation: 'UPDATE', old: owned(kind, OWNER) })).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
  });

  test.each<[string, Json, string]>([
    ['another run of that name', { ...OWNER, uid: 'u2' }, 'POLICY_OWNER metadata.ownerReferences[0]'],
    ['no run', { ...OWNER, name: 'gone' }, 'POLICY_OWNER metadata.ownerReferences[0]'],
  ])('K01: of %s, even changed by the engine', async (_, reference, code) => {
    expect(await owners(owned(kind, reference), { operation: 'UPDATE', old: owned(kind), user: CONTROLLER })).toEqual([code]);
  });

  test('K01: what is not new is nobody\'s claim: the garbage collector takes others away, people annotate, and the run may be gone by then', async () => {
    const before = owned(kind, CONFIG, OWNER);
    for (const by of [judge, away, broken]) {
      expect(await owners(owned(kind, OWNER), { operation: 'UPDATE', old: before, user: COLLECTOR }, by)).toEqual([]);
      expect(await owners(owned(kind, { ...OWNER, blockOwnerDeletion: true }), { operation: 'UPDATE', old: owned(kind, OWNER) }, by)).toEqual([]);
      expect(await owners(owned(kind, { ...OWNER, apiVersion: 'tekton.dev/v1beta1' }), { operation: 'UPDATE', old: owned(kind, OWNER), user: CONTROLLER }, by)).toEqual([]);
    }
    expect(await owners(owned(kind, OWNER), { user: CONTROLLER }, broken)).toEqual(['POLICY_FACT_UNKNOWN metadata.ownerReferences[0]']);
  });

  test('K01: others than runs may own what they like', async () => {
    for (const other of [CONFIG, { ...OWNER, apiVersion: 'example.com/v1' }, { ...OWNER, apiVersion: 'xtekton.dev/v1' }, { ...OWNER, kind: 'Task' }]) {
      expect(await owners(owned(kind, other), {})).toEqual([]);
    }
  });
});
