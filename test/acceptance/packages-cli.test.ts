// Packages on the command line, judged by what their ecosystem has; and images that a question to the gate names by package URLs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAsked } from '../../src/intake/gate-artifacts.ts';
import { commandLine } from '../support/command-line.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { startNpm } from '../world/packages/npm.ts';
import type { NpmRegistry } from '../world/packages/npm.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const [folder, real] = [mkdtempSync(join(tmpdir(), 'gatehouse-packages-')), mkdtempSync(join(tmpdir(), 'gatehouse-real-'))];
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
  for (const made of [folder, real]) rmSync(made, { recursive: true });
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
    expect(await verify('pkg:npm/lib@1.0.0', digest, '--offline')).toEqual([1, expect.stringMatching(/FETCH_NONE_FOUND/)]);
    expect(await verify('pkg:npm/lib@1.0.0', digest, '--packages', `pypi=${npm.url}`)).toEqual([3, expect.stringMatching(/FETCH_NOT_CONFIGURED/)]);
  });

  test('a package of which nobody has asked anything is open, and not unsigned: nothing was given, and nobody said where to look', async () => {
    const digest = npm.publish({ name: 'lib', version: '1.0.0', attested: [] });
    const told = await verify('pkg:npm/lib@1.0.0', digest);
    expect(told).toEqual([3, expect.stringMatching(/FETCH_NOT_CONFIGURED.*--packages npm=URL/s)]);
    expect(told[1]).not.toContain('registry pkg:npm');
    expect(await commandLine('admit', `pkg:npm/lib@1.0.0=${digest}`, '-p', folder)).toEqual([3, expect.stringMatching(/FETCH_NOT_CONFIGURED.*--packages npm=URL/s)]);
    expect((await commandLine('admit', `pkg:npm/lib@1.0.0=${digest}`, '-p', folder, '--plain-http', '127.0.0.1', '--packages', `npm=${npm.url}`))[0]).toBe(0);
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

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('npm: what its registry really answered, served by one on loopback', () => {
  /** The key of npm's registry until January 2025, from its TUF target keys.json. */
  const NPM_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i
6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==
-----END PUBLIC KEY-----
`;
  const DIGEST = 'sha512:8d9d7972f676516c75014aa074e11ae604d98f0b64ec6725a61e2838ff3dab162118fa71433fb31e1550d30bd0dec9d086ce032b94457b583900c507acf39c40';
  const judged = async (source: Readonly<Record<string, unknown>>): ReturnType<typeof commandLine> => {
    const answer = readFileSync(sharedData('slsa-provenance/npm/gha/gundam-visor-cli-v1-tag.tgz.json'));
    npm.answers.set('/-/npm/v1/attestations/gundam-visor@1.0.1', { body: answer });
    npm.answers.set('/gundam-visor/1.0.1', { body: JSON.stringify({ name: 'gundam-visor', version: '1.0.1', dist: {} }) });
    const policy = mkdtempSync(join(real, 'p-'));
    const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
    writeFileSync(join(policy, 'p.yaml'), [
      document('Signer', 'npm', { identities: [{ key: { data: NPM_KEY, notBefore: '2022-12-01T00:00:00Z', notAfter: '2025-01-29T00:00:00Z', trustRoot: 'sigstore-public-good', transparencyLog: 'required' } }] }),
      document('Signer', 'workflow', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/ramonpetgrave64/gundam-visor/.github/workflows/npm-publish.yml@refs/tags/v1.0.1' } }] }),
      document('ClusterArtifactPolicy', 'p', {
        artifacts: [{ package: 'pkg:npm/gundam-visor' }],
        require: [{ name: 'published', attestation: { type: 'npm-publish', by: ['npm'] } }, { name: 'built', provenance: { by: ['workflow'], profile: 'npm', source } }],
      }),
    ].join('\n---\n'));
    return commandLine('verify', 'pkg:npm/gundam-visor@1.0.1', '--digest', DIGEST, '-p', policy, '--plain-http', '127.0.0.1', '--packages', `npm=${npm.url}`);
  };

  test('a package with its two attestations is admitted, pinned by the numbers of repository and owner', async () => {
    expect(await judged({ uri: 'https://github.com/ramonpetgrave64/gundam-visor', repositoryId: '810002373', ownerId: '32398091' })).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
  });

  test('repositoryId, ownerId: other numbers are another repository, whatever it is called', async () => {
    expect(await judged({ repositoryId: '2' })).toEqual([1, expect.stringMatching(/POLICY_PROVENANCE_SOURCE/)]);
    expect(await judged({ ownerId: '2' })).toEqual([1, expect.stringMatching(/POLICY_PROVENANCE_SOURCE/)]);
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
