// Order against a naive model: every way to a task is walked, one edge at a time.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { factory, run, said, task } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const KINDS = ['scan', 'push', 'build'] as const;
interface One { readonly kind: (typeof KINDS)[number]; readonly after: readonly number[]; readonly skipped: boolean; readonly last: boolean }

/** Tasks in an order in which each comes after some before it; the last ones may stand under `finally`. */
const PIPELINES = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), after: fc.uniqueArray(fc.nat(6), { maxLength: 3 }), skipped: fc.boolean(), last: fc.boolean() }), { minLength: 1, maxLength: 7 });

const judge = factory('definitions: {signedBy: [platform-team], inline: allow, require: [{task: scan, before: [publish]}]}', [task('scan'), task('build'), task('push', { class: 'publish' })]);

function naive(tasks: readonly One[]): 'POLICY_TASK_REQUIRED' | 'POLICY_TASK_ORDER' | 'POLICY_SATISFIED' {
  const counts = ({ kind, skipped }: One): boolean => kind === 'scan' && !skipped;
  if (!tasks.some(counts)) return 'POLICY_TASK_REQUIRED';
  const before = (index: number): readonly One[] => edges(tasks, index).flatMap((other) => [...tasks.slice(other, other + 1), ...before(other)]);
  return tasks.every((one, index) => one.kind !== 'push' || (!one.last && before(index).some(counts))) ? 'POLICY_SATISFIED' : 'POLICY_TASK_ORDER';
}

const edges = (tasks: readonly One[], index: number): number[] => (tasks[index]?.last === true ? [] : (tasks[index]?.after ?? []).filter((other) => other < index && tasks[other]?.last === false));

function written(tasks: readonly One[]): Json {
  const all = tasks.map(({ kind, skipped, last }, index) => ({
    last, it: {
      name: `t${index}`, taskRef: { name: kind },
      ...(skipped ? { when: [{ input: '$(params.x)', operator: 'in', values: ['y'] }] } : {}),
      ...(last || edges(tasks, index).length === 0 ? {} : { runAfter: edges(tasks, index).map((other) => `t${other}`) }),
    },
  }));
  return run({ pipelineSpec: { tasks: all.filter(({ last }) => !last).map(({ it }) => it), finally: all.filter(({ last }) => last).map(({ it }) => it) } });
}

test('a required task is found on every way, and on no other', async () => {
  await fc.assert(fc.asyncProperty(PIPELINES, async (tasks) => {
    const said1 = [...new Set(said(await judge(written(tasks)), 'required tasks').map((code) => code.replace(/ .*/, '')))];
    expect(said1).toEqual([naive(tasks)]);
  }), { numRuns: Number(process.env['ORDER_RUNS'] ?? 300) });
});
