/** The same rule, image and evidence: what the project says, and what is said here after an import; never looser. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decided, STRICTNESS } from './decided.ts';
import { SUITES } from './rows.ts';

describe.each(SUITES)('I5: $project, $rule', (suite) => {
  test('is decided as the table says, and never more loosely than there', async () => {
    const found = await decided(suite);
    for (const [index, { evidence, ours, theirs }] of suite.rows.entries()) {
      const [decision, why] = found[index] ?? ['none', []];
      expect([evidence, decision, ...(decision === ours ? [] : why)]).toEqual([evidence, ours]);
      expect(STRICTNESS[ours], evidence).toBeGreaterThanOrEqual(STRICTNESS[theirs]);
    }
  });
});

test('I5: the table in docs/reference/import.md is this one', () => {
  const page = readFileSync(new URL('../../../docs/reference/import.md', import.meta.url), 'utf8');
  const lines = SUITES.flatMap(({ project, rule, rows }) => rows.map(({ evidence, image, theirs, ours }) =>
    `| ${project} | ${rule} | \`${image.replace(/@sha256.*/, '@sha256:…')}\` | ${evidence} | ${theirs} | ${theirs === ours ? ours : `**${ours}**`} |`));
  expect(page.match(/^\| (?:policy-controller|Kyverno|Notation|Connaisseur|Ratify) \| .*$/gm)).toEqual(lines);
});
