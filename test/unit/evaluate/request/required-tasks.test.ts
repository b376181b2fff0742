import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { CONTROLLER } from '../../../support/pipelines.ts';
import { content, factory, pipeline, resolution, run, said, task, taskRun } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const SCAN = 'definitions: {signedBy: [platform-team], inline: allow, pinned: false, require: [{task: scan, before: [publish]}]}';
const FIRST = 'definitions: {signedBy: [platform-team], inline: allow, pinned: false, require: [{task: "fetch-*", first: true}]}';
const SATISFIED = ['POLICY_SATISFIED'];
const REQUIRED = ['POLICY_TASK_REQUIRED'];

const TASKS = [
  task('scan', { results: ['report'] }), task('build'), task('push', { class: 'publish' }), task('fetch-git', { class: 'fetch' }), task('fetch-deps', { class: 'fetch' }),
];
const step = (name: string, more: Json = {}): Json => ({ name, taskRef: { name }, ...more });
const after = (name: string, ...runAfter: string[]): Json => step(name, { runAfter });
const WHEN = [{ input: '$(params.x)', operator: 'in', values: ['y'] }];

const judged = async (it: Json, policy: string, objects: readonly Json[] = TASKS, asking = {}): Promise<string[]> => said(await factory(policy, objects)(it, asking), 'required tasks');
const inRun = (tasks: readonly Json[], last: readonly Json[] = []): Json => run({ pipelineSpec: { tasks, ...(last.length === 0 ? {} : { finally: last }) } });
const at = (index: number, list = 'tasks'): string[] => [`POLICY_TASK_ORDER spec.pipelineSpec.${list}[${index}].taskRef`];

describe('a required task', () => {
  test.each<[string, readonly Json[], string[]]>([
    ['before what publishes', [step('scan'), after('push', 'scan')], SATISFIED],
    ['before it on a longer way', [step('scan'), after('build', 'scan'), after('push', 'build')], SATISFIED],
    ['before it because its results are taken', [step('scan'), step('push', { params: [{ name: 'report', value: '$(tasks.scan.results.report)' }] })], SATISFIED],
    ['missing', [step('build'), after('push', 'build')], REQUIRED],
    ['beside it', [step('scan'), step('push')], at(1)],
    ['after it', [step('push'), after('scan', 'push')], at(0)],
    ['beside the way to it', [step('build'), after('scan', 'build'), after('push', 'build')], at(2)],
    ['before one of two', [step('scan'), after('push', 'scan'), { ...step('push'), name: 'again' }], at(2)],
    ['that may be passed over', [step('scan', { when: WHEN }), after('push', 'scan')], REQUIRED],
    ['whose failure is ignored', [step('scan', { onError: 'continue' }), after('push', 'scan')], REQUIRED],
    ['that may be passed over, and once more without', [step('scan', { when: WHEN }), { ...step('scan'), name: 'sure' }, after('push', 'sure')], SATISFIED],
    ['before it, past one that may be passed over', [step('scan'), after('build', 'scan'), { ...after('push', 'build') }], SATISFIED],
    ['and nothing that publishes', [step('scan'), step('build')], SATISFIED],
  ])('%s', async (_, tasks, expected) => {
    expect(await judged(inRun(tasks), SCAN)).toEqual(expected);
    // The same by a pipeline that is stored, told at the reference.
    const stored = await judged(run({ pipelineRef: { name: 'p' } }), SCAN, [...TASKS, pipeline('p', { tasks })]);
    expect(stored).toEqual(expected.map((code) => code.replace(/spec\..*/, 'spec.pipelineRef')));
  });

  test('by the name of its verified definition, never by its name in the pipeline', async () => {
    expect(await judged(inRun([{ name: 'scan', taskRef: { name: 'build' } }, after('push', 'scan')]), SCAN)).toEqual(REQUIRED);
    expect(await judged(inRun([{ name: 'other', taskRef: { name: 'scan' } }, after('push', 'other')]), SCAN)).toEqual(SATISFIED);
    expect(await judged(inRun([{ name: 'scan', taskSpec: { ...content(), metadata: { labels: { name: 'scan' } } } }, after('push', 'scan')]), SCAN)).toEqual(REQUIRED);
  });

  test('by a definition that is verified', async () => {
    const objects = (by: string): Json[] => [task('scan', { by }), task('push', { class: 'publish' })];
    const it = inRun([step('scan'), after('push', 'scan')]);
    expect(await judged(it, SCAN, objects('platform-team'))).toEqual(SATISFIED);
    expect(await judged(it, SCAN, objects('stranger'))).toEqual(REQUIRED);
    const decision = await factory(SCAN, objects(''))(it);
    expect(decision.findings.find(({ code }) => code === 'POLICY_TASK_REQUIRED')?.found).toEqual(['task scan: its definition is not verified']);
  });

  test('also before what says only itself that it publishes: nobody has signed it', async () => {
    const claims = { name: 'ship', taskSpec: { ...content(), metadata: { labels: { 'gatehouse.dev/class': 'publish' } } } };
    expect(await judged(inRun([step('scan'), claims]), SCAN)).toEqual(['POLICY_TASK_ORDER spec.pipelineSpec.tasks[1].taskSpec']);
    expect(await judged(inRun([step('scan'), { ...claims, runAfter: ['scan'] }]), SCAN)).toEqual(SATISFIED);
  });

  test('not from under finally, and not for what runs there: it runs also when the task has failed', async () => {
    expect(await judged(inRun([step('scan'), step('build')], [step('push')]), SCAN)).toEqual(at(0, 'finally'));
    expect(await judged(inRun([step('scan')], [step('build')]), SCAN)).toEqual(SATISFIED);
    expect(await judged(inRun([step('push')], [step('scan')]), SCAN)).toEqual(at(0));
  });

  test('a policy may name what publishes, above its label', async () => {
    const policy = `${SCAN}\nclasses: {definitions: {publish: ["build"]}}`;
    expect(await judged(inRun([step('scan'), step('build')]), policy)).toEqual(at(1));
    expect(await judged(inRun([step('scan'), after('build', 'scan')]), policy)).toEqual(SATISFIED);
  });
});

describe('a required task in a pipeline that stands in another', () => {
  const inner = (tasks: readonly Json[], more: Json = {}): Json => ({ name: 'in', pipelineSpec: { tasks }, ...more });
  const OUT = 'POLICY_TASK_ORDER spec.pipelineSpec.tasks[1].taskRef';
  const P = pipeline('q', { tasks: [step('scan')] });

  test.each<[string, readonly Json[], string[]]>([
    ['counts for what comes after all of it', [inner([step('scan')]), after('push', 'in')], SATISFIED],
    ['counts so also by reference', [{ name: 'in', pipelineRef: { name: 'q' } }, after('push', 'in')], SATISFIED],
    ['does not for what runs beside it', [inner([step('scan')]), step('push')], [OUT]],
    ['does not where the pipeline may be passed over', [inner([step('scan')], { when: WHEN }), after('push', 'in')], REQUIRED],
    ['does not where its failure is ignored', [{ name: 'in', pipelineRef: { name: 'q' }, onError: 'continue' }, after('push', 'in')], REQUIRED],
    ['outside counts for what runs inside', [step('scan'), inner([step('push')], { runAfter: ['scan'] })], SATISFIED],
    ['outside does not where the pipeline runs beside it', [step('scan'), inner([step('push')])], ['POLICY_TASK_ORDER spec.pipelineSpec.tasks[1].pipelineSpec.tasks[0].taskRef']],
    ['inside counts inside', [inner([step('scan'), after('push', 'scan')])], SATISFIED],
  ])('%s', async (_, tasks, expected) => {
    expect(await judged(inRun(tasks), SCAN, [...TASKS, P])).toEqual(expected);
  });
});

describe('a task that comes first', () => {
  test.each<[string, readonly Json[], readonly Json[], string[]]>([
    ['before all', [step('fetch-git'), after('build', 'fetch-git'), after('push', 'build')], [], SATISFIED],
    ['before all, cleaning up afterwards', [step('fetch-git'), after('build', 'fetch-git')], [step('scan')], SATISFIED],
    ['beside another one that may be first', [step('fetch-git'), step('fetch-deps'), after('build', 'fetch-git')], [], SATISFIED],
    ['after another', [step('build'), after('fetch-git', 'build')], [], ['POLICY_TASK_ORDER']],
    ['beside another', [step('fetch-git'), step('build')], [], ['POLICY_TASK_ORDER']],
    ['under finally', [step('build')], [step('fetch-git')], ['POLICY_TASK_ORDER']],
    ['missing', [step('build')], [], REQUIRED],
  ])('%s', async (_, tasks, last, expected) => {
    expect(await judged(inRun(tasks, last), FIRST)).toEqual(expected);
  });
});

describe('a run of a single task', () => {
  test('is a pipeline of that task', async () => {
    expect(await judged(taskRun({ taskRef: { name: 'scan' } }), SCAN)).toEqual(SATISFIED);
    expect(await judged(taskRun({ taskRef: { name: 'build' } }), SCAN)).toEqual(REQUIRED);
    expect(await judged(taskRun({ taskSpec: content() }), SCAN)).toEqual(REQUIRED);
  });
});

describe('what is known only when the run is on its way', () => {
  const GIT = 'https://github.com/acme/pipelines';
  const from = (url: string): Json => ({ resolver: 'git', params: [{ name: 'url', value: url }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: 'x.yaml' }] });
  const owner = (spec: Json): Json => ({ ...run(spec, { uid: 'uid-1' }) });
  const good = { tasks: [step('scan'), after('push', 'scan')] };
  const bad = { tasks: [step('scan'), step('push')] };
  const push = taskRun({ taskRef: { name: 'push' } }, { task: 'push' });
  const by = { user: CONTROLLER };

  test('is judged with the first task that the engine starts, when all was fetched', async () => {
    const spec = { pipelineRef: from(GIT) };
    expect(await judged(run(spec), SCAN)).toEqual([]);
    expect(await judged(push, SCAN, [owner(spec), resolution(GIT, pipeline('p', good)), ...TASKS], by)).toEqual(SATISFIED);
    expect(await judged(push, SCAN, [owner(spec), resolution(GIT, pipeline('p', bad)), ...TASKS], by)).toEqual(['POLICY_TASK_ORDER spec.pipelineRef']);
    expect(await judged(push, SCAN, [owner(spec), ...TASKS], by)).toEqual(['POLICY_FACT_UNKNOWN spec.pipelineRef']);
  });

  test('may be the task that is asked for, until it is known', async () => {
    const it = { tasks: [{ name: 's', taskRef: from(GIT) }, after('push', 's')] };
    const spec = { pipelineSpec: it };
    expect(await judged(run(spec), SCAN)).toEqual(SATISFIED);
    expect(await judged(run({ pipelineSpec: { tasks: [it.tasks[0], step('push')] } }), SCAN)).toEqual(['POLICY_TASK_ORDER spec.pipelineSpec.tasks[1].taskRef']);
    expect(await judged(push, SCAN, [owner(spec), resolution(GIT, task('scan')), ...TASKS], by)).toEqual(SATISFIED);
    expect(await judged(push, SCAN, [owner(spec), resolution(GIT, task('other')), ...TASKS], by)).toEqual(REQUIRED);
  });

  test('is judged by what the engine says that it executes', async () => {
    const spec = { pipelineRef: { name: 'p' } };
    const live = (executed: Json): Json => ({ ...owner(spec), status: { pipelineSpec: executed } });
    expect(await judged(push, SCAN, [live(good), pipeline('p', bad), ...TASKS], by)).toEqual(SATISFIED);
    expect(await judged(push, SCAN, [live(bad), pipeline('p', good), ...TASKS], by)).toEqual(['POLICY_TASK_ORDER spec.pipelineSpec.tasks[1].taskRef']);
  });

  test('a pipeline of a pipeline is judged by the order of the outermost, when it is what that one holds', async () => {
    const holds = (inner: Json): Json => ({ tasks: [step('scan'), { name: 'in', pipelineSpec: inner, runAfter: ['scan'] }] });
    const child = (inner: Json): Json => ({
      ...run({ pipelineSpec: inner }, {
        name: 'run-2', uid: 'uid-2', labels: { 'tekton.dev/pipelineTask': 'in' },
        ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run-1', uid: 'uid-1', controller: true }],
      }),
    });
    const inner = { tasks: [step('push')] };
    const it = taskRun({ taskRef: { name: 'push' } }, { task: 'push', name: 'run-2', uid: 'uid-2' });
    expect(await judged(it, SCAN, [owner({ pipelineSpec: holds(inner) }), child(inner), ...TASKS], by)).toEqual(SATISFIED);
    // One that only claims to be part of a good run stands for itself.
    const other = { tasks: [step('push'), step('build')] };
    expect(await judged(it, SCAN, [owner({ pipelineSpec: holds(inner) }), child(other), ...TASKS], by)).toEqual(REQUIRED);
  });
});
