import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../src/policy/index.ts';
import { compile } from './support.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

function yamlFiles(folder: string): string[] {
  return readdirSync(ROOT + folder).filter((name) => name.endsWith('.yaml')).map((name) => readFileSync(`${ROOT}${folder}/${name}`, 'utf8'));
}

describe('what we ship compiles without a problem, warnings included', () => {
  test.each(['policies/baseline', 'policies/examples'])('%s', (folder) => {
    const result = compile(...yamlFiles(folder));
    expect(result.problems.map(formatProblem)).toEqual([]);
    expect(result.set?.policies.length).toBeGreaterThan(0);
  });

  test('all of policies/ together', () => {
    const result = compile(...['policies/baseline', 'policies/demo', 'policies/examples'].flatMap(yamlFiles));
    expect(result.problems.map(formatProblem)).toEqual([]);
  });

  test('the baseline denies nothing', () => {
    expect(new Set(compile(...yamlFiles('policies/baseline')).set?.policies.map((policy) => policy.mode))).toEqual(new Set(['audit']));
  });

  const page = readFileSync(`${ROOT}docs/reference/policy.md`, 'utf8');
  const fences = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => [page.slice(0, match.index).split('\n').length, match[1] ?? ''] as const);
  test.each(fences)('docs/reference/policy.md:%i', (_line, text) => {
    expect(compile(text).problems.map(formatProblem)).toEqual([]);
  });
});
