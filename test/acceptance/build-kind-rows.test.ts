/** Attack rows H09–H12 over HTTPS for kinds of builds and of the table of kinds: the object decides, in every version, and only what brings nothing in is free. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KIND_TABLE } from '../../src/extract/table/rows.ts';
import type { Place } from '../../src/text/place.ts';
import { startFactory } from '../support/factory-server.ts';
import type { FactoryServer } from '../support/factory-server.ts';
import { CONTROLLER } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';
import { codes } from '../support/server.ts';

let factory: FactoryServer;
let good = '';
let evil = '';
beforeAll(async () => {
  factory = await startFactory({ policies: () => ({ factory: { namespaces: { matchLabels: { factory: 'true' } }, hygiene: 'baseline' } }), namespaces: { ci: { factory: 'true' } } });
  ({ good, evil } = factory);
});
afterAll(() => factory.close());

type Edit = (request: Record<string, unknown>) => void;
const NAMES = { GOOD: () => good, EVIL: () => evil };
/** The object with the images in place of their names: these are known only when the registry stands. */
const filled = (it: Json): Json => JSON.parse(JSON.stringify(it).replaceAll(/GOOD|EVIL/g, (name) => NAMES[name as keyof typeof NAMES]())) as Json;

async function outcome(it: Json, asking: Asking = {}, edit: Edit = () => {}): Promise<{ readonly allowed: boolean; readonly reasons: readonly string[]; readonly message: string }> {
  const answer = await factory.ask(filled(it), asking, edit);
  return { allowed: answer.allowed, reasons: codes(answer), message: answer.status?.message ?? '' };
}
async function denied(it: Json, code: string, place = '', asking: Asking = {}, edit?: Edit): Promise<void> {
  const found = await outcome(it, asking, edit);
  expect(found).toMatchObject({ allowed: false, reasons: expect.arrayContaining([code]) as string[] });
  expect(found.message).toContain(place);
}
async function admitted(it: Json, asking: Asking = {}, edit?: Edit): Promise<void> {
  expect(await outcome(it, asking, edit)).toMatchObject({ allowed: true, message: '' });
}

const object = (apiVersion: string, kind: string, spec: Json): Json => ({ apiVersion, kind, metadata: { name: 'r', namespace: 'ci' }, spec });
const pipelineRun = (image: string, version = 'v1'): Json => object(`tekton.dev/${version}`, 'PipelineRun', { pipelineSpec: { tasks: [{ name: 't', taskSpec: { steps: [{ name: 's', image }] } }] } });
const taskRun = (image: string, version = 'v1'): Json => object(`tekton.dev/${version}`, 'TaskRun', { taskSpec: { steps: [{ name: 's', image }] } });
const workflow = (image: string): Json => object('argoproj.io/v1alpha1', 'Workflow', { entrypoint: 'm', templates: [{ name: 'm', container: { image } }] });

/** Sets one member of a part of the request. */
const says = (part: 'kind' | 'resource' | 'object', name: string, value: string): Edit => (request) => void Object.assign(request[part] as object, { [name]: value });

describe('H09 kind and object disagree', () => {
  test.each<[string, Json, Edit, string]>([
    ['a run that calls itself a ConfigMap', pipelineRun('GOOD'), says('object', 'kind', 'ConfigMap'), 'INPUT_KIND_MISMATCH'],
    ['a run that calls itself another', pipelineRun('GOOD'), says('object', 'kind', 'TaskRun'), 'INPUT_KIND_MISMATCH'],
    ['a request that calls a run a ConfigMap', pipelineRun('GOOD'), says('kind', 'kind', 'ConfigMap'), 'INPUT_KIND_MISMATCH'],
    ['a request that calls a run by another group', taskRun('GOOD'), says('kind', 'group', 'acme.example'), 'INPUT_KIND_MISMATCH'],
    ['a run of another group', taskRun('GOOD'), says('object', 'apiVersion', 'acme.example/v1'), 'INPUT_KIND_MISMATCH'],
    ['a run in another version than asked about', taskRun('GOOD'), says('object', 'apiVersion', 'tekton.dev/v1beta1'), 'INPUT_KIND_MISMATCH'],
    ['a task where runs are', taskRun('GOOD'), says('resource', 'resource', 'tasks'), 'INPUT_KIND_MISMATCH'],
    ['a workflow where templates are', workflow('GOOD'), says('resource', 'resource', 'workflowtemplates'), 'INPUT_KIND_MISMATCH'],
    ['a service of Knative that calls itself a Service of Kubernetes', object('serving.knative.dev/v1', 'Service', { template: { spec: { containers: [{ name: 'c', image: 'GOOD' }] } } }), says('object', 'apiVersion', 'v1'), 'INPUT_KIND_MISMATCH'],
  ])('%s', async (_, it, edit, code) => {
    await denied(it, code, '', {}, edit);
    await admitted(it);
  });
});

describe('H10 API versions', () => {
  test.each<[string, readonly string[], (image: string, version: string) => Json]>([
    ['PipelineRun', ['v1', 'v1beta1'], pipelineRun],
    ['TaskRun', ['v1', 'v1beta1'], taskRun],
    ['Task', ['v1', 'v1beta1'], (image, version) => object(`tekton.dev/${version}`, 'Task', { steps: [{ name: 's', image }] })],
    ['Pipeline', ['v1', 'v1beta1'], (image, version) => object(`tekton.dev/${version}`, 'Pipeline', { tasks: [{ name: 't', taskSpec: { steps: [{ name: 's', image }] } }] })],
    ['StepAction', ['v1', 'v1beta1', 'v1alpha1'], (image, version) => object(`tekton.dev/${version}`, 'StepAction', { image })],
    ['TriggerTemplate', ['v1beta1', 'v1alpha1'], (image, version) => object(`triggers.tekton.dev/${version}`, 'TriggerTemplate', { resourcetemplates: [taskRun(image)] })],
    ['BuildStrategy', ['v1beta1'], (image, version) => object(`shipwright.io/${version}`, 'BuildStrategy', { steps: [{ name: 's', image }] })],
    ['Rollout', ['v1alpha1', 'v1'], (image, version) => object(`argoproj.io/${version}`, 'Rollout', { template: { spec: { containers: [{ name: 'c', image }] } } })],
  ])('%s is read alike in each', async (_, versions, make) => {
    for (const version of versions) {
      await denied(make('EVIL', version), 'FETCH_NONE_FOUND', 'image');
      await admitted(make('GOOD', version));
    }
  });

  test('what is called otherwise in v1beta1 is judged as well', async () => {
    const at = (podTemplate: Json): Json => object('tekton.dev/v1beta1', 'PipelineRun', { ...(pipelineRun('GOOD', 'v1beta1')['spec'] as Json), podTemplate });
    await denied(at({ hostNetwork: true }), 'POLICY_HYGIENE_HOST', 'spec.podTemplate.hostNetwork');
    await admitted(at({}));
  });

  test('a version that is converted on its way is judged as it arrives, whatever was asked for', async () => {
    const asked: Edit = (request) => void Object.assign(request, { requestKind: { group: 'tekton.dev', version: 'v1beta1', kind: 'TaskRun' }, requestResource: { group: 'tekton.dev', version: 'v1beta1', resource: 'taskruns' } });
    await denied(taskRun('EVIL'), 'FETCH_NONE_FOUND', 'spec.taskSpec.steps[0].image', {}, asked);
    await admitted(taskRun('GOOD'), {}, asked);
  });
});

/** An object in which this value stands at the place, and nothing else. */
function standingAt({ steps }: Place, value: unknown): Json {
  return steps.reduceRight<unknown>((inner, { name, each }) => ({ [name]: each.reduceRight<unknown>((one, kind) => (kind === 'list' ? [one] : { a: one }), inner) }), value) as Json;
}

describe('H11 kinds of the table', () => {
  const rows = [...KIND_TABLE.values()];
  test('there are many', () => expect(rows.length).toBeGreaterThan(60));

  test.each(rows.map((row) => [`${row.group}/${row.resource}`, row] as const))('%s: an unsigned image is found at each place of it', async (_, { group, resource, podSpecs, images }) => {
    const under: Edit = (request) => Object.assign(request['resource'] as object, { group, resource });
    const of = (part: Json): Json => ({ apiVersion: `${group}/v1`, kind: 'Any', metadata: { name: 'x', namespace: 'ci' }, ...part });
    for (const place of podSpecs) {
      const pod = (image: string): Json => of(standingAt(place, { containers: [{ name: 'c', image }] }));
      await denied(pod('EVIL'), 'FETCH_NONE_FOUND', 'containers[0].image', {}, under);
      await admitted(pod('GOOD'), {}, under);
    }
    for (const { place, scheme = '' } of images) {
      const text = (image: string): Json => of(standingAt(place, `${scheme}${image}`));
      await denied(text('EVIL'), 'FETCH_NONE_FOUND', place.steps.at(-1)?.name ?? '', {}, under);
      await admitted(text('GOOD'), {}, under);
    }
  });

  test('a kind without a row is found by what looks like a pod in it, and is not waved through', async () => {
    const it = (image: string): Json => object('acme.example/v1', 'Widget', { workers: [{ template: { spec: { containers: [{ name: 'c', image }] } } }] });
    await denied(it('EVIL'), 'FETCH_NONE_FOUND', 'spec.workers[0].template.spec.containers[0].image');
    await denied(object('acme.example/v1', 'Widget', { workerImage: 'ghcr.io/acme/worker:1' }), 'INPUT_IMAGE_UNPLACED', 'spec.workerImage');
    await admitted(it('GOOD'));
  });
});

describe('H12 subresources and operations', () => {
  const AS: Readonly<Record<string, Json>> = { PipelineRun: pipelineRun('EVIL'), TaskRun: taskRun('EVIL'), Workflow: workflow('EVIL'), Rollout: object('argoproj.io/v1alpha1', 'Rollout', { template: { spec: { containers: [{ name: 'c', image: 'EVIL' }] } } }) };

  test.each(Object.keys(AS))('%s: what brings no image in is never in the way', async (kind) => {
    const it = AS[kind] ?? {};
    await admitted(it, { operation: 'DELETE' });
    await admitted(it, { operation: 'UPDATE', sub: 'status', user: CONTROLLER });
    await admitted(it, { operation: 'UPDATE', old: filled(it) });
    await denied(it, 'FETCH_NONE_FOUND', 'image');
    await denied(it, 'FETCH_NONE_FOUND', 'image', { operation: 'UPDATE', old: JSON.parse(JSON.stringify(it).replaceAll('EVIL', 'ghcr.io/acme/other:1')) as Json });
  });

  test('the scale of a kind of the table', async () => {
    await admitted(object('autoscaling/v1', 'Scale', { replicas: 3 }), { operation: 'UPDATE', sub: 'scale' }, (request) => Object.assign(request['resource'] as object, { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts' }));
  });

  test('a status that an engine executes is no such thing', async () => {
    const status = (spec: Json): Json => ({ ...taskRun('GOOD'), status: spec });
    const steps = { taskSpec: { steps: [{ name: 's', image: 'EVIL' }] } };
    await denied(status(steps), 'POLICY_WRITER', 'status.taskSpec', { operation: 'UPDATE', sub: 'status', old: filled(status({})), user: 'mallory' });
    await admitted(status({ annotations: { a: 'b' } }), { operation: 'UPDATE', sub: 'status', old: filled(status({})), user: CONTROLLER });
  });

  test('a subresource that nobody knows carries the object, and is judged', async () => {
    await denied(taskRun('EVIL'), 'INPUT_IMAGE_UNPLACED', 'spec.taskSpec.steps[0].image', { operation: 'UPDATE', sub: 'resize', old: filled(taskRun('GOOD')) });
  });
});
