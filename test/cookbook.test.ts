import { describe, expect, test } from 'vitest';
import { readCookbook, run } from './support/cookbook.ts';

const pages = readCookbook();

test('the cookbook has a page for every requirement of builds', () => {
  expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['provenance.md', 'base-images.md', 'reviewed-source.md', 'reproducible.md', 'vsa.md', 'conditions.md', 'sbom.md', 'vulnerability.md', 'test-result.md', 'code-review.md', 'runtime-trace.md', 'encryption.md']));
});

describe.each(pages.map((page) => [page.name, page] as const))('%s', (_, page) => {
  test('shows an artifact that passes and one that fails', () => {
    expect(page.recipes.some(({ scenario }) => scenario.codes.every((code) => code === 'POLICY_SATISFIED'))).toBe(true);
    expect(page.recipes.some(({ message }) => message !== undefined)).toBe(true);
  });

  test.each(page.recipes.map((recipe) => [recipe.title, recipe] as const))('%s', async (_title, { scenario, message }) => {
    const answer = await run(page, scenario);
    expect(answer.codes.toSorted()).toEqual(scenario.codes.toSorted());
    if (message !== undefined) expect(answer.message).toBe(message);
    else expect(answer.codes.every((code) => code === 'POLICY_SATISFIED')).toBe(true);
  });
});
