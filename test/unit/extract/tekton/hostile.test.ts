/** Objects that are made to hurt: each gets a coded answer, soon, and nothing throws. */
import { describe, expect, it } from 'vitest';
import { extract } from '../../../../src/extract/index.ts';
import { cpuNow } from '../../../support/cpu.ts';
import type { KubernetesObject } from './objects.ts';
import { imageLine, readObject, reviewOf } from './objects.ts';

function run(kind: string, spec: unknown, version = 'v1'): KubernetesObject {
  return { apiVersion: `tekton.dev/${version}`, kind, metadata: { name: 'r' }, ...{ spec } };
}

/** Codes of what is wrong with an object, and the processor time of the reading alone, after one to warm up. */
function hurt(object: KubernetesObject): { readonly codes: readonly string[]; readonly ms: number } {
  const review = reviewOf(object);
  const { findings } = extract(review);
  const start = cpuNow();
  extract(review);
  const ms = cpuNow() - start;
  return { codes: [...new Set(findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce').map(({ code }) => code))], ms };
}

/** Processor time for one reading. A machine of its own takes less than 100 ms for any of these; a shared one has cold caches. */
const SOON_MS = 250;

const many = <T>(count: number, make: (index: number) => T): readonly T[] => Array.from({ length: count }, (_, index) => make(index));
const step = { name: 's', image: 'r.example/a' };

/** Pipelines in pipelines. */
function nested(depth: number): unknown {
  let spec: unknown = { tasks: [{ name: 't', taskSpec: { steps: [step] } }] };
  for (let level = 1; level < depth; level += 1) spec = { tasks: [{ name: 'p', pipelineSpec: spec }] };
  return { pipelineSpec: spec };
}

describe('too much of something', () => {
  it.each<[string, KubernetesObject, readonly string[]]>([
    ['1000 tasks are read', run('PipelineRun', { pipelineSpec: { tasks: many(1000, (index) => ({ name: `t${index}`, taskRef: { name: 'x' } })) } }), []],
    ['10,000 tasks', run('PipelineRun', { pipelineSpec: { tasks: many(10_000, (index) => ({ name: `t${index}`, taskSpec: { steps: [step] } })) } }), ['INPUT_TOO_MANY_TASKS']],
    ['10,000 tasks of finally', run('Pipeline', { finally: many(10_000, (index) => ({ name: `t${index}`, taskRef: { name: 'x' } })) }), ['INPUT_TOO_MANY_TASKS']],
    ['tasks in many pipelines', run('PipelineRun', { pipelineSpec: { tasks: many(90, (index) => ({ name: `p${index}`, pipelineSpec: { tasks: many(90, (inner) => ({ name: `t${inner}`, taskRef: { name: 'x' } })) } })) } }), ['INPUT_TOO_MANY_TASKS']],
    ['10,000 steps', run('TaskRun', { taskSpec: { steps: many(10_000, () => step) } }), ['INPUT_TOO_MANY_TASKS']],
    ['10,000 sidecars', run('Task', { steps: [step], sidecars: many(10_000, () => step) }), ['INPUT_TOO_MANY_TASKS']],
    ['10 pipelines in each other', run('PipelineRun', nested(10)), []],
    ['11 pipelines in each other', run('PipelineRun', nested(11)), ['INPUT_REFERENCE_CYCLE']],
    ['300 pipelines in each other', run('PipelineRun', nested(15)), ['INPUT_REFERENCE_CYCLE']],
    ['defaults in a circle', run('Task', { params: [{ name: 'a', default: '$(params.b)' }, { name: 'b', default: '$(params.a)' }], steps: [step] }), ['INPUT_REFERENCE_CYCLE']],
    ['a default that refers to itself', run('PipelineRun', { pipelineSpec: { params: [{ name: 'a', default: "x$(params['a'])" }], tasks: [] } }), ['INPUT_REFERENCE_CYCLE']],
    ['a circle that is cut by a value', run('PipelineRun', { params: [{ name: 'a', value: 'x' }], pipelineSpec: { params: [{ name: 'a', default: '$(params.b)' }, { name: 'b', default: '$(params.a)' }], tasks: [] } }), []],
    ['ten defaults upon each other', run('Task', { params: many(11, (index) => ({ name: `p${index}`, default: index === 0 ? 'x' : `$(params.p${index - 1})` })), steps: [step] }), []],
    ['eleven defaults upon each other', run('Task', { params: many(12, (index) => ({ name: `p${index}`, default: index === 0 ? 'x' : `$(params.p${index - 1})` })), steps: [step] }), ['INPUT_REFERENCE_CYCLE']],
    ['the same, declared the other way round', run('Task', { params: many(12, (index) => ({ name: `p${index}`, default: index === 0 ? 'x' : `$(params.p${index - 1})` })).toReversed(), steps: [step] }), ['INPUT_REFERENCE_CYCLE']],
    ['a parameter bomb of defaults', run('Task', { params: many(10, (index) => ({ name: `p${index}`, default: index === 0 ? 'x'.repeat(10) : `$(params.p${index - 1})`.repeat(10) })), steps: [{ name: 's', image: '$(params.p9)' }] }), ['INPUT_PARAMETER_LIMIT']],
    ['a parameter bomb of pipelines', run('PipelineRun', bombOfPipelines(9)), ['INPUT_PARAMETER_LIMIT']],
    ['a long value in many places', run('TaskRun', { params: [{ name: 'x', value: 'x'.repeat(200_000) }], taskSpec: { steps: many(100, () => ({ name: 's', image: 'a$(params.x)' })) } }), ['INPUT_PARAMETER_LIMIT', 'INPUT_IMAGE_INVALID']],
    ['a matrix without end', run('PipelineRun', { pipelineSpec: { tasks: [{ name: 't', matrix: { params: many(10, (index) => ({ name: `m${index}`, value: many(10, String) })) }, taskSpec: { steps: [step] } }] } }), ['INPUT_PARAMETER_LIMIT']],
    ['many matrices', run('PipelineRun', { pipelineSpec: { tasks: many(250, (index) => ({ name: `t${index}`, matrix: { params: [{ name: 'm', value: many(1000, String) }] }, taskSpec: { steps: [{ name: 's', image: 'a:$(params.m)' }] } })) } }), ['INPUT_PARAMETER_LIMIT']],
    ['rows that are compared with many combinations', run('PipelineRun', { pipelineSpec: { tasks: [{ name: 't', matrix: { params: [{ name: 'm', value: many(1000, String) }], include: many(1000, (index) => ({ params: [{ name: 'm', value: String(index) }] })) }, taskSpec: { steps: [step] } }] } }), ['INPUT_PARAMETER_LIMIT']],
    ['variables without an end', run('TaskRun', { params: [{ name: 'x', value: '$('.repeat(500_000) }], taskSpec: { steps: [{ name: 's', image: `${'$('.repeat(500_000)})` }] } }), ['INPUT_PARAMETER_LIMIT']],
    ['a variable with many dots', run('TaskRun', { params: [{ name: 'x', value: 'y' }], taskSpec: { steps: [{ name: 's', image: `$(params.${'x.'.repeat(500_000)})` }] } }), []],
    ['many variables in a default', run('Task', { params: [{ name: 'x', default: '$(params.y)'.repeat(100_000) }, { name: 'y', default: '' }], steps: [{ name: 's', image: '$(params.x)a' }] }), []],
    ['a script of 3 MB', run('TaskRun', { taskSpec: { steps: [{ ...step, script: '$(workspaces.a.b'.repeat(190_000) }] } }), []],
    ['a parameter of 3 MB', run('PipelineRun', { params: [{ name: 'x', value: '$(params.x)'.repeat(270_000) }], pipelineSpec: { tasks: [{ name: 't', params: [{ name: 'y', value: '$(params.x)' }], taskRef: { name: 'n' } }] } }), []],
    ['a URL of 1 MB', run('TaskRun', { taskRef: { resolver: 'git', params: [{ name: 'url', value: `https://a/${'a/'.repeat(500_000)}` }] } }), []],
    ['10,000 workspaces', run('PipelineRun', { pipelineSpec: { tasks: many(10, (index) => ({ name: `t${index}`, workspaces: many(1000, (one) => ({ name: `w${one}` })), taskSpec: { workspaces: many(1000, (one) => ({ name: `w${one}` })), steps: [step] } })) } }), []],
    ['10,000 parameters with the same name', run('TaskRun', { params: many(10_000, () => ({ name: 'x', value: 'y' })), taskRef: { name: 't' } }), ['INPUT_OBJECT_UNREADABLE']],
    ['10,000 things that are no steps', run('TaskRun', { taskSpec: { steps: many(2000, () => 7) } }), ['INPUT_OBJECT_UNREADABLE']],
    ['10,000 templates', { apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', ...{ spec: { resourcetemplates: many(10_000, () => run('TaskRun', { taskRef: { name: 't' } })) } } }, ['INPUT_TOO_MANY_TASKS']],
  ])('%s', (_, object, codes) => {
    const result = hurt(object);
    expect([...result.codes].sort()).toEqual([...codes].sort());
    expect(result.ms).toBeLessThan(SOON_MS);
  });
});

/** Each pipeline hands twice what it was handed to the pipeline in it. */
function bombOfPipelines(depth: number): unknown {
  let spec: unknown = { tasks: [{ name: 't', taskSpec: { steps: [{ image: '$(params.x)' }] } }] };
  for (let level = 1; level < depth; level += 1) spec = { tasks: [{ name: 'p', params: [{ name: 'x', value: '$(params.x)'.repeat(8) }], pipelineSpec: spec }] };
  return { params: [{ name: 'x', value: 'boom' }], pipelineSpec: spec };
}

describe('what cannot be read is a problem with its path', () => {
  it.each<[string, unknown, string]>([
    ['PipelineRun', 'spec', 'spec'],
    ['PipelineRun', { pipelineSpec: [] }, 'spec.pipelineSpec'],
    ['PipelineRun', { pipelineSpec: { tasks: {} } }, 'spec.pipelineSpec.tasks'],
    ['PipelineRun', { pipelineSpec: { tasks: [null] } }, 'spec.pipelineSpec.tasks[0]'],
    ['PipelineRun', { pipelineSpec: { tasks: [{ name: 't' }] } }, 'spec.pipelineSpec.tasks[0]'],
    ['PipelineRun', { pipelineRef: 'x' }, 'spec.pipelineRef'],
    ['PipelineRun', { taskRunTemplate: 'x' }, 'spec.taskRunTemplate'],
    ['PipelineRun', { taskRunTemplate: { podTemplate: { volumes: 'x' } } }, 'spec.taskRunTemplate.podTemplate.volumes'],
    ['TaskRun', { taskSpec: { steps: 'x' } }, 'spec.taskSpec.steps'],
    ['TaskRun', { taskSpec: { steps: [{ image: 7 }] } }, 'spec.taskSpec.steps[0].image'],
    ['TaskRun', { taskSpec: { steps: [{ name: 's' }] } }, 'spec.taskSpec.steps[0].image'],
    ['TaskRun', { taskSpec: { steps: [step], sidecars: [{ image: {} }] } }, 'spec.taskSpec.sidecars[0].image'],
    ['TaskRun', { taskSpec: { steps: [step], stepTemplate: { image: [] } } }, 'spec.taskSpec.stepTemplate.image'],
    ['TaskRun', { taskSpec: { steps: [step], volumes: [{ name: 'v', image: { reference: 7 } }] } }, 'spec.taskSpec.volumes[0].image.reference'],
    ['TaskRun', { taskSpec: { steps: [{ ref: 'x' }] } }, 'spec.taskSpec.steps[0].ref'],
    ['TaskRun', { taskRef: { resolver: 7 } }, 'spec.taskRef.resolver'],
    ['TaskRun', { taskRef: { resolver: 'bundles', params: [{ name: 'bundle', value: ['a'] }] } }, 'spec.taskRef.params[0].value'],
    ['TaskRun', { params: [{ name: 'x', value: [7] }] }, 'spec.params[0].value'],
    ['TaskRun', { params: [{ value: 'x' }] }, 'spec.params[0].name'],
    ['TaskRun', { podTemplate: [] }, 'spec.podTemplate'],
    ['Task', { steps: [{ ...step, securityContext: 'x' }] }, 'spec.steps[0].securityContext'],
    ['StepAction', { script: 'x' }, 'spec.image'],
    ['Task', undefined, 'spec'],
  ])('%s %j', (kind, spec, path) => {
    expect(readObject(run(kind, spec, kind === 'StepAction' ? 'v1beta1' : 'v1')).problems).toContain(`INPUT_OBJECT_UNREADABLE ${path}`);
  });
});

describe('another spelling of a field, which Go reads as the same', () => {
  it('is read as what it becomes', () => {
    const { request, problems } = readObject(run('TaskRun', { TaskSpec: { Steps: [{ IMAGE: 'r.example/evil' }], ſidecars: [{ image: 'r.example/folded' }] } }));
    expect(problems).toEqual([]);
    expect(request.images.map(imageLine)).toEqual(['spec.taskSpec.steps[0].image r.example/evil', 'spec.taskSpec.sidecars[0].image r.example/folded']);
  });

  it('beside the right one is refused', () => {
    const { problems } = readObject(run('TaskRun', { taskSpec: { steps: [{ image: 'r.example/good', Image: 'r.example/evil' }] } }));
    expect(problems).toEqual(['INPUT_OBJECT_UNREADABLE spec.taskSpec.steps[0].Image']);
  });

  it('in what people name themselves is none', () => {
    const spec = { params: [{ name: 'o', value: { IMAGE: 'x', image: 'y' } }], taskSpec: { results: [{ name: 'r', type: 'object', properties: { Name: {}, name: {} } }], steps: [step] } };
    expect(readObject(run('TaskRun', spec)).problems).toEqual([]);
  });
});
