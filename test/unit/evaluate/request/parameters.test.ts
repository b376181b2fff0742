import { describe, expect, test } from 'vitest';
import { clusterOf, CONTROLLER, judgedBy } from '../../../support/pipelines.ts';
import { pipelinePolicy, saying } from './support.ts';

const SHA = 'a'.repeat(40);
const OK = ['POLICY_SATISFIED'];
const PARAMETERS = { deny: ['*_FLAGS', 'debug'], allow: { revision: '[0-9a-f]{40}', tags: '[a-z0-9.-]+' } };
const SPEC = { requesters: { users: ['alice'] }, parameters: PARAMETERS };

const run = (params: unknown, kind = 'PipelineRun'): Record<string, unknown> => ({
  apiVersion: 'tekton.dev/v1', kind, metadata: { name: 'build-7', namespace: 'ci', uid: 'r7' },
  spec: { [kind === 'TaskRun' ? 'taskRef' : 'pipelineRef']: { name: 'build' }, params },
});
const judge = saying('parameters', SPEC);

describe('parameters: what whoever asks may set', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['none', undefined, OK],
    ['one of the form that is allowed', [{ name: 'revision', value: SHA }], OK],
    ['one of another form', [{ name: 'revision', value: 'main' }], ['POLICY_PARAMETER spec.params[0]']],
    ['one with more before and after', [{ name: 'revision', value: `x${SHA}` }], ['POLICY_PARAMETER spec.params[0]']],
    ['one with another line', [{ name: 'revision', value: `${SHA}\nx` }], ['POLICY_PARAMETER spec.params[0]']],
    ['one that nobody may set', [{ name: 'url', value: 'x' }, { name: 'GO_FLAGS', value: '' }], ['POLICY_PARAMETER spec.params[1]']],
    ['one that nobody may set, by its name', [{ name: 'debug', value: 'true' }], ['POLICY_PARAMETER spec.params[0]']],
    ['one that is only called alike', [{ name: 'debugger', value: 'true' }], OK],
    ['one in another case', [{ name: 'go_flags', value: 'x' }], OK],
    ['others', [{ name: 'url', value: '-x' }], OK],
    ['a list of the form', [{ name: 'tags', value: ['v1', 'latest'] }], OK],
    ['a list with one of another form', [{ name: 'tags', value: ['v1', '$(x)'] }], ['POLICY_PARAMETER spec.params[0]']],
    ['an empty list, which says nothing of that form', [{ name: 'tags', value: [] }], ['POLICY_PARAMETER spec.params[0]']],
    ['an object of the form', [{ name: 'tags', value: { a: 'v1' } }], OK],
    ['an object with one of another form', [{ name: 'tags', value: { a: 'v1', b: '$(x)' } }], ['POLICY_PARAMETER spec.params[0]']],
  ])('%s', async (_, params, expected) => {
    expect(await judge(run(params))).toEqual(expected);
    expect(await judge(run(params, 'TaskRun'))).toEqual(expected);
  });

  test.each<[string, unknown, readonly string[]]>([
    ['none', undefined, OK],
    ['one that is allowed', [{ name: 'revision', value: SHA }], OK],
    ['another', [{ name: 'url', value: 'x' }], ['POLICY_PARAMETER spec.params[0]']],
  ])('others: deny leaves those that are named: %s', async (_, params, expected) => {
    expect(await saying('parameters', { ...SPEC, parameters: { ...PARAMETERS, others: 'deny' } })(run(params))).toEqual(expected);
  });

  test('deny holds over allow', async () => {
    const both = saying('parameters', { ...SPEC, parameters: { deny: ['rev*'], allow: { revision: '.*' } } });
    expect(await both(run([{ name: 'revision', value: 'x' }]))).toEqual(['POLICY_PARAMETER spec.params[0]']);
  });

  test('the message names the parameter, and shows the beginning of its value', async () => {
    const { findings } = await judgedBy(pipelinePolicy(SPEC))(run([{ name: 'revision', value: 'x'.repeat(5000) }]));
    const finding = findings.find(({ requirement }) => requirement === 'parameters');
    expect(finding).toMatchObject({ artifact: 'parameter revision', expected: ['[0-9a-f]{40}'], found: [`${'x'.repeat(64)}…`] });
  });
});

describe('parameters: of whom and when', () => {
  const child = { ...run([{ name: 'GO_FLAGS', value: 'x' }], 'TaskRun'), metadata: { name: 'c', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'build-7', uid: 'r7', controller: true }] } };
  const within = saying('parameters', SPEC, { cluster: clusterOf([run([])]) });
  test('what the controller passes on to a part of a run is the work of the definition', async () => {
    expect(await within(child, { user: CONTROLLER })).toEqual([]);
    expect(await within(child, { user: 'alice' })).toEqual(['POLICY_PARAMETER spec.params[0]']);
  });
  test('defaults of a definition are set by nobody who asks', async () => {
    const pipeline = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'p', namespace: 'ci' }, spec: { params: [{ name: 'GO_FLAGS', default: 'x' }], tasks: [{ name: 't', taskRef: { name: 't' }, params: [{ name: 'GO_FLAGS', value: 'x' }] }] } };
    expect(await judge(pipeline)).toEqual([]);
    expect(await judge({ ...run(undefined), spec: { taskSpec: { params: [{ name: 'GO_FLAGS', default: 'x' }], steps: [] } } })).toEqual(OK);
  });
  test('what a pipeline in the run itself passes on is set by whoever asks', async () => {
    const passing = (name: string): unknown => ({ ...run(undefined), spec: { pipelineSpec: { tasks: [{ name: 't', taskRef: { name: 't' }, params: [{ name, value: 'x' }] }] } } });
    expect(await judge(passing('GO_FLAGS') as Record<string, unknown>)).toEqual(['POLICY_PARAMETER spec.pipelineSpec.tasks[0].params[0]']);
    expect(await judge(passing('url') as Record<string, unknown>)).toEqual(OK);
  });
  test('an update that leaves the run as it was is not asked again, one that changes it is', async () => {
    const it = run([{ name: 'GO_FLAGS', value: 'x' }]);
    const labelled = { ...it, metadata: { name: 'build-7', namespace: 'ci', labels: { a: 'b' } } };
    expect(await judge(labelled, { operation: 'UPDATE', old: it })).toEqual([]);
    expect(await judge(it, { operation: 'UPDATE', old: run([]) })).toEqual(['POLICY_PARAMETER spec.params[0]']);
  });
});

describe('parameters: what a schedule leaves open is judged with its runs', () => {
  const template = (value: string, name = 'revision'): Record<string, unknown> => ({
    apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 't', namespace: 'ci' },
    spec: { params: [{ name: 'sha' }], resourcetemplates: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { generateName: 'b-' }, spec: { pipelineRef: { name: 'p' }, params: [{ name, value }] } }] },
  });
  test.each<[string, Record<string, unknown>, boolean]>([
    ['a parameter of the template', template('$(tt.params.sha)'), true],
    ['a value of another form', template('main'), false],
    ['a name that nobody may set', template('$(tt.params.sha)', 'GO_FLAGS'), false],
    ['a placeholder in the run', run([{ name: 'revision', value: '$(tt.params.sha)' }]), false],
  ])('%s', async (_, object, holds) => expect((await judge(object)).map((text) => text.split(' ')[0])).toEqual(holds ? OK : ['POLICY_PARAMETER']));
});

describe('parameters: of Argo', () => {
  const workflow = (parameter: object, kind = 'Workflow'): Record<string, unknown> => {
    const spec = { entrypoint: 'main', arguments: { parameters: [parameter] }, templates: [{ name: 'main', container: { image: 'ghcr.io/acme/go', command: ['x'] } }] };
    return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name: 'w', namespace: 'ci' }, spec: kind === 'Workflow' ? spec : { schedule: '0 1 * * *', workflowSpec: spec } };
  };
  test.each<[string, object, boolean]>([
    ['of the form', { name: 'revision', value: SHA }, true],
    ['of another form', { name: 'revision', value: 'main' }, false],
    ['that nobody may set', { name: 'GO_FLAGS', value: 'x' }, false],
    ['of the form, beside one from elsewhere that wins', { name: 'revision', value: SHA, valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }, false],
    ['without a value', { name: 'revision' }, false],
    ['from elsewhere, whose value nobody knows', { name: 'revision', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }, false],
  ])('%s', async (_, parameter, holds) => {
    const codes = (found: readonly string[]): string[] => found.map((text) => text.split(' ')[0] ?? '');
    const expected = holds ? OK : ['POLICY_PARAMETER'];
    expect(codes(await judge(workflow(parameter)))).toEqual(expected);
    expect(codes(await judge(workflow(parameter, 'CronWorkflow')))).toEqual(expected);
  });
});

describe('parameters: of Shipwright', () => {
  const buildRun = (paramValues: unknown): Record<string, unknown> => ({ apiVersion: 'shipwright.io/v1beta1', kind: 'BuildRun', metadata: { name: 'b', namespace: 'ci' }, spec: { build: { name: 'app' }, paramValues } });
  test.each<[string, unknown, readonly string[]]>([
    ['of the form', [{ name: 'revision', value: SHA }], OK],
    ['of another form', [{ name: 'revision', value: 'main' }], ['POLICY_PARAMETER spec.paramValues[0]']],
    ['that nobody may set', [{ name: 'GO_FLAGS', value: 'x' }], ['POLICY_PARAMETER spec.paramValues[0]']],
    ['a list with one of another form', [{ name: 'tags', values: [{ value: 'v1' }, { value: '$(x)' }] }], ['POLICY_PARAMETER spec.paramValues[0]']],
    ['from elsewhere, whose value nobody knows', [{ name: 'revision', secretValue: { name: 's', key: 'k' } }], ['POLICY_PARAMETER spec.paramValues[0]']],
    ['with one from elsewhere among others', [{ name: 'tags', values: [{ value: 'v1' }, { configMapValue: { name: 'c', key: 'k' } }] }], ['POLICY_PARAMETER spec.paramValues[0]']],
  ])('%s', async (_, paramValues, expected) => expect(await judge(buildRun(paramValues))).toEqual(expected));
});
