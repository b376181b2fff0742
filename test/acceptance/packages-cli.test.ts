// Packages on the command line, judged by what their ecosystem has; and images that a question to the gate names by package URLs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAsked } from '../../src/intake/gate-artifacts.ts';
import { commandLine } from '../support/command-line.ts';
import { startNpm } from '../world/packages/npm.ts';
import type { NpmRegistry } from '../world/packages/npm.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packages-'));
let npm = undefined as unknown as NpmRegistry;
beforeAll(async () => {
  npm = await startNpm(world);
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  writeFileSync(join(folder, 'policy.yaml'), [
    document('Signer', 'npm-registry', { identities: [{ key: { data: npm.key.publicKeyPem } }] }),
    document('ClusterArtifactPolicy', 'npm', { artifacts: [{ package: 'pkg:npm/*' }], require: [{ name: 'served', registry: { by: ['npm-registry'], noDowngrade: true } }] }),
  ].join('\n---\n'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await npm.close();
});

describe('gatehouse verify', () => {
  const verify = (uri: string, digest: string, ...more: string[]): ReturnType<typeof commandLine> =>
    commandLine('verify', uri, '--digest', digest, '-p', folder, '--plain-http', '127.0.0.1', ...more);

  test('a package is judged by what its ecosystem has', async () => {
    const digest = npm.publish({ name: 'lib', version: '1.0.0', attested: [] });
    expect(await verify('pkg:npm/lib@1.0.0', digest, '--packages', `npm=${npm.url}`)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    expect((await verify('pkg:npm/lib@1.0.1', digest, '--packages', `npm=${npm.url}`))[0]).toBe(1);
  });

  test('a package whose ecosystem nobody asks has what is given, and no more', async () => {
    const digest = npm.publish({ name: 'lib', version: '1.0.0', attested: [] });
    expect(await verify('pkg:npm/lib@1.0.0', digest)).toEqual([1, expect.stringMatching(/FETCH_NONE_FOUND/)]);
    expect(await verify('pkg:npm/lib@1.0.0', digest, '--packages', `pypi=${npm.url}`)).toEqual([3, expect.stringMatching(/FETCH_NOT_CONFIGURED/)]);
  });

  test.each(['npm', 'gems=https://x.example', 'npm=ftp://x.example', 'npm=https://user@x.example', 'npm=https://x.example?y'])('--packages %s is wrong usage', async (text) => {
    expect((await verify('pkg:npm/lib@1.0.0', `sha512:${'0'.repeat(128)}`, '--packages', text))[0]).toBe(64);
  });

  test('plain HTTP is only for hosts that are named for it', async () => {
    const digest = npm.publish({ name: 'lib', version: '1.0.0', attested: [] });
    expect(await commandLine('verify', 'pkg:npm/lib@1.0.0', '--digest', digest, '-p', folder, '--packages', `npm=${npm.url}`))
      .toEqual([3, expect.stringMatching(/FETCH_HOST_FORBIDDEN/)]);
  });
});

describe('K08: package URLs of images are images', () => {
  const DIGEST = `sha256:${'ab'.repeat(32)}`;
  const read = (uri: string, digest?: string): unknown => {
    const asked = readAsked({ kind: 'package', uri, digest }, 'artifacts[0]');
    return asked.ok ? { kind: asked.artifact.kind, name: asked.artifact.name, digest: asked.artifact.digest } : asked.problem.path;
  };

  test.each([
    [`pkg:oci/app@${DIGEST.replace(':', '%3A')}?repository_url=ghcr.io/acme/app`, undefined],
    ['pkg:oci/app?repository_url=ghcr.io/acme/app', DIGEST],
    [`pkg:docker/acme/app@${DIGEST.replace(':', '%3A')}?repository_url=ghcr.io`, undefined],
  ])('%s', (uri, digest) => {
    expect(read(uri, digest)).toEqual({ kind: 'image', name: 'ghcr.io/acme/app', digest: DIGEST });
  });

  test.each([
    ['without its repository', `pkg:oci/app@${DIGEST.replace(':', '%3A')}`, undefined, 'artifacts[0].uri'],
    ['of another repository', `pkg:oci/app@${DIGEST.replace(':', '%3A')}?repository_url=ghcr.io/acme/other`, undefined, 'artifacts[0].uri'],
    ['with another digest beside it', `pkg:oci/app@${DIGEST.replace(':', '%3A')}?repository_url=ghcr.io/acme/app`, `sha256:${'cd'.repeat(32)}`, 'artifacts[0].digest'],
  ])('%s is refused', (_, uri, digest, path) => {
    expect(read(uri, digest)).toBe(path);
  });

  test('Python projects have one name, and other packages keep theirs', () => {
    expect(read('pkg:pypi/Acme_Lib@1.0', DIGEST)).toMatchObject({ name: 'pkg:pypi/acme-lib@1.0' });
    expect(read('pkg:PyPI/acme.lib@1.0', DIGEST)).toMatchObject({ name: 'pkg:pypi/acme-lib@1.0' });
    expect(read('pkg:golang/github.com/Azure/sdk@v1.0.0', DIGEST)).toMatchObject({ name: 'pkg:golang/github.com/Azure/sdk@v1.0.0' });
    expect(read('pkg:npm/%40acme/x@1', DIGEST)).toMatchObject({ name: 'pkg:npm/@acme/x@1' });
    expect(read('pkg:npm/acme/x@1', DIGEST)).toMatchObject({ name: 'pkg:npm/acme/x@1' });
  });
});
