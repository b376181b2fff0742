import { describe, expect, test } from 'vitest';
import { clusterOf, judgedBy } from '../../../support/pipelines.ts';
import type { Scene } from '../every-field/judge.ts';
import { PIPELINE_ROWS, PIPELINE_SIGNERS } from '../every-field/pipeline-rows.ts';
import type { PipelineRow } from '../every-field/pipeline-rows.ts';
import { fieldOf, withField } from '../every-field/row.ts';
import { compileSet } from '../support.ts';
import { MATTER, pipeline } from './support.ts';

/** Chains that signs nothing, and an engine that does not honour hermetic execution. */
const CLUSTER = clusterOf([
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'chains-config', namespace: 'tekton-chains' }, data: {} },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'feature-flags', namespace: 'tekton-pipelines' }, data: {} },
]);

/** What the policy demands, as text: sets and matchers by what they hold. */
function demands(spec: object): string {
  return JSON.stringify(compileSet(...PIPELINE_SIGNERS, pipeline(spec)).forRequest(MATTER), (_, value: unknown) =>
    value instanceof Set || value instanceof Map ? [...value] : value);
}

/** The outcome, and the codes of what is not satisfied. */
async function answer(spec: object, { object: { 'x-user': user = 'bob', ...object } }: PipelineRow): Promise<string[]> {
  const judge = judgedBy([...PIPELINE_SIGNERS, pipeline(spec)].join('\n---\n'), { cluster: CLUSTER, labels: { env: 'dev' } });
  const { outcome, findings } = await judge(object, { user: String(user), groups: ['developers'] });
  return [outcome, ...findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => code)];
}

function changed({ place, value, base }: PipelineRow): object {
  const documents = [{ kind: 'PipelinePolicy', spec: base }] as unknown as Scene['documents'];
  return withField({ documents } as Scene, 'PipelinePolicy', place, value).documents[0]?.spec ?? {};
}

describe('every field of a PipelinePolicy, set alone', () => {
  const judged = PIPELINE_ROWS.filter(({ why }) => why === undefined);
  test.each(judged.map((row) => [fieldOf(row), row.comes ?? row.gone, row] as const))('%s: %s', async (_, __, row) => {
    const [before, after] = [await answer(row.base, row), await answer(changed(row), row)];
    if (row.comes !== undefined) expect([before.includes(row.comes), after.includes(row.comes)], `${before} / ${after}`).toEqual([false, true]);
    else expect([before.includes(row.gone ?? ''), after.includes(row.gone ?? '')], `${before} / ${after}`).toEqual([true, false]);
  });

  test.each(PIPELINE_ROWS.map((row) => [fieldOf(row), row] as const))('%s changes what is demanded', (_, row) => {
    expect(demands(changed(row))).not.toBe(demands(row.base));
  });
});
