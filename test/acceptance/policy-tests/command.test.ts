/** `gatehouse test`: what it finds, how it ends, and what it writes. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../../support/command-line.ts';
import { folder, POLICY, policyTest, ran, SIGNER } from './support.ts';
import type { Json } from './support.ts';

const IMAGE = 'ghcr.io/acme/app:1';
const SIGNED = [{ image: IMAGE, evidence: [{ by: 'release', signature: {} }] }];
const passing: Json = { artifacts: SIGNED, cases: [{ name: 'signed', image: IMAGE, expect: { decision: 'admit', reasons: ['POLICY_SATISFIED'] } }] };
const failing: Json = { artifacts: [{ image: IMAGE }], cases: [{ name: 'unsigned', image: IMAGE, expect: { decision: 'admit' } }] };

describe('gatehouse test ends', () => {
  test('with 0 when all is as expected', async () => {
    expect(await ran([policyTest(passing)])).toEqual({ code: 0, stdout: '1 passed, 0 failed\n', stderr: '' });
  });

  test('with 1 when something is not, and says what was expected, what was found and what the user is told', async () => {
    const { code, stdout } = await ran([policyTest(passing, 'good'), policyTest(failing, 'bad')]);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ bad / unsigned');
    expect(stdout).toContain('expected decision admit');
    expect(stdout).toContain('found    decision deny');
    expect(stdout).toContain('[FETCH_NONE_FOUND]');
    expect(stdout).toContain('1 passed, 1 failed');
    expect(stdout).not.toContain('good / signed');
  });

  test('with 1 when the reasons alone are others', async () => {
    const cases = [{ name: 'a', image: IMAGE, expect: { decision: 'deny', reasons: ['VERIFY_SIGNER_UNTRUSTED'] } }];
    const { code, stdout } = await ran([policyTest({ artifacts: [{ image: IMAGE }], cases })]);
    expect(code).toBe(1);
    expect(stdout).toContain('found    reasons  FETCH_NONE_FOUND');
  });

  test('with 64 when a test is invalid: line, column, and the nearest name', async () => {
    const { code, stderr } = await ran([policyTest({ ...passing, artefacts: [] })]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/it\.yaml:\d+:\d+: error: spec\.artefacts: unknown field "artefacts"; did you mean "artifacts"\?/);
  });

  test('with 64 when one of two is invalid, and does not say that all is well', async () => {
    const { code, stdout } = await ran([policyTest(passing, 'one'), policyTest({ ...passing, unmatched: 'maybe' }, 'two')]);
    expect([code, stdout]).toEqual([64, '1 passed, 0 failed, 1 problem: not all tests could be run\n']);
  });

  test('with 64 when policies are invalid, told where the policy stands', async () => {
    const root = folder({ 'p/a.yaml': [SIGNER, { ...POLICY, spec: { artifacts: [] } }], 't/a.yaml': [policyTest({ ...passing, policies: ['../p'] })] });
    const { code, stderr } = await ranCommandLine('test', join(root, 't'));
    expect(code).toBe(64);
    expect(stderr).toMatch(/p\/a\.yaml:\d+:\d+: error: spec\./);
  });

  test('with 64 when a test names a Signer that there is not', async () => {
    const { code, stderr } = await ran([policyTest({ ...passing, artifacts: [{ image: IMAGE, evidence: [{ by: 'relaese', signature: {} }] }] })]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/:\d+:\d+: error: spec\.artifacts\[0\]\.evidence\[0\]\.by: no Signer .*did you mean "release"\?/);
  });

  test.each([
    ['a folder without tests', { 'p.yaml': [SIGNER, POLICY] }, '.', [], 'no policy tests found'],
    ['a file without tests', { 'p.yaml': [SIGNER, POLICY] }, 'p.yaml', [], 'holds no PolicyTest'],
    ['nothing of that name', { 't.yaml': [policyTest(passing)] }, '.', ['--run', 'other'], 'no test and no case is called so'],
    ['no such folder', {}, 'nowhere', [], 'there is no such policy folder or file'],
  ] as const)('with 64 for %s', async (_, files, path, flags, message) => {
    const { code, stderr } = await ranCommandLine('test', join(folder(files), path), ...flags);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  });

  test('with 0 for a folder without tests where there may be none', async () => {
    expect((await ranCommandLine('test', folder({ 'p.yaml': [SIGNER, POLICY] }), '--allow-none')).code).toBe(0);
  });
});

describe('gatehouse test runs', () => {
  const tests = [policyTest(passing, 'one'), policyTest(failing, 'two')];

  test.each([['one', 1], ['unsigned', 1], ['two/uns*', 1], ['*', 2]] as const)('--run %s: %d of two cases', async (glob, count) => {
    const { stdout } = await ran(tests, '--run', glob, '-o', 'json');
    expect((parse(stdout) as { cases: unknown[] }).cases).toHaveLength(count);
  });

  test('tests beside policies, which are passed over', async () => {
    const root = folder({ 'policies/p.yaml': [SIGNER, POLICY], 'tests/t.policy-test.yaml': [policyTest({ ...passing, policies: ['../policies/'] })] });
    expect((await ranCommandLine('test', root)).stdout).toBe('1 passed, 0 failed\n');
  });

  test('-v: also what passed', async () => {
    expect((await ran([policyTest(passing)], '-v')).stdout).toMatch(/✓ it \/ signed {2}\(.*it\.yaml:\d+\)\n {2}admit POLICY_SATISFIED/);
  });

  test('a policy folder that holds a test is refused with the fix', async () => {
    const { code, stderr, stdout } = await ranCommandLine('policy', 'lint', folder({ 'p.yaml': [SIGNER, POLICY, policyTest(passing)] }));
    expect(code).toBe(64);
    expect(stdout + stderr).toContain('run it with gatehouse test');
  });
});

describe('gatehouse test writes', () => {
  const tests = [policyTest(passing, 'one'), policyTest(failing, 'two <&>')].map((one, index) => ({ ...one, metadata: { name: `t${index}` } }));

  test('JUnit', async () => {
    const { code, stdout } = await ran(tests, '-o', 'junit');
    expect(code).toBe(1);
    expect(stdout).toContain('<testsuites name="gatehouse" tests="2" failures="1" errors="0"');
    expect(stdout).toContain('<failure message="expected decision admit; found    decision deny">');
  });

  test('TAP', async () => {
    const { stdout } = await ran(tests, '-o', 'tap');
    expect(stdout).toMatch(/^TAP version 14\n1\.\.2\nok 1 - t0: signed\nnot ok 2 - t1: unsigned\n/);
  });

  test('JSON and YAML, which say the same', async () => {
    const [json, yaml] = [await ran(tests, '-o', 'json'), await ran(tests, '-o', 'yaml')].map(({ stdout }) => parse(stdout) as { passed: number; failed: number; kind: string });
    expect(json).toMatchObject({ kind: 'PolicyTestReport', passed: 1, failed: 1 });
    expect(yaml).toMatchObject({ kind: 'PolicyTestReport', passed: 1, failed: 1 });
  });

  test('a test that cannot be run as an error, never as nothing', async () => {
    const broken = { ...policyTest(passing), metadata: { name: 'broken' }, spec: { policies: [SIGNER, POLICY] } };
    const { code, stdout } = await ran([...tests.slice(0, 1), broken], '-o', 'junit');
    expect(code).toBe(64);
    expect(stdout).toContain('errors="1"');
  });
});
