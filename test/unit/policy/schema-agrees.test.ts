/** Generated documents: what the published schema refuses never compiles, and an unknown field is refused by both. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { compilePolicies } from '../../../src/policy/index.ts';
import { SCHEMAS } from '../../../src/wiring/local/policy/schemas.ts';
import { validator } from '../../support/json-schema.ts';
import type { Validate } from '../../support/json-schema.ts';
import { changedAt, changes, compilingDocuments, places } from '../../support/policy-documents.ts';
import type { Document } from '../../support/policy-documents.ts';
import { trust } from './every-field/world.ts';

const schemas: Validate[] = [];
beforeAll(async () => { schemas.push(await validator(SCHEMAS.combined())); });
const isValid = async (document: unknown): Promise<boolean> => schemas[0]?.(document) ?? Promise.reject(new Error('not compiled'));

/** Documents of every kind that compile, each in its set, with every field in one of them. */
const good = compilingDocuments();
const errorsOf = (documents: readonly Document[], at: number, document: unknown): readonly string[] =>
  compilePolicies([{ path: 'a.yaml', text: documents.with(at, document as Document).map((one) => JSON.stringify(one)).join('\n---\n') }], { trust })
    .problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);

test('documents that compile are valid', async () => {
  // That each compiles is what every-field.test.ts asserts.
  for (const { documents, at } of good) expect(await isValid(documents[at]), JSON.stringify(documents[at])).toBe(true);
});

test('with anything at any place: what the schema refuses does not compile, and an unknown field is refused by both', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...good), fc.nat(), changes, async ({ documents, at }, pick, { what, change }) => {
    const all = places(documents[at]).filter(([first]) => first === 'spec' || first === 'metadata');
    const path = all[pick % all.length] ?? [];
    const document = JSON.parse(JSON.stringify(changedAt(documents[at], path, change))) as unknown;
    const errors = errorsOf(documents, at, document);
    const shown = `${documents[at]?.kind} ${path.join('.')} ${what}: ${errors.join('; ')}`;
    const isTaken = await isValid(document);
    if (!isTaken) expect(errors, shown).not.toEqual([]);
    if (errors.some((message) => message.includes('unknown field'))) expect(isTaken, shown).toBe(false);
  }), { numRuns: Number(process.env['SCHEMA_RUNS'] ?? 200), seed: Number(process.env['SCHEMA_SEED'] ?? 14) });
});
