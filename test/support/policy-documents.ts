/** Documents of policies wherever there are any in this repository: shipped ones, those in pages, and those of tests that compile. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { RESOURCES } from '../../src/policy/crd/index.ts';
import type { Scene } from '../unit/policy/every-field/judge.ts';
import { PIPELINE_ROWS } from '../unit/policy/every-field/pipeline-rows.ts';
import { pathOf, withField } from '../unit/policy/every-field/row.ts';
import { NAMESPACED, ROWS } from '../unit/policy/every-field/rows.ts';
import { doc, ROOT, SIGNERS } from '../unit/policy/every-field/world.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** A document before it is written as text. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: keyof typeof RESOURCES;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
}

/** A document, and where it was found. */
export interface Found {
  readonly from: string;
  readonly document: Document;
}

function* filesBelow(folder: string, ends: RegExp): Generator<string> {
  for (const entry of readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true }))
    if (entry.isFile() && ends.test(entry.name) && !/\/templates(?:\/|$)/.test(entry.parentPath)) yield relative(REPOSITORY, join(entry.parentPath, entry.name));
}

function isOurs(value: unknown): value is Document {
  const { apiVersion, kind, metadata, spec } = (value ?? {}) as Partial<Document>;
  return apiVersion === 'gatehouse.dev/v1alpha1' && Object.hasOwn(RESOURCES, kind ?? '') && metadata?.name !== undefined && spec !== undefined;
}

const documentsIn = (from: string, text: string): readonly Found[] => parseAllDocuments(text).filter(({ errors }) => errors.length === 0)
  .map((one): unknown => one.toJS()).filter(isOurs).map((document) => ({ from, document }));

/** What we ship and show: `policies/`, `deploy/`, the policies of the cookbook's tests, and blocks of YAML in README and docs. */
export function shownDocuments(): readonly Found[] {
  const files = [...filesBelow('policies', /\.ya?ml$/), ...filesBelow('deploy', /\.ya?ml$/), ...filesBelow('docs', /\.ya?ml$/), ...filesBelow('test/fixtures', /\.ya?ml$/)];
  const pages = ['README.md', ...filesBelow('policies', /\.md$/), ...filesBelow('docs', /\.md$/)];
  return [
    ...files.flatMap((file) => documentsIn(file, readFileSync(join(REPOSITORY, file), 'utf8'))),
    ...pages.flatMap((page) => [...readFileSync(join(REPOSITORY, page), 'utf8').matchAll(/^```ya?ml\n([^]*?)^```/gm)].flatMap(([, text = '']) => documentsIn(page, text))),
  ];
}

/** A document that compiles in its set, with every field of every kind in one of them; `at` is its place in the set. */
export interface Compiling {
  readonly documents: readonly Document[];
  readonly at: number;
}

/** That each compiles is what `every-field.test.ts` and the tests of pipelines assert. */
export function compilingDocuments(): readonly Compiling[] {
  const pipelines = PIPELINE_ROWS.map(({ kind, place, base, value }) => {
    const scene = { documents: [doc(kind, 'p', base), ROOT, ...SIGNERS] } as unknown as Scene;
    return { documents: withField(scene, kind, place, value).documents as unknown as readonly Document[], at: 0 };
  });
  return [...pipelines, ...artifactRows()];
}

function artifactRows(): readonly Compiling[] {
  return [...ROWS, ...NAMESPACED].filter(({ to }) => typeof to === 'string' && to !== 'refused').flatMap((row) => {
    const { documents } = withField(row.scene, row.kind, row.place, row.value);
    const at = documents.findIndex(({ kind }) => kind === row.kind);
    return row.scene.tufRoot !== undefined || row.scene.spiffeBundle !== undefined || pathOf(row).length === 0 || at < 0 ? [] : [{ documents: documents as unknown as readonly Document[], at }];
  });
}

/** A key or an index. */
export type Step = string | number;

/** Every place in a value, itself included. */
export function places(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => places(member, [...path, Array.isArray(value) ? Number(key) : key]))];
}

/** What stands at a place. */
export function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((inside, step) => (inside as Readonly<Record<Step, unknown>> | null | undefined)?.[step], value);
}

/** The value with another thing at one place. */
export function changedAt(value: unknown, [step, ...rest]: readonly Step[], change: (old: unknown) => unknown): unknown {
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return value.map((member: unknown, index) => (index === step ? changedAt(member, rest, change) : member));
  const old = value as Readonly<Record<string, unknown>>;
  return { ...old, [step]: changedAt(old[step], rest, change) };
}

const ODD: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e9, '', 'x', ' ', '1h', '2026-01-01T00:00:00Z', 'sha256:x', [], [null], [''], ['x'], ['x', 'x'], [[]], {}, { a: 1 }, [{}],
];

/** A change of what stands at a place. */
export interface Change {
  readonly what: string;
  change(this: void, old: unknown): unknown;
}

/** Anything at any place. */
export const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(...ODD).map((odd) => ({ what: JSON.stringify(odd), change: (): unknown => odd })),
  fc.constant({ what: 'taken out', change: (): unknown => undefined }),
  fc.constant({ what: 'a field too many', change: (old: unknown): unknown => (typeof old === 'object' && old !== null && !Array.isArray(old) ? { ...old, unheardOf: 1 } : old) }),
  fc.constant({ what: 'twice', change: (old: unknown): unknown => (Array.isArray(old) ? [...old, ...(old as unknown[])] : [old]) }),
);
