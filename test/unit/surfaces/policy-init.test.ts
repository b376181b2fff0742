/** `gatehouse policy init`: the first policy lints, is the one that was asked for, and goes over nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { makeStatement, vulnScan } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';

const world = createWorld({ now: Date.now() });
const key = world.key();
const [signed, bare] = [makeImage(), makeImage({})];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-init-test-'));
const at = (name: string): string => join(folder, name);
let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry();
  await push(registry, 'acme/app', signed, ['v1']);
  await push(registry, 'acme/bare', bare, ['v1']);
  await pushReferrer(registry, 'acme/app', bundleReferrer(signed, keyBundle(world, { digest: signed.digest, key })), { fallbackTag: true });
  for (const [one, tag, severity] of [[signed, 'v1', 'low'], [bare, 'worse', 'medium']] as const) {
    await push(registry, 'acme/scanned', one, [tag]);
    const statement = makeStatement(one.digest, vulnScan({ at: Date.now() - 3_600_000, severities: [severity] }));
    await pushReferrer(registry, 'acme/scanned', bundleReferrer(one, keyBundle(world, { key, statement })), { fallbackTag: true });
  }
  writeFileSync(at('key.pem'), key.publicKeyPem);
  writeFileSync(at('private.pem'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

const init = (dir: string, ...more: string[]) => ranCommandLine('policy', 'init', '--dir', at(dir), ...more);

test.each([
  ['github', ['--github', 'Acme/app']],
  ['gitlab', ['--gitlab', 'acme/sub/app']],
  ['email', ['--email', 'a@acme.example', '--image', 'ghcr.io/acme/*']],
  ['key', ['--key', at('key.pem'), '--image', 'ghcr.io/acme/**']],
])('policy init: %s lints without a warning, has a schema, and is never overwritten', async (dir, flags) => {
  const ran = await init(dir, ...flags, '--name', 'app');
  expect([ran.code, ran.stdout]).toEqual([0, '']);
  expect(ran.stderr).toContain('gatehouse policy lint');
  expect(await ranCommandLine('policy', 'lint', at(dir), '--fail-on-warn')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(at(`${dir}/app.yaml`), 'utf8')).toMatch(/^# yaml-language-server: \$schema=.*\n[^]*mayCertify:[^]*mode: warn/);
  writeFileSync(at(`${dir}/app.yaml`), 'mine');
  expect((await init(dir, ...flags, '--name', 'app')).code).toBe(64);
  expect(readFileSync(at(`${dir}/app.yaml`), 'utf8')).toBe('mine');
});

test('policy init: --from writes what verify admits the image with', async () => {
  const from = ['--from', `${registry.host}/acme/app:v1`, '--plain-http', registry.host];
  const made = await init('from', ...from, '--key', at('key.pem'), '--name', 'seen');
  expect(made.code).toBe(0);
  // What it says to do next is done as it is written.
  const next = [...made.stderr.matchAll(/^ {2}gatehouse (.+)$/gm)].map(([, line = '']) => line.split(' '));
  expect(next.map(([command]) => command)).toEqual(['policy', 'verify']);
  for (const command of next) expect((await ranCommandLine(...command)).code, command.join(' ')).toBe(0);
  expect((await ranCommandLine('policy', 'lint', at('from'), '--fail-on-warn')).code).toBe(0);
  const verify = (name: string) => ranCommandLine('verify', `${registry.host}/${name}`, '-p', at('from'), '--plain-http', registry.host, '--fail-on-warn');
  expect((await verify('acme/app:v1')).code).toBe(0);
});

test('policy init: --from asks for the strongest that holds of the image, with comments, and denies another image', async () => {
  const from = ['--from', `${registry.host}/acme/scanned:v1`, '--plain-http', registry.host];
  expect((await init('strong', ...from, '--key', at('key.pem'), '--name', 'seen')).code).toBe(0);
  const text = readFileSync(at('strong/seen.yaml'), 'utf8');
  expect(text).toMatch(/^# yaml-language-server[^]*metadata: \{name: seen\}[^]*# Found: cosign-vuln [^]*# Does not hold: vulnerability with deny: low: POLICY_VULNERABLE[^]*# More could be asked: maxAge: 1d [^]*vulnerability: \{by: \[signer-1\], deny: medium\}/);
  expect(await ranCommandLine('policy', 'lint', at('strong'), '--fail-on-warn')).toMatchObject({ code: 0, stderr: '' });
  writeFileSync(at('strong/seen.yaml'), text.replace('\n  mode: warn\n', '\n  mode: enforce\n'));
  const verify = (tag: string) => ranCommandLine('verify', `${registry.host}/acme/scanned:${tag}`, '-p', at('strong'), '--plain-http', registry.host);
  expect(await verify('v1')).toMatchObject({ code: 0 });
  expect(await verify('worse')).toMatchObject({ code: 1, stdout: expect.stringContaining('POLICY_VULNERABLE') });
});

test.each<[string, number, string[]]>([
  ['nobody', 64, []],
  ['two', 64, ['--github', 'a/b', '--gitlab', 'a/b']],
  ['key without images', 64, ['--key', at('key.pem')]],
  ['a private key', 64, ['--key', at('private.pem'), '--image', 'ghcr.io/acme/app']],
  ['a pattern for a repository', 64, ['--github', 'acme/*']],
  ['a path for a name', 64, ['--github', 'acme/app', '--name', '../x']],
  ['a pattern that does not compile', 64, ['--github', 'acme/app', '--image', 'UPPER case']],
])('policy init: %s ends with %i and writes nothing', async (_, code, flags) => {
  expect((await init('none', ...flags)).code).toBe(code);
  expect(existsSync(at('none'))).toBe(false);
});

test('policy init and inspect: a private key is told to be one, encrypted or not, and which file is wanted in its place', async () => {
  writeFileSync(at('cosign.key'), '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n');
  const image = `${registry.host}/acme/app:v1`;
  for (const file of ['private.pem', 'cosign.key']) {
    const asked = [['policy', 'init', '--dir', at('none'), '--key', at(file), '--image', 'ghcr.io/acme/app'], ['inspect', image, '--key', at('key.pem'), '--key', at(file)]];
    for (const args of asked)
      expect(await ranCommandLine(...args)).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining(`--key ${at(file)}: is a private key; give the public one`) });
  }
  expect((await ranCommandLine('inspect', image, '--key', at('key.pem'), '--plain-http', registry.host)).code).toBe(0);
});

test('policy init: an image of which nothing is proven ends with 1, and so does one that is not there; nothing is written', async () => {
  expect((await init('none', '--from', `${registry.host}/acme/bare:v1`, '--plain-http', registry.host)).code).toBe(1);
  expect((await init('none', '--from', `${registry.host}/acme/gone:v1`, '--plain-http', registry.host)).code).toBe(1);
  expect(existsSync(at('none'))).toBe(false);
});
