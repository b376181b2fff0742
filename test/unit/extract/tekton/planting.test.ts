/** An image that is planted at any place of the schema, in any example, is found there, or the object is refused. */
import { describe, expect, it } from 'vitest';
import { hasSharedData } from '../../../support/shared.ts';
import type { KubernetesObject } from './objects.ts';
import { exampleObjects, extracted } from './objects.ts';

const PLANTED = 'planted.example/evil:1';
const VOLUME = { name: 'planted', image: { reference: PLANTED } };
const BUNDLE = { resolver: 'bundles', params: [{ name: 'bundle', value: PLANTED }, { name: 'name', value: 'x' }, { name: 'kind', value: 'task' }] };
const TASK_SPEC = { steps: [{ name: 's', image: PLANTED }] };

/** Part of an object; the tests write into copies. */
type Part = Record<string, any>;
/** One way to write the image into a copy of an object, at a place that is reached from its root. */
type Plant = (root: Part) => void;
type Reach = (root: Part) => Part;

const list = (part: Part, name: string): Part[] => (part[name] as Part[] | undefined) ?? [];
const push = (part: Part, name: string, item: unknown): void => { part[name] = [...list(part, name), item]; };

function inTaskSpec(reach: Reach, spec: Part): Plant[] {
  const containers = (['steps', 'sidecars'] as const).flatMap((name) => list(spec, name).map((_, index): Plant => (root) => { reach(root)[name][index].image = PLANTED; }));
  const params = list(spec, 'steps').flatMap((step, index): Plant[] => (step['ref'] === undefined ? [] : [(root) => { reach(root)['steps'][index].ref = BUNDLE; }]));
  return [
    ...containers, ...params,
    (root) => push(reach(root), 'steps', { name: 'planted', image: PLANTED }),
    (root) => push(reach(root), 'steps', { name: 'planted', ref: BUNDLE }),
    (root) => push(reach(root), 'sidecars', { name: 'planted', image: PLANTED, restartPolicy: 'Always' }),
    (root) => push(reach(root), 'volumes', VOLUME),
    (root) => { reach(root)['stepTemplate'] = { ...(reach(root)['stepTemplate'] as Part | undefined), image: PLANTED }; },
    // By a parameter of the task, in each spelling.
    ...['$(params.planted)', '$(params["planted"])', "$(params['planted'])", '$(inputs.params.planted)'].map((image): Plant => (root) => {
      push(reach(root), 'params', { name: 'planted', default: PLANTED });
      push(reach(root), 'steps', { name: 'planted', image });
    }),
  ];
}

function inPipelineSpec(reach: Reach, spec: Part): Plant[] {
  const nested = (['tasks', 'finally'] as const).flatMap((name) => list(spec, name).flatMap((task, index): Plant[] => {
    const here: Reach = (root) => reach(root)[name][index] as Part;
    const plants: Plant[] = [];
    if (task['taskSpec'] !== undefined) plants.push(...inTaskSpec((root) => here(root)['taskSpec'] as Part, task['taskSpec'] as Part));
    if (task['pipelineSpec'] !== undefined) plants.push(...inPipelineSpec((root) => here(root)['pipelineSpec'] as Part, task['pipelineSpec'] as Part));
    if (task['taskRef'] !== undefined) plants.push((root) => { here(root)['taskRef'] = BUNDLE; });
    if (task['pipelineRef'] !== undefined) plants.push((root) => { here(root)['pipelineRef'] = BUNDLE; });
    return plants;
  }));
  const added: readonly object[] = [
    { taskSpec: TASK_SPEC }, { taskRef: BUNDLE }, { pipelineRef: BUNDLE }, { pipelineSpec: { tasks: [{ name: 'inner', taskSpec: TASK_SPEC }] } },
    { pipelineSpec: { tasks: [], finally: [{ name: 'inner', taskSpec: TASK_SPEC }] } },
    { taskSpec: { apiVersion: 'custom.tekton.dev/v1', kind: 'TaskLoop', spec: { taskSpec: TASK_SPEC } } },
    { matrix: { params: [{ name: 'image', value: ['fine.example/a', PLANTED] }] }, taskSpec: { steps: [{ name: 's', image: '$(params.image)' }] } },
    { matrix: { include: [{ params: [{ name: 'image', value: PLANTED }] }] }, taskSpec: { steps: [{ name: 's', image: '$(params.image)' }] } },
    { params: [{ name: 'image', value: PLANTED }], taskSpec: { sidecars: [{ name: 's', image: '$(params.image)' }], steps: [{ name: 's', image: 'fine.example/a' }] } },
  ];
  return [...nested, ...(['tasks', 'finally'] as const).flatMap((name) => added.map((task): Plant => (root) => push(reach(root), name, { name: 'planted', ...task })))];
}

function inPods(reach: Reach, members: readonly string[]): Plant[] {
  return members.map((member): Plant => (root) => {
    const holder = reach(root);
    holder[member] = { ...(holder[member] as Part | undefined) };
    push(holder[member] as Part, 'volumes', VOLUME);
  });
}

function plants({ kind, ...object }: KubernetesObject & Part): Plant[] {
  const spec = (object as Part)['spec'] as Part;
  const at: Reach = (root) => root['spec'] as Part;
  if (kind === 'Task' || kind === 'ClusterTask') return inTaskSpec(at, spec);
  if (kind === 'Pipeline') return inPipelineSpec(at, spec);
  if (kind === 'StepAction') return [(root) => { at(root)['image'] = PLANTED; }];
  if (kind === 'TaskRun') {
    return [
      ...(spec['taskSpec'] === undefined ? [] : inTaskSpec((root) => at(root)['taskSpec'] as Part, spec['taskSpec'] as Part)),
      ...inPods(at, ['podTemplate']), (root) => { at(root)['taskRef'] = BUNDLE; },
    ];
  }
  return [
    ...(spec['pipelineSpec'] === undefined ? [] : inPipelineSpec((root) => at(root)['pipelineSpec'] as Part, spec['pipelineSpec'] as Part)),
    ...inPods(at, ['podTemplate']),
    ...inPods((root) => (at(root)['taskRunTemplate'] ??= {}) as Part, ['podTemplate']),
    ...inPods((root) => {
      push(at(root), 'taskRunSpecs', { pipelineTaskName: 'x' });
      return at(root)['taskRunSpecs'].at(-1) as Part;
    }, ['podTemplate', 'taskPodTemplate']),
    (root) => { at(root)['pipelineRef'] = BUNDLE; },
  ];
}

/** Whether the planted image comes out as an artifact, to be judged. */
function isFound(object: KubernetesObject): boolean {
  return extracted(object).artifacts.some(({ raw }) => raw === PLANTED);
}

describe.skipIf(!hasSharedData)('K05: an image that is planted', () => {
  it('at any place of any example is found', () => {
    let planted = 0;
    for (const { file, object } of exampleObjects()) {
      for (const [index, plant] of plants(object as KubernetesObject & Part).entries()) {
        const copy = structuredClone(object);
        plant(copy as unknown as Part);
        planted += 1;
        expect(isFound(copy), `${file} ${object.kind} plant ${index}: ${plant.toString()}`).toBe(true);
      }
    }
    expect(planted).toBeGreaterThan(2000);
  });

  it('nowhere is not found: the search itself can fail', () => {
    for (const { object } of exampleObjects().slice(0, 20)) expect(isFound(object)).toBe(false);
  });
});

describe.skipIf(!hasSharedData)('K05: in what a TriggerTemplate makes', () => {
  it('every example is read as if it had been asked for', () => {
    for (const { file, object } of exampleObjects()) {
      const template = { apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 'tt' }, spec: { resourcetemplates: [object] } };
      const raws = (one: KubernetesObject): readonly string[] => extracted(one).artifacts.map(({ raw }) => raw);
      expect(raws(template), file).toEqual(raws(object));
    }
  });
});
