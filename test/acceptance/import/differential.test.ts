/** The same rule, image and evidence: what the project says, and what is said here after an import; never looser. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answers } from '../../support/cookbook.ts';
import { imported, joined } from '../../unit/migrate/support.ts';
import { SUITES } from './rows.ts';
import type { ImportSuite, Verdict } from './rows.ts';

const STRICTNESS: Readonly<Record<Verdict, number>> = { admit: 0, warn: 1, deny: 2 };

/** What is decided about each row, by one policy test. */
async function decided({ source, unmatched, rows }: ImportSuite): Promise<readonly (readonly [decision: string, differences: readonly string[]])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  writeFileSync(join(folder, 'p.yaml'), joined(imported(source)));
  const decisions: (readonly [string, readonly string[]])[] = [];
  for (const [index, { image, namespace, with: evidence, ours }] of rows.entries()) {
    const [name = '', digest] = image.split('@');
    const artifact = { image: name, evidence, ...(digest === undefined ? {} : { digest }) };
    const spec = {
      policies: ['p.yaml'], at: '2026-11-01T12:00:00Z', unmatched, artifacts: [artifact],
      cases: [{ name: 'it', image, ...(namespace === undefined ? {} : { namespace }), expect: { decision: ours } }],
    };
    writeFileSync(join(folder, `t${index}.yaml`), JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTest', metadata: { name: `t${index}` }, spec }));
    const [answer] = await answers(join(folder, `t${index}.yaml`));
    decisions.push([answer?.actual.decision ?? 'none', [...(answer?.differences ?? []), ...(answer?.actual.reasons ?? [])]]);
  }
  return decisions;
}

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
  expect(page.match(/^\| (?:policy-controller|Kyverno|Notation|Connaisseur) \| .*$/gm)).toEqual(lines);
});
