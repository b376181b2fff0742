/** The published JSON Schemas: they are what is generated, they take every example, and refuse what the compiler refuses of fields. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SCHEMAS } from '../../../src/wiring/local/policy/schemas.ts';
import { commandLine, ranCommandLine } from '../../support/command-line.ts';
import { validator } from '../../support/json-schema.ts';
import type { Validate } from '../../support/json-schema.ts';
import { compile, errors, policy, signer } from './support.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const all: Validate[] = [];
const valid = async (value: unknown): Promise<boolean> => all[0]?.(value) ?? Promise.reject(new Error('not compiled'));
beforeAll(async () => { all.push(await validator(SCHEMAS.combined())); });

/** All files below a folder with one of these ends. */
function below(folder: string, ends: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ends.test(entry.name)).map((entry) => join(entry.parentPath, entry.name)).toSorted();
}

const documentsIn = (text: string): unknown[] => parseAllDocuments(text).filter(({ errors: bad }) => bad.length === 0).map((one) => one.toJS() as unknown);
const isOurs = (value: unknown): boolean => (value as { apiVersion?: unknown } | null)?.apiVersion === 'gatehouse.dev/v1alpha1'
  && SCHEMAS.kinds.includes(String((value as { kind?: unknown }).kind)) && (value as { spec?: unknown }).spec !== undefined;

describe('docs/schema', () => {
  test.each([...SCHEMAS.kinds, 'gatehouse'])('%s.json is what policy schema prints', async (kind) => {
    const { code, stdout } = await ranCommandLine('policy', 'schema', ...(kind === 'gatehouse' ? [] : [kind]));
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot(join(ROOT, `docs/schema/${kind}.json`));
    await validator(JSON.parse(stdout) as object);
  });

  test('an unknown kind is wrong usage', async () => {
    const [code, text] = await commandLine('policy', 'schema', 'Singer');
    expect(code).toBe(64);
    expect(text).toContain('known are Signer');
  });

  test('every field of a policy and of its requirements says what it is', () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties') for (const [name, part] of Object.entries(value as object))
          if (!('description' in part) && !('not' in part)) silent.push(`${path}.${name}`);
        walk(value, key === 'properties' ? path : `${path}.${key}`);
      }
    };
    const { $defs } = SCHEMAS.of('ClusterArtifactPolicy') as { $defs: Record<string, { properties: Record<string, { properties?: object }> }> };
    for (const schema of Object.values($defs)) {
      walk({ properties: schema.properties }, 'require');
      for (const [kind, part] of Object.entries(schema.properties)) if (part.properties !== undefined) walk({ properties: part.properties }, kind);
    }
    expect(silent.filter((path) => !/\.(?:items|properties|anyOf|allOf)\b/.test(path) && path.split('.').length === 2)).toEqual([]);
  });
});

describe('documents', () => {
  const files = [...below('policies', /\.ya?ml$/), ...below('deploy', /\.ya?ml$/)];
  test.each(files.map((file) => [relative(ROOT, file), file]))('%s is valid', async (_, file) => {
    for (const document of documentsIn(readFileSync(file, 'utf8')).filter(isOurs)) expect(await valid(document), JSON.stringify(document)).toBe(true);
  });

  test('so are all that stand in the documentation', async () => {
    let count = 0;
    for (const file of below('docs', /\.md$/))
      for (const [, text = ''] of readFileSync(file, 'utf8').matchAll(/^```ya?ml\n([^]*?)^```/gm))
        for (const document of documentsIn(text).filter(isOurs)) {
          if (errors(compile(JSON.stringify(document))).some(({ message }) => !/no (?:Signer|TrustRoot) is named/.test(message))) continue;
          count += 1;
          expect(await valid(document), `${file} ${JSON.stringify(document)}`).toBe(true);
        }
    expect(count).toBeGreaterThan(20);
  });

  test.each(below('policies', /\.ya?ml$/).map((file) => [relative(ROOT, file), file]))('%s tells editors its schema', (_, file) => {
    const [, path] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    expect(join(file, '..', path ?? '')).toBe(join(ROOT, 'docs/schema/gatehouse.json'));
  });

  const json = (text: string): unknown => JSON.parse(text);
  const REQUIRE = (...require: unknown[]): unknown => json(policy({ require }));
  test.each<readonly [string, unknown, unknown]>([
    ['a field of the policy', json(policy({ mod: 'warn' })), json(policy({ mode: 'warn' }))],
    ['a field of metadata', json(policy({}, { nam: 'x' })), json(policy({}, { labels: { a: 'b' } }))],
    ['a field of a requirement', REQUIRE({ name: 'a', signature: { by: ['a'], treshold: 2 } }), REQUIRE({ name: 'a', signature: { by: ['a'], threshold: 2 } })],
    ['a kind of requirement', REQUIRE({ name: 'a', signatur: { by: ['a'] } }), REQUIRE({ name: 'a', signature: { by: ['a'] } })],
    ['two kinds at once', REQUIRE({ name: 'a', signature: { by: ['a'] }, sbom: { by: ['a'] } }), REQUIRE({ name: 'a', sbom: { by: ['a'] } })],
    ['a field inside of anyOf', REQUIRE({ name: 'a', anyOf: [{ sbom: { by: ['a'], complet: true } }] }), REQUIRE({ name: 'a', anyOf: [{ sbom: { by: ['a'], complete: true } }] })],
    ['a field below provenance', REQUIRE({ name: 'a', provenance: { by: ['a'], source: { url: 'x' } } }), REQUIRE({ name: 'a', provenance: { by: ['a'], source: { uri: 'github.com/acme/app' } } })],
    ['a word', json(policy({ mode: 'enforced' })), json(policy({ mode: 'enforce' }))],
    ['a word in a list', json(policy({ usedAs: ['contaner'] })), json(policy({ usedAs: ['container'] }))],
    ['a type', json(policy({ artifacts: 'ghcr.io/**' })), json(policy({ artifacts: [{ image: 'ghcr.io/**' }] }))],
    ['nothing demanded', json(policy({ require: [] })), json(policy({}))],
    ['a threshold of none', REQUIRE({ name: 'a', signature: { by: ['a'], threshold: 0 } }), REQUIRE({ name: 'a', signature: { by: ['a'], threshold: 1 } })],
    ['a namespaced field', json(policy({ namespaces: {} }, { namespace: 'n' })), json(policy({ namespaces: {} }))],
    ['a field of a signer', json(signer('alice', { identites: [] })), json(signer('alice'))],
    ['two subjects', json(signer('alice', { identities: [{ keyless: { issuer: 'https://i', subject: 'a', subjectGlob: 'a*' } }] })), json(signer('alice', { identities: [{ keyless: { issuer: 'https://i', subject: 'a' } }] }))],
    ['an unknown kind', { ...(json(policy()) as object), kind: 'ClusterPolicy' }, json(policy())],
    ['another version', { ...(json(policy()) as object), apiVersion: 'gatehouse.dev/v2' }, json(policy())],
  ])('refused, and so by the compiler: %s', async (_, bad, good) => {
    expect(await valid(bad)).toBe(false);
    expect(errors(compile(JSON.stringify(bad)))).not.toEqual([]);
    expect(await valid(good)).toBe(true);
  });
});
