import { describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import type { Finding } from '../../src/domain/decision/finding.ts';
import { PREDICATE_FAMILIES } from '../../src/domain/policy/predicate-types.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { asDigest, base64, jsonBytes, pae } from '../world/encode.ts';
import { signWith } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { judgeOffline } from '../support/offline.ts';

/** Statements as they come in files: of every family, signed by several, in bundles of many, small and large. */
const NOW = Date.UTC(2026, 5, 1);
const world = createWorld({ now: NOW });
const keys = { alice: world.key(), bob: world.key('ed25519'), carol: world.key('p384') };
const stranger = world.key();
const DIGEST = asDigest(`sha256:${'ab'.repeat(32)}`);
const REF: ArtifactRef = { kind: 'image', usage: 'container', path: 'a', raw: 'app', name: 'ghcr.io/acme/app', digest: DIGEST };
const TYPE = 'application/vnd.in-toto+json';

const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const SIGNERS = Object.entries(keys).map(([name, key]) => document('Signer', name, { identities: [{ key: { data: key.publicKeyPem } }] }));
const policyOf = (requirement: unknown): string => [...SIGNERS, document('ClusterArtifactPolicy', 'p', { artifacts: [{ image: 'ghcr.io/acme/*' }], require: [{ name: 'r', ...(requirement as object) }] })].join('\n---\n');

async function judge(requirement: unknown, ...files: readonly Uint8Array[]): Promise<Finding> {
  const batches = files.map((bytes, index) => evidenceFromFile(`file-${index + 1}`, bytes));
  const batch = { evidence: batches.flatMap(({ evidence }) => evidence), problems: batches.flatMap(({ problems }) => problems) };
  const [finding] = await judgeOffline({ ref: REF, batch, trust: createTrustReader(), now: NOW }, policyOf(requirement));
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

const bundle = (predicateType: string, predicate: unknown = {}, key = keys.alice): Uint8Array => keyBundle(world, { key, statement: makeStatement(DIGEST, { predicateType, predicate }) });
const TEST_RESULT = { predicateType: 'https://in-toto.io/attestation/test-result/v0.1', predicate: { result: 'PASSED' } };
function envelope(signers: readonly SigningKey[], statement: unknown = makeStatement(DIGEST, TEST_RESULT)): Buffer {
  const payload = jsonBytes(statement);
  return jsonBytes({ payloadType: TYPE, payload: base64(payload), signatures: signers.map((key) => ({ keyid: '', sig: base64(signWith(key, pae(TYPE, payload))) })) });
}

describe('families of predicates', () => {
  const types = Object.entries(PREDICATE_FAMILIES).flatMap(([family, all]) => all.map((type) => [family, type] as const));

  test.each(types)('%s: %s is asked for by its short name, and told by it', async (family, type) => {
    expect((await judge({ attestation: { type: family, by: ['alice'] } }, bundle(type))).code).toBe('POLICY_SATISFIED');
    expect(await judge({ attestation: { type: 'https://example.com/other/v1', by: ['alice'] } }, bundle(type))).toMatchObject({ code: 'POLICY_TYPE_MISSING', found: [`${family} (${type})`], expected: [expect.stringMatching(/^https:..example.com.other.v1 by alice: key /)] });
    expect(await judge({ attestation: { type: family, by: ['alice'] } }, bundle(`${type}evil`))).toMatchObject({ code: 'POLICY_TYPE_MISSING', found: [`${type}evil`], expected: [expect.stringMatching(`^${family} by alice: key `)] });
  });

  test('what was found is listed, known and unknown, beside what was wanted', async () => {
    const found = [bundle('https://spdx.dev/Document/v2.3'), bundle('https://cosign.sigstore.dev/attestation/vuln/v1'), bundle('https://example.com/mine/v1'), keyBundle(world, { key: keys.alice, digest: DIGEST })];
    expect(await judge({ provenance: { by: ['alice'], builder: 'https://build.example/v1' } }, ...found)).toMatchObject({
      code: 'POLICY_TYPE_MISSING', expected: [expect.stringMatching(/^slsa-provenance by alice: key /)],
      found: ['spdx (https://spdx.dev/Document/v2.3)', 'cosign-vuln (https://cosign.sigstore.dev/attestation/vuln/v1)', 'https://example.com/mine/v1', 'a signature'],
    });
  });

  test.each<[string, string, unknown, unknown, string]>([
    ['svr', 'https://in-toto.io/attestation/svr/v0.2', { verifier: { id: 'https://v.example' }, properties: ['REVIEWED'] }, { verifier: { id: 'https://v.example' }, properties: [] }, '"REVIEWED" in predicate.properties && predicate.verifier.id == "https://v.example"'],
    ['scai', 'https://in-toto.io/attestation/scai/v0.3', { attributes: [{ attribute: 'HERMETIC' }] }, { attributes: [{ attribute: 'NOT_HERMETIC' }] }, 'predicate.attributes.exists(a, a.attribute == "HERMETIC")'],
    ['release', 'https://in-toto.io/attestation/release/v0.1', { purl: 'pkg:oci/app@1' }, { purl: 'pkg:oci/other@1' }, 'predicate.purl.startsWith("pkg:oci/app@")'],
    ['link', 'https://in-toto.io/attestation/link/v0.3', { name: 'build', command: ['make'] }, { name: 'test', command: ['make'] }, 'predicate.name == "build"'],
    ['openvex', 'https://openvex.dev/ns/v0.2.0', { statements: [] }, { statements: [{ status: 'affected' }] }, 'predicate.statements.all(s, s.status != "affected")'],
    ['reference', 'https://in-toto.io/attestation/reference/v0.1', { references: [{ digest: { sha256: 'aa' } }] }, { references: [] }, 'predicate.references.size() > 0'],
    ['cosign-custom', 'https://cosign.sigstore.dev/attestation/v1', { Data: 'ok' }, { Data: 'no' }, 'predicate.Data == "ok"'],
    ['scorecard', 'https://scorecard.dev/result/v0.1', { score: 8.5 }, { score: 4 }, 'predicate.score >= 7.0'],
  ])('%s can be judged by its content', async (family, type, good, bad, cel) => {
    const requirement = { attestation: { type: family, by: ['alice'], where: [{ cel }] } };
    expect((await judge(requirement, bundle(type, good))).code).toBe('POLICY_SATISFIED');
    expect((await judge(requirement, bundle(type, bad))).code).toBe('POLICY_CONDITION');
    expect((await judge(requirement, bundle(type, good, stranger))).code).toBe('VERIFY_SIGNER_UNTRUSTED');
  });
});

describe('one envelope, several signatures', () => {
  const by = (threshold: number): unknown => ({ testResult: { by: ['alice', 'bob', 'carol'], threshold } });
  const { alice, bob, carol } = keys;
  test.each<[string, number, readonly SigningKey[], string]>([
    ['two of two', 2, [alice, bob], 'POLICY_SATISFIED'],
    ['three of three, of three kinds of key', 3, [alice, bob, carol], 'POLICY_SATISFIED'],
    ['two of three', 3, [alice, bob], 'POLICY_THRESHOLD'],
    ['A20 one key twice', 2, [alice, alice], 'POLICY_THRESHOLD'],
    ['A20 one key and a stranger', 2, [alice, stranger], 'POLICY_THRESHOLD'],
    ['a stranger does not harm', 2, [stranger, alice, bob], 'POLICY_SATISFIED'],
    ['only a stranger', 1, [stranger], 'VERIFY_SIGNER_UNTRUSTED'],
  ])('%s', async (_, threshold, signers, code) => {
    expect((await judge(by(threshold), envelope(signers))).code).toBe(code);
    const apart = signers.map((signer) => envelope([signer]));
    expect((await judge(by(threshold), ...apart)).code).toBe(code);
  });

  test.each([['v0.1', 'POLICY_SATISFIED'], ['v1', 'POLICY_SATISFIED'], ['v2', 'VERIFY_STATEMENT']])('a statement of version %s: %s', async (version, code) => {
    expect((await judge(by(1), envelope([alice], { ...makeStatement(DIGEST, TEST_RESULT), _type: `https://in-toto.io/Statement/${version}` }))).code).toBe(code);
  });

  test('unknown fields are ignored, in envelope, statement and predicate', async () => {
    const made = JSON.parse(envelope([alice], { ...makeStatement(DIGEST, { ...TEST_RESULT, predicate: { ...TEST_RESULT.predicate, future: { a: [1] } } }), future: 1 }).toString()) as object;
    expect((await judge(by(1), jsonBytes({ ...made, certificate: 'x', timestamps: [] }))).code).toBe('POLICY_SATISFIED');
  });

  test.each<[string, Record<string, string>, string]>([
    ['one more digest, of which we know nothing', { sha256: DIGEST.slice(7), sha512: 'cd'.repeat(64), gitCommit: 'x' }, 'POLICY_SATISFIED'],
    ['A11 only a weak one', { sha1: 'ab'.repeat(20), md5: 'ab'.repeat(16) }, 'VERIFY_SUBJECT_MISMATCH'],
    ['A11 another one under our algorithm, and ours under another', { sha256: 'cd'.repeat(32), sha512: DIGEST.slice(7) }, 'VERIFY_SUBJECT_MISMATCH'],
    ['upper case', { sha256: DIGEST.slice(7).toUpperCase() }, 'VERIFY_SUBJECT_MISMATCH'],
  ])('a subject with %s: %s', async (_, digest, code) => {
    expect((await judge(by(1), envelope([alice], makeStatement([{ name: 'app', digest }], TEST_RESULT)))).code).toBe(code);
  });
});

describe('PEP 740', () => {
  const identity = { san: 'https://github.com/acme/lib/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
  interface Made { readonly verificationMaterial: { readonly certificate: { readonly rawBytes: string }; readonly tlogEntries: readonly unknown[] }; readonly dsseEnvelope: { readonly payload: string; readonly signatures: readonly { readonly sig: string }[] } }
  const { verificationMaterial, dsseEnvelope } = JSON.parse(keylessBundle(world, { identity, statement: makeStatement(DIGEST, { predicateType: 'https://pep740.example/publish/v1', predicate: null }, { name: 'lib-1.0.tar.gz' }) }).toString()) as Made;
  const attestation = { version: 1, verification_material: { certificate: verificationMaterial.certificate.rawBytes, transparency_entries: verificationMaterial.tlogEntries }, envelope: { statement: dsseEnvelope.payload, signature: dsseEnvelope.signatures[0]?.sig } };
  const served = (...attestations: unknown[]): unknown => ({ version: 1, attestation_bundles: [{ publisher: { kind: 'GitHub', repository: 'mallory/lib' }, attestations }] });
  const policies = (subject: string): string => [
    document('Signer', 'release', { identities: [{ keyless: { issuer: identity.issuer, subject } }] }),
    document('ClusterArtifactPolicy', 'p', { artifacts: [{ package: 'pkg:pypi/lib' }], require: [{ name: 'published', attestation: { type: 'https://pep740.example/publish/v1', by: ['release'] } }] }),
  ].join('\n---\n');
  const ask = async (value: unknown, subject = identity.san, digest = DIGEST): Promise<string | undefined> => {
    const ref: ArtifactRef = { kind: 'package', usage: 'dependency', path: 'a', raw: 'lib', name: 'pkg:pypi/lib@1.0', digest };
    const trust = { ...createTrustReader(), publicGood: world.trustedRoot() };
    return (await judgeOffline({ ref, batch: evidenceFromFile('lib.json', jsonBytes(value)), trust, now: NOW }, policies(subject)))[0]?.code;
  };

  test.each<[string, unknown, string]>([
    ['as an index serves it', served(attestation), 'POLICY_SATISFIED'],
    ['alone', attestation, 'POLICY_SATISFIED'],
    ['beside one that is none', served({}, attestation), 'POLICY_SATISFIED'],
    ['of another version', served({ ...attestation, version: 2 }), 'VERIFY_FORMAT'],
    ['without envelope', { ...attestation, envelope: undefined }, 'VERIFY_FORMAT'],
    ['without log entry', served({ ...attestation, verification_material: { ...attestation.verification_material, transparency_entries: [] } }), 'VERIFY_LOG_MISSING'],
    ['without certificate', served({ ...attestation, verification_material: { ...attestation.verification_material, certificate: undefined } }), 'VERIFY_MALFORMED'],
    ['with another statement', served({ ...attestation, envelope: { ...attestation.envelope, statement: base64(jsonBytes(makeStatement(DIGEST, { predicateType: 'https://pep740.example/publish/v1', predicate: {} }))) } }), 'VERIFY_SIGNATURE_INVALID'],
    ['of no attestation', served(), 'VERIFY_MALFORMED'],
  ])('an attestation %s: %s', async (_, value, code) => expect(await ask(value)).toBe(code));

  test('counts for its publisher by the certificate and for its file, whatever the index says', async () => {
    expect(await ask(served(attestation), 'https://github.com/mallory/lib/.github/workflows/release.yml@refs/tags/v1')).toBe('VERIFY_SIGNER_UNTRUSTED');
    expect(await ask(served(attestation), identity.san, asDigest(`sha256:${'cd'.repeat(32)}`))).toBe('VERIFY_SUBJECT_MISMATCH');
  });
});

describe('bundles of attestations', () => {
  const lines = (...parts: readonly (Uint8Array | string)[]): Buffer => Buffer.concat(parts.flatMap((part) => [Buffer.from(part), Buffer.from('\n')]));
  const requirement = { testResult: { by: ['alice', 'bob'], threshold: 2 } };

  test('.intoto.jsonl: lines in any order, blank and unknown ones between them', async () => {
    const [one, two] = [envelope([keys.alice]), envelope([keys.bob])];
    expect((await judge(requirement, lines(one, '', '{"format": "of tomorrow"}', 'no JSON', two))).code).toBe('POLICY_SATISFIED');
    expect((await judge(requirement, lines(two, one))).code).toBe('POLICY_SATISFIED');
    expect((await judge(requirement, lines(one, one, '{"format": "of tomorrow"}'))).code).toBe('POLICY_THRESHOLD');
    expect((await judge({ sbom: { by: ['alice'] } }, lines(one, two))).code).toBe('POLICY_TYPE_MISSING');
  });

  test('of other artifacts do not harm, and do not help', async () => {
    const other = envelope([keys.bob], makeStatement(asDigest(`sha256:${'cd'.repeat(32)}`), TEST_RESULT));
    expect((await judge({ testResult: { by: ['bob'] } }, lines(other, envelope([keys.bob])))).code).toBe('POLICY_SATISFIED');
    expect((await judge({ testResult: { by: ['bob'] } }, lines(other))).code).toBe('VERIFY_SUBJECT_MISMATCH');
  });

  test('an SBOM of several megabytes is read whole', async () => {
    const packages = Array.from({ length: 30_000 }, (_, index) => ({ SPDXID: `SPDXRef-${index}`, name: `lib-${index}`, versionInfo: '1.0', licenseConcluded: 'MIT', externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/lib-${index}@1.0` }] }));
    const sbom = bundle('https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', documentDescribes: ['SPDXRef-app'], packages: [{ SPDXID: 'SPDXRef-app', name: 'app', versionInfo: DIGEST }, ...packages] });
    expect(sbom.length).toBeGreaterThan(5_000_000);
    expect((await judge({ sbom: { by: ['alice'], complete: true, deny: { packages: ['log4j-core'] } } }, sbom)).code).toBe('POLICY_SATISFIED');
    expect((await judge({ sbom: { by: ['alice'], complete: true, deny: { packages: ['lib-29999'] } } }, sbom))).toMatchObject({ code: 'POLICY_PACKAGE_DENIED', found: ['pkg:npm/lib-29999@1.0'] });
  });
});
