// npm packages at the gate: evidence is fetched from the registry that the configuration names, and every twin differs in one thing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateAnswer, GateServer } from '../support/gate.ts';
import { NPM_WORKFLOW, startNpm } from '../world/packages/npm.ts';
import type { NpmRegistry } from '../world/packages/npm.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
let [npm, gate] = [undefined as unknown as NpmRegistry, undefined as unknown as GateServer];
const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const BUILT = { by: ['workflow'], profile: 'npm', level: 2, source: { uri: 'https://github.com/acme/lib' } };

beforeAll(async () => {
  npm = await startNpm(world);
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } },
    config: { plainHttp: ['127.0.0.1'], packages: [{ ecosystem: 'npm', url: npm.url }] },
    documents: () => document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } })
      + document('Signer', 'npm-registry', { identities: [{ key: { data: npm.key.publicKeyPem, trustRoot: 'world' } }] })
      + document('Signer', 'workflow', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: NPM_WORKFLOW, trustRoot: 'world' } }] })
      + document('ClusterArtifactPolicy', 'attested', {
        artifacts: [{ package: 'pkg:npm/@acme/*' }],
        require: [{ name: 'published', attestation: { type: 'npm-publish', by: ['npm-registry'] } }, { name: 'built', provenance: BUILT }],
      })
      + document('ClusterArtifactPolicy', 'by-number', {
        artifacts: [{ package: 'pkg:npm/@numbered/*' }],
        require: [{ name: 'built', provenance: { ...BUILT, source: { repositoryId: '1001', ownerId: 2002 } } }],
      })
      + document('ClusterArtifactPolicy', 'signed-only', {
        artifacts: [{ package: 'pkg:npm/signed-*' }], require: [{ name: 'vouched', signature: { by: ['npm-registry'] } }],
      }),
  });
});
afterAll(async () => {
  await gate.close();
  await npm.close();
});

const ask = (name: string, version: string, digest: string): Promise<GateAnswer> =>
  gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri: `pkg:npm/${name}@${version}`, digest }] });

describe('npm', () => {
  test('npm: a version with both attestations is admitted, and the second question asks nobody', async () => {
    const digest = npm.publish({ name: '@acme/lib', version: '1.0.0' });
    expect((await ask('@acme/lib', '1.0.0', digest)).decision).toBe('admit');
    const asked = npm.asked.length;
    expect((await ask('@acme/lib', '1.0.0', digest)).decision).toBe('admit');
    expect(npm.asked.length).toBe(asked);
    expect(npm.asked.map(({ path }) => path)).toEqual(expect.arrayContaining(['/-/npm/v1/attestations/@acme%2flib@1.0.0', '/@acme%2flib/1.0.0']));
  });

  test.each<[string, () => readonly [string, string, string], readonly string[]]>([
    ['another digest', () => {
      npm.publish({ name: '@acme/lib', version: '1.0.1' });
      return ['@acme/lib', '1.0.1', `sha512:${'0'.repeat(128)}`];
    }, ['VERIFY_SUBJECT_MISMATCH', 'VERIFY_SUBJECT_MISMATCH']],
    ['attestations of another package', () => ['@acme/lib', '1.0.2', npm.publish({ name: '@acme/lib', version: '1.0.2', attestedAs: { name: '@acme/other', version: '1.0.2' } })],
      ['VERIFY_SUBJECT_MISMATCH', 'VERIFY_SUBJECT_MISMATCH']],
    ['attestations of another version', () => ['@acme/lib', '1.0.3', npm.publish({ name: '@acme/lib', version: '1.0.3', attestedAs: { name: '@acme/lib', version: '1.0.2' } })],
      ['VERIFY_SUBJECT_MISMATCH', 'VERIFY_SUBJECT_MISMATCH']],
    ['provenance of a build that was never published', () => ['@acme/lib', '1.0.4', npm.publish({ name: '@acme/lib', version: '1.0.4', attested: ['provenance'] })],
      ['POLICY_TYPE_MISSING']],
    ['the word of the registry alone', () => ['@acme/lib', '1.0.7', npm.publish({ name: '@acme/lib', version: '1.0.7', attested: [] })],
      ['FETCH_NONE_FOUND', 'FETCH_NONE_FOUND']],
    ['a broken word of the registry alone', () => ['@acme/lib', '1.0.8', npm.publish({ name: '@acme/lib', version: '1.0.8', attested: [], signed: 'x' })],
      ['FETCH_NONE_FOUND', 'FETCH_NONE_FOUND']],
    ['no attestations at all', () => ['@acme/lib', '1.0.5', npm.publish({ name: '@acme/lib', version: '1.0.5', attested: [], signed: false })],
      ['FETCH_NONE_FOUND', 'FETCH_NONE_FOUND']],
    ['an empty list of attestations', () => {
      const digest = npm.publish({ name: '@acme/lib', version: '1.0.6', attested: [], signed: false });
      npm.answers.set('/-/npm/v1/attestations/@acme%2flib@1.0.6', { body: '{"attestations": []}' });
      return ['@acme/lib', '1.0.6', digest];
    }, ['FETCH_NONE_FOUND', 'FETCH_NONE_FOUND']],
    ['a version that the registry does not have', () => ['@acme/lib', '9.9.9', `sha512:${'1'.repeat(128)}`], ['FETCH_NOT_FOUND', 'FETCH_NOT_FOUND']],
  ])('npm: %s is denied', async (_, make, codes) => {
    const answer = await ask(...make());
    expect([answer.decision, gateCodes(answer)]).toEqual(['deny', codes]);
  });

  test.each<[string, Parameters<NpmRegistry['answers']['set']>[1], string]>([
    ['an error of the registry', { status: 500 }, 'FETCH_SERVER_ERROR'],
    ['a rate limit', { status: 429, headers: { 'retry-after': '60' } }, 'FETCH_RATE_LIMITED'],
    ['an answer of 10 MB', { body: Buffer.alloc(10_000_000, 0x20) }, 'FETCH_TOO_LARGE'],
    ['a redirect to elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:9/x' } }, 'FETCH_REDIRECT'],
    ['a page', { body: '<html>' }, 'FETCH_RESPONSE_INVALID'],
    ['JSON of another shape', { body: '{"attestations": {}}' }, 'FETCH_RESPONSE_INVALID'],
  ])('npm: %s in place of the attestations leaves it open', async (what, instead, code) => {
    const version = `2.0.${what.length}`;
    const digest = npm.publish({ name: '@acme/lib', version });
    const path = `/-/npm/v1/attestations/@acme%2flib@${version}`;
    const [good] = [npm.answers.get(path)];
    npm.answers.set(path, instead);
    const answer = await ask('@acme/lib', version, digest);
    expect([answer.decision, gateCodes(answer)]).toEqual(['undetermined', [code, code]]);
    // What failed is not kept: the next question is answered.
    npm.answers.set(path, good ?? {});
    expect((await ask('@acme/lib', version, digest)).decision).toBe('admit');
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['the repository and owner of these numbers', {}, []],
    ['another repository under the same name', { sourceRepositoryIdentifier: '1002' }, ['POLICY_PROVENANCE_SIGNER']],
    ['another owner under the same name', { sourceRepositoryOwnerIdentifier: '2003' }, ['POLICY_PROVENANCE_SIGNER']],
  ])('repositoryId, ownerId: %s', async (what, claims, codes) => {
    const version = `1.0.${what.length}`;
    expect(gateCodes(await ask('@numbered/lib', version, npm.publish({ name: '@numbered/lib', version, claims })))).toEqual(codes);
  });

  test('npm: what the registry signs of everything it serves is nobody vouching for a package', async () => {
    const digest = npm.publish({ name: 'signed-lib', version: '1.0.0', attested: [] });
    expect(gateCodes(await ask('signed-lib', '1.0.0', digest))).toEqual(['FETCH_NONE_FOUND']);
  });

  test('pypi: an ecosystem that is not configured leaves it open', async () => {
    const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri: 'pkg:pypi/requests@2.0.0', digest: `sha256:${'0'.repeat(64)}` }] });
    expect(gateCodes(answer)).toEqual(['SELECT_NO_POLICY']);
  });
});
