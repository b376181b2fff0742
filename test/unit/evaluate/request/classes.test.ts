// Seen by the jail: a task that does not run user code needs no hermetic execution.
import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { CONTROLLER } from '../../../support/pipelines.ts';
import { content, factory, pipeline, run, said, task, taskRun } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const JAIL = 'definitions: {signedBy: [platform-team], inline: allow}\njail: {networkPolicy: off, hermetic: required}';
const FLAGS: Json = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'feature-flags', namespace: 'tekton-pipelines' }, data: { 'enable-api-fields': 'alpha' } };

/** Whether the jail asks something of the run. */
const isJailed = async (it: Json, objects: readonly Json[], policy = JAIL, asking = {}): Promise<boolean> =>
  said(await factory(policy, [FLAGS, ...objects])(it, asking), 'jail').some((code) => code.startsWith('POLICY_JAIL_HERMETIC'));
const one = taskRun({ taskRef: { name: 'a' } });
const labelled = (kind: string): Json => ({ ...content(), metadata: { labels: { 'gatehouse.dev/class': kind } } });

describe('the class of a task', () => {
  test.each<[string, Json, boolean]>([
    ['by the label of its definition: fetch', task('a', { class: 'fetch' }), false],
    ['by the label of its definition: publish', task('a', { class: 'publish' }), false],
    ['by the label of its definition: test', task('a', { class: 'test' }), true],
    ['without a label it is a build', task('a'), true],
    ['by a label that is no class it is a build', task('a', { class: 'trusted' }), true],
    ['by a label that nobody has signed it is a build', task('a', { class: 'fetch', by: '' }), true],
    ['by a label that a stranger has signed it is a build', task('a', { class: 'fetch', by: 'stranger' }), true],
  ])('%s', async (_, definition, expected) => {
    expect(await isJailed(one, [definition])).toBe(expected);
    expect(await isJailed(run({ pipelineSpec: { tasks: [{ name: 'x', taskRef: { name: 'a' } }] } }), [definition])).toBe(expected);
  });

  test('by the name of its verified definition, above its label', async () => {
    const named = `${JAIL}\nclasses: {definitions: {fetch: [a], build: [b]}}`;
    expect(await isJailed(one, [task('a')], named)).toBe(false);
    expect(await isJailed(one, [task('a', { by: 'stranger' })], named)).toBe(true);
    expect(await isJailed(taskRun({ taskRef: { name: 'b' } }), [task('b', { class: 'fetch' })], named)).toBe(true);
    expect(await isJailed(run({ pipelineSpec: { tasks: [{ name: 'a', taskRef: { name: 'c' } }] } }), [task('c')], named)).toBe(true);
  });

  test('never by a label of the run or of what stands in it', async () => {
    const own = { ...one, metadata: { ...(one['metadata'] as Json), labels: { 'gatehouse.dev/class': 'fetch' } } };
    expect(await isJailed(own, [task('a')])).toBe(true);
    expect(await isJailed(run({ pipelineSpec: { tasks: [{ name: 'x', taskSpec: labelled('fetch') }] } }), [])).toBe(true);
  });

  test('of what stands in a signed pipeline by the labels there', async () => {
    const holds = (kind: string, by?: string): Json => pipeline('p', { tasks: [{ name: 'build', taskSpec: labelled(kind) }] }, by);
    const it = run({ pipelineRef: { name: 'p' } });
    expect(await isJailed(it, [holds('fetch')])).toBe(false);
    expect(await isJailed(it, [holds('build')])).toBe(true);
    expect(await isJailed(it, [holds('fetch', 'stranger')])).toBe(true);
  });

  test('of what the engine makes of such a task by the pipeline, when it says the same', async () => {
    const spec = { tasks: [{ name: 'build', taskSpec: labelled('fetch') }, { name: 'other', taskSpec: { steps: [{ name: 'o', image: 'other' }] } }] };
    const owner = { ...run({ pipelineRef: { name: 'p' } }, { uid: 'uid-1' }), status: { pipelineSpec: spec } };
    const made = (of: object, more: Json = {}): Json => taskRun({ taskSpec: { ...content(), ...more } }, of);
    const by = { user: CONTROLLER };
    expect(await isJailed(made({ task: 'build' }), [owner, pipeline('p', spec)], JAIL, by)).toBe(false);
    expect(await isJailed(made({ task: 'build' }, { steps: [{ name: 'run', image: 'evil' }] }), [owner, pipeline('p', spec)], JAIL, by)).toBe(true);
    expect(await isJailed(made({ task: 'other' }), [owner, pipeline('p', spec)], JAIL, by)).toBe(true);
    expect(await isJailed(made({ task: 'build' }), [owner, pipeline('p', spec, 'stranger')], JAIL, by)).toBe(true);
    expect(await isJailed(made({ task: 'build', uid: 'uid-2' }), [owner, pipeline('p', spec)], JAIL, by)).toBe(true);
  });
});
