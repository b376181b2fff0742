/** A document of others, images with evidence, and verdicts after the import. */
import { expect } from 'vitest';
import { imported } from '../../../unit/migrate/support.ts';
import { decided } from '../decided.ts';
import type { Verdict } from '../rows.ts';

/** An issuer. */
export const GOOGLE = 'https://accounts.google.com';
/** A person without key, as all three projects write one, and policy tests too. */
export const keyless = (who: string): { readonly keyless: object } => ({ keyless: { issuer: GOOGLE, subject: `${who}@acme.example` } });
/** Evidence: a signature. */
export const signed = (by: unknown): unknown => ({ by, signature: {} });

/** An image, its evidence, and the verdict; `namespace`: where it is asked for. */
export type Row = readonly [image: string, evidence: readonly unknown[], verdict: Verdict, namespace?: string];

/** Imports the document, and expects the verdicts. */
export async function verdicts(source: unknown, unmatched: 'deny' | 'allow', rows: readonly Row[]): Promise<void> {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const found = await decided({
    source: text, unmatched,
    rows: rows.map(([image, evidence, ours, namespace]) => ({ evidence: '', image, with: evidence, theirs: ours, ours, ...(namespace === undefined ? {} : { namespace }) })),
  });
  expect(found.map(([decision], index) => [rows[index]?.[0], rows[index]?.[3], decision])).toEqual(rows.map(([image, , ours, namespace]) => [image, namespace, ours]));
}

/** What is told. */
export const remarks = (source: unknown): readonly string[] => imported(JSON.stringify(source)).remarks.map(({ level, what }) => `${level}: ${what}`);
