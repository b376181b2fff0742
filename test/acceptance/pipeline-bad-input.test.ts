/** Bad input of builds over HTTPS: each gets a denial with a code, soon, and the next request is answered as ever. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cpuNow } from '../support/cpu.ts';
import { startFactory } from '../support/factory-server.ts';
import type { FactoryServer } from '../support/factory-server.ts';
import type { Json } from '../support/pipelines.ts';
import { codes } from '../support/server.ts';

let factory: FactoryServer;
beforeAll(async () => {
  const definitions = { inline: 'allow', sources: [{ git: 'https://github.com/acme/app' }] };
  factory = await startFactory({ policies: () => ({ factory: { namespaces: { matchLabels: { factory: 'true' } }, hygiene: 'baseline', definitions } }), namespaces: { ci: { factory: 'true' } } });
});
afterAll(() => factory.close());

/** Processor time of this process, which is server and client at once, for one request; far below what an API server waits. */
const SOON_MS = 2_000;

const many = <T>(count: number, make: (index: number) => T): readonly T[] => Array.from({ length: count }, (_, index) => make(index));
const tekton = (kind: string, spec: unknown): Json => ({ apiVersion: 'tekton.dev/v1', kind, metadata: { name: 'r', namespace: 'ci' }, spec });
const argo = (spec: unknown): Json => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' }, spec });
const steps = (image = 'GOOD'): Json => ({ steps: [{ name: 's', image }] });
const run = (tasks: readonly unknown[], more: Json = {}): Json => tekton('PipelineRun', { ...more, pipelineSpec: { tasks } });
/** Pipelines in each other. */
const nested = (depth: number): Json => (depth === 0 ? { name: 't', taskSpec: steps() } : { name: 'p', pipelineSpec: { tasks: [nested(depth - 1)] } });
/** Parameters whose defaults refer to each other; each is ten times as long as the one before. */
const bomb = (width: number): Json => tekton('TaskRun', { taskSpec: { params: many(width, (index) => ({ name: `p${index}`, default: index === 0 ? 'x'.repeat(10) : `$(params.p${index - 1})`.repeat(10) })), ...steps(`$(params.p${width - 1})`) } });

interface Case { readonly what: string; readonly it: Json; readonly code: string; readonly twin?: Json }
const CASES: readonly Case[] = [
  { what: 'an object that is a list', it: tekton('PipelineRun', []), code: 'INPUT_OBJECT_UNREADABLE', twin: run([{ name: 't', taskSpec: steps() }]) },
  { what: 'steps that are text', it: tekton('TaskRun', { taskSpec: { steps: 'x' } }), code: 'INPUT_OBJECT_UNREADABLE', twin: tekton('TaskRun', { taskSpec: steps() }) },
  { what: 'a task that is nothing', it: run([null]), code: 'INPUT_OBJECT_UNREADABLE' },
  { what: 'templates of Argo that are text', it: argo({ templates: 'x' }), code: 'INPUT_OBJECT_UNREADABLE', twin: argo({ entrypoint: 'm', templates: [{ name: 'm', container: { image: 'GOOD' } }] }) },
  { what: 'an unknown resolver', it: tekton('PipelineRun', { pipelineRef: { resolver: 'mine', params: [] } }), code: 'POLICY_DEFINITION_SOURCE' },
  { what: 'a resolver that is a member of every object', it: tekton('TaskRun', { taskRef: { resolver: 'constructor' } }), code: 'POLICY_DEFINITION_SOURCE' },
  { what: 'a parameter that is its own default', it: tekton('TaskRun', { taskSpec: { params: [{ name: 'a', default: '$(params.a)' }], ...steps() } }), code: 'INPUT_REFERENCE_CYCLE', twin: tekton('TaskRun', { taskSpec: { params: [{ name: 'a', default: 'a' }], ...steps() } }) },
  { what: 'parameters in a circle', it: run([{ name: 't', taskSpec: { params: [{ name: 'a', default: '$(params.b)' }, { name: 'b', default: '$(params.a)' }], ...steps() } }]), code: 'INPUT_REFERENCE_CYCLE' },
  { what: 'parameters of Argo in a circle', it: argo({ entrypoint: 'x', arguments: { parameters: [{ name: 'a', value: '{{workflow.parameters.b}}' }, { name: 'b', value: '{{workflow.parameters.a}}' }] }, templates: [{ name: 'x', container: { image: '{{workflow.parameters.a}}' } }] }), code: 'INPUT_REFERENCE_CYCLE' },
  { what: 'pipelines in pipelines', it: run([nested(14)]), code: 'INPUT_REFERENCE_CYCLE', twin: run([nested(5)]) },
  { what: '10,000 tasks', it: run(many(10_000, (index) => ({ name: `t${index}`, taskSpec: steps() }))), code: 'INPUT_TOO_MANY_TASKS', twin: run(many(100, (index) => ({ name: `t${index}`, taskSpec: steps() }))) },
  { what: '10,000 tasks of finally', it: tekton('Pipeline', { tasks: [], finally: many(10_000, (index) => ({ name: `t${index}`, taskRef: { name: 'x' } })) }), code: 'INPUT_TOO_MANY_TASKS' },
  { what: '10,000 steps', it: tekton('TaskRun', { taskSpec: { steps: many(10_000, () => ({ image: 'GOOD' })) } }), code: 'INPUT_TOO_MANY_TASKS' },
  { what: '10,000 templates of Argo', it: argo({ entrypoint: 't0', templates: many(10_000, (index) => ({ name: `t${index}`, container: { image: 'GOOD' } })) }), code: 'INPUT_TOO_MANY_TASKS' },
  { what: 'a bomb of parameters', it: bomb(10), code: 'INPUT_PARAMETER_LIMIT', twin: bomb(0) },
  { what: 'a bomb of parameters in a schedule', it: { apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 't', namespace: 'ci' }, spec: { resourcetemplates: [bomb(10)] } }, code: 'INPUT_PARAMETER_LIMIT' },
  { what: 'a matrix without end', it: run([{ name: 't', matrix: { params: many(10, (index) => ({ name: `m${index}`, value: many(10, String) })) }, taskSpec: steps() }]), code: 'INPUT_PARAMETER_LIMIT' },
  { what: 'a bomb of placeholders of Argo', it: argo({ entrypoint: 'x', arguments: { parameters: many(60, (index) => ({ name: `p${index}`, value: index === 0 ? 'x' : `{{workflow.parameters.p${index - 1}}}`.repeat(2) })) }, templates: [{ name: 'x', container: { image: '{{workflow.parameters.p59}}' } }] }), code: 'INPUT_PARAMETER_LIMIT' },
];

describe('bad input', () => {
  const filled = (it: Json): Json => JSON.parse(JSON.stringify(it).replaceAll('GOOD', factory.good)) as Json;
  const good = (): Json => filled(tekton('TaskRun', { taskSpec: steps() }));

  test.each(CASES)('$what', async ({ it, code, twin }) => {
    const body = filled(it);
    const started = cpuNow();
    const answer = await factory.ask(body);
    expect(cpuNow() - started).toBeLessThan(SOON_MS);
    expect([answer.allowed, codes(answer)]).toEqual([false, expect.arrayContaining([code])]);
    // What nobody can answer for would be a fault, and asked again for ever.
    expect([codes(answer).filter((one) => one.startsWith('ENGINE')), answer.status?.message.length ?? 0]).toEqual([[], expect.any(Number)]);
    expect(answer.status?.message.length).toBeLessThan(33_000);
    for (const fine of [good(), ...(twin === undefined ? [] : [filled(twin)])]) expect((await factory.ask(fine)).status?.message).toBeUndefined();
  });

  test('stored pipelines that refer to themselves, and to each other, are denied', async () => {
    const pipeline = (name: string, to: string): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name, namespace: 'ci' }, spec: { tasks: [{ name: 't', ...(to === '' ? { taskSpec: steps(factory.good) } : { pipelineRef: { name: to } }) }] } });
    for (const [name, to] of [['own', 'own'], ['one', 'two'], ['two', 'one'], ['fine', 'leaf'], ['leaf', '']] as const) factory.stands(pipeline(name, to));
    const of = (name: string): Json => tekton('PipelineRun', { pipelineRef: { name } });
    for (const name of ['own', 'one']) {
      const answer = await factory.ask(of(name));
      expect([answer.allowed, answer.status?.code, codes(answer)]).toEqual([false, 400, expect.arrayContaining(['INPUT_REFERENCE_CYCLE'])]);
    }
    expect((await factory.ask(of('fine'))).status?.message).toBeUndefined();
  });

  test('templates of Argo that call each other are its way to repeat: each is read once', async () => {
    const circle = (image: string): Json => filled(argo({ entrypoint: 'a', templates: [{ name: 'a', steps: [[{ name: 's', template: 'b' }]] }, { name: 'b', steps: [[{ name: 's', template: 'a' }, { name: 'c', template: 'c' }]] }, { name: 'c', container: { image } }] }));
    expect((await factory.ask(circle('GOOD'))).status?.message).toBeUndefined();
    expect(codes(await factory.ask(circle('ghcr.io/acme/x:1')))).toContain('POLICY_IMAGE_UNPINNED');
  });

  test('a denial of Tekton ends a run at once, one of Argo is forbidden', async () => {
    expect((await factory.ask(filled(run([null])))).status).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect((await factory.ask(filled(argo({ templates: 'x' })))).status).toMatchObject({ code: 403 });
  });
});
