import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { askGatehouse } from './gatehouse.ts';
import { PAGE, VERSION } from './page.ts';
import { CHAPTERS, RECIPES } from './recipes/index.ts';
import { renderTable } from './table.ts';

describe.each(CHAPTERS)('$title', ({ recipes }) => {
  test.each(recipes.map((recipe) => [[recipe.id, ...(recipe.rows ?? [])].join(' '), recipe] as const))('%s', (_, recipe) => {
    const forged = askGatehouse(recipe.forged());
    expect(forged.code, forged.why).toBe(recipe.expected);
    expect(forged.admitted).toBe(false);
    const twin = askGatehouse(recipe.twin());
    expect(twin.admitted, `${twin.code}: ${twin.why}`).toBe(true);
  });
});

test('the corpus has at least 60 forgeries, each under a name of its own', () => {
  expect(new Set(RECIPES.map(({ id }) => id)).size).toBe(RECIPES.length);
  expect(RECIPES.length).toBeGreaterThanOrEqual(60);
});

test('the published table is what both verifiers answer', () => {
  expect(readFileSync(PAGE, 'utf8'), 'run node test/conformance-plus/write.ts').toBe(renderTable(VERSION));
});
