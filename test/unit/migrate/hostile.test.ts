/** Hostile files: an import never throws, takes bounded time, and writes nothing that the compiler refuses. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { sharedData } from '../../support/shared.ts';
import { KYVERNO } from './fields/kyverno.ts';
import { OTHERS } from './fields/others.ts';
import { POLICY_CONTROLLER } from './fields/policy-controller.ts';
import { withField } from './fields/table.ts';
import { compileErrors, imported, joined } from './support.ts';

const FOLDER = sharedData('cluster-image-policies/valid');
const SEEDS = [
  ...readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8')),
  ...[...POLICY_CONTROLLER, ...KYVERNO, ...OTHERS].map(({ base }) => JSON.stringify(base, null, 1)),
];
const WORST: readonly unknown[] = [null, 0, -1, 1e300, true, '', 'x'.repeat(70_000), [], {}, [[]], [null], { a: null }, '\u0000\u202e', '*'.repeat(600), '((((', '${x}', 'a\nspec: {}', '__proto__', '# x\n---\nkind: Signer'];

/** The document with one of its values replaced. */
function spoilt(value: unknown, at: { left: number }, by: unknown): unknown {
  at.left -= 1;
  if (at.left === 0) return by;
  if (Array.isArray(value)) return value.map((item) => spoilt(item, at, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, spoilt(inside, at, by)]));
}

function size(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, inside) => sum + size(inside), 0);
}

describe('I5: hostile files', () => {
  test.each([...POLICY_CONTROLLER, ...KYVERNO, ...OTHERS].map(({ schema, base }) => [schema, base] as const))(
    '%s with every value replaced by each of the worst: no throw, one line a remark, and what is written is YAML of ours', (_, base) => {
      for (let at = 1; at <= size(base); at += 1) for (const worst of WORST) {
        const result = imported(JSON.stringify(spoilt(base, { left: at }, worst)));
        for (const { what, why, path } of result.remarks) expect(`${what}${why}${path}`).not.toMatch(/[\n\r\u0000\u202e]/);
        const text = joined(result);
        expect(text.match(/^kind: .*$/gm)?.every((line) => /^kind: (?:Signer|TrustRoot|ClusterArtifactPolicy|ArtifactPolicy)$/.test(line)) ?? true).toBe(true);
        expect((text.match(/^kind: /gm) ?? []).length).toBe(result.documents.length);
      }
    });

  test('what is written compiles, whatever one of its values was', () => {
    const values: readonly unknown[] = [null, 0, true, '', 'x'.repeat(2000), [], {}, [null], { a: 1 }, { a: '' }, '\u0000', '((((', 'a b', ['a b'], { matchLabels: { a: 1 } }, { matchExpressions: [{ key: 'a' }] }];
    let count = 0;
    for (const { base, rows, schema } of [...POLICY_CONTROLLER, ...KYVERNO, ...OTHERS]) for (const row of rows) {
      // The content of trust roots is read by who compiles them (the command refuses it then).
      if (schema === 'TrustRoot' || JSON.stringify(row).includes('trustedRoot')) continue;
      const whole: unknown = parse(withField(base, row));
      for (let at = 1 + (count % 5); at <= size(whole); at += 5) {
        count += 1;
        const text = JSON.stringify(spoilt(whole, { left: at }, values[(at + count) % values.length]));
        expect(compileErrors(imported(text)), text).toEqual([]);
      }
    }
    expect(count).toBeGreaterThan(400);
  });

  test('names and patterns of any text come to documents that compile', () => {
    const names = ['A B', '-x-', 'ä', '.', 'a'.repeat(300), 'nobody', 'sigstore-public-good', '…'];
    for (const name of names) {
      const text = JSON.stringify({
        apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name },
        spec: { images: [{ glob: 'ghcr.io/A_b/x**y**z**' }, { glob: 'a:b/c' }, { glob: 'ghcr.io/**/**a**/**' }, { glob: '/**/' }, { glob: '**:**@**' }],
          authorities: [{ name, keyless: { identities: [{ issuer: 'https://a.example', subjectRegExp: 'a' }] } }] },
      });
      expect(compileErrors(imported(`${text}\n---\n${text}`)), name).toEqual([]);
    }
  });

  test.each([
    ['aliases that multiply', `a: &a [${'x, '.repeat(50)}x]\nb: &b [${'*a, '.repeat(50)}*a]\nc: &c [${'*b, '.repeat(50)}*b]\nd: [${'*c, '.repeat(50)}*c]\n`],
    ['nested deeply', `${'{"a": '.repeat(5000)}1${'}'.repeat(5000)}`],
    ['no YAML', '\u0000\u0001{{{{'], ['a text', 'hello'], ['a list', '[1, 2]'], ['a number', '7'], ['another version', '%YAML 1.1\n---\nkind: ClusterImagePolicy\n'],
    ['a key twice', 'kind: ClusterImagePolicy\nkind: ClusterImagePolicy\n'], ['a tag', '!!js/function "x"'], ['__proto__', '{"__proto__": {"kind": "ClusterImagePolicy"}}'],
  ])('%s: refused, and nothing is written', (_, text) => {
    const result = imported(text);
    expect(result.documents).toEqual([]);
    expect(result.remarks.some(({ level }) => level === 'refused')).toBe(true);
  });

  test('an empty file holds nothing', () => {
    expect(imported('')).toEqual({ documents: [], remarks: [], read: 0 });
  });

  test('many attestors, many patterns, many identities: bounded', () => {
    const entries = Array.from({ length: 400 }, (_, index) => ({ keyless: { issuer: 'https://a.example', subject: `s${index}@a.example` } }));
    const verifyImages = [{ imageReferences: Array.from({ length: 400 }, (_, index) => `ghcr.io/a${index}/*x*y*z`), attestors: [{ count: 200, entries }, { count: 2, entries }] }];
    const result = imported(JSON.stringify({ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'p' }, spec: { rules: [{ name: 'r', verifyImages }] } }));
    expect(result.read).toBe(1);
    expect(joined(result).length).toBeLessThan(5_000_000);
  });

  test('random bytes in whole documents: no throw', () => {
    let state = 3;
    const roll = (most: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % most;
    };
    for (let run = 0; run < 400; run += 1) {
      const seed = SEEDS[roll(SEEDS.length)] ?? '';
      const at = roll(seed.length);
      const cut = `${seed.slice(0, at)}${String.fromCharCode(32 + roll(95)).repeat(roll(4))}${seed.slice(at + roll(30))}`;
      const result = imported(cut);
      expect(result.documents.every(({ text }) => text.startsWith('#') || text.startsWith('apiVersion'))).toBe(true);
    }
  });
});
