/** Hostile and broken policy tests: nothing is thrown, everything is bounded, and nothing that is written is ignored. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { evidence as evidenceSchema } from '../../../src/rehearse/read/evidence-schema.ts';
import { LIMITS } from '../../../src/rehearse/read/limits.ts';
import { readTests } from '../../../src/rehearse/read/read.ts';
import { policyTestSchema } from '../../../src/rehearse/read/schema.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';
import { folder, policyTest, ran } from './support.ts';
import type { Json } from './support.ts';

const IMAGE = 'ghcr.io/acme/app:1';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const WHOLE = {
  at: '2026-11-01T12:00:00Z', unmatched: 'deny', namespaces: { shop: { env: 'prod' } }, cluster: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
  artifacts: [
    { image: IMAGE, digest: DIGEST, children: [{ digest: `sha256:${'b'.repeat(64)}`, evidence: [], layers: [{ mediaType: 'a', annotations: {} }] }],
      evidence: [
        { by: { keyless: { issuer: 'https://i.example', subject: 'a@b.example', claims: { runnerEnvironment: 'x' }, trustRoot: 'other' } }, signature: { annotations: { a: 'b' } }, at: '2026-10-01T00:00:00Z', log: 'v1' },
        { by: { signer: 'release', identity: 0 }, attestation: { predicateType: 'https://a.example', predicate: { a: [1] } }, subject: { name: 'n', digest: { sha256: 'c'.repeat(64) }, annotations: { k: [1] } } },
        { by: { key: 'mine' }, provenance: { builder: 'b', parameters: { a: 1 } }, broken: 'tampered', log: 'v2' },
        { by: 'release', sbom: { packages: ['a'] }, log: 'none' }, { by: 'release', scan: { findings: ['LOW'] }, broken: 'otherArtifact' },
      ] },
  ],
  cases: [
    { name: 'a', image: IMAGE, usedAs: 'container', namespace: 'shop', user: 'u', groups: ['g'], expect: { decision: 'deny', reasons: ['FETCH_NONE_FOUND'], message: ['m'] } },
    { name: 'b', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: IMAGE }] } }, expect: { decision: 'deny' } },
  ],
};

const ODD: readonly unknown[] = [null, 0, -1, 1e308, true, '', 'x', '\u0000', 'a'.repeat(5000), [], [[]], {}, { a: {} }, ['x', 'x'], '2026-13-01', 'pkg:npm/x', '../../../etc/passwd', '(((', '**'];

/** Every place of a value, by its path. */
function places(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => places(member, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function planted(value: unknown, [step, ...rest]: readonly (string | number)[], odd: unknown): unknown {
  if (step === undefined) return odd;
  if (Array.isArray(value)) return value.map((member, index) => (index === step ? planted(member, rest, odd) : member));
  return { ...(value as Json), [step]: planted((value as Json)[step], rest, odd) };
}

describe('a policy test', () => {
  test('whole, as the twin of all that follow: it can be read and run', async () => {
    const { code, stderr } = await ran([policyTest(WHOLE)]);
    expect([code, stderr]).toEqual([1, '']);
  });

  test('with anything at any place ends in a report or in problems with places, never in a fault', async () => {
    const all = places(WHOLE);
    await fc.assert(fc.asyncProperty(fc.constantFrom(...all), fc.constantFrom(...ODD), async (path, odd) => {
      const { code, stderr } = await ran([planted(policyTest(WHOLE), ['spec', ...path], odd) as Json]);
      expect([0, 1, 64], stderr).toContain(code);
      if (code === 64) expect(stderr).toMatch(/:\d+:\d+: error: |no policy tests found|holds no PolicyTest/);
    }), { numRuns: 120, seed: 14 });
  });

  test('of any bytes is read without a throw', () => {
    const text = stringify(policyTest(WHOLE));
    const cut = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 8, unit: 'binary' })).map(([at, drop, put]) => text.slice(0, at) + put + text.slice(at + drop));
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), cut), (broken) => {
      const { tests, problems, isOther } = readTests({ path: 'a.yaml', text: broken });
      // Something is said of whatever is no test: a file that is one and cannot be read is never passed over in silence.
      if (/^kind: PolicyTest\s*$/m.test(broken) && tests.length === 0) expect(problems.length + Number(isOther)).toBeGreaterThan(0);
    }), { numRuns: 500, seed: 14 });
  });

  test('that cannot be read as YAML is an error in a folder, too', async () => {
    const root = folder({ 'a.yaml': 'apiVersion: gatehouse.dev/v1alpha1\nkind: PolicyTest\n  metadata: [\n' });
    expect((await ranCommandLine('test', root, '--allow-none')).code).toBe(64);
  });

  test.each<[string, Json, RegExp]>([
    ['evidence for one artifact', { artifacts: [{ image: IMAGE, evidence: Array.from({ length: LIMITS.evidence + 1 }, () => ({ by: 'release', signature: {} })) }] }, /evidence: has more than 200 entries/],
    ['evidence in all', { artifacts: Array.from({ length: 26 }, (_, index) => ({ image: `ghcr.io/acme/a${index}:1`, evidence: Array.from({ length: 200 }, () => ({ by: 'release', signature: {} })) })) }, /artifacts: holds 5200 pieces of evidence, at most 5000/],
    ['artifacts', { artifacts: Array.from({ length: LIMITS.artifacts + 1 }, (_, index) => ({ image: `a${index}` })) }, /artifacts: has more than 500 entries/],
    ['cases', { cases: Array.from({ length: LIMITS.cases + 1 }, (_, index) => ({ name: `${index}`, image: IMAGE, expect: { decision: 'deny' } })) }, /cases: has more than 1000 entries/],
  ])('has at most so much: %s', async (_, more, message) => {
    const { code, stderr } = await ran([policyTest({ cases: WHOLE.cases, ...more })]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(message)]);
  });

  test('has at most four mebibytes', () => {
    const { problems } = readTests({ path: 'a.yaml', text: `kind: PolicyTest\n#${'x'.repeat(LIMITS.file)}` });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('larger than')]);
  });

  test.each<[string, Json, RegExp]>([
    ['two artifacts of one name', { artifacts: [{ image: IMAGE }, { image: 'ghcr.io/acme/app:1' }] }, /artifacts\[1\]: .* stands here twice/],
    ['two artifacts of one digest', { artifacts: [{ image: IMAGE, digest: DIGEST }, { image: 'b', digest: DIGEST }] }, /artifacts\[1\]: .* stands here twice/],
    ['two digests of one artifact', { artifacts: [{ image: `b@${DIGEST}`, digest: `sha256:${'b'.repeat(64)}` }] }, /artifacts\[0\]: names sha256:a/],
    ['layers of a package', { artifacts: [{ package: 'pkg:npm/a@1.0.0', layers: [{ mediaType: 'a' }] }] }, /layers and children are of images/],
    ['two cases of one name', { cases: [WHOLE.cases[0], WHOLE.cases[0]] }, /cases\[1\]\.name: another case is called/],
    ['a claim that no certificate has', { artifacts: [{ image: IMAGE, evidence: [{ by: { keyless: { issuer: 'a', subject: 'b', claims: { runnerEnviroment: 'x' } } }, signature: {} }] }] }, /did you mean "runnerEnvironment"/],
    ['policies that are a number', { policies: [7] }, /policies\[0\]: expected a path, or a policy document/],
    ['a message that is a number', { cases: [{ name: 'a', image: IMAGE, expect: { decision: 'deny', message: 7 } }] }, /expect\.message: expected a list, found 7/],
    ['nobody who signs', { artifacts: [{ image: IMAGE, evidence: [{ signature: {} }] }] }, /evidence\[0\]\.by: is missing/],
    ['a reason that there is not', { cases: [{ name: 'a', image: IMAGE, expect: { decision: 'deny', reasons: ['FETCH_NONE_FUND'] } }] }, /did you mean "FETCH_NONE_FOUND"/],
    ['policies that are not there', { policies: ['nowhere/'] }, /policies\[0\]: .*there is no such policy folder/],
    ['policies that are none', { policies: ['../../../../../../../etc/passwd'] }, /policies\[0\]: .*no policy files/],
  ])('says where it contradicts itself: %s', async (_, more, message) => {
    const { code, stderr } = await ran([policyTest({ cases: [WHOLE.cases[0]], ...more })]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(message)]);
  });
});

describe('a fault of ours', () => {
  test.each([['a fault', 3], [undefined, 0]])('is neither passed nor failed (%s)', async (fault, expected) => {
    const wrote: string[] = [];
    const one = { file: 'a', line: 1, test: 't', name: 'n', expected: { decision: 'deny' }, actual: { decision: 'deny', reasons: [], message: '' }, differences: [], seconds: 0 };
    const rehearse = async () => ({ tests: 1, problems: [], lines: [], cases: [{ ...one, ...(fault === undefined ? {} : { fault }) }] });
    const code = await runCli(['test', 'x', '-o', 'tap'], {
      rooms: { ...localRooms, rehearse, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: () => 0,
      stdout: (text) => void wrote.push(text), stderr: () => undefined, stdin: async () => new Uint8Array(),
    });
    expect([code, wrote.join('')]).toEqual([expected, expect.stringContaining(fault === undefined ? 'ok 1' : 'not ok 1')]);
  });
});

describe('the reference', () => {
  const page = readFileSync(new URL('../../../docs/reference/policy-tests.md', import.meta.url), 'utf8');

  test('names every field', () => {
    const names = [policyTestSchema, evidenceSchema].flatMap((schema) => fieldsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
    expect(names.length).toBeGreaterThan(30);
    const common = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status', 'labels', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'finalizers', 'ownerReferences', 'managedFields', 'selfLink']);
    expect([...new Set(names)].filter((name) => !common.has(name) && !new RegExp(`[\`.{, ]${name}[\`},:]`).test(page))).toEqual([]);
  });
});

function fieldsOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties } = schema as { readonly properties?: object };
  return [...Object.keys(properties ?? {}), ...Object.entries(schema).flatMap(([key, value]) => (key === 'properties' ? Object.values(value as object).flatMap(fieldsOf) : fieldsOf(value)))];
}
