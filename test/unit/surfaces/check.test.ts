import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Expiry } from '../../../src/domain/policy/expiry.ts';
import type { Revocation } from '../../../src/domain/policy/revocation.ts';
import type { CliContext } from '../../../src/surfaces/cli/context.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';

const BIN = fileURLToPath(new URL('../../../bin/gatehouse.js', import.meta.url));
const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const expiry = (state: Expiry['state'], days: number, over: Partial<Expiry> = {}): Expiry => ({ kind: 'key', name: 'release', item: 'sha256:00', at: NOW + days * DAY, state, ...over });
const REVOKED: Revocation = { what: { kind: 'key', keyId: 'sha256:01' }, reason: 'laptop \u001b[31mlost', declaredBy: 'Signer release', compromisedAt: NOW - DAY };

async function run(args: readonly string[], expiries: readonly Expiry[], revocations: readonly Revocation[] = []): Promise<{ code: number; stdout: string; stderr: string; asked: unknown[] }> {
  const out = { code: -1, stdout: '', stderr: '', asked: [] as unknown[] };
  const rooms = { check: async (...asked: unknown[]) => { out.asked = asked; return { policies: 1, expiries, revocations }; } } as unknown as CliContext['rooms'];
  out.code = await runCli(['check', '-p', 'policies', ...args], { rooms, version: '1', now: () => NOW, stdout: (text) => { out.stdout += text; }, stderr: (text) => { out.stderr += text; }, stdin: async () => new Uint8Array() });
  return out;
}

describe('gatehouse check', () => {
  test.each([
    { name: 'nothing ends', expiries: [], args: [], code: 0 },
    { name: 'something ends some day', expiries: [expiry('later', 90)], args: ['--fail-on-warn'], code: 0 },
    { name: 'a key was rotated out', expiries: [expiry('ended', -1)], args: ['--fail-on-warn'], code: 0 },
    { name: 'something ends soon', expiries: [expiry('expiring', 10)], args: [], code: 0 },
    { name: 'something ends soon, and that matters', expiries: [expiry('expiring', 10)], args: ['--fail-on-warn'], code: 2 },
    { name: 'something is over', expiries: [expiry('expired', -1), expiry('expiring', 10)], args: ['--fail-on-warn'], code: 1 },
  ])('$name: exit code $code', async ({ expiries, args, code }) => {
    expect((await run(args, expiries)).code).toBe(code);
  });

  test('-o table is the form for people, as with every command', async () => {
    const all = [expiry('expiring', 10)];
    expect((await run(['-o', 'table'], all)).stdout).toBe((await run(['-o', 'text'], all)).stdout);
    expect((await run(['-o', 'tree'], all)).code).toBe(64);
  });

  test('AdmissionException: tells when each ends, and of one that is over to take it out; that fails nothing', async () => {
    const [soon, over] = [expiry('expiring', 10, { kind: 'exception', name: 'night', item: '' }), expiry('ended', -1, { kind: 'exception', name: 'old', item: '' })];
    const { stdout, code } = await run([], [soon, over]);
    expect([code, stdout.split('\n').slice(0, 2)]).toEqual([0, ['expiring  exception night: ends 2026-11-11T00:00:00.000Z, in 10 days', 'ended     exception old: ended 2026-10-31T00:00:00.000Z, 1 day ago; take it out']]);
    expect((await run(['--fail-on-warn'], [over])).code).toBe(0);
  });

  test('tells what, whose, when, and what is revoked', async () => {
    const { stdout } = await run([], [expiry('expired', -2, { kind: 'signer', item: '' }), expiry('ended', -1), expiry('expiring', 10), expiry('ended', -900, { kind: 'ct-log', name: 'root' })], [REVOKED]);
    expect(stdout.split('\n')).toEqual([
      'EXPIRED   signer release: ended 2026-10-30T00:00:00.000Z, 2 days ago',
      'ended     key of release (sha256:00): ended 2026-10-31T00:00:00.000Z, 1 day ago; others of its sort go on',
      'expiring  key of release (sha256:00): ends 2026-11-11T00:00:00.000Z, in 10 days',
      'revoked   key sha256:01 by Signer release: laptop \\u001b[31mlost; evidence stays that is proven to be older than 2026-10-31T00:00:00.000Z',
      '1 policy: 1 expired, 1 expiring, 1 revoked',
      '',
    ]);
  });

  test('as JSON it is one document', async () => {
    const { stdout } = await run(['-o', 'json'], [expiry('expiring', 10)], [REVOKED]);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'TrustReport', at: '2026-11-01T00:00:00.000Z', expiries: [{ kind: 'key', state: 'expiring', at: '2026-11-11T00:00:00.000Z' }], revocations: [{ what: 'key sha256:01', compromisedAt: '2026-10-31T00:00:00.000Z' }] });
  });

  test.each([['7d', 7 * DAY], ['48h', 2 * DAY]])('--within %s looks that far ahead', async (text, ahead) => {
    expect((await run(['--within', text], [])).asked).toEqual([['policies'], NOW, ahead]);
  });

  describe('S7: path tokens', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-check-'));
    const TOKEN = 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA';
    const days = (ago: number): string => new Date(NOW - ago * DAY).toISOString();
    const checked = async (tokens: string | undefined, ...args: string[]) => {
      writeFileSync(join(folder, 'config.yaml'), 'policies: [rules]\ncallers: {pathTokens: tokens}\n');
      rmSync(join(folder, 'tokens'), { force: true });
      if (tokens !== undefined) writeFileSync(join(folder, 'tokens'), tokens);
      return run(['--config', join(folder, 'config.yaml'), ...args], []);
    };

    test.each<[string, string | undefined, number, boolean]>([
      ['older than thirty days', `${TOKEN} ${days(31)}\n`, 2, true],
      ['of thirty days', `${TOKEN} ${days(30)}\n`, 0, false],
      ['young, with an old one beside it', `abcdefghijklmnopqrstuvwx ${days(1)}\n${TOKEN} ${days(40)}`, 2, true],
      ['none', undefined, 0, false],
    ])('a token %s', async (_name, tokens, code, told) => {
      const { code: found, stdout } = await checked(tokens, '--fail-on-warn');
      expect([found, stdout.includes('npm run token -- --rotate')]).toEqual([code, told]);
      expect(stdout).not.toContain(TOKEN);
      expect((await checked(tokens)).code).toBe(0);
    });

    test('as JSON with fingerprint and time, and never the token', async () => {
      const { stdout } = await checked(`${TOKEN} ${days(31)}\n`, '-o', 'json');
      expect(JSON.parse(stdout)).toMatchObject({ pathTokens: [{ fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as string, madeAt: days(31), old: true }] });
      expect(stdout).not.toContain(TOKEN);
    });

    test('a broken file is an error, without its text', async () => {
      const { code, stderr } = await checked(`${TOKEN} when\n`);
      expect(code).toBe(64);
      expect(stderr).toContain('line 1');
      expect(stderr).not.toContain(TOKEN);
    });

    test('policies come from the configuration where none are named', async () => {
      writeFileSync(join(folder, 'config.yaml'), 'policies: [rules]\n');
      const asked: unknown[] = [];
      const rooms = { check: async (...of: unknown[]) => { asked.push(of[0]); return { policies: 1, expiries: [], revocations: [] }; } } as unknown as CliContext['rooms'];
      const context = { rooms, version: '1', now: () => NOW, stdout: () => undefined, stderr: () => undefined, stdin: async () => new Uint8Array() };
      expect(await runCli(['check', '--config', join(folder, 'config.yaml')], context)).toBe(0);
      expect(asked).toEqual([[join(folder, 'rules')]]);
      expect(await runCli(['check'], context)).toBe(64);
    });
  });

  test('--within takes durations only', async () => {
    expect(await run(['--within', 'soon'], [])).toMatchObject({ code: 64, asked: [] });
  });

  test('from the shell: an expired signer ends with 1, a broken policy with 64', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-check-'));
    const document = (over: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'gone' }, spec: { identities: [{ keyless: { issuer: 'https://i.example', subject: 'a@b.example' } }], ...over } });
    try {
      writeFileSync(join(folder, 'a.yaml'), document({ validity: { notAfter: '2020-01-01T00:00:00Z' } }));
      const expired = spawnSync(process.execPath, [BIN, 'check', '-p', folder], { encoding: 'utf8' });
      expect([expired.status, expired.stdout.split('\n')[0]?.startsWith('EXPIRED   signer gone: ended 2020-01-01')]).toEqual([1, true]);
      writeFileSync(join(folder, 'a.yaml'), document({ validity: { until: '2020-01-01T00:00:00Z' } }));
      const broken = spawnSync(process.execPath, [BIN, 'check', '-p', folder], { encoding: 'utf8' });
      expect([broken.status, broken.stderr.includes('spec.validity.until')]).toEqual([64, true]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
