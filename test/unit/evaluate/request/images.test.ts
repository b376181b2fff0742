import { describe, expect, test } from 'vitest';
import { judgedBy } from '../../../support/pipelines.ts';
import { PINNED, pipelinePolicy, saying } from './support.ts';

const OK = ['POLICY_SATISFIED'];
const GO = `ghcr.io/acme/go@${PINNED}`;
const SPEC = { requesters: { users: ['alice'] } };

const step = (image: string, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'b', namespace: 'ci' },
  spec: { taskSpec: { params: [{ name: 'image', type: 'string' }], steps: [{ name: 's', image }] }, ...more },
});
const AT = 'spec.taskSpec.steps[0].image';

describe('images: named by tag', () => {
  const judge = saying('images', SPEC);
  test.each<[string, string, readonly string[]]>([
    ['by digest', GO, OK],
    ['by tag and digest', `ghcr.io/acme/go:1.25@${PINNED}`, OK],
    ['by tag', 'ghcr.io/acme/go:1.25', [`POLICY_IMAGE_UNPINNED ${AT}`]],
    ['by name alone', 'golang', [`POLICY_IMAGE_UNPINNED ${AT}`]],
  ])('%s', async (_, image, expected) => expect(await judge(step(image))).toEqual(expected));

  test('each place is told, whoever holds it', async () => {
    const it = { ...step(GO), spec: { taskSpec: { steps: [{ name: 's', image: 'a:1' }, { name: 't', image: GO }], sidecars: [{ name: 'd', image: 'b:1' }] } } };
    expect((await judge(it)).toSorted()).toEqual(['POLICY_IMAGE_UNPINNED spec.taskSpec.sidecars[0].image', `POLICY_IMAGE_UNPINNED ${AT}`]);
    const { findings } = await judgedBy(pipelinePolicy(SPEC))(it);
    const told = findings.filter(({ code }) => code === 'POLICY_IMAGE_UNPINNED').map(({ artifact }) => artifact).toSorted();
    expect(told).toEqual([expect.stringMatching(/sidecar d: b:1$/), expect.stringMatching(/step s: a:1$/)]);
  });

  test('a parameter with a value is what it says', async () => {
    expect(await judge(step('$(params.image)', { params: [{ name: 'image', value: GO }] }))).toEqual(OK);
    expect(await judge(step('$(params.image)', { params: [{ name: 'image', value: 'go:1' }] }))).toEqual([`POLICY_IMAGE_UNPINNED ${AT}`]);
  });

  test('unpinned: allow', async () => {
    expect(await saying('images', { ...SPEC, images: { unpinned: 'allow' } })(step('golang'))).toEqual(OK);
  });

  test('of definitions and schedules too', async () => {
    const task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { steps: [{ name: 's', image: 'go:1' }] } };
    expect(await judge(task)).toEqual(['POLICY_IMAGE_UNPINNED spec.steps[0].image']);
    expect(await judge({ ...task, spec: { steps: [{ name: 's', image: GO }] } })).toEqual(OK);
  });

  test('what an update leaves as it was is not asked again', async () => {
    const [old, twin] = [step('go:1'), { ...step('go:1'), metadata: { name: 'b', namespace: 'ci', annotations: { a: 'b' } } }];
    expect(await judge(twin, { operation: 'UPDATE', old })).toEqual(OK);
    expect(await judge(step('go:2'), { operation: 'UPDATE', old })).toEqual([`POLICY_IMAGE_UNPINNED ${AT}`]);
  });
});

describe('images: bundles are images, of which definitions of the same policy says whether they are pinned', () => {
  const run = (bundle: string): Record<string, unknown> => ({
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'b', namespace: 'ci' },
    spec: { taskRef: { resolver: 'bundles', params: [{ name: 'bundle', value: bundle }, { name: 'name', value: 't' }, { name: 'kind', value: 'task' }] } },
  });
  test.each<[string, object, string, boolean]>([
    ['a tag, without definitions', SPEC, 'ghcr.io/acme/tasks:1', false],
    ['a digest, without definitions', SPEC, `ghcr.io/acme/tasks@${PINNED}`, true],
    ['a tag, with definitions that need not be pinned', { ...SPEC, definitions: { pinned: false } }, 'ghcr.io/acme/tasks:1', true],
  ])('%s', async (_, spec, bundle, holds) => {
    const codes = (await saying('images', spec)(run(bundle))).map((text) => text.split(' ')[0]);
    expect(codes).toEqual(holds ? OK : ['POLICY_IMAGE_UNPINNED']);
  });
});

describe('images: known only later', () => {
  const LATER = step('$(params.image)');
  test.each<[string, object, string, readonly string[]]>([
    ['left to pods that are judged', {}, 'ci', OK],
    ['not where pods are not judged', {}, 'kube-system', [`POLICY_IMAGE_DEFERRED ${AT}`]],
    ['refused', { images: { deferred: 'deny' } }, 'ci', [`POLICY_IMAGE_DEFERRED ${AT}`]],
  ])('%s', async (_, images, namespace, expected) => {
    const it = { ...LATER, metadata: { name: 'b', namespace } };
    expect(await saying('images', { ...SPEC, ...images })(it, { namespace })).toEqual(expected);
  });

  test('of a schedule they are left to its runs', async () => {
    const later = (kind: string): Record<string, unknown> => {
      const spec = { entrypoint: 'main', arguments: { parameters: [{ name: 'image' }] }, templates: [{ name: 'main', container: { image: '{{workflow.parameters.image}}' } }] };
      return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name: 'w', namespace: 'ci' }, spec: kind === 'Workflow' ? spec : { schedule: '0 1 * * *', workflowSpec: spec } };
    };
    const judge = saying('images', { ...SPEC, images: { deferred: 'deny' } });
    expect((await judge(later('Workflow'))).map((text) => text.split(' ')[0])).toEqual(['POLICY_IMAGE_DEFERRED']);
    expect(await judge(later('CronWorkflow'))).toEqual(OK);
  });

  test('a parameter of Argo that names a ConfigMap besides its value is not known', async () => {
    const workflow = (parameter: object): Record<string, unknown> => ({
      apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' },
      spec: { entrypoint: 'main', arguments: { parameters: [parameter] }, templates: [{ name: 'main', container: { image: '{{workflow.parameters.image}}' } }] },
    });
    const judge = saying('images', { ...SPEC, images: { deferred: 'deny' } });
    expect(await judge(workflow({ name: 'image', value: GO }))).toEqual(OK);
    const both = await judge(workflow({ name: 'image', value: GO, valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }));
    expect(both.map((text) => text.split(' ')[0])).toEqual(['POLICY_IMAGE_DEFERRED']);
  });

  test('without a policy they are left to the pods, and refused where these are not judged', async () => {
    const judge = judgedBy(JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'elsewhere' }, spec: { namespaces: { matchLabels: { factory: 'no' } } } }));
    const outcomes = await Promise.all(['ci', 'kube-system'].map(async (namespace) => (await judge({ ...LATER, metadata: { name: 'b', namespace } }, { namespace })).outcome));
    expect(outcomes).toEqual(['admit', 'deny']);
  });
});
