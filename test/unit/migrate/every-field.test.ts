/** No field of a source is dropped: each is translated, told, or one of those that say nothing about signatures. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileErrors, imported, joined } from './support.ts';
import { KYVERNO } from './fields/kyverno.ts';
import { OTHERS } from './fields/others.ts';
import { POLICY_CONTROLLER } from './fields/policy-controller.ts';
import { withField } from './fields/table.ts';
import type { SchemaRows } from './fields/table.ts';

const SCHEMAS: readonly SchemaRows[] = [...POLICY_CONTROLLER, ...KYVERNO, ...OTHERS];
const page = readFileSync(new URL('../../../docs/reference/import.md', import.meta.url), 'utf8');

/** What is written and told, without places, which move with every field. */
function said(text: string): string {
  const result = imported(text);
  const written = joined(result).replaceAll(/source\.yaml:\d+/g, 'source.yaml');
  return `${written.replaceAll(/^# (unsaid|stricter): \d+/gm, '# $1')}${result.remarks.map(({ level, path, what }) => `${level} ${path} ${what}`).join('\n')}`;
}

describe.each(SCHEMAS)('I5: $schema', ({ base, rows }) => {
  const whole = said(JSON.stringify(base, null, 1));

  test('is whole without any of the fields, and what is written compiles', () => {
    const result = imported(JSON.stringify(base));
    expect(result.remarks.filter(({ level }) => level === 'refused')).toEqual([]);
    if (!JSON.stringify(base).includes('tuf.acme.example')) expect(compileErrors(result)).toEqual([]);
  });

  test.each(rows.map((row) => [row.path.join('.'), JSON.stringify(row.value).slice(0, 60), row] as const))('%s: %s', (_, __, row) => {
    const text = withField(base, row);
    // A field of the schema is known, whatever comes of it.
    expect(imported(text).remarks.filter(({ why }) => why.includes('does not know'))).toEqual([]);
    if (row.effect === 'some') expect(said(text)).not.toBe(whole);
    else {
      expect(said(text)).toBe(whole);
      const name = row.path.findLast((part) => typeof part === 'string') ?? '';
      expect(page.includes(`\`${String(name)}`) || page.includes(`.${String(name)}\``), `${String(name)} stands in the list of fields without effect`).toBe(true);
    }
  });

  test('a field that nobody knows is told wherever it stands, and shuts the policies', () => {
    const places = mapsOf(base, []).filter((path) => !path.includes('metadata') && !(path.length === 0 && base['kind'] === 'List'));
    expect(places.length).toBeGreaterThan(1);
    for (const path of places) {
      const result = imported(withField(base, { path: [...path, 'demandsMore'], value: 'x' }));
      const told = result.remarks.filter((remark) => remark.path.endsWith('demandsMore'));
      // Labels, annotations and opaque selectors are whole values.
      if (told.length === 0) expect(path.join('.')).toMatch(/selector|Selector/);
      else if (result.documents.some(({ kind }) => kind.endsWith('Policy'))) expect(joined(result), path.join('.')).toContain('- nobody\n');
    }
  });
});

function mapsOf(value: unknown, path: readonly (string | number)[]): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => mapsOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return [path, ...Object.entries(value).flatMap(([key, inside]) => mapsOf(inside, [...path, key]))];
}
