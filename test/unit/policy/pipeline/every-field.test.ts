import { expect, test } from 'vitest';
import { fieldOf, withField } from '../every-field/row.ts';
import { PIPELINE_ROWS } from '../every-field/pipeline-rows.ts';
import type { PipelineRow } from '../every-field/pipeline-rows.ts';
import type { Scene } from '../every-field/judge.ts';
import { compileSet, signer } from '../support.ts';
import { MATTER, pipeline } from './support.ts';

/** What the policy demands, as text: sets and matchers by what they hold. */
function demands(spec: object): string {
  return JSON.stringify(compileSet(signer('alice'), signer('bob'), pipeline(spec)).forRequest(MATTER), (_, value: unknown) =>
    value instanceof Set || value instanceof Map ? [...value] : value);
}

function changed({ place, value, base }: PipelineRow): object {
  const documents = [{ kind: 'PipelinePolicy', spec: base }] as unknown as Scene['documents'];
  return withField({ documents } as Scene, 'PipelinePolicy', place, value).documents[0]?.spec ?? {};
}

test.each(PIPELINE_ROWS.map((row) => [fieldOf(row), row] as const))('%s changes what is demanded', (_, row) => {
  expect(demands(changed(row))).not.toBe(demands(row.base));
});
