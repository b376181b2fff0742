// Advice about stores of evidence, from the configuration and the policies to the lines that people read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../../../support/command-line.ts';
import { policy, signer } from '../support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lint-stores-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NEWEST = [{ name: 'tested', testResult: { by: ['alice'], maxAge: '24h', newest: true } }];
const ANY = [{ name: 'tested', testResult: { by: ['alice'], maxAge: '24h' } }];
let count = 0;
/** Rules and places of what is said of the configuration. */
async function said(store: object, spec: Record<string, unknown> = {}): Promise<readonly string[]> {
  const [config, file] = [`config${(count += 1)}.json`, `policy${count}.yaml`].map((name) => join(folder, name)) as [string, string];
  writeFileSync(config, JSON.stringify({ evidenceStores: [store] }));
  writeFileSync(file, [signer(), policy(spec)].join('\n---\n'));
  const ran = await ranCommandLine('policy', 'lint', file, '--config', config);
  expect(ran.code).toBe(0);
  const lines = ran.stderr.split('\n').filter((line) => line.startsWith(config));
  return lines.map((line) => `${/\[([a-z-]+)\]$/.exec(line)?.[1] ?? ''} ${/warning: (\S+): /.exec(line)?.[1] ?? ''}`);
}
const url = 'https://store.acme.example';
const image = (pattern: string, require: unknown = ANY): Record<string, unknown> => ({ artifacts: [{ image: pattern }], require });

describe('stores of evidence', () => {
  test.each<[string, readonly string[], Record<string, unknown>, readonly string[]]>([
    ['other images', ['ghcr.io/acme/**'], image('ghcr.io/others/**'), ['store-unused evidenceStores[0].artifacts']],
    ['images below', ['ghcr.io/acme/**'], image('ghcr.io/acme/team/app'), []],
    ['images above', ['ghcr.io/acme/team/**'], image('ghcr.io/acme/**'), []],
    ['a pattern that may be', ['ghcr.io/acme/app'], image('ghcr.io/*/app'), []],
    ['Docker\'s short names', ['nginx', 'docker.io/library/**'], image('docker.io/library/nginx'), []],
    ['all', ['**'], image('ghcr.io/acme/**'), []],
    ['one of two', ['quay.io/acme/**', 'ghcr.io/acme/**'], image('ghcr.io/acme/app'), []],
    ['a name that begins alike', ['ghcr.io/acme/**'], image('ghcr.io/acmeevil/app'), ['store-unused evidenceStores[0].artifacts']],
  ])('asked about %s', async (_, artifacts, spec, expected) => {
    expect(await said({ folder: { url }, artifacts }, spec)).toEqual(expected);
  });

  test('Grafeas is asked about images alone', async () => {
    const packages = { artifacts: [{ package: 'pkg:npm/@acme/**' }], require: ANY };
    expect(await said({ grafeas: { url, project: 'acme' } }, packages)).toEqual(['store-unused evidenceStores[0].artifacts']);
    expect(await said({ archivista: { url } }, packages)).toEqual([]);
    expect(await said({ grafeas: { url, project: 'acme' } }, image('ghcr.io/acme/**'))).toEqual([]);
  });

  test.each([
    [{ folder: { url: 'http://store.acme.example' } }, ['store-plain-http evidenceStores[0].folder.url']],
    [{ github: { api: 'http://ghe.acme.example/api/v3', owner: 'acme' } }, ['store-plain-http evidenceStores[0].github.api']],
    [{ folder: { url } }, []],
    [{ folder: { url: 'http://127.0.0.1:8080' } }, []],
    [{ folder: { url: 'http://127.evil.example' } }, ['store-plain-http evidenceStores[0].folder.url']],
    [{ folder: { url: 'http://localhost.acme.example' } }, ['store-plain-http evidenceStores[0].folder.url']],
  ])('%j: what goes without TLS', async (store, expected) => {
    expect(await said(store, image('ghcr.io/acme/**'))).toEqual(expected);
  });

  test('where the newest decides, a store shows all that it has', async () => {
    const github = { github: { api: 'https://api.github.com', owner: 'acme' } };
    expect(await said(github, image('ghcr.io/acme/**', NEWEST))).toEqual(['store-shows-part evidenceStores[0].github']);
    expect(await said(github, image('ghcr.io/acme/**'))).toEqual([]);
    expect(await said({ github: { ...github.github, tokenFile: 'token' } }, image('ghcr.io/acme/**', NEWEST))).toEqual([]);
    expect(await said({ tekton: { url, tokenFile: 'token' } }, image('ghcr.io/acme/**', NEWEST))).toEqual(['store-shows-part evidenceStores[0].tekton']);
    expect(await said({ ...github, artifacts: ['quay.io/**'] }, image('ghcr.io/acme/**', NEWEST))).toEqual(['store-unused evidenceStores[0].artifacts']);
    expect(await said({ archivista: { url } }, image('ghcr.io/acme/**', NEWEST))).toEqual([]);
  });

  test('without --config nothing is said of stores, and one that cannot be read is an error', async () => {
    writeFileSync(join(folder, 'alone.yaml'), [signer(), policy()].join('\n---\n'));
    expect((await ranCommandLine('policy', 'lint', join(folder, 'alone.yaml'))).stderr).toBe('');
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ evidenceStores: [{}] }));
    const ran = await ranCommandLine('policy', 'lint', join(folder, 'alone.yaml'), '--config', join(folder, 'bad.json'));
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('expected exactly one of archivista');
  });
});
