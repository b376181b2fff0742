// Lock files by the front door: from the file a package manager reads to the verdict, judged here and by a gate, with ecosystems to ask.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { packagePolicy, startPackageGate } from '../support/package-gate.ts';
import type { PackageGate } from '../support/package-gate.ts';
import { PYPI_PUBLISH } from '../world/packages/pypi.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
let { npm, pypi, sumdb, cargo, gate, addresses, close } = {} as PackageGate;
let folder: string;
beforeAll(async () => {
  ({ npm, pypi, sumdb, cargo, gate, addresses, close } = await startPackageGate(world, [
    packagePolicy('npm', 'pkg:npm/**', { registry: { by: ['npm-registry'] } }),
    packagePolicy('pypi', 'pkg:pypi/*', { attestation: { type: PYPI_PUBLISH, by: ['releases'] } }),
    packagePolicy('go', 'pkg:golang/**', { registry: { by: ['go-sumdb'] } }),
    packagePolicy('cargo', 'pkg:cargo/*', { registry: { checksum: 'accepted' } }),
  ]));
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-lockfiles-'));
  writeFileSync(join(folder, 'token'), gate.pod().token);
  writeFileSync(join(folder, 'ca'), gate.server.running.developmentCertificate ?? '');
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

interface Report { readonly decision: string; readonly artifacts: readonly { readonly at: readonly string[]; readonly uri: string; readonly decision: string; readonly findings: readonly { readonly code: string; readonly verdict: string }[] }[] }

/** The decision, and codes with line and name of whatever is not admitted; here and at the gate in the same bytes. */
async function admit(name: string, text: string): Promise<readonly [string, readonly string[]]> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  const args = ['admit', '--lockfile', path, '-o', 'json'];
  const ecosystems = addresses.flatMap(([one, url]) => ['--packages', `${one}=${url}`]);
  const here = await ranCommandLine(...args, '-p', gate.server.policyFolder, '--plain-http', '127.0.0.1', ...ecosystems);
  const there = await ranCommandLine(...args, '--server', `https://localhost:${gate.server.running.gatePort}`, '--token-file', join(folder, 'token'), '--ca', join(folder, 'ca'));
  expect(here.stdout, here.stderr + there.stderr).toBe(there.stdout);
  expect(here.code).toBe(there.code);
  const { decision, artifacts } = JSON.parse(there.stdout) as Report;
  return [decision, artifacts.flatMap(({ at, uri, findings }) =>
    findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => `${at[0]?.split(':').at(-1)} ${uri} ${code}`))];
}

const hex = (digest: string): string => digest.split(':')[1] ?? '';
const sri = (digest: string): string => `sha512-${Buffer.from(hex(digest), 'hex').toString('base64')}`;
const h1 = (digest: string): string => `h1:${Buffer.from(hex(digest), 'hex').toString('base64')}`;
const ZERO = `sha256:${'0'.repeat(64)}`;

describe('lock files of npm', () => {
  const packageLock = (...packages: readonly (readonly [string, string, string])[]): string => JSON.stringify({
    lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(packages.map(([name, version, integrity]) => [`node_modules/${name}`, { version, integrity }])) },
  }, null, 1);

  test('package-lock.json: everything that the registry has signed is admitted', async () => {
    const [one, two] = [npm.publish({ name: 'one', version: '1.0.0' }), npm.publish({ name: '@acme/two', version: '2.0.0' })];
    expect(await admit('package-lock.json', packageLock(['one', '1.0.0', sri(one)], ['@acme/two', '2.0.0', sri(two)]))).toEqual(['admit', []]);
  });

  test.each<[string, () => string, readonly string[]]>([
    ['the bytes of another package under a good name', () => {
      npm.publish({ name: 'three', version: '1.0.0' });
      return packageLock(['three', '1.0.0', sri(npm.publish({ name: 'evil', version: '1.0.0' }))]);
    }, ['5 pkg:npm/three@1.0.0 VERIFY_SUBJECT_MISMATCH']],
    ['a version that nobody signed', () => packageLock(['four', '1.0.0', sri(npm.publish({ name: 'four', version: '1.0.0', attested: [], signed: false }))]),
      ['5 pkg:npm/four@1.0.0 FETCH_NONE_FOUND']],
    ['one of two that is not there', () => packageLock(['five', '1.0.0', sri(npm.publish({ name: 'five', version: '1.0.0' }))], ['six', '1.0.0', `sha512-${Buffer.alloc(64).toString('base64')}`]),
      ['9 pkg:npm/six@1.0.0 FETCH_NOT_FOUND']],
    ['none of its bytes pinned', () => {
      npm.publish({ name: 'seven', version: '1.0.0' });
      return JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/seven': { version: '1.0.0' } } });
    }, ['1 pkg:npm/seven@1.0.0 INPUT_DIGEST_MISSING']],
  ])('package-lock.json: %s is denied, with its line', async (_, make, codes) => {
    expect(await admit('package-lock.json', make())).toEqual(['deny', codes]);
  });

  test('pnpm-lock.yaml and yarn.lock: the same package is the same question', async () => {
    const digest = npm.publish({ name: 'eight', version: '1.0.0' });
    const pnpm = (integrity: string): string => `lockfileVersion: '9.0'\npackages:\n  eight@1.0.0:\n    resolution: {integrity: ${integrity}}\n`;
    const yarn = (integrity: string): string => `# yarn lockfile v1\n\neight@^1.0.0:\n  version "1.0.0"\n  resolved "https://evil.example/eight.tgz"\n  integrity ${integrity}\n`;
    const other = `sha512-${Buffer.alloc(64).toString('base64')}`;
    expect(await admit('pnpm-lock.yaml', pnpm(sri(digest)))).toEqual(['admit', []]);
    expect(await admit('pnpm-lock.yaml', pnpm(other))).toEqual(['deny', ['3 pkg:npm/eight@1.0.0 VERIFY_SUBJECT_MISMATCH']]);
    expect(await admit('yarn.lock', yarn(sri(digest)))).toEqual(['admit', []]);
    expect(await admit('yarn.lock', yarn(other))).toEqual(['deny', ['3 pkg:npm/eight@1.0.0 VERIFY_SUBJECT_MISMATCH']]);
  });
});

describe('lock files of Python', () => {
  test('requirements.txt: every file that a hash allows has to pass', async () => {
    const wheel = pypi.publish({ project: 'flat-cap', version: '1.0', filename: 'flat_cap-1.0-py3-none-any.whl' });
    const source = pypi.publish({ project: 'flat-cap', version: '1.0', filename: 'flat_cap-1.0.tar.gz', attested: false });
    const requirements = (...digests: readonly string[]): string => `# hats\nFlat_Cap==1.0 ${digests.map((digest) => `--hash=${digest}`).join(' \\\n    ')}\n`;
    expect(await admit('requirements.txt', requirements(wheel))).toEqual(['admit', []]);
    expect(await admit('requirements.txt', requirements(wheel, source))).toEqual(['deny', ['2 pkg:pypi/flat-cap@1.0 FETCH_NONE_FOUND']]);
  });

  test('uv.lock and poetry.lock: the same', async () => {
    const wheel = pypi.publish({ project: 'beret', version: '2.1', filename: 'beret-2.1-py3-none-any.whl' });
    const uv = (hash: string): string => `version = 1\n[[package]]\nname = "beret"\nversion = "2.1"\nsource = {registry = "x"}\nwheels = [{url = "x", hash = "${hash}"}]\n`;
    const poetry = (hash: string): string => `[[package]]\nname = "beret"\nversion = "2.1"\nfiles = [{file = "x", hash = "${hash}"}]\n\n[metadata]\nlock-version = "2.1"\n`;
    expect(await admit('uv.lock', uv(wheel))).toEqual(['admit', []]);
    expect(await admit('uv.lock', uv(ZERO))).toEqual(['deny', ['2 pkg:pypi/beret@2.1 FETCH_NOT_FOUND']]);
    expect(await admit('poetry.lock', poetry(wheel))).toEqual(['admit', []]);
    expect(await admit('poetry.lock', poetry(ZERO))).toEqual(['deny', ['1 pkg:pypi/beret@2.1 FETCH_NOT_FOUND']]);
  });
});

test('go.sum: the line that the checksum database has signed is admitted, and no other hash', async () => {
  const digest = sumdb.record('example.com/Acme/lib', 'v1.2.3');
  const sum = (hash: string): string => `example.com/Acme/lib v1.2.3 ${hash}\nexample.com/Acme/lib v1.2.3/go.mod ${h1(ZERO)}\n`;
  expect(await admit('go.sum', sum(h1(digest)))).toEqual(['admit', []]);
  expect(await admit('go.sum', sum(h1(ZERO)))).toEqual(['deny', ['1 pkg:golang/example.com/Acme/lib@v1.2.3 VERIFY_SUBJECT_MISMATCH']]);
});

test('Cargo.lock: the checksum of the index is accepted where the policy says so', async () => {
  const digest = cargo.publish('kernel', '1.0.0');
  const lock = (checksum: string): string => `version = 4\n\n[[package]]\nname = "kernel"\nversion = "1.0.0"\nsource = "registry+x"\nchecksum = "${checksum}"\n`;
  expect(await admit('Cargo.lock', lock(hex(digest)))).toEqual(['admit', []]);
  expect((await admit('Cargo.lock', lock('0'.repeat(64))))[0]).toBe('deny');
});
