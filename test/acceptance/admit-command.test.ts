// `gatehouse admit` by its front door: artifacts and lock files, judged here and by a gate, with the same output and exit codes.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import type { Ran } from '../support/command-line.ts';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';

const SHA512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const HEX512 = `sha512:${'07'.repeat(64)}`;

let gate: GateServer;
let pod: AskingPod;
let folder: string;
let ca: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-admit-'));
  const keys = file('receipt-key.pem', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' } }, config: { gate: { receipts: { keys } } } });
  pod = gate.pod();
  writeFileSync(join(folder, 'token'), `${pod.token}\n`);
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, gate.server.running.developmentCertificate ?? '');
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const here = (...args: string[]): Promise<Ran> =>
  ranCommandLine('admit', ...args, '-p', gate.server.policyFolder, '--plain-http', gate.registry.host, '-n', 'ci', '--namespaces', namespaces());
const there = (...args: string[]): Promise<Ran> =>
  ranCommandLine('admit', ...args, '--server', `https://localhost:${gate.server.running.gatePort}`, '--token-file', join(folder, 'token'), '--ca', ca);

function namespaces(): string {
  return file('namespaces.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: ci, labels: { factory: "true" } }\n');
}

function packageLock(packages: Readonly<Record<string, unknown>>): string {
  return file('package-lock.json', JSON.stringify({ name: 'app', lockfileVersion: 3, packages: { '': { name: 'app' }, ...packages } }, null, 2));
}

const withoutFix = (text: string): string => text.replaceAll(/^( *"?fix"?:? +).*$/gm, '$1');

describe('the same words here and there', () => {
  const cases: readonly (readonly [string, () => readonly string[], number])[] = [
    ['one that is admitted', () => [gate.good], 0],
    ['one that is denied', () => [gate.evil], 1],
    ['both, as JSON', () => [gate.good, gate.evil, '-o', 'json'], 1],
    ['a lock file', () => ['--lockfile', packageLock({ 'node_modules/left-pad': { version: '1.3.0', integrity: SHA512 } })], 1],
    ['a lock file and an image, as JSON', () => [gate.good, '-o', 'json', '--lockfile', packageLock({ 'node_modules/left-pad': { version: '1.3.0', integrity: SHA512 } })], 1],
    ['only what need not be asked about', () => ['--lockfile', packageLock({ 'node_modules/a': { resolved: 'packages/a', link: true }, 'packages/a': { version: '1.0.0' } })], 0],
    ['a registry that is not there', () => [`localhost:1/acme/app@sha256:${'0'.repeat(64)}`], 1],
    ['no lock file', () => ['--lockfile', file('go.sum', 'x')], 64],
  ];
  test.each(cases)('%s', async (_, args, code) => {
    const [local, remote] = [await here(...args()), await there(...args())];
    // What helps is told to its reader: here one who writes policies and flags, there one who asks an administrator.
    expect(withoutFix(remote.stdout)).toBe(withoutFix(local.stdout));
    expect([local.code, remote.code]).toEqual([code, code]);
  });
});

test('entries that are refused are told with their line in the lock file, name, reason and fix', async () => {
  const lock = packageLock({ 'node_modules/left-pad': { version: '1.3.0', integrity: SHA512 }, 'node_modules/old': { version: '0.1.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } });
  const { stdout, code } = await there('--lockfile', lock);
  expect(code).toBe(1);
  expect(stdout).toContain(`✗ ${lock}:8  pkg:npm/left-pad@1.3.0`);
  expect(stdout).toContain('SELECT_NO_POLICY');
  expect(stdout).toContain(`✗ ${lock}:12  node_modules/old`);
  expect(stdout).toContain('INPUT_DIGEST_MISSING');
  expect(stdout).toContain('2 artifacts: 0 admitted, 0 with warnings, 2 denied, 0 undetermined');
});

test('1,000 entries are one question', async () => {
  const packages = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`node_modules/p${index}`, { version: '1.0.0', integrity: SHA512 }]));
  const { stdout, stderr, code } = await there('--lockfile', packageLock(packages), '-o', 'json');
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as { totals: object }).totals).toMatchObject({ artifacts: 1000, deny: 1000 });
  expect(stderr.match(/^decision /gm)).toHaveLength(1);
});

test('the list of what was admitted is written, and nothing when it is denied', async () => {
  const list = file('list', 'of before');
  expect((await there(gate.good, '--artifacts-out', list)).code).toBe(0);
  const [name = '', digest = ''] = gate.good.split('@');
  expect(readFileSync(list, 'utf8')).toBe(`image ${name} ${digest} baseImage\n`);
  expect((await there(gate.good, gate.evil, '--artifacts-out', list)).code).toBe(1);
  expect(existsSync(list)).toBe(false);
});

describe('receipts', () => {
  const subjectOf = (receipt: string): unknown => {
    const { payload } = JSON.parse(receipt) as { payload: string };
    return (JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { subject: unknown }).subject;
  };
  test('of one artifact: its digest, in at most 2 KiB', async () => {
    const receipt = join(folder, 'receipt');
    const { code, stderr } = await there(gate.good, '--receipt', receipt);
    expect(code, stderr).toBe(0);
    const text = readFileSync(receipt, 'utf8');
    expect(text.length).toBeLessThanOrEqual(2048);
    expect(subjectOf(text)).toEqual([{ digest: { sha256: gate.good.split('@sha256:')[1] } }]);
  });

  test('of several: the digest of the list that is written beside it', async () => {
    const [receipt, list] = [join(folder, 'receipt'), join(folder, 'list')];
    const other = JSON.stringify([{ kind: 'image', uri: gate.good, usedAs: 'container' }]);
    const { code, stderr } = await there(gate.good, '--artifacts', other, '--receipt', receipt, '--artifacts-out', list);
    expect(code, stderr).toBe(0);
    expect(subjectOf(readFileSync(receipt, 'utf8'))).toMatchObject([{ digest: { sha256: createHash('sha256').update(readFileSync(list)).digest('hex') } }]);
  });

  test('none for what is denied, and that of before is gone', async () => {
    const receipt = file('receipt', 'of before');
    expect((await there(gate.good, gate.evil, '--receipt', receipt)).code).toBe(1);
    expect(existsSync(receipt)).toBe(false);
  });

  test('that of before is gone even when nothing could be asked', async () => {
    const receipt = file('receipt', 'of before');
    expect((await there(gate.good, '--lockfile', file('go.sum', 'x'), '--receipt', receipt)).code).toBe(64);
    expect(existsSync(receipt)).toBe(false);
  });

  test('none when the lock file lets in what nobody can be asked about, though all that was asked about is admitted', async () => {
    const receipt = join(folder, 'receipt');
    const lock = packageLock({ 'node_modules/old': { version: '0.1.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } });
    expect((await there(gate.good, '--lockfile', lock, '--receipt', receipt)).code).toBe(1);
    expect(existsSync(receipt)).toBe(false);
  });
});

describe('what cannot be asked', () => {
  test('a token that counts for nothing', async () => {
    const { code, stderr, stdout } = await ranCommandLine('admit', gate.good, '--server', `https://localhost:${gate.server.running.gatePort}`, '--token-file', file('other', 'secret-token'), '--ca', ca);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain('HTTP 401');
    expect(stderr).toContain('[INPUT_TOKEN_INVALID]');
    expect(stderr).not.toContain('secret-token');
  });

  test('a certificate that is not trusted', async () => {
    const { code, stderr } = await ranCommandLine('admit', gate.good, '--server', `https://localhost:${gate.server.running.gatePort}`, '--token-file', join(folder, 'token'));
    expect(code).toBe(64);
    expect(stderr).toContain('--ca');
  });

  test.each([
    [['admit'], 'expected artifacts'],
    [['admit', 'pkg:npm/a@1'], 'expected either -p DIR'],
    [['admit', 'pkg:npm/a@1', '-p', 'x', '--server', 'https://x', '--token-file', 'y'], 'expected either -p DIR'],
    [['admit', 'pkg:npm/a@1', '--server', 'http://x', '--token-file', 'y'], 'expected https://'],
    [['admit', 'pkg:npm/a@1', '--server', 'https://u:p@x', '--token-file', 'y'], 'expected https://'],
    [['admit', 'pkg:npm/a@1', '--server', 'https://x'], '--server needs --token-file'],
    [['admit', 'pkg:npm/a@1', '-p', 'x', '--receipt', 'r'], '--receipt goes with --server'],
    [['admit', 'pkg:npm/a@1', '--server', 'https://x', '--token-file', 'y', '-n', 'prod'], '--namespace: only with -p'],
    [['admit', 'pkg:npm/a@1', '--server', 'https://x', '--token-file', 'y', '--offline', '--packages', 'npm=https://x'], '--offline, --packages: only with -p'],
    [['admit', 'pkg:npm/a@1', 'pkg:npm/b@1', '--server', 'https://x', '--token-file', 'y', '--evidence', 'z'], '--evidence with --server is for one artifact, found 2'],
    [['admit', 'pkg:npm/a@1', '--server', 'https://x', '--token-file', 'y', '--evidence', '/nowhere/z'], '/nowhere/z: file cannot be read'],
    [['admit', 'pkg:npm/a@1', '-p', 'x', '--used-as', 'food'], '--used-as food'],
    [['admit', '-f', 'x', '--lockfile', 'y', '-p', 'z'], '-f answers an AdmissionReview'],
    [['admit', '-f', 'x'], '--policy'],
    [['admit', 'pkg:npm/a', '-p', 'x'], 'has no version'],
  ])('%j', async (args, text) => {
    const { code, stderr } = await ranCommandLine(...args);
    expect(code).toBe(64);
    expect(stderr).toContain(text);
  });
});

test('a package is named with its digest or integrity', async () => {
  const { stdout } = await here(`pkg:npm/left-pad@1.3.0=${SHA512}`, `pkg:npm/left-pad@1.3.0=${HEX512}`, '-o', 'json');
  expect((JSON.parse(stdout) as { artifacts: unknown[] }).artifacts).toMatchObject([{ uri: 'pkg:npm/left-pad@1.3.0', digest: HEX512, at: ['arguments[0]', 'arguments[1]'] }]);
});
