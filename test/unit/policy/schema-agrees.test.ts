/** Generated documents: what the published schema refuses never compiles, and an unknown field is refused by both. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { compilePolicies } from '../../../src/policy/index.ts';
import { SCHEMAS } from '../../../src/wiring/local/policy/schemas.ts';
import { validator } from '../../support/json-schema.ts';
import type { Validate } from '../../support/json-schema.ts';
import { pathOf, withField } from './every-field/row.ts';
import { NAMESPACED, ROWS } from './every-field/rows.ts';
import { trust } from './every-field/world.ts';
import type { Doc } from './every-field/world.ts';

const schemas: Validate[] = [];
beforeAll(async () => { schemas.push(await validator(SCHEMAS.combined())); });
const isValid = async (document: unknown): Promise<boolean> => schemas[0]?.(document) ?? Promise.reject(new Error('not compiled'));

type Step = string | number;
const ODD: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e9, '', 'x', ' ', '1h', '2026-01-01T00:00:00Z', 'sha256:x', [], [null], [''], ['x'], ['x', 'x'], [[]], {}, { a: 1 }, [{}],
];

function places(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => places(member, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function changedAt(value: unknown, [step, ...rest]: readonly Step[], change: (old: unknown) => unknown): unknown {
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return value.map((member: unknown, index) => (index === step ? changedAt(member, rest, change) : member));
  const old = value as Readonly<Record<string, unknown>>;
  return { ...old, [step]: changedAt(old[step], rest, change) };
}

/** Documents of every kind that compile, each in its set, with every field in one of them. */
const good = [...ROWS, ...NAMESPACED].filter(({ to }) => typeof to === 'string' && to !== 'refused').flatMap((row) => {
  const { documents } = withField(row.scene, row.kind, row.place, row.value);
  const at = documents.findIndex(({ kind }) => kind === row.kind);
  return row.scene.tufRoot !== undefined || pathOf(row).length === 0 || at < 0 ? [] : [{ documents, at }];
});
const errorsOf = (documents: readonly Doc[], at: number, document: unknown): readonly string[] =>
  compilePolicies([{ path: 'a.yaml', text: documents.with(at, document as Doc).map((one) => JSON.stringify(one)).join('\n---\n') }], { trust })
    .problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);

const changes = fc.oneof(
  fc.constantFrom(...ODD).map((odd) => ({ what: JSON.stringify(odd), change: (): unknown => odd })),
  fc.constant({ what: 'taken out', change: (): unknown => undefined }),
  fc.constant({ what: 'a field too many', change: (old: unknown): unknown => (typeof old === 'object' && old !== null && !Array.isArray(old) ? { ...old, unheardOf: 1 } : old) }),
  fc.constant({ what: 'twice', change: (old: unknown): unknown => (Array.isArray(old) ? [...old, ...(old as unknown[])] : [old]) }),
);

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
