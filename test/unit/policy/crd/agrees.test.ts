/** What the schemas of resources refuse by themselves is refused by the compiler as well: the API server turns nothing good away. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { RESOURCES } from '../../../../src/policy/crd/index.ts';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { MISTAKES } from '../../../cluster/crds/mistakes.ts';
import { changedAt, changes, compilingDocuments, places } from '../../../support/policy-documents.ts';
import type { Document } from '../../../support/policy-documents.ts';
import { refusals } from '../../../support/structural.ts';
import type { Node } from '../../../support/structural.ts';
import { trust } from '../every-field/world.ts';

const compiling = compilingDocuments();
const schemas = new Map(Object.entries(RESOURCES).map(([kind, { plural }]) => {
  const { spec } = parse(readFileSync(new URL(`../../../../deploy/crds/${plural}.yaml`, import.meta.url), 'utf8')) as { spec: { versions: [{ schema: { openAPIV3Schema: Node } }] } };
  return [kind, spec.versions[0].schema.openAPIV3Schema] as const;
}));
/** As it comes over the wire. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const refused = (document: { readonly kind: string }): readonly string[] => refusals(schemas.get(document.kind) ?? {}, plain(document));

test('every field of every kind is taken', () => {
  for (const { documents, at } of compiling) expect(refused(documents[at] as Document), JSON.stringify(documents[at])).toEqual([]);
});

test('with anything at any place: what is refused does not compile', () => {
  let count = 0;
  fc.assert(fc.property(fc.constantFrom(...compiling), fc.nat(), changes, ({ documents, at }, pick, { what, change }) => {
    const one = documents[at] as Document;
    const all = places(one).filter(([first]) => first === 'spec');
    const path = all[pick % all.length] ?? [];
    const changed = plain(changedAt(one, path, change)) as Document;
    const why = refused(changed);
    if (why.length === 0) return;
    count += 1;
    const { problems } = compilePolicies([{ path: 'a.yaml', text: documents.with(at, changed).map((other) => JSON.stringify(other)).join('\n---\n') }], { trust });
    expect(problems.filter(({ severity }) => severity === 'error'), `${one.kind} ${path.join('.')} ${what}: ${why.join('; ')}`).not.toEqual([]);
  }), { numRuns: Number(process.env['SCHEMA_RUNS'] ?? 300), seed: Number(process.env['SCHEMA_SEED'] ?? 16) });
  expect(count).toBeGreaterThan(30);
});

test.each(MISTAKES.map((mistake) => [`${mistake.kind}: ${mistake.what}`, mistake] as const))('refused, and taken without it: %s', (_, { kind, bad, good }) => {
  const document = (spec: unknown) => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name: 'm' }, spec });
  expect(refused(document(bad))).not.toEqual([]);
  expect(refused(document(good))).toEqual([]);
});
