import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { ranProgram } from '../support/program.ts';
import { keyBundle } from '../world/bundle.ts';
import { asDigest } from '../world/encode.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

/** `gatehouse verify` on packages: with what npm's registry really answered, and with files of our own. */
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-npm-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const gatehouse = (...args: string[]): ReturnType<typeof ranProgram> => ranProgram(folder, ...args);

/** The key of npm's registry until January 2025, from its TUF target keys.json. */
const NPM_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i
6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==
-----END PUBLIC KEY-----
`;
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('a package of npm, with what its registry answered', () => {
  const evidence = sharedData('slsa-provenance/npm/gha/gundam-visor-cli-v1-tag.tgz.json');
  const HEX = '8d9d7972f676516c75014aa074e11ae604d98f0b64ec6725a61e2838ff3dab162118fa71433fb31e1550d30bd0dec9d086ce032b94457b583900c507acf39c40';
  const integrity = `sha512-${Buffer.from(HEX, 'hex').toString('base64')}`;
  const policy = write('own.yaml', [
    document('Signer', 'npm-registry', { identities: [{ key: { data: NPM_KEY, notBefore: '2022-12-01T00:00:00Z', notAfter: '2025-01-29T00:00:00Z', trustRoot: 'sigstore-public-good', transparencyLog: 'required' } }] }),
    document('Signer', 'workflow', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/ramonpetgrave64/gundam-visor/.github/workflows/npm-publish.yml@refs/tags/v1.0.1' } }] }),
    document('ClusterArtifactPolicy', 'packages', {
      artifacts: [{ package: 'pkg:npm/gundam-visor' }],
      require: [
        { name: 'published', attestation: { type: 'npm-publish', by: ['npm-registry'] } },
        { name: 'built', provenance: { by: ['workflow'], profile: 'npm', level: 2, source: { uri: 'https://github.com/ramonpetgrave64/gundam-visor', tag: 'v1.0.1' } } },
      ],
    }),
  ].join('\n---\n'));
  const verify = (artifact: string, ...more: string[]): Promise<readonly [number | null, string]> => commandLine('verify', artifact, '-p', policy, '--offline', '--evidence', evidence, ...more);
  const GOOD = 'pkg:npm/gundam-visor@1.0.1';

  test.each<[string, string[], number, RegExp]>([
    ['by the integrity of a lockfile', [GOOD, '--digest', integrity], 0, /admit: satisfied/],
    ['by its digest', [GOOD, '--digest', `sha512:${HEX}`], 0, /admit: satisfied/],
    ['by a digest that has the name', [`sha512:${HEX}`, '--name', GOOD], 0, /admit: satisfied/],
    ['as another version', ['pkg:npm/gundam-visor@1.0.2', '--digest', integrity], 1, /VERIFY_SUBJECT_MISMATCH/],
    ['with the integrity of something else', [GOOD, '--digest', `sha512-${Buffer.alloc(64).toString('base64')}`], 1, /VERIFY_SUBJECT_MISMATCH/],
    ['under a name that no policy speaks about', ['pkg:npm/@evil/gundam-visor@1.0.1', '--digest', integrity], 1, /SELECT_NO_POLICY/],
    ['as a blob', [`sha512:${HEX}`], 1, /SELECT_NO_POLICY/],
    ['without a digest', [GOOD], 64, /does not say which bytes are meant: add --digest/],
    ['without a version', ['pkg:npm/gundam-visor', '--digest', integrity], 64, /has no version/],
    ['with qualifiers', [`${GOOD}?repository_url=evil.example`, '--digest', integrity], 64, /qualifiers/],
    ['with an integrity that is none', [GOOD, '--digest', 'sha1-abc'], 64, /expected sha256/],
    ['with a digest for something that is no package', ['app.example/x:1', '--digest', integrity], 64, /--digest is for package URLs/],
  ])('%s', async (_, [artifact = '', ...more], code, message) => {
    expect(await verify(artifact, ...more)).toEqual([code, expect.stringMatching(message)]);
  });

  test('inspect shows both attestations, and the policy to paste admits the package', async () => {
    const [code, output] = await gatehouse('inspect', GOOD, '--digest', integrity, '--offline', '--evidence', evidence, '--key', write('npm.pem', NPM_KEY));
    expect([code, output]).toEqual([0, expect.stringMatching(/✓ attestation npm-publish[\s\S]*✓ attestation slsa-provenance/)]);
    const pasted = write('pasted.yaml', output.slice(output.indexOf('# Accepts')));
    expect(readFileSync(pasted, 'utf8')).toContain('artifacts: [{package: "pkg:npm/gundam-visor"}]');
    expect(await gatehouse('policy', 'lint', pasted)).toEqual([0, expect.anything()]);
    expect(await gatehouse('verify', GOOD, '--digest', integrity, '-p', pasted, '--offline', '--evidence', evidence)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
  });
});

describe('a file that has the name of a package', () => {
  const world = createWorld({ now: Date.UTC(2026, 5, 1) });
  const key = world.key();
  const bytes = Buffer.from('a tarball');
  const file = write('lib-1.0.0.tgz', bytes);
  const policy = write('files.yaml', [
    document('Signer', 'us', { identities: [{ key: { data: key.publicKeyPem } }] }),
    document('ClusterArtifactPolicy', 'ours', { artifacts: [{ package: 'pkg:npm/@acme/*' }, { package: 'pkg:pypi/lib@1.*' }], require: [{ name: 'released', attestation: { type: 'release', by: ['us'] } }] }),
  ].join('\n---\n'));
  const release = (algorithm: 'sha256' | 'sha512', name: string): string => {
    const digest = asDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
    const statement = makeStatement(digest, { predicateType: 'https://in-toto.io/attestation/release/v0.1', predicate: {} }, { name });
    return write(`${algorithm}-${name.replaceAll(/\W/g, '-')}.json`, keyBundle(world, { key, statement }));
  };

  test.each<[string, string, string, number, RegExp]>([
    ['of npm is hashed with sha512', 'pkg:npm/@acme/lib@1.0.0', release('sha512', 'pkg:npm/%40acme/lib@1.0.0'), 0, /admit: satisfied/],
    ['of npm is not hashed with sha256', 'pkg:npm/@acme/lib@1.0.0', release('sha256', 'pkg:npm/%40acme/lib@1.0.0'), 1, /VERIFY_SUBJECT_MISMATCH/],
    ['of PyPI is hashed with sha256', 'pkg:pypi/lib@1.0.0', release('sha256', 'lib-1.0.0.tar.gz'), 0, /admit: satisfied/],
    ['of another package is none of ours', 'pkg:pypi/lib@1.0.0', release('sha256', 'pkg:pypi/lib@1.0.1'), 1, /VERIFY_SUBJECT_MISMATCH/],
  ])('%s', async (_, name, evidence, code, message) => {
    expect(await commandLine('verify', file, '--name', name, '-p', policy, '--evidence', evidence)).toEqual([code, expect.stringMatching(message)]);
  });

  describe('K08 package URL confusion', () => {
    const NAME = 'pkg:npm/@acme/lib@1.0.0';
    const ours = release('sha512', NAME);
    const judged = (name: string): Promise<readonly [number | null, string]> => commandLine('verify', file, '--name', name, '-p', policy, '--evidence', ours);

    test.each([NAME, 'pkg:npm/%40acme/lib@1.0.0', 'PKG:NPM/%40acme/lib@1%2E0.0'])('%s is the package', async (name) => {
      expect(await judged(name)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    });

    test.each<[string, number, RegExp]>([
      ['pkg:npm/acme/lib@1.0.0', 1, /SELECT_NO_POLICY/],
      ['pkg:npm/@Acme/lib@1.0.0', 1, /SELECT_NO_POLICY/],
      ['pkg:npm/@acme/LIB@1.0.0', 1, /VERIFY_SUBJECT_MISMATCH/],
      ['pkg:npm/@acme/lib@1.0.0-rc.1', 1, /VERIFY_SUBJECT_MISMATCH/],
      ['pkg:npm/@acme/lib@1.0.0?repository_url=evil.example', 64, /qualifiers/],
      ['pkg:npm/@acme/lib@1.0.0#evil', 64, /subpath/],
      ['pkg:npm/%40acme%2Flib@1.0.0', 64, /characters that no name has/],
      ['pkg:npm/@acme/%2e%2e/lib@1.0.0', 64, /characters that no name has/],
      ['pkg://npm/@acme/lib@1.0.0', 64, /pkg:TYPE/],
    ])('%s is another, or none', async (name, code, message) => {
      expect(await judged(name)).toEqual([code, expect.stringMatching(message)]);
    });

    test('of two names for the same bytes each needs evidence of its own, and other bytes under the right name have none', async () => {
      const other = write('other-1.0.0.tgz', 'other bytes');
      expect(await commandLine('verify', other, '--name', NAME, '-p', policy, '--evidence', ours)).toEqual([1, expect.stringMatching(/VERIFY_SUBJECT_MISMATCH/)]);
      expect(await commandLine('verify', file, '--name', 'pkg:npm/@acme/copy@1.0.0', '-p', policy, '--evidence', ours)).toEqual([1, expect.stringMatching(/VERIFY_SUBJECT_MISMATCH/)]);
      expect(await commandLine('verify', file, '--name', 'pkg:npm/@acme/copy@1.0.0', '-p', policy, '--evidence', release('sha512', 'pkg:npm/@acme/copy@1.0.0'))).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    });
  });
});
