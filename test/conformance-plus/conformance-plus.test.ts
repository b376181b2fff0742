import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PAGE, VERSION } from './page.ts';
import { CHAPTERS, RECIPES } from './recipes/index.ts';
import { answersTo, renderTable } from './table.ts';

/** Twins that @sigstore/verify cannot read: entries of kind intoto 0.0.1, repeated entries and timestamps, signatures r‖s, odd key hints. */
const BEYOND = new Set([
  'log-key-intoto-0.0.1', 'log-hash-payload-intoto-0.0.1', 'log-entries-33', 'timestamps-33', 'ecdsa-zero-raw', 'key-hint-proto', 'key-hint-constructor', 'key-hint-to-string',
]);

describe.each(CHAPTERS)('$title', ({ recipes }) => {
  test.each(recipes.map((recipe) => [[recipe.id, ...(recipe.rows ?? [])].join(' '), recipe] as const))('%s', async (_, recipe) => {
    const { forged, twin, oracleOfTwin } = await answersTo(recipe);
    expect(forged.code, forged.why).toBe(recipe.expected);
    expect(forged.admitted).toBe(false);
    expect(twin.admitted, `${twin.code}: ${twin.why}`).toBe(true);
    // What Gatehouse admits, the independent verifier accepts too, but for what is beyond it.
    expect(oracleOfTwin).toMatch(BEYOND.has(recipe.id) ? /refuses|throws/ : /accepts|not asked/);
  });
});

test('the corpus has at least 60 forgeries, each under a name of its own', () => {
  expect(new Set(RECIPES.map(({ id }) => id)).size).toBe(RECIPES.length);
  expect(RECIPES.length).toBeGreaterThanOrEqual(60);
});

test('the published table is what both verifiers answer', async () => {
  expect(readFileSync(PAGE, 'utf8'), 'run node test/conformance-plus/write.ts').toBe(await renderTable(VERSION));
});
