// Ways around gate 1 that were found by trying: each is stopped by the rule that it got around, and its twin differs in one thing.
import { describe, expect, test } from 'vitest';
import { clusterOf, CONTROLLER, judgedBy } from '../../../support/pipelines.ts';
import type { Asking, Json } from '../../../support/pipelines.ts';
import { pipelinePolicy, PINNED, saying } from './support.ts';

const OK = ['POLICY_SATISFIED'];
const IMAGE = `ghcr.io/acme/go@${PINNED}`;
const SPEC = { requesters: { users: ['alice'] }, serviceAccounts: ['pipeline'], parameters: { deny: ['*_FLAGS'], allow: { 'git.revision': '[0-9a-f]{40}' } } };

const run = (spec: Json, metadata: Json = {}, apiVersion = 'tekton.dev/v1'): Json => ({ apiVersion, kind: 'PipelineRun', metadata: { name: 'r', namespace: 'ci', ...metadata }, spec });
const taskRun = (metadata: Json = {}, spec: Json = { taskRef: { name: 't' } }): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'c', namespace: 'ci', ...metadata }, spec });
const pod = (metadata: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci', labels: { 'tekton.dev/taskRun': 'c' }, ...metadata }, spec: { containers: [{ name: 'step-a', image: IMAGE }] } });

describe('K01: a run is claimed by any owner reference, whichever is the controlling one and whenever it is written', () => {
  const judge = saying('writers', SPEC, { cluster: clusterOf([run({ pipelineRef: { name: 'p' } }, { uid: 'u' })]) });
  const claim = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'r', uid: 'u' };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', name: 'm', uid: 'm' };
  const owners = (...ownerReferences: Json[]): Json => ({ ownerReferences });
  const update = (old: Json): Asking => ({ operation: 'UPDATE', old });
  test.each<[string, Json, Asking, readonly string[]]>([
    ['before the controlling one', taskRun(owners(claim, { ...map, controller: true })), {}, ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['after another one', taskRun(owners(map, claim)), {}, ['POLICY_OWNER metadata.ownerReferences[1]']],
    ['after the controlling one', taskRun(owners({ ...map, controller: true }, claim)), {}, ['POLICY_OWNER metadata.ownerReferences[1]']],
    ['of what owns no builds', taskRun(owners(map, { ...map, controller: true, uid: 'n' })), {}, OK],
    ['by the engine', taskRun(owners({ ...claim, controller: true })), { user: CONTROLLER }, OK],
    ['added later', taskRun(owners(claim)), update(taskRun()), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['added later, beside another', taskRun(owners(map, claim)), update(taskRun(owners(map))), ['POLICY_OWNER metadata.ownerReferences[1]']],
    ['another run in place of the one', taskRun(owners({ ...claim, uid: 'v' })), update(taskRun(owners(claim))), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['there before', taskRun({ ...owners(claim), annotations: { a: 'b' } }), update(taskRun(owners(claim))), OK],
    ['taken away', taskRun(), update(taskRun(owners(claim))), OK],
    ['by a pod, before the controlling one', pod(owners({ ...claim, kind: 'TaskRun' }, { ...map, controller: true })), {}, ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['by a pod, later', pod(owners({ ...claim, kind: 'TaskRun' })), update(pod()), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['by a pod that had it', pod({ ...owners({ ...claim, kind: 'TaskRun' }), annotations: { a: 'b' } }), update(pod(owners({ ...claim, kind: 'TaskRun' }))), []],
  ])('%s', async (_, it, asking, expected) => expect(await judge(it, asking)).toEqual(expected));
});

describe('requesters: who changes what a run executes starts another build', () => {
  const judge = saying('requesters', SPEC);
  const old = run({ pipelineRef: { name: 'p' } });
  test.each<[string, Json, string, readonly string[]]>([
    ['another pipeline', run({ pipelineRef: { name: 'q' } }), 'bob', ['POLICY_REQUESTER']],
    ['other parameters', run({ pipelineRef: { name: 'p' }, params: [{ name: 'a', value: 'b' }] }), 'bob', ['POLICY_REQUESTER']],
    ['another pipeline, by one who may', run({ pipelineRef: { name: 'q' } }), 'alice', OK],
    ['another pipeline, by the engine', run({ pipelineRef: { name: 'q' } }), CONTROLLER, OK],
    ['it is stopped', run({ pipelineRef: { name: 'p' }, status: 'Cancelled' }), 'bob', []],
    ['it is marked', run({ pipelineRef: { name: 'p' } }, { labels: { a: 'b' } }), 'bob', []],
  ])('%s', async (_, it, user, expected) => expect(await judge(it, { user, operation: 'UPDATE', old })).toEqual(expected));
});

describe('parameters: of objects and of steps', () => {
  const judge = saying('parameters', SPEC);
  const given = (value: unknown, name = 'git'): Json => run({ pipelineRef: { name: 'p' }, params: [{ name, value }] });
  const step = (name: string, more: Json = {}): Json => run({ pipelineSpec: { tasks: [{ name: 't', ...more, taskSpec: { steps: [{ name: 's', ref: { name: 'a' }, params: [{ name, value: '-x' }] }] } }] } });
  const at = 'POLICY_PARAMETER spec.params[0]';
  test.each<[string, Json, readonly string[]]>([
    ['a member that nobody may set', given({ CC_FLAGS: '-x' }), [at]],
    ['a member that anybody may set', given({ CC: '-x' }), OK],
    ['a member of another form', given({ revision: 'main' }), [at]],
    ['a member of its form', given({ revision: 'a'.repeat(40) }), OK],
    ['a member of that name in another parameter', given({ revision: 'main' }, 'other'), OK],
    ['a whole object of another parameter', run({ pipelineSpec: { params: [{ name: 'o', type: 'object', default: { CC_FLAGS: '-x' } }], tasks: [{ name: 't', taskRef: { name: 't' }, params: [{ name: 'p', value: '$(params.o[*])' }] }] } }), ['POLICY_PARAMETER spec.pipelineSpec.tasks[0].params[0]']],
    ['what a step gives to its action', step('CC_FLAGS'), ['POLICY_PARAMETER spec.pipelineSpec.tasks[0].taskSpec.steps[0].params[0]']],
    ['what a step gives in each combination', step('CC_FLAGS', { matrix: { params: [{ name: 'm', value: ['a', 'b'] }] } }), ['POLICY_PARAMETER spec.pipelineSpec.tasks[0].taskSpec.steps[0].params[0]']],
    ['what a step of a single task gives', taskRun({}, { taskSpec: { steps: [{ name: 's', ref: { name: 'a' }, params: [{ name: 'CC_FLAGS', value: '-x' }] }] } }), ['POLICY_PARAMETER spec.taskSpec.steps[0].params[0]']],
    ['what a step may give', step('url'), OK],
  ])('%s', async (_, it, expected) => expect(await judge(it)).toEqual(expected));

  test('a stored task gives what its author wrote', async () => {
    const task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { steps: [{ name: 's', ref: { name: 'a' }, params: [{ name: 'CC_FLAGS', value: '-x' }] }] } };
    expect(await judge(task)).toEqual([]);
  });
});

describe('service accounts: a member of another version names none', () => {
  const judge = judgedBy(pipelinePolicy(SPEC));
  const V1 = { taskRunTemplate: { serviceAccountName: 'pipeline' } };
  const V1BETA1 = { serviceAccountName: 'pipeline' };
  test.each<[string, Json, string, boolean]>([
    ['v1 as v1 writes it', V1, 'tekton.dev/v1', true],
    ['v1 as v1beta1 writes it', V1BETA1, 'tekton.dev/v1', false],
    ['v1beta1 as v1beta1 writes it', V1BETA1, 'tekton.dev/v1beta1', true],
    ['v1beta1 as v1 writes it', V1, 'tekton.dev/v1beta1', false],
    ['v1 with a pod template of v1beta1', { ...V1, podTemplate: {} }, 'tekton.dev/v1', false],
  ])('%s', async (_, more, apiVersion, good) => {
    const decision = await judge(run({ pipelineRef: { name: 'p' }, ...more }, {}, apiVersion));
    expect(decision.findings.some(({ code }) => code === 'INPUT_OBJECT_UNREADABLE')).toBe(!good);
    expect(decision.outcome).toBe(good ? 'admit' : 'deny');
  });
});

describe('the reader: what Go would read otherwise, or one of two, is refused', () => {
  const judge = judgedBy(pipelinePolicy({ hygiene: 'baseline', definitions: { inline: 'allow' } }));
  const step = (more: Json, task: Json = {}): Json => run({ pipelineSpec: { tasks: [{ name: 't', taskSpec: { ...task, steps: [{ name: 's', image: IMAGE, ...more }] } }] } });
  const template = (podTemplate: Json): Json => run({ pipelineRef: { name: 'p' }, taskRunTemplate: { podTemplate } });
  const tasks = (...names: string[]): Json => run({ pipelineSpec: { tasks: names.map((name) => ({ name, taskSpec: { steps: [{ image: IMAGE }] } })) } });
  const unreadable = (it: Json): Promise<boolean> => judge(it).then(({ findings }) => findings.some(({ code }) => code === 'INPUT_OBJECT_UNREADABLE'));
  test.each<[string, Json, Json]>([
    ['a flag of a security context', step({ securityContext: { Privileged: true } }), step({ securityContext: { privileged: false } })],
    ['a struct in a security context', step({ securityContext: { Capabilities: { add: ['SYS_ADMIN'] } } }), step({ securityContext: { capabilities: { drop: ['ALL'] } } })],
    ['a port of the node', step({ ports: [{ HostPort: 80 }] }), step({ ports: [{ containerPort: 80 }] })],
    ['a kind of volume', step({}, { volumes: [{ name: 'v', HostPath: { path: '/' } }] }), step({}, { volumes: [{ name: 'v', emptyDir: {} }] })],
    ['with the long s', step({}, { volumes: [{ name: 'v', nfs: { ſerver: 'x' } }] }), step({}, { volumes: [{ name: 'v', csi: { driver: 'd', volumeAttributes: { Server: 'x' } } }] })],
    ['two kinds in one volume', step({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }), step({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: null }] })],
    ['two kinds behind one workspace', run({ pipelineRef: { name: 'p' }, workspaces: [{ name: 'w', emptyDir: {}, csi: { driver: 'csi.spiffe.io' } }] }), run({ pipelineRef: { name: 'p' }, workspaces: [{ name: 'w', subPath: 'a', emptyDir: {} }] })],
    ['a pod template', template({ securityContext: { RunAsUser: 0 } }), template({ securityContext: { runAsUser: 1000 } })],
    ['two tasks of one name', tasks('a', 'b', 'a'), tasks('a', 'b', 'c')],
    ['one of them under finally', run({ pipelineSpec: { tasks: [{ name: 'a', taskRef: { name: 't' } }], finally: [{ name: 'a', taskRef: { name: 'u' } }] } }), run({ pipelineSpec: { tasks: [{ name: 'a', taskRef: { name: 't' } }], finally: [{ name: 'b', taskRef: { name: 'u' } }] } })],
  ])('%s', async (_, bad, good) => expect([await unreadable(bad), await unreadable(good)]).toEqual([true, false]));
});

describe('images: a default that a run may replace, where nobody looks at pods', () => {
  const judge = saying('images', SPEC);
  const task = (image: string, namespace: string): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace }, spec: { params: [{ name: 'image', default: IMAGE }], steps: [{ name: 's', image }] } });
  test.each<[string, Json, readonly string[]]>([
    ['a default, without pods that are judged', task('$(params.image)', 'kube-system'), ['POLICY_IMAGE_DEFERRED spec.steps[0].image']],
    ['a default, with pods that are judged', task('$(params.image)', 'ci'), OK],
    ['an image, without pods that are judged', task(IMAGE, 'kube-system'), OK],
  ])('%s', async (_, it, expected) => expect(await judge(it)).toEqual(expected));

  test('in a run nobody replaces it any more', async () => {
    const it = { ...taskRun({}, { taskSpec: { params: [{ name: 'image', default: IMAGE }], steps: [{ name: 's', image: '$(params.image)' }] } }), metadata: { name: 'c', namespace: 'kube-system' } };
    expect(await judge(it)).toEqual(OK);
  });
});

describe('definitions: where a step of a stored task gets its action is not for a run to say', () => {
  const GIT = 'https://github.com/acme/actions';
  const ref = (url: string, name = 'ref'): Json => ({ [name]: { resolver: 'git', params: [{ name: 'url', value: url }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: 'a.yaml' }] } });
  const params = [{ name: 'repo', type: 'string', default: GIT }];
  const task = (url: string): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { params, steps: [{ name: 's', ...ref(url) }] } });
  const codes = (it: Json, live: readonly Json[] = []): Promise<string[]> =>
    saying('definitions', { definitions: { inline: 'allow', sources: [{ git: GIT }] } }, { cluster: clusterOf(live) })(it).then((said) => said.map((text) => text.split(' ')[0] ?? ''));
  test.each<[string, Json, readonly Json[], readonly string[]]>([
    ['a place that is written', task(GIT), [], OK],
    ['a place by default', task('$(params.repo)'), [], ['POLICY_DEFINITION_SOURCE']],
    ['a run of the one', taskRun(), [task(GIT)], OK],
    ['a run of the other', taskRun({}, { taskRef: { name: 't' }, params: [{ name: 'repo', value: 'https://github.com/evil/x' }] }), [task('$(params.repo)')], ['POLICY_DEFINITION_SOURCE']],
    ['a run that holds the task, with the default', taskRun({}, { taskSpec: task('$(params.repo)')['spec'] }), [], OK],
    ['a run that holds the task, with another', taskRun({}, { taskSpec: task('$(params.repo)')['spec'], params: [{ name: 'repo', value: 'https://github.com/evil/x' }] }), [], ['POLICY_DEFINITION_SOURCE']],
  ])('%s', async (_, it, live, expected) => expect(await codes(it, live)).toEqual(expected));

  test('of a task of a pipeline it is seen in the run that is made of it', async () => {
    const pipeline = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'p', namespace: 'ci' }, spec: { params, tasks: [{ name: 'a', ...ref('$(params.repo)', 'taskRef') }] } };
    expect(await codes(pipeline)).toEqual(OK);
    expect(await codes(taskRun({}, ref('https://github.com/evil/x', 'taskRef')))).toEqual(['POLICY_DEFINITION_SOURCE']);
  });
});
