/** Every field of a PipelinePolicy of which a value denies and another does not: the way from the one to the other is told as a loss. */
import { describe, expect, test } from 'vitest';
import type { PolicySet } from '../../../../src/domain/policy/policy.ts';
import { lostPolicies } from '../../../../src/policy/index.ts';
import type { Scene } from '../every-field/judge.ts';
import { PIPELINE_ROWS, PIPELINE_SIGNERS } from '../every-field/pipeline-rows.ts';
import { fieldOf, withField } from '../every-field/row.ts';
import { compileSet } from '../support.ts';
import { pipeline } from './support.ts';

const setOf = (spec: object): PolicySet => compileSet(...PIPELINE_SIGNERS, pipeline(spec));

describe('what denied a build and does not now', () => {
  const rows = PIPELINE_ROWS.filter(({ comes, gone }) => comes !== undefined || gone !== undefined);
  test('is tried with most fields', () => expect(rows.length).toBeGreaterThan(25));

  test.each(rows.map((row) => [fieldOf(row), row.comes ?? row.gone, row] as const))('%s: %s', (_, __, { base, place, value, gone }) => {
    const documents = [{ kind: 'PipelinePolicy', spec: base }] as unknown as Scene['documents'];
    const changed = withField({ documents } as Scene, 'PipelinePolicy', place, value).documents[0]?.spec ?? {};
    const [before, after] = gone === undefined ? [setOf(changed), setOf(base)] : [setOf(base), setOf(changed)];
    expect(lostPolicies(before, after)).not.toEqual([]);
    expect([lostPolicies(before, before), lostPolicies(after, after)]).toEqual([[], []]);
  });
});
