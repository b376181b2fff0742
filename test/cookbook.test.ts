/** The cookbook is executed: its scenarios are policy tests, which stand in docs/cookbook/tests for whoever wants to copy and run them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answers, FOLDER, readCookbook } from './support/cookbook.ts';

const pages = readCookbook();
const TESTS = join(FOLDER, 'tests');
const HINT = '# The tests of the page in docs/cookbook, as a file: written by npx vitest run test/cookbook.test.ts -u\n';

test('the cookbook has a page for every requirement of builds', () => {
  expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['provenance', 'base-images', 'reviewed-source', 'reproducible', 'vsa', 'conditions', 'sbom', 'vulnerability', 'test-result', 'code-review', 'runtime-trace', 'encryption']));
});

test('no scenario is written in another form, which nobody would run', () => {
  expect(pages.filter(({ text }) => /^```.*scenario/m.test(text)).map(({ name }) => name)).toEqual([]);
});

test('no file of tests is left of a page that is gone', () => {
  const files = pages.flatMap(({ name }) => [`${name}.yaml`, `${name}.policy-test.yaml`]);
  expect(readdirSync(TESTS).filter((file) => !files.includes(file))).toEqual([]);
});

describe.each(pages.map((page) => [page.name, page] as const))('%s', (name, page) => {
  test('its policies and tests are the files of docs/cookbook/tests', async () => {
    await expect(page.policy).toMatchFileSnapshot(join(TESTS, `${name}.yaml`));
    await expect(`${HINT}${page.recipes.map((recipe) => recipe.test).join('---\n')}`).toMatchFileSnapshot(join(TESTS, `${name}.policy-test.yaml`));
  });

  test('shows an artifact that passes and one that fails', () => {
    expect(page.recipes.some((recipe) => /decision: admit\b/.test(recipe.test))).toBe(true);
    expect(page.recipes.some(({ message }) => message !== undefined)).toBe(true);
  });

  test.each(page.recipes.map((recipe) => [recipe.title, recipe] as const))('%s', async (title, { message }) => {
    const cases = await answers(join(TESTS, `${name}.policy-test.yaml`), '--run', title);
    expect(cases.flatMap(({ differences }) => differences)).toEqual([]);
    // Whoever is denied is shown what he is told.
    const denied = cases.filter(({ actual }) => actual.decision !== 'admit').map(({ actual }) => actual.message.replaceAll(`${TESTS}/`, ''));
    expect(denied).toEqual(message === undefined ? [] : [message]);
  });
});
