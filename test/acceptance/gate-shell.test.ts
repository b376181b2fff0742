// deploy/shell/gatehouse-admit.sh as it is pasted: run by the shell, with curl and jq, against a gate.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';

const SCRIPT = fileURLToPath(new URL('../../deploy/shell/gatehouse-admit.sh', import.meta.url));
const hasTools = ['curl', 'jq'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const NONE = `sha256:${'0'.repeat(64)}`;

let gate: GateServer;
let folder: string;
beforeAll(async () => {
  gate = await startGate({ policies: () => ({}), namespaces: { ci: {} } });
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-shell-'));
  writeFileSync(join(folder, 'ca.crt'), gate.server.running.developmentCertificate ?? '');
  writeFileSync(join(folder, 'token'), `${gate.pod().token}\n`);
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs it with these variables in place of those that work, and with arguments. */
function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'] ?? '', GATEHOUSE_SERVER: `https://localhost:${gate.server.running.gatePort}`, GATEHOUSE_TOKEN_FILE: join(folder, 'token'),
    GATEHOUSE_CA: join(folder, 'ca.crt'), GATEHOUSE_DECISION: join(folder, 'decision'), GATEHOUSE_RECEIPT: join(folder, 'receipt'), ...variables,
  };
  const child = spawn('sh', [SCRIPT, ...args], { env });
  const wrote = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => { wrote.stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { wrote.stderr += chunk.toString(); });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...wrote })));
}

const written = (name: string): string | undefined => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined);

describe.skipIf(!hasTools)('the script', () => {
  test('one that is admitted', async () => {
    const ended = await run([gate.good]);
    expect([ended.code, written('decision')], ended.stderr).toEqual([0, 'admit']);
    expect(ended.stdout).toMatch(/^1 artifacts: admit \(decision /);
  });

  test('one that is denied, and whatever was written before is gone', async () => {
    writeFileSync(join(folder, 'receipt'), 'of before');
    const ended = await run([gate.good, gate.evil]);
    expect([ended.code, written('decision'), written('receipt')], ended.stderr).toEqual([1, 'deny', undefined]);
    expect(ended.stdout).toContain(`deny ${gate.evil}\n    violated FETCH_NONE_FOUND`);
    for (const word of ['expected', 'found   ', 'fix     ']) expect(ended.stdout).toContain(`\n        ${word} `);
    expect(ended.stdout).not.toContain(`deny ${gate.good}`);
  });

  test('the list of a pipeline, and packages with their digest, are asked about too', async () => {
    const ended = await run([`pkg:npm/%40acme/leaf@2.0.0=sha512:${'0'.repeat(128)}`], { GATEHOUSE_ARTIFACTS: JSON.stringify([{ kind: 'blob', name: 'x y', digest: NONE }]) });
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout).toContain('deny pkg:npm/@acme/leaf@2.0.0');
    expect(ended.stdout).toContain('2 artifacts: deny');
  });

  test.each<[string, readonly string[], Readonly<Record<string, string>>, number, string]>([
    ['nothing', [], {}, 64, 'expected artifacts'],
    ['no list', [], { GATEHOUSE_ARTIFACTS: '{"a":' }, 64, 'artifacts cannot be read'],
    ['an object', [], { GATEHOUSE_ARTIFACTS: '{}' }, 64, 'artifacts cannot be read'],
    ['an address without TLS', ['a'], { GATEHOUSE_SERVER: 'http://localhost' }, 64, 'expected https://'],
    ['an address with a user', ['a'], { GATEHOUSE_SERVER: 'https://u:p@localhost' }, 64, 'expected no user'],
    ['no token', ['a'], { GATEHOUSE_TOKEN_FILE: '' }, 64, 'expected GATEHOUSE_TOKEN'],
    ['two tokens', ['a'], { GATEHOUSE_TOKEN_FILE: '', GATEHOUSE_TOKEN: 'a\nX-Evil: b' }, 64, 'expected one token'],
    ['a token that counts for nothing', ['a'], { GATEHOUSE_TOKEN_FILE: '', GATEHOUSE_TOKEN: 'secret-token' }, 64, 'HTTP 401'],
    ['a certificate that is not trusted', ['a'], { GATEHOUSE_CA: '' }, 64, 'not trusted'],
    ['a gate that is not there', ['a'], { GATEHOUSE_SERVER: 'https://localhost:1', GATEHOUSE_TIMEOUT: '1' }, 3, 'cannot be asked now'],
    ['an artifact that cannot be read', ['--not an image'], {}, 64, 'HTTP 400'],
    ['an option of jq', ['--arg'], {}, 64, 'HTTP 400'],
  ])('%s', async (_, args, variables, code, told) => {
    const ended = await run(args, variables);
    expect([ended.code, ended.stderr.includes(told)], ended.stderr).toEqual([code, true]);
    expect(ended.stderr).not.toContain('secret-token');
    expect(written('decision')).toBe(code === 3 ? 'undetermined' : undefined);
  });
});
