/** What is decided about an image once a rule of others is imported: by policy tests, the front door of policies. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers } from '../../support/cookbook.ts';
import { imported, joined } from '../../unit/migrate/support.ts';
import type { ImportSuite, Verdict } from './rows.ts';

/** How strict a verdict is. */
export const STRICTNESS: Readonly<Record<Verdict, number>> = { admit: 0, warn: 1, deny: 2 };

/** What is decided about each row, by one policy test. */
export async function decided({ source, unmatched, rows }: Pick<ImportSuite, 'source' | 'unmatched' | 'rows'>): Promise<readonly (readonly [decision: string, differences: readonly string[]])[]> {
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
