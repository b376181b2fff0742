// The first command of a newcomer: the lock file of this repository, a first policy, and what is told of it; as a process, off a terminal.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LOCK = join(ROOT, 'package-lock.json');
const POLICY = /^## Policy\n\n```yaml\n([\s\S]*?)^```/m.exec(readFileSync(join(ROOT, 'docs/cookbook/lockfiles.md'), 'utf8'))?.[1] ?? '';
const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Readonly<Record<string, { version?: string; name?: string }>> };
/** Each name and version once, wherever it lies. */
const count = new Set(Object.entries(packages).filter(([path]) => path !== '')
  .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`)).size;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-newcomer-'));
  writeFileSync(join(folder, 'npm.yaml'), POLICY);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function gatehouse(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const ran = spawnSync(process.execPath, [join(ROOT, 'bin/gatehouse.js'), ...args], { encoding: 'utf8', cwd: ROOT });
  // Off a terminal nothing is coloured, and no line is written over.
  expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/[\u001b\r]/);
  return ran;
}

test('the lock file of this repository: each entry with file:line, name, reason, expected, found and fix, and the totals', () => {
  const { status, stdout } = gatehouse('admit', '--lockfile', 'package-lock.json', '-p', join(folder, 'npm.yaml'), '--offline');
  expect(status).toBe(1);
  expect(stdout.match(/^✗ package-lock\.json:\d+(?: and \d+ more places?)? {2}pkg:npm\/\S+@\S+ \(sha512:/gm)?.length).toBe(count);
  const [first = ''] = stdout.split(/^(?=✗)/m);
  expect(first).toMatch(/^ {4}violated FETCH_NONE_FOUND, policy npm-packages \/ published by npm: .+\n {8}expected .*npm-registry: .+\n {8}found {4}no attestation\n {8}fix {6}\S/m);
  expect(stdout).toMatch(new RegExp(`^${count} artifacts: 0 admitted, 0 with warnings, ${count} denied, 0 undetermined\n✗ deny$`, 'm'));
  // Its line is where the entry is.
  const [, line = '', name = ''] = /package-lock\.json:(\d+) {2}pkg:npm\/(\S+)@/.exec(first) ?? [];
  expect(readFileSync(LOCK, 'utf8').split('\n')[Number(line) - 1]).toContain(`"node_modules/${name}"`);
});

test('without a word about where to ask nothing is called unsigned, and the answer says how to say it', () => {
  const { status, stdout } = gatehouse('admit', '--lockfile', 'package-lock.json', '-p', join(folder, 'npm.yaml'));
  expect(status).toBe(3);
  expect(stdout).not.toContain('unsigned');
  expect(stdout).toContain('--packages npm=URL');
  expect(stdout).toContain(`0 denied, ${count} undetermined`);
});

test.each<[string, readonly string[], string, number]>([
  ['warnings only', [], 'mode: warn', 0],
  ['warnings only, which are to fail', ['--fail-on-warn'], 'mode: warn', 2],
  ['denied', [], 'mode: enforce', 1],
  ['a policy that cannot be read', [], 'mode: sometimes', 64],
])('exit codes: %s', (_, args, mode, code) => {
  const path = join(folder, 'one.yaml');
  writeFileSync(path, POLICY.replace(/^ {2}artifacts:/m, `  ${mode}\n  artifacts:`));
  const { status, stderr } = gatehouse('admit', `pkg:npm/left-pad@1.3.0=sha512:${'0'.repeat(128)}`, '-p', path, '--offline', ...args);
  rmSync(path);
  expect(status, stderr).toBe(code);
});
