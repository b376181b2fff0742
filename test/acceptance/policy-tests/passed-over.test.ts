/** A test that is not run must not look like one that passed: what in a folder was meant as a test, and cannot be read as one, is told. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { folder, policyTest } from './support.ts';
import type { Json } from './support.ts';

const IMAGE = 'ghcr.io/acme/app:1';
const CASE = { name: 'a', image: IMAGE, expect: { decision: 'deny', reasons: ['FETCH_NOT_FOUND'] } };
const PASSES = policyTest({ cases: [CASE] });
/** It would fail if it was run. */
const FAILS: Json = { ...policyTest({ cases: [{ ...CASE, expect: { decision: 'admit' } }] }), metadata: { name: 'b' } };
const text = (value: unknown): string => JSON.stringify(value, null, 1);
const beside = (name: string, content: string): Promise<{ code: number; stderr: string; stdout: string }> =>
  ranCommandLine('test', folder({ 'a.json': text(PASSES), [name]: content }));

describe('beside a test that passes', () => {
  test.each<[string, string, string, RegExp]>([
    ['JSON with a bracket too many', 'b.json', `${text(FAILS)}}`, /b\.json:\d+:\d+: error: /],
    ['a flow map that is not closed', 'b.yaml', '{apiVersion: gatehouse.dev/v1alpha1, kind: PolicyTest, spec: [}', /b\.yaml:1:\d+: error: /],
    ['a kind in quotes', 'b.yaml', '"kind": "PolicyTest"\nspec: [\n', /b\.yaml:\d+:\d+: error: /],
    ['a kind in the plural', 'b.json', text({ ...FAILS, kind: 'PolicyTests' }), /kind: unknown kind "PolicyTests"; did you mean "PolicyTest"\?/],
    ['a kind in lower case, of no API', 'b.json', text({ ...FAILS, apiVersion: undefined, kind: 'policytest' }), /kind: unknown kind "policytest"; did you mean/],
    ['a kind that nobody knows', 'b.json', text({ ...FAILS, kind: 'Scenario' }), /kind: unknown kind "Scenario"; a test is a PolicyTest/],
    ['no kind', 'b.json', text({ ...FAILS, kind: undefined }), /kind: is missing; write PolicyTest/],
    ['neither kind nor API', 'b.json', text({ spec: FAILS['spec'] }), /kind: is missing; write PolicyTest/],
    ['a list of tests', 'b.json', text({ apiVersion: 'v1', kind: 'List', items: [FAILS] }), /items: tests are not read out of a List; write each/],
    ['another version of the API', 'b.json', text({ ...FAILS, apiVersion: 'gatehouse.dev/v1' }), /apiVersion: expected "gatehouse\.dev\/v1alpha1"/],
  ])('%s is told, and the run does not pass', async (_, name, content, says) => {
    const { code, stderr, stdout } = await beside(name, content);
    expect([code, stderr]).toEqual([64, expect.stringMatching(says)]);
    expect(stdout).toContain('not all tests could be run');
  });

  test.each<[string, string, string]>([
    ['a policy', 'b.json', text({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'x' }, spec: {} })],
    ['a report of ours', 'b.json', text({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTestReport', cases: [] })],
    ['a list of pods', 'b.json', text({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }] })],
    ['values of a chart', 'b.yaml', 'image: x\nspec: {replicas: 1}\n'],
    ['a template that is no YAML', 'b.yaml', 'kind: Pod\n{{ if .Values.x }}\n  a: [\n'],
    ['nothing', 'b.yaml', '# PolicyTest\n'],
  ])('%s is passed over', async (_, name, content) => {
    const { code, stderr } = await beside(name, content);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('bytes that are no text, and a link to nowhere', async () => {
    const root = folder({ 'a.json': text(PASSES) });
    writeFileSync(join(root, 'b.yaml'), Buffer.concat([Buffer.from(text(FAILS)), Buffer.from([0x0a, 0x23, 0xff])]));
    symlinkSync('nowhere.yaml', join(root, 'c.yaml'));
    const { code, stderr } = await ranCommandLine('test', root);
    expect(code).toBe(64);
    expect(stderr).toMatch(/b\.yaml:1:1: error: expected text in UTF-8/);
    expect(stderr).toMatch(/c\.yaml:1:1: error: file cannot be read/);
  });
});

describe('what would pass whatever the policies say', () => {
  const run = async (spec: Json): Promise<[number, string]> => {
    const { code, stderr } = await ranCommandLine('test', folder({ 'a.json': text(policyTest(spec)) }));
    return [code, stderr];
  };

  test.each(['  ', '\n', '\t \n'])('a message that every message contains: %j', async (message) => {
    const of = (told: unknown): Json => ({ cases: [{ ...CASE, expect: { decision: 'deny', message: told } }] });
    expect(await run(of(message))).toEqual([64, expect.stringContaining('is blank')]);
    expect(await run(of(['artifact', message]))).toEqual([64, expect.stringContaining('message[1]: is blank')]);
    expect(await run(of('artifact is not in the registry\n'))).toEqual([0, '']);
  });

  const signedBy = (by: unknown): Json => ({
    artifacts: [{ image: IMAGE, evidence: [{ by, signature: {} }] }], cases: [{ ...CASE, expect: { decision: 'deny' } }],
  });
  test('a key that is called as a Signer is: who wrote that meant the Signer', async () => {
    expect(await run(signedBy({ key: 'release' }))).toEqual([64, expect.stringContaining('write {signer: release}')]);
    expect(await run(signedBy({ key: 'mallory' }))).toEqual([0, '']);
  });

  test('an identity under a root that is called almost as one of the policies is', async () => {
    const under = (trustRoot: string): Json => signedBy({ keyless: { issuer: 'https://issuer.example', subject: 'a@b.example', trustRoot } });
    expect(await run(under('sigstore-public-godo'))).toEqual([64, expect.stringContaining('did you mean "sigstore-public-good"?')]);
    expect(await run(under('sigstore-public-good'))).toEqual([0, '']);
    expect(await run(under('of-somebody-else'))).toEqual([0, '']);
  });
});
