import { expect, test } from 'vitest';
import type { Matter } from '../../../../src/domain/build/matter.ts';
import { fieldOf, withField } from '../every-field/row.ts';
import { PIPELINE_ROWS } from '../every-field/pipeline-rows.ts';
import type { PipelineRow } from '../every-field/pipeline-rows.ts';
import type { Scene } from '../every-field/judge.ts';
import { compileSet, signer } from '../support.ts';

const MATTER = { about: 'status' } as Matter;

/** What the policy demands, as text: sets and matchers by what they hold. */
function demands(spec: unknown): string {
  const document = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' }, spec });
  return JSON.stringify(compileSet(signer('alice'), signer('bob'), document).forRequest(MATTER), (_, value: unknown) =>
    value instanceof Set || value instanceof Map ? [...value] : value);
}

function changed({ place, value, base }: PipelineRow): unknown {
  const documents = [{ kind: 'PipelinePolicy', spec: base }] as unknown as Scene['documents'];
  return withField({ documents } as Scene, 'PipelinePolicy', place, value).documents[0]?.spec;
}

test.each(PIPELINE_ROWS.map((row) => [fieldOf(row), row] as const))('%s changes what is demanded', (_, row) => {
  expect(demands(changed(row))).not.toBe(demands(row.base));
});
