// What npm's registry really answered for a package, served on loopback and asked for by the gate: attestations, publisher by numbers, lock file.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { startFake } from '../world/packages/fake.ts';
import type { FakeServer } from '../world/packages/fake.ts';

/** The key of npm's registry until January 2025, from its TUF target keys.json. */
const NPM_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i
6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==
-----END PUBLIC KEY-----
`;
const DIGEST = 'sha512:8d9d7972f676516c75014aa074e11ae604d98f0b64ec6725a61e2838ff3dab162118fa71433fb31e1550d30bd0dec9d086ce032b94457b583900c507acf39c40';
const INTEGRITY = `sha512-${Buffer.from(DIGEST.slice(7), 'hex').toString('base64')}`;
const WORKFLOW = 'https://github.com/ramonpetgrave64/gundam-visor/.github/workflows/npm-publish.yml@refs/tags/v1.0.1';
const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

/** The numbers of repository and owner in the certificate of the provenance, as they were issued. */
function numbers(answer: string): { readonly repositoryId: string; readonly ownerId: string } {
  const { attestations } = JSON.parse(answer) as { attestations: { bundle: { verificationMaterial: { x509CertificateChain?: { certificates: { rawBytes: string }[] } } } }[] };
  const raw = attestations.map(({ bundle }) => bundle.verificationMaterial.x509CertificateChain?.certificates[0]?.rawBytes).find((one) => one !== undefined);
  const der = Buffer.from(raw ?? '', 'base64');
  // Extensions 1.3.6.1.4.1.57264.1.15 and .17: the OID, then an OCTET STRING that holds a UTF8String.
  const claim = (last: number): string => {
    const at = der.indexOf(Buffer.from([0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, last]));
    const text = at + 10 + 2;
    return der.subarray(text + 2, text + 2 + (der[text + 1] ?? 0)).toString('utf8');
  };
  return { repositoryId: claim(15), ownerId: claim(17) };
}

describe.skipIf(!hasSharedData)('npm with real attestations', () => {
  let npm: FakeServer;
  let gate: GateServer;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-real-'));
  const answer = hasSharedData ? readFileSync(sharedData('slsa-provenance/npm/gha/gundam-visor-cli-v1-tag.tgz.json'), 'utf8') : '{}';
  const ids = hasSharedData ? numbers(answer) : { repositoryId: '', ownerId: '' };

  beforeAll(async () => {
    npm = await startFake();
    npm.answers.set('/-/npm/v1/attestations/gundam-visor@1.0.1', { body: answer });
    npm.answers.set('/-/npm/v1/attestations/gundam-visor@1.0.2', { body: answer });
    const policy = (name: string, source: unknown): string => document('ClusterArtifactPolicy', name, {
      artifacts: [{ package: 'pkg:npm/gundam-visor' }],
      require: [{ name: 'published', attestation: { type: 'npm-publish', by: ['npm-registry'] } }, { name: 'built', provenance: { by: ['workflow'], profile: 'npm', level: 2, source } }],
    });
    gate = await startGate({
      policies: () => ({}), namespaces: { ci: {} },
      config: { plainHttp: ['127.0.0.1'], packages: [{ ecosystem: 'npm', url: npm.url }] },
      documents: () => document('Signer', 'npm-registry', { identities: [{ key: { data: NPM_KEY, notBefore: '2022-12-01T00:00:00Z', trustRoot: 'sigstore-public-good', transparencyLog: 'required' } }] })
        + document('Signer', 'workflow', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subjectGlob: 'https://github.com/ramonpetgrave64/gundam-visor/.github/workflows/*@refs/tags/v1.0.1', trustRoot: 'sigstore-public-good' } }] })
        + policy('by-numbers', ids),
    });
    writeFileSync(join(folder, 'ca.crt'), gate.server.running.developmentCertificate ?? '');
  });
  afterAll(async () => {
    await gate?.close();
    await npm?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (version: string, digest: string) => gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri: `pkg:npm/gundam-visor@${version}`, digest }] });

  test('the version as it was published is admitted, by the numbers of its repository and owner', async () => {
    expect(ids.repositoryId).toMatch(/^\d+$/);
    expect(ids.ownerId).toMatch(/^\d+$/);
    const given = await ask('1.0.1', DIGEST);
    expect([given.decision, gateCodes(given)], WORKFLOW).toEqual(['admit', []]);
  });

  test('the same attestations for another version, and for other bytes, are not', async () => {
    expect(gateCodes(await ask('1.0.2', DIGEST))).toContain('VERIFY_SUBJECT_MISMATCH');
    expect(gateCodes(await ask('1.0.1', `sha512:${createHash('sha512').update('x').digest('hex')}`))).toContain('VERIFY_SUBJECT_MISMATCH');
  });

  test('a lock file as npm writes it is asked about in one go, and the refused entry has its line', async () => {
    const lock = (integrity: string): string => JSON.stringify({
      name: 'app', lockfileVersion: 3, requires: true,
      packages: { '': { name: 'app', dependencies: { 'gundam-visor': '^1.0.0' } }, 'node_modules/gundam-visor': { version: '1.0.1', resolved: `${npm.url}/gundam-visor/-/gundam-visor-1.0.1.tgz`, integrity } },
    }, null, 2);
    const run = async (integrity: string) => {
      writeFileSync(join(folder, 'package-lock.json'), lock(integrity));
      writeFileSync(join(folder, 'token'), gate.pod().token);
      return ranCommandLine('admit', '--lockfile', join(folder, 'package-lock.json'), '--server', `https://localhost:${gate.server.running.gatePort}`, '--token-file', join(folder, 'token'), '--ca', join(folder, 'ca.crt'));
    };
    const good = await run(INTEGRITY);
    expect(good.code, good.stdout + good.stderr).toBe(0);
    const bad = await run(`sha512-${Buffer.alloc(64).toString('base64')}`);
    expect([bad.code, bad.stdout]).toEqual([1, expect.stringMatching(/package-lock\.json:\d+[\s\S]*VERIFY_SUBJECT_MISMATCH/)]);
  });
});

describe.skipIf(!hasSharedData)('npm with real attestations that were tampered with', () => {
  test.each([
    ['supreme-googles-cli-v02-tag-invalidsigprov.tgz.json', 'VERIFY_SIGNATURE_INVALID'],
    // A signature by key says whose it is only by verifying: a broken one is nobody's.
    ['supreme-googles-cli-v02-tag-invalidsigpub.tgz.json', 'VERIFY_SIGNER_UNTRUSTED'],
    ['provenance-npm-test-cli-v1-prega-invalidsigprov.tgz.json', 'VERIFY_SIGNATURE_INVALID'],
  ])('%s is refused', async (file, code) => {
    const npm = await startFake();
    const answer = readFileSync(sharedData(`slsa-provenance/npm/gha/${file}`), 'utf8');
    const { attestations } = JSON.parse(answer) as { attestations: { bundle: { dsseEnvelope: { payload: string } } }[] };
    const statement = JSON.parse(Buffer.from(attestations[0]?.bundle.dsseEnvelope.payload ?? '', 'base64').toString()) as { subject: { name: string; digest: { sha512: string } }[] };
    const [subject] = statement.subject;
    const name = decodeURIComponent(subject?.name ?? '');
    const [, path = '', version = ''] = /^pkg:npm\/(.+)@([^@]+)$/.exec(name) ?? [];
    npm.answers.set(`/-/npm/v1/attestations/${path.replace('/', '%2f')}@${version}`, { body: answer });
    const gate = await startGate({
      policies: () => ({}), namespaces: { ci: {} },
      config: { plainHttp: ['127.0.0.1'], packages: [{ ecosystem: 'npm', url: npm.url }] },
      documents: () => document('Signer', 'npm-registry', { identities: [{ key: { data: NPM_KEY, trustRoot: 'sigstore-public-good', transparencyLog: 'required' } }] })
        + document('Signer', 'workflow', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subjectGlob: 'https://github.com/**', trustRoot: 'sigstore-public-good' } }] })
        + document('ClusterArtifactPolicy', 'real', {
          artifacts: [{ package: 'pkg:npm/**' }],
          require: [{ name: 'published', attestation: { type: 'npm-publish', by: ['npm-registry'] } }, { name: 'built', provenance: { by: ['workflow'] } }],
        }),
    });
    try {
      const given = await gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri: `pkg:npm/${path}@${version}`, digest: `sha512:${subject?.digest.sha512}` }] });
      expect([given.decision, gateCodes(given)]).toEqual(['deny', [code]]);
    } finally {
      await gate.close();
      await npm.close();
    }
  });
});
