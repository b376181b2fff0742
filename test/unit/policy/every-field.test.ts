import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../src/policy/read/catalogue.ts';
import { check, titled } from './every-field/check.ts';
import { EVERY_KIND, inNamespace, MEANINGLESS } from './every-field/document-rows.ts';
import { judge } from './every-field/judge.ts';
import { fieldOf, withField } from './every-field/row.ts';
import { PIPELINE_ROWS } from './every-field/pipeline-rows.ts';
import { NAMESPACED, ROWS } from './every-field/rows.ts';
import { fieldPaths, SCHEMAS } from './every-field/walk.ts';

/**
 * Every field of every kind of document does something: set alone, to a value that must matter, it changes the verdict
 * of the real engine over real evidence, or what the real compiler says at its place. A field that is parsed and then
 * dropped fails here (`where` once was), and so does a new field for which nobody has written a row.
 */
const KIND_NAMES = Object.keys(SCHEMAS);

describe('the rows', () => {
  test('are of every kind of document', () => expect(KIND_NAMES.toSorted()).toEqual([...KINDS].toSorted()));

  test.each(KIND_NAMES)('name every field of %s, and none that there is not', (kind) => {
    const fields = SCHEMAS[kind] === undefined ? [] : fieldPaths(SCHEMAS[kind]);
    const tried = [...new Set([...ROWS, ...NAMESPACED, ...PIPELINE_ROWS].filter((row) => row.kind === kind).map(fieldOf)), ...MEANINGLESS];
    expect(fields.length).toBeGreaterThan(20);
    expect(
      fields.filter((field) => !tried.includes(field)),
      'fields without a row',
    ).toEqual([]);
    expect(
      tried.filter((field) => !fields.includes(field)),
      'rows without a field',
    ).toEqual([]);
  });

  test('that do not change the verdict say why', () => {
    expect(
      ROWS.filter(({ to, says, why }) => (typeof to !== 'string' || says !== undefined) && why === undefined).map(({ place }) => place),
    ).toEqual([]);
  });
});

test.each(titled(ROWS))('%s', async (_, row) => check(row));

describe('what the API server adds changes nothing', () => {
  test.each(KIND_NAMES)('in %s', async (kind) => {
    const scene = kind === 'ArtifactPolicy' ? inNamespace(EVERY_KIND) : EVERY_KIND;
    const base = await judge(scene);
    const full = MEANINGLESS.reduce(
      (all, field) => withField(all, kind, field.replace('*', '{x}'), field.endsWith('*') ? 'x' : ['x']),
      scene,
    );
    const { yaml, ...answer } = await judge(full);
    expect(yaml).not.toBe(base.yaml);
    expect(answer).toEqual({ ...base, yaml: undefined });
  });
});
