/** The chart is made of the shipped manifests, and of the configuration's own schema; Helm itself renders it in test/cluster/suites/chart.test.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument, visit } from 'yaml';
import { chartTemplates } from '../../../scripts/chart/templates.ts';
import { templatesOf } from '../../../scripts/chart/edits.ts';
import { valuesSchema, valuesSchemaText } from '../../../scripts/chart/values.ts';
import { documentsOf, only, read, ROOT } from './support.ts';

const CHART = 'deploy/chart/gatehouse';
const OWN = ['_helpers.tpl', 'NOTES.txt', 'settings.yaml', 'extra-objects.yaml', 'check-values.yaml'];
const list = (folder: string): readonly string[] => (existsSync(ROOT + folder) ? readdirSync(ROOT + folder) : []);
const templates = chartTemplates(ROOT, list);
const values = parse(read(`${CHART}/values.yaml`)) as Record<string, unknown>;

describe('part 8: one source', () => {
  test.each([...templates])('part 8: templates/%s is what its manifest makes', async (file, text) => {
    await expect(text).toMatchFileSnapshot(`${ROOT}${CHART}/templates/${file}`);
  });
  test('part 8: there is no template beside these and the five that have no manifest', () => {
    const held = readdirSync(`${ROOT}${CHART}/templates`, { recursive: true, encoding: 'utf8' }).filter((path) => path !== 'tests');
    expect(held.toSorted()).toEqual([...templates.keys(), ...OWN, 'tests/admission.yaml'].toSorted());
  });
  test('part 8: the schema of the values is made of the configuration’s own', async () => {
    await expect(valuesSchemaText()).toMatchFileSnapshot(`${ROOT}${CHART}/values.schema.json`);
  });
  test('part 8: one version for program, chart and image', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(parse(read(`${CHART}/Chart.yaml`))).toMatchObject({ name: 'gatehouse', version, appVersion: version });
  });
  test('part 8: no template makes a CA, a certificate or a key', () => {
    for (const file of [...templates.keys(), ...OWN]) expect(read(`${CHART}/templates/${file}`), file).not.toMatch(/\b(?:genCA|genSelfSigned|genSigned|genPrivateKey|rand[A-Z]\w*)/);
  });
  test('part 8: settings and policies of the values are those that are shipped', () => {
    const shipped = documentsOf('deploy/manifests/settings.yaml');
    expect(values['config']).toEqual(parse(only(shipped, 'ConfigMap', 'gatehouse-config').at('data', 'config.yaml').text()));
    const policies = only(shipped, 'ConfigMap', 'gatehouse-policies').at('data').value as Record<string, string>;
    expect(Object.fromEntries(Object.entries(values['policies'] as Record<string, string>).map(([name, text]) => [name, text.trimEnd()])))
      .toEqual(Object.fromEntries(Object.entries(policies).map(([name, text]) => [name, text.trimEnd()])));
  });
});

describe('part 8: values', () => {
  test('part 8: as shipped they are taken, and one that is misspelt is not', () => {
    expect(valuesSchema.safeParse(values).success).toBe(true);
    for (const wrong of [{ replicaCounts: 3 }, { webhook: { ...values['webhook'] as object, failurePolicy: 'fail' } }, { config: { unmatchd: 'deny' } }])
      expect(valuesSchema.safeParse({ ...values, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
  });
  test('part 8: an image that the guard would not let run is refused before it is installed', () => {
    const image = values['image'] as object;
    for (const [repository, taken] of [['mirror/gatehouse', true], ['gatehouse', true], ['mirror/gate-house', false], ['gatehouse-dev/gatehouse2', false]] as const)
      expect(valuesSchema.safeParse({ ...values, image: { ...image, repository } }).success, repository).toBe(taken);
  });
  test('part 8: every value says what it is for, itself or with its group', () => {
    const text = read(`${CHART}/values.yaml`);
    const document = parseDocument(text);
    const silent: string[] = [];
    visit(document, {
      Pair(_, pair, path) {
        const key = String((pair.key as { value: unknown }).value);
        const names = [...path.flatMap((one) => ('key' in one && one.key !== null ? [String((one.key as { value: unknown }).value)] : [])), key];
        // What stands inside of resources, the configuration and policies is not the chart's.
        if (names.length > 3 || ['resources', 'config', 'policies'].includes(names[0] ?? '') && names.length > 1 || names[1] === 'resources') return;
        const at = (pair.key as { range: [number, number, number] }).range[0];
        const before = text.slice(0, text.lastIndexOf('\n', at)).split('\n').at(-1) ?? '';
        const isGroup = (pair.value as { items?: unknown } | null)?.items !== undefined && (pair.value as { items: unknown[] }).items.length > 0;
        const inGroup = names.length > 1;
        if (!before.trim().startsWith('#') && !isGroup && !(inGroup && ['enabled', 'registry', 'repository', 'tag', 'pullPolicy', 'labels', 'resources'].includes(key))) silent.push(names.join('.'));
      },
    });
    expect(silent).toEqual([]);
  });
});

describe('edits', () => {
  const manifest = 'kind: A\nmetadata:\n  name: x # why\nspec:\n  # of two\n  many: 2\n  list:\n    - a: 1\n      b: {c: 1}\n    # last\n    - a: 2\n';
  test('change what they name and no other letter', () => {
    const [one] = templatesOf(manifest);
    one?.value(['spec', 'many'], '.n');
    one?.after(['spec', 'list', 0], '  d: 3');
    one?.when(['spec', 'list', 1], '.x');
    expect(one?.text()).toBe('kind: A\nmetadata:\n  name: x # why\nspec:\n  # of two\n  many: {{ .n }}\n  list:\n    - a: 1\n      b: {c: 1}\n      d: 3\n    # last\n    {{- if .x }}\n    - a: 2\n    {{- end }}\n');
  });
  test('what is added below a list does not hang on the condition of its last entry', () => {
    const [one] = templatesOf('kind: A\nspec:\n  args:\n    - a\n    - b\n');
    one?.when(['spec', 'args', 1], '.x');
    one?.after(['spec', 'args'], '  {{- .more }}');
    expect(one?.text()).toBe('kind: A\nspec:\n  args:\n    - a\n    {{- if .x }}\n    - b\n    {{- end }}\n    {{- .more }}\n');
    const [two] = templatesOf('apiVersion: v1\nkind: A\nspec:\n  args:\n    - a\n    - b\n');
    two?.when(['spec', 'args', 1], '.x');
    two?.whole('.y');
    two?.after(['spec', 'args'], '  {{- .more }}');
    expect(two?.text()).toBe('{{- if .y }}\napiVersion: v1\nkind: A\nspec:\n  args:\n    - a\n    {{- if .x }}\n    - b\n    {{- end }}\n    {{- .more }}\n{{- end }}\n');
  });
  test('refuse a place that is not there, two changes at one place, and a manifest that is a template already', () => {
    const [one] = templatesOf(manifest);
    expect(() => one?.value(['spec', 'few'], '.n')).toThrow('nothing stands at spec.few');
    one?.value(['spec', 'many'], '.n');
    one?.block(['spec'], '.n');
    expect(() => one?.text()).toThrow('two changes at one place');
    expect(() => templatesOf('a: {{ b }}')).toThrow('holds {{');
  });
});
