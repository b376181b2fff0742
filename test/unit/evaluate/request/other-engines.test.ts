import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { DIGEST, factory, said } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const POLICY = 'definitions: {signedBy: [platform-team], require: [{task: "scan/*", before: [publish]}]}';
const SATISFIED = ['POLICY_SATISFIED'];

const one = (name = 'main'): Json => ({ name, container: { image: `ghcr.io/acme/tools@${DIGEST}`, command: ['run'] } });
const spec = (...templates: Json[]): Json => ({ entrypoint: 'main', templates: templates.length === 0 ? [one()] : templates });
const template = (name: string, what: Json = spec(), { by = 'platform-team', labels = {} } = {}): Json =>
  ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name, namespace: 'ci', labels, annotations: { 'test/signed-by': by } }, spec: what });
const workflow = (what: Json): Json => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' }, spec: what });
const call = (name: string, of: string, more: Json = {}): Json => ({ name, templateRef: { name: of, template: 'main' }, ...more });
const dag = (...tasks: Json[]): Json => spec({ name: 'main', dag: { tasks } });

const CLUSTER = [template('scan'), template('push', spec(), { labels: { 'gatehouse.dev/class': 'publish' } })];
const judged = async (it: Json, objects: readonly Json[] = []): Promise<[string[], string[]]> => {
  const decision = await factory(POLICY, [...CLUSTER, ...objects])(it);
  return [said(decision, 'definitions'), said(decision, 'required tasks')];
};
const whole = (what: Json, more: Json = {}): Promise<[string[], string[]]> => judged(workflow({ workflowTemplateRef: { name: 'release' }, ...more }), [template('release', what)]);

describe('workflows by the same rules', () => {
  test('templates in the workflow itself are inline, told once; in one that is signed they are part of it', async () => {
    expect((await judged(workflow(spec())))[0]).toEqual(['POLICY_DEFINITION_INLINE spec']);
    expect((await whole(dag(call('s', 'scan'))))[0]).toEqual(SATISFIED);
    expect((await judged(template('release', spec(), { by: '' })))[0]).toEqual(['POLICY_DEFINITION_UNSIGNED']);
    expect((await judged(template('release')))[0]).toEqual(SATISFIED);
  });

  test('a template that is referred to is signed', async () => {
    expect((await judged(workflow({ workflowTemplateRef: { name: 'release' } }), [template('release', dag(call('s', 'scan')), { by: 'stranger' })]))[0])
      .toEqual(['VERIFY_SIGNER_UNTRUSTED spec.workflowTemplateRef']);
  });

  test.each<[string, Json, string[]]>([
    ['before what publishes', dag(call('s', 'scan'), call('p', 'push', { dependencies: ['s'] })), SATISFIED],
    ['beside it', dag(call('s', 'scan'), call('p', 'push')), ['POLICY_TASK_ORDER spec.workflowTemplateRef']],
    ['that may be passed over', dag(call('s', 'scan', { when: '{{x}} == y' }), call('p', 'push', { dependencies: ['s'] })), ['POLICY_TASK_REQUIRED']],
    ['missing', dag(call('p', 'push')), ['POLICY_TASK_REQUIRED']],
  ])('a required task %s', async (_, what, expected) => {
    expect((await whole(what))[1]).toEqual(expected);
  });

  test('a required task does not count where the workflow starts with something else', async () => {
    const what = { ...dag(call('s', 'scan')), templates: [...(dag(call('s', 'scan'))['templates'] as Json[]), one('other')] };
    expect((await whole(what))[1]).toEqual(SATISFIED);
    expect((await whole(what, { entrypoint: 'other' }))[1]).toEqual(['POLICY_TASK_REQUIRED']);
  });

  test('a required task does not count where nothing calls it', async () => {
    const loose = spec({ name: 'main', steps: [[{ name: 'a', template: 'c' }]] }, one('c'), { name: 'loose', steps: [[call('s', 'scan')]] });
    expect((await whole(loose))[1]).toEqual(['POLICY_TASK_REQUIRED']);
  });

  test('one template of several has the name of its definition and its own', async () => {
    const tools = template('scan', spec(one(), one('noop')));
    const by = async (name: string): Promise<string[]> =>
      said(await factory('definitions: {signedBy: [platform-team], inline: allow, require: [{task: "scan/main"}]}', [tools])(workflow(dag({ name: 's', templateRef: { name: 'scan', template: name } }))), 'required tasks');
    expect(await by('main')).toEqual(SATISFIED);
    expect(await by('noop')).toEqual(['POLICY_TASK_REQUIRED']);
  });
});

describe('builds of Shipwright by the same rules', () => {
  const API = 'shipwright.io/v1beta1';
  const named = (name: string, by: string): Json => ({ name, namespace: 'ci', annotations: { 'test/signed-by': by } });
  const build = (by = 'platform-team'): Json => ({
    apiVersion: API, kind: 'Build', metadata: named('app', by), spec: { strategy: { name: 'buildah', kind: 'BuildStrategy' }, output: { image: 'ghcr.io/acme/app' }, source: { type: 'Git', git: { url: 'https://github.com/acme/app' } } },
  });
  const strategy = (by = 'platform-team'): Json => ({
    apiVersion: API, kind: 'BuildStrategy', metadata: named('buildah', by), spec: { steps: [{ name: 'build', image: `ghcr.io/acme/buildah@${DIGEST}` }] },
  });
  const buildRun = (spec: Json): Json => ({ apiVersion: API, kind: 'BuildRun', metadata: { name: 'app-1', namespace: 'ci' }, spec });
  const SHIPWRIGHT = 'definitions: {signedBy: [platform-team], require: [{task: buildah}]}';
  const both = async (it: Json, objects: readonly Json[]): Promise<string[][]> => {
    const decision = await factory(SHIPWRIGHT, objects)(it);
    return [said(decision, 'definitions'), said(decision, 'required tasks')];
  };

  test('a BuildRun runs a Build that is signed, by a strategy that is signed', async () => {
    const it = buildRun({ build: { name: 'app' } });
    expect(await both(it, [build(), strategy()])).toEqual([SATISFIED, SATISFIED]);
    expect(await both(it, [build(''), strategy()])).toEqual([['POLICY_DEFINITION_UNSIGNED spec.build'], SATISFIED]);
    expect(await both(it, [build(), strategy('stranger')])).toEqual([['VERIFY_SIGNER_UNTRUSTED spec.build'], ['POLICY_TASK_REQUIRED']]);
    expect((await both(it, [strategy()]))[0]).toEqual(['POLICY_DEFINITION_MISSING spec.build']);
  });

  test('a BuildRun that brings its Build along is inline', async () => {
    expect((await both(buildRun({ build: { spec: build()['spec'] as Json } }), [strategy()]))[0]).toEqual(['POLICY_DEFINITION_INLINE spec.build.spec']);
  });
});
