import { describe, expect, test, vi } from 'vitest';
import type { ClusterFacts } from '../../../../../src/domain/ports.ts';
import { clusterOf, CONTROLLER, judgedBy, type Asking, type Json } from '../../../../support/pipelines.ts';
import { content, pipeline, policies, resolution, run, task, taskRun } from '../builds.ts';
import { DENY_ALL, FLAGS, jailed, networkPolicy, pod, running } from './support.ts';

vi.mock('../../../../../src/engine/facts/definition.ts', () => import('../signed-by.ts'));

const JAIL = 'definitions: {signedBy: [platform-team], inline: allow}\njail: {}';
const HERMETIC = { 'experimental.tekton.dev/execution-mode': 'hermetic' };

const said = (it: Json | string, objects: readonly (string | Json)[], asking: Asking = {}, policy = JAIL, broken: (keyof ClusterFacts)[] = []) =>
  judgedBy(policies(policy), { cluster: clusterOf([FLAGS, ...objects], broken) })(it, asking).then(jailed);

/** A TaskRun by reference that does nothing for its jail. */
const refers = (name: string): Json => taskRun({ taskRef: { name } });
const OPEN = ['POLICY_JAIL_HERMETIC spec.taskRef', 'POLICY_JAIL_POD spec'];

describe('J24: what is jailed is said by the verified definition', () => {
  test.each<[string, Json, string, string[]]>([
    ['one that publishes, by its label', task('push', { class: 'publish' }), JAIL, []],
    ['one that fetches, by its label', task('push', { class: 'fetch' }), JAIL, []],
    ['one that builds', task('push', { class: 'build' }), JAIL, OPEN],
    ['one that tests', task('push', { class: 'test' }), JAIL, OPEN],
    ['one that says nothing', task('push'), JAIL, OPEN],
    ['one that publishes, by its name in the policy', task('push'), `${JAIL}\nclasses: {definitions: {publish: [push]}}`, []],
    ['one whose name the policy has under something else', task('push', { class: 'publish' }), `${JAIL}\nclasses: {definitions: {test: [push]}}`, OPEN],
    ['one that says that it publishes, and is signed by a stranger', task('push', { class: 'publish', by: 'stranger' }), JAIL, OPEN],
    ['the same, by its name in the policy', task('push', { by: 'stranger' }), `${JAIL}\nclasses: {definitions: {publish: [push]}}`, OPEN],
    ['one with a class that there is not', task('push', { class: 'deploy' }), JAIL, OPEN],
    ['one that tests, where tests are no user code', task('push', { class: 'test' }), `${JAIL}\nclasses: {userCode: [build]}`, []],
  ])('%s', async (_, definition, policy, expected) => {
    expect(await said(refers('push'), [definition], {}, policy)).toEqual(expected);
    // And its pod, where nothing closes the network.
    const of = { ...refers('push'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' } };
    expect(await said(pod(), [of, definition], { user: CONTROLLER }, policy)).toEqual(expected.length === 0 ? [] : ['POLICY_JAIL_NETWORK']);
  });

  test('a run that labels itself is jailed all the same', async () => {
    const labelled = { ...refers('push'), metadata: { name: 'r', namespace: 'ci', labels: { 'gatehouse.dev/class': 'publish' } } };
    expect(await said(labelled, [task('push')])).toEqual(OPEN);
  });

  test('a definition that cannot be looked up leaves it undetermined, for the run and for its pod', async () => {
    const of = { ...refers('push'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' } };
    const found = await said(refers('push'), [task('push', { class: 'publish' })], {}, JAIL, ['object']);
    expect(found).toEqual(['POLICY_FACT_UNKNOWN spec.taskRef']);
    expect(await said(pod(), [of], { user: CONTROLLER })).not.toEqual([]);
  });

  test('what a resolver brings later is judged with the pod', async () => {
    const git = taskRun({ taskRef: { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/tasks' }, { name: 'revision', value: 'c'.repeat(40) }, { name: 'pathInRepo', value: 'push.yaml' }] } });
    const of = { ...git, metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' } };
    const brought = (by: string): Json => resolution('https://github.com/acme/tasks', task('push', { class: 'publish', by }));
    expect(await said(git, [])).toEqual([]);
    expect(await said(pod(), [of], { user: CONTROLLER })).toEqual(['POLICY_JAIL_NETWORK']);
    expect(await said(pod(), [of, brought('platform-team')], { user: CONTROLLER })).toEqual([]);
    expect(await said(pod(), [of, brought('stranger')], { user: CONTROLLER })).toEqual(['POLICY_JAIL_NETWORK']);
  });
});

describe('J35: a definition that was changed while a run of it was on its way is not what runs', () => {
  const script = (text: string, more: Json = {}): Json => ({ steps: [{ name: 'run', image: 'tools', script: text }], ...more });
  const of = (status: Json | undefined): Json =>
    ({ ...refers('push'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' }, ...(status === undefined ? {} : { status: { taskSpec: status } }) });
  const fetching = (spec: Json): Json => task('push', { class: 'fetch', spec });
  const OPENED = ['POLICY_JAIL_NETWORK'];

  test.each<[string, Json | undefined, Json, string[]]>([
    ['which nothing was begun of', undefined, script('fetch'), []],
    ['that is what it was', script('fetch'), script('fetch'), []],
    ['with values filled in and defaults written', script('fetch main', { params: [{ name: 'r', type: 'string' }] }), script('fetch $(params.r)', { params: [{ name: 'r' }] }), []],
    ['whose steps are elsewhere, filled in', { steps: [{ name: 'run', image: 'tools', script: 'fetch' }] }, { steps: [{ name: 'run', ref: { name: 'fetch' } }] }, []],
    ['that runs something else', script('make'), script('fetch'), OPENED],
    ['that runs another image', { steps: [{ name: 'run', image: 'mine', script: 'fetch' }] }, script('fetch'), OPENED],
    ['that has a step more', { steps: [{ name: 'run', image: 'tools', script: 'fetch' }, { name: 'more', image: 'tools' }] }, script('fetch'), OPENED],
    ['whose other step is elsewhere', { steps: [{ name: 'run', image: 'tools', script: 'fetch' }, { name: 'more', image: 'mine' }] }, { steps: [{ name: 'run', ref: { name: 'fetch' } }, { name: 'more', image: 'tools' }] }, OPENED],
  ])('a task %s: its next pod', async (_, executed, now, expected) => {
    expect(await said(pod(), [of(executed), fetching(now), { apiVersion: 'tekton.dev/v1beta1', kind: 'StepAction', metadata: { name: 'fetch', namespace: 'ci', annotations: { 'test/signed-by': 'platform-team' } }, spec: { image: 'tools' } }], { user: CONTROLLER })).toEqual(expected);
  });
});

describe('J25: of a pipeline each task is jailed for itself', () => {
  const both = { tasks: [{ name: 'get', taskRef: { name: 'clone' } }, { name: 'make', taskRef: { name: 'compile' } }] };
  const definitions = [task('clone', { class: 'fetch' }), task('compile', { class: 'build' })];
  const podTemplate = { taskRunTemplate: { podTemplate: { automountServiceAccountToken: false } } };

  test('only the one that builds must be hermetic', async () => {
    expect(await said(run({ ...podTemplate, pipelineSpec: both }), definitions)).toEqual(['POLICY_JAIL_HERMETIC spec.pipelineSpec.tasks[1].taskRef']);
    const hermetic = { taskRunSpecs: [{ pipelineTaskName: 'make', metadata: { annotations: HERMETIC } }] };
    expect(await said(run({ ...podTemplate, ...hermetic, pipelineSpec: both }), definitions)).toEqual([]);
    const other = { taskRunSpecs: [{ pipelineTaskName: 'get', metadata: { annotations: HERMETIC } }] };
    expect(await said(run({ ...podTemplate, ...other, pipelineSpec: both }), definitions)).toEqual(['POLICY_JAIL_HERMETIC spec.pipelineSpec.tasks[1].taskRef']);
  });

  test('the definition may ask for it, and the run may not ask for less', async () => {
    const asking = { ...task('compile', { class: 'build' }), metadata: { name: 'compile', namespace: 'ci', annotations: { 'test/signed-by': 'platform-team', ...HERMETIC } } };
    const it = run({ ...podTemplate, pipelineSpec: both });
    expect(await said(it, [task('clone', { class: 'fetch' }), asking])).toEqual([]);
    const less = run({ ...podTemplate, pipelineSpec: both }, { annotations: { 'experimental.tekton.dev/execution-mode': 'open' } });
    expect(await said(less, [task('clone', { class: 'fetch' }), asking])).toEqual(['POLICY_JAIL_HERMETIC spec.pipelineSpec.tasks[1].taskRef']);
  });

  test('what is written into its definition is seen before its pod is', async () => {
    const sidecar = task('compile', { class: 'build', spec: { sidecars: [{ name: 'db', image: 'db' }] } });
    const it = run({ ...podTemplate, pipelineSpec: both }, { annotations: HERMETIC });
    expect(await said(it, [task('clone', { class: 'fetch' }), sidecar])).toEqual([expect.stringMatching(/^POLICY_JAIL_POD /)]);
    // Of one that fetches it is nobody's concern.
    expect(await said(it, [task('clone', { class: 'fetch', spec: { sidecars: [{ name: 'db', image: 'db' }] } }), task('compile', { class: 'build' })])).toEqual([]);
  });

  test('a task that stands in a signed pipeline has the class that is signed with it', async () => {
    const embedded = { metadata: { labels: { 'gatehouse.dev/class': 'publish' } }, ...content() };
    const root = (by: string): (string | Json)[] => [
      { ...run({ pipelineRef: { name: 'p' } }), metadata: { name: 'run-1', namespace: 'ci', uid: 'uid-1' } },
      pipeline('p', { tasks: [{ name: 'ship', taskSpec: embedded }] }, by),
    ];
    const made = (spec: Json): Json => {
      const it = taskRun({ taskSpec: spec }, { task: 'ship' });
      return { ...it, metadata: { ...(it['metadata'] as Json), name: 'build-1', uid: 'uid-1' } };
    };
    const { metadata: _metadata, ...plain } = embedded;
    expect(await said(pod(), [...root('platform-team'), made(plain)], { user: CONTROLLER })).toEqual([]);
    expect(await said(pod(), [...root('stranger'), made(plain)], { user: CONTROLLER })).toEqual(['POLICY_JAIL_NETWORK']);
    expect(await said(pod(), [...root('platform-team'), made({ ...plain, steps: [{ name: 'run', image: 'other' }] })], { user: CONTROLLER })).toEqual(['POLICY_JAIL_NETWORK']);
  });
});

describe('J26: whose jail is opened', () => {
  const opening = networkPolicy('open', '{podSelector: {}, policyTypes: [Egress], egress: [{}]}');
  const live = { ...refers('push'), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' } };

  test.each<[string, Json, string[]]>([
    ['of one that builds', task('push', { class: 'build' }), ['POLICY_JAIL_BREACH']],
    ['of one that publishes: it has none', task('push', { class: 'publish' }), []],
    ['of one that says so, signed by a stranger', task('push', { class: 'publish', by: 'stranger' }), ['POLICY_JAIL_BREACH']],
  ])('%s', async (_, definition, expected) => {
    expect(await said(opening, [live, definition, DENY_ALL, running()])).toEqual(expected);
    const relabelled = running({ metadata: { labels: { app: 'web' } } });
    const closing = networkPolicy('deny-all', '{podSelector: {matchLabels: {app: build}}, policyTypes: [Ingress, Egress]}');
    const answer = await said(relabelled, [live, definition, closing, running()], { operation: 'UPDATE', old: running() });
    expect(answer).toEqual(expected.map((code) => `${code} metadata.labels`));
  });
});
