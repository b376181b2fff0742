import { describe, expect, test } from 'vitest';
import { clusterOf, CONTROLLER } from '../../../support/pipelines.ts';
import { saying } from './support.ts';

const OK = ['POLICY_SATISFIED'];
const SPEC = { requesters: { users: ['alice'] }, serviceAccounts: ['pipeline', 'publisher'] };
const judge = saying('service accounts', SPEC);
const codes = async (found: Promise<readonly string[]>): Promise<string[]> => (await found).map((text) => text.split(' ')[0] ?? '');
const NO = ['POLICY_SERVICE_ACCOUNT'];

const pipelineRun = (spec: object): Record<string, unknown> => ({
  apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'b', namespace: 'ci', uid: 'r7' }, spec: { pipelineRef: { name: 'p' }, ...spec },
});
const taskRun = (spec: object, metadata: object = {}): Record<string, unknown> => ({
  apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 't', namespace: 'ci', ...metadata }, spec: { taskRef: { name: 't' }, ...spec },
});
const of = (serviceAccountName: string): object => ({ taskRunTemplate: { serviceAccountName } });

describe('service accounts: of Tekton', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['one that is named', pipelineRun(of('pipeline')), true],
    ['another', pipelineRun(of('admin')), false],
    ['one whose name only begins so', pipelineRun(of('pipeline-admin')), false],
    ['none, which is default', pipelineRun({}), false],
    ['another for one task', pipelineRun({ ...of('pipeline'), taskRunSpecs: [{ pipelineTaskName: 'a', serviceAccountName: 'admin' }] }), false],
    ['another that is named for one task', pipelineRun({ ...of('pipeline'), taskRunSpecs: [{ pipelineTaskName: 'a', serviceAccountName: 'publisher' }] }), true],
    ['one for one task and none for the others', pipelineRun({ taskRunSpecs: [{ pipelineTaskName: 'a', serviceAccountName: 'publisher' }] }), false],
    ['a task', taskRun({ serviceAccountName: 'publisher' }), true],
    ['a task as another', taskRun({ serviceAccountName: 'admin' }), false],
    ['a task as nobody in particular', taskRun({}), false],
    ['of the version before', { ...pipelineRun({ serviceAccountName: 'pipeline' }), apiVersion: 'tekton.dev/v1beta1' }, true],
    ['another of the version before', { ...pipelineRun({ serviceAccountName: 'admin' }), apiVersion: 'tekton.dev/v1beta1' }, false],
  ])('%s', async (_, object, holds) => expect(await codes(judge(object))).toEqual(holds ? OK : NO));

  test('default is an account like others', async () => {
    expect(await codes(saying('service accounts', { ...SPEC, serviceAccounts: ['default'] })(pipelineRun({})))).toEqual(OK);
  });

  test('the finding names the place', async () => {
    expect(await judge(pipelineRun(of('admin')))).toEqual(['POLICY_SERVICE_ACCOUNT spec.taskRunTemplate.serviceAccountName']);
  });

  test('what the controller makes is judged like the others', async () => {
    const owner = { ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'b', uid: 'r7', controller: true }] };
    const within = saying('service accounts', SPEC, { cluster: clusterOf([pipelineRun({})]) });
    expect(await codes(within(taskRun({ serviceAccountName: 'admin' }, owner), { user: CONTROLLER }))).toEqual(NO);
    expect(await codes(within(taskRun({ serviceAccountName: 'pipeline' }, owner), { user: CONTROLLER }))).toEqual(OK);
  });

  test('an update that leaves the run as it was is not asked again', async () => {
    expect(await codes(judge(taskRun({ serviceAccountName: 'admin' }, { labels: { a: 'b' } }), { operation: 'UPDATE', old: taskRun({ serviceAccountName: 'admin' }) }))).toEqual([]);
  });
});

describe('service accounts: of Argo', () => {
  const workflow = (spec: object, template: object = {}, kind = 'Workflow'): Record<string, unknown> => ({
    apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name: 'w', namespace: 'ci' },
    spec: { entrypoint: 'main', templates: [{ name: 'main', container: { image: 'ghcr.io/acme/go', command: ['x'] }, ...template }], ...spec },
  });
  test.each<[string, Record<string, unknown>, boolean]>([
    ['one that is named', workflow({ serviceAccountName: 'pipeline' }), true],
    ['another', workflow({ serviceAccountName: 'admin' }), false],
    ['none', workflow({}), false],
    ['another for one template', workflow({ serviceAccountName: 'pipeline' }, { serviceAccountName: 'admin' }), false],
    ['another for the executor', workflow({ serviceAccountName: 'pipeline', executor: { serviceAccountName: 'admin' } }), false],
    ['one for the executor and none for the whole', workflow({ executor: { serviceAccountName: 'pipeline' } }), false],
    ['one for what cleans up and none for the whole', workflow({ artifactGC: { serviceAccountName: 'pipeline' } }), false],
    ['one for one template and none for the others', workflow({}, { serviceAccountName: 'pipeline' }), false],
    ['a placeholder', workflow({ serviceAccountName: '{{workflow.parameters.sa}}' }), false],
    ['of a template that is stored', workflow({ serviceAccountName: 'admin' }, {}, 'WorkflowTemplate'), false],
    ['none of a template that is stored', workflow({}, {}, 'WorkflowTemplate'), true],
  ])('%s', async (_, object, holds) => expect([...new Set(await codes(judge(object)))]).toEqual(holds ? OK : NO));
});

test('service accounts: what a schedule leaves open is left to its runs', async () => {
  const template = (serviceAccountName: string): Record<string, unknown> => ({
    apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 't', namespace: 'ci' },
    spec: { params: [{ name: 'sa' }], resourcetemplates: [pipelineRun({ taskRunTemplate: { serviceAccountName } })] },
  });
  expect(await codes(judge(template('$(tt.params.sa)')))).toEqual(OK);
  expect(await codes(judge(template('admin')))).toEqual(NO);
  expect(await codes(judge(pipelineRun(of('$(tt.params.sa)'))))).toEqual(NO);
});

describe('service accounts: of Shipwright', () => {
  const buildRun = (spec: object): Record<string, unknown> => ({ apiVersion: 'shipwright.io/v1beta1', kind: 'BuildRun', metadata: { name: 'b', namespace: 'ci' }, spec: { build: { name: 'app' }, ...spec } });
  test.each<[string, object, boolean]>([
    ['one that is named', { serviceAccount: 'pipeline' }, true],
    ['another', { serviceAccount: 'admin' }, false],
    ['one that is made for it', { serviceAccount: '.generate' }, false],
    ['none', {}, false],
  ])('%s', async (_, spec, holds) => expect(await codes(judge(buildRun(spec)))).toEqual(holds ? OK : NO));
});

describe('service accounts: of pods', () => {
  const pod = (serviceAccountName: string | undefined, owner: object | undefined): Record<string, unknown> => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 't-pod', namespace: 'ci', labels: { 'tekton.dev/pipelineRun': 'b' }, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { ...(serviceAccountName === undefined ? {} : { serviceAccountName }), containers: [{ name: 'step-s', image: 'ghcr.io/acme/go' }] },
  });
  const TASK_RUN = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 't', uid: 't7', controller: true };
  const ASSISTANT = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'affinity-assistant', uid: 's7', controller: true };
  const within = saying('service accounts', SPEC, { cluster: clusterOf([taskRun({}, { uid: 't7' })]) });
  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['one that is named', pod('pipeline', TASK_RUN), OK],
    ['another', pod('admin', TASK_RUN), ['POLICY_SERVICE_ACCOUNT spec.serviceAccountName']],
    ['none', pod(undefined, TASK_RUN), ['POLICY_SERVICE_ACCOUNT spec.serviceAccountName']],
    ['of a pod that no engine owns', pod('default', ASSISTANT), []],
  ])('%s', async (_, object, expected) => expect(await within(object, { user: CONTROLLER })).toEqual(expected));
});
