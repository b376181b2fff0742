// "Admit nothing": a jailed run that asks the gate is refused, and nothing is looked up for it.
import { describe, expect, test, vi } from 'vitest';
import type { GateCaller } from '../../../../../src/domain/gate/caller.ts';
import type { ClusterFacts } from '../../../../../src/domain/ports.ts';
import type { Json } from '../../../../support/pipelines.ts';
import { clusterOf } from '../../../../support/pipelines.ts';
import { task } from '../builds.ts';
import { artifactPolicy, FETCHER, gateOf, IMAGE, JOB, OF_RUN, refusals, WORKLOAD } from '../questions.ts';
import { pipelinePolicy } from '../support.ts';
import { pod } from './support.ts';

vi.mock('../../../../../src/engine/facts/definition.ts', () => import('../signed-by.ts'));

const JAIL = pipelinePolicy({ definitions: { signedBy: ['platform-team'], inline: 'allow' }, jail: {} });
const TASK_RUN = (name: string): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' }, spec: { taskRef: { name } } });
const POD = pod({ metadata: { annotations: {} } });

async function ask(objects: readonly Json[], { caller = FETCHER, policies = [artifactPolicy(), JAIL], broken = [], more = {} }: { caller?: GateCaller; policies?: readonly string[]; broken?: readonly (keyof ClusterFacts)[]; more?: object } = {}) {
  const gate = gateOf(policies, { cluster: clusterOf(objects, broken) });
  return { codes: refusals(await gate.ask([IMAGE], { caller, run: OF_RUN, ...more })), lookedUp: gate.lookedUp.opened.length };
}
const JAILED = { codes: ['POLICY_CALLER_JAILED', 'POLICY_CALLER_JAILED artifacts[0]'], lookedUp: 0 };
const ADMITTED = { codes: [], lookedUp: 1 };
const UNKNOWN = { codes: ['POLICY_FACT_UNKNOWN', 'POLICY_FACT_UNKNOWN artifacts[0]'], lookedUp: 0 };

describe('POLICY_CALLER_JAILED', () => {
  test.each<[string, readonly Json[], object]>([
    ['a fetch task is answered', [POD, TASK_RUN('f'), task('f', { class: 'fetch' })], ADMITTED],
    ['a build is refused', [POD, TASK_RUN('b'), task('b')], JAILED],
    ['a test is refused', [POD, TASK_RUN('t'), task('t', { class: 'test' })], JAILED],
    ['a task that only calls itself fetch is refused', [POD, TASK_RUN('f'), task('f', { class: 'fetch', by: '' })], JAILED],
    ['a fetch task that is signed by a stranger is refused', [POD, TASK_RUN('f'), task('f', { class: 'fetch', by: 'stranger' })], JAILED],
    ['a label of the run is nobody\'s word', [POD, { ...TASK_RUN('b'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1', labels: { 'gatehouse.dev/class': 'fetch' } } }, task('b')], JAILED],
    ['a hermetic pod is refused, whatever its task', [pod(), TASK_RUN('f'), task('f', { class: 'fetch' })], JAILED],
    ['a hermetic pod of no run is refused', [pod({ metadata: { ownerReferences: [] } })], JAILED],
    ['a pod of no run is answered', [pod({ metadata: { annotations: {}, ownerReferences: [] } })], ADMITTED],
    ['a pod whose owner does not control it is of no run', [pod({ metadata: { annotations: {}, ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-1' }] } })], ADMITTED],
    ['another uid of the TaskRun is no run', [POD, { ...TASK_RUN('f'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-2' } }, task('f', { class: 'fetch' })], { codes: ['POLICY_OWNER', 'POLICY_OWNER artifacts[0]'], lookedUp: 0 }],
    ['a pod that is gone is not known', [TASK_RUN('f'), task('f', { class: 'fetch' })], UNKNOWN],
    ['another pod of that name is not the one', [pod({ metadata: { ...(POD['metadata'] as Json), uid: 'pod-uid-2' } }), TASK_RUN('f'), task('f', { class: 'fetch' })], UNKNOWN],
  ])('%s', async (_, objects, expected) => expect(await ask(objects)).toEqual(expected));

  test('the same of a Workflow, whose pods are of any of its templates', async () => {
    const owned = pod({ metadata: { annotations: {}, ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: 'w', uid: 'w-1', controller: true }] } });
    const workflow: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci', uid: 'w-1' }, spec: { entrypoint: 'main', templates: [{ name: 'main', container: { image: 'x' } }] } };
    expect(await ask([owned, workflow])).toEqual(JAILED);
  });

  test('while the class is not known nothing is admitted', async () => {
    expect(await ask([POD, TASK_RUN('f'), task('f', { class: 'fetch' })], { broken: ['object'] })).toEqual(UNKNOWN);
  });

  test('a publish question as well', async () => {
    const { codes, lookedUp } = await ask([POD, TASK_RUN('b'), task('b')], { more: { asks: 'publish' } });
    // The rules of publishing refuse it besides.
    expect(codes).toContain('POLICY_CALLER_JAILED');
    expect(lookedUp).toBe(0);
  });

  test('without a jail in the policy builds may ask; callers without a pod are in no jail', async () => {
    const free = pipelinePolicy({ definitions: { signedBy: ['platform-team'], inline: 'allow' } });
    expect(await ask([POD, TASK_RUN('b'), task('b')], { policies: [artifactPolicy(), free] })).toEqual(ADMITTED);
    for (const caller of [WORKLOAD, JOB]) expect(await ask([], { caller, more: { run: { found: 'none' } } })).toEqual(ADMITTED);
  });
});
