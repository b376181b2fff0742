import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { placesOf } from '../../../src/wiring/stores/evidence-stores.ts';

const url = 'https://store.acme.example/below';
const check = (...evidenceStores: readonly unknown[]) => checkConfig(JSON.stringify({ evidenceStores }), '/etc/gatehouse/c.yaml');
const problems = (...stores: readonly unknown[]): readonly string[] => {
  const result = check(...stores);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe('evidenceStores', () => {
  test.each([
    [{ archivista: { url } }],
    [{ archivista: { url }, artifacts: ['**'] }],
    [{ folder: { url: 'http://[::1]:8080' }, artifacts: ['ghcr.io/acme/**', 'ghcr.io/acme/app', 'pkg:npm/**', 'localhost:5000/app'] }],
    [{ grafeas: { url, project: 'acme', notes: ['projects/acme/notes/built'] } }],
    [{ github: { api: url, owner: 'acme' } }],
    [{ github: { api: url, owner: 'acme', bundles: ['https://blobs.acme.example', 'https://blobs.acme.example/attestations'] } }],
    [{ github: { api: url, user: 'acme' } }],
    [{ tekton: { url: 'https://kubernetes.default.svc', namespaces: ['ci', 'release'], selector: 'app=x,tier in (a, b)' } }],
    [{ tekton: { url: 'https://kubernetes.default.svc' } }],
    [{ github: { api: url, repository: 'acme/.github' } }],
  ])('%j', (store) => {
    expect(problems(store)).toEqual([]);
  });

  test.each([
    [{}, 'evidenceStores[0]: expected exactly one of archivista, grafeas, folder, github, tekton, found none'],
    [{ archivista: { url }, folder: { url } }, 'found archivista and folder'],
    [{ archivist: { url } }, 'evidenceStores[0].archivist'],
    [{ archivista: { url: 'https://user@store.acme.example' } }, 'evidenceStores[0].archivista.url: expected an https URL'],
    [{ archivista: { url: `${url}?x=1` } }, 'evidenceStores[0].archivista.url'],
    [{ folder: { url: 'file:///etc' } }, 'evidenceStores[0].folder.url'],
    [{ folder: { url }, artifacts: [] }, 'evidenceStores[0].artifacts'],
    [{ folder: { url }, artifacts: ['ghcr.io/*/app'] }, 'evidenceStores[0].artifacts[0]: expected the name of an artifact'],
    [{ grafeas: { url } }, 'evidenceStores[0].grafeas.project'],
    [{ grafeas: { url, project: '../x' } }, 'evidenceStores[0].grafeas.project'],
    [{ grafeas: { url, project: 'acme', notes: ['built'] } }, 'expected projects/PROJECT/notes/NOTE'],
    [{ tekton: { url, namespaces: ['../x'] } }, 'evidenceStores[0].tekton.namespaces[0]: expected the name of a namespace'],
    [{ tekton: { url, selector: 'a=b\nc' } }, 'evidenceStores[0].tekton.selector'],
    [{ github: { api: url } }, 'expected exactly one of owner, user, repository, found 0'],
    [{ github: { api: url, owner: 'a', repository: 'a/b' } }, 'found 2'],
    [{ github: { api: url, owner: 'a', bundles: ['https://*.acme.example'] } }, 'evidenceStores[0].github.bundles[0]: expected an https URL'],
    [{ github: { api: url, owner: 'a', bundles: 'https://blobs.acme.example' } }, 'evidenceStores[0].github.bundles'],
    [{ github: { api: url, owner: 'a/../b' } }, 'evidenceStores[0].github.owner'],
    [{ github: { api: url, repository: 'a/..' } }, 'evidenceStores[0].github.repository'],
  ])('%j is refused: %s', (store, expected) => {
    expect(problems(store).join('\n')).toContain(expected);
  });

  test('where github.com keeps bundles is known; of another API nothing is, and what is written counts', () => {
    const bundles = (github: unknown): unknown => {
      const result = check({ github });
      const [place] = result.ok ? placesOf(result.config.evidenceStores) : [];
      return place?.kind === 'github' ? place.bundles : 'none';
    };
    expect(bundles({ api: 'https://api.github.com', owner: 'a' })).toEqual(['https://tmaproduction.blob.core.windows.net/attestations']);
    expect(bundles({ api: 'https://api.github.com/', owner: 'a' })).toEqual(['https://tmaproduction.blob.core.windows.net/attestations']);
    expect(bundles({ api: 'https://api.github.com', owner: 'a', bundles: [] })).toEqual([]);
    expect(bundles({ api: 'https://api.github.com.acme.example', owner: 'a' })).toBeUndefined();
    expect(bundles({ api: url, owner: 'a' })).toBeUndefined();
  });

  test('paths are relative to the file, the token is read whenever it is needed, and a file of authorities becomes its text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-stores-'));
    const result = checkConfig(JSON.stringify({ evidenceStores: [{ archivista: { url, tokenFile: 'token' } }, { folder: { url, ca: 'none.pem' } }] }), join(folder, 'c.yaml'));
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['evidenceStores[1].folder.ca']);
    const good = checkConfig(JSON.stringify({ evidenceStores: [{ archivista: { url, tokenFile: 'token' } }] }), join(folder, 'c.yaml'));
    const [place] = good.ok ? placesOf(good.config.evidenceStores) : [];
    const failed = await place?.token?.().catch((error: unknown) => String(error));
    expect(failed).toMatch(/tokenFile names cannot be read \(ENOENT\)$/);
    expect(failed).not.toContain(folder);
    for (const token of ['one', 'two']) {
      writeFileSync(join(folder, 'token'), `${token}\n`);
      await expect(place?.token?.()).resolves.toBe(token);
    }
    writeFileSync(join(folder, 'token'), 'two lines\nof it');
    await expect(place?.token?.()).rejects.toThrow(/^expected one token of visible ASCII in the file that tokenFile names$/);
    rmSync(folder, { recursive: true });
  });
});
