/** Signatures of Notation in policy tests: trust stores of the test stand in for theirs. */
import { describe, expect, test } from 'vitest';
import { makeNotary } from '../../world/notation.ts';
import { createWorld } from '../../world/world.ts';
import { decided, decidedAbout, POLICY, policyTest, ran, REAL_KEY, signer } from './support.ts';
import type { Json } from './support.ts';

const NOW = Date.UTC(2026, 0, 1);
const ca = makeNotary({ now: NOW }).root.pem;
const tsa = createWorld({ now: NOW }).tsa.chain.at(-1)?.pem;
const root = (notation: Json, name = 'stores'): Json => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { notation } });
const who = (fields: Json): Json => ({ x509: { trustRoot: 'stores', ...fields } });
const RELEASE = who({ subject: 'C=US, ST=WA, O=Acme, CN=release' });
const under = (notation: Json, ...more: readonly Json[]): Json => ({ policies: [root(notation), signer('release', [RELEASE]), POLICY, ...more] });
const signed = (more: Json = {}, signature: Json = {}): Json => ({ by: 'release', signature, ...more });
const ADMIT = 'admit POLICY_SATISFIED';
const DAY = 86_400_000;

describe('a Signer by trust stores', () => {
  test.each(['jws', 'cose'])('signs by Notation, in %s', async (envelope) => {
    expect(await decidedAbout([signed({}, { envelope })], under({ ca }))).toBe(ADMIT);
    expect(await decidedAbout([signed({ broken: 'tampered' }, { envelope })], under({ ca }))).toBe('deny VERIFY_SIGNATURE_INVALID');
    expect(await decidedAbout([signed({ broken: 'otherArtifact' }, { envelope })], under({ ca }))).toBe('deny VERIFY_SUBJECT_MISMATCH');
  });

  test.each<[string, Json]>([
    ['a subject', { subject: 'C=DE, O="Acme, Inc.", CN=release' }], ['some attributes', { subjectIncludes: 'O=Acme' }], ['everybody', { subjectGlob: '**' }],
    ['an issuer', { subject: 'CN=release', issuer: 'O=Acme, CN=signing' }], ['a short life', { subject: 'CN=release', maxCertificateLifetime: '2h' }],
    ['an alternative name', { san: 'release@acme.example' }], ['a pattern of one', { sanGlob: 'https://acme.example/**' }], ['usages', { subject: 'CN=release', eku: ['codeSigning', '1.2.3.4'] }],
    ['any usage', { subject: 'CN=release', eku: ['any'] }], ['a pattern', { subjectGlob: 'O=Acme, CN=team-*' }],
  ])('named by %s', async (_, fields) => {
    expect(await decidedAbout([signed()], { policies: [root({ ca }), signer('release', [who(fields)]), POLICY] })).toBe(ADMIT);
  });

  test('is told from whoever else the test lets sign', async () => {
    const by = (fields: Json): Json => signed({ by: who({ subject: 'C=US, ST=WA, O=Acme, CN=release', ...fields }) });
    const policies = under({ ca }, root({ ca }, 'elsewhere'));
    expect(await decidedAbout([by({})], policies)).toBe(ADMIT);
    expect(await decidedAbout([by({ subject: 'C=US, ST=WA, O=Acme, CN=releases' })], policies)).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await decidedAbout([by({ trustRoot: 'elsewhere' })], policies)).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
    expect(await decidedAbout([by({ eku: ['serverAuth'] })], policies)).toBe('deny VERIFY_CERTIFICATE_PROFILE');
  });

  test('may set an end to a signature', async () => {
    expect(await decidedAbout([signed({}, { expiry: '2026-01-01T13:00:00Z' })], under({ ca }))).toBe(ADMIT);
    expect(await decidedAbout([signed({}, { expiry: '2026-01-01T11:59:00Z' })], under({ ca }))).toBe('deny POLICY_SIGNATURE_EXPIRED');
    expect(await decidedAbout([signed({}, { expiry: '2026-01-01T11:59:00Z', envelope: 'cose' })], under({ ca }))).toBe('deny POLICY_SIGNATURE_EXPIRED');
  });

  test('is dated where the stores can date him', async () => {
    const long = { at: new Date(NOW - 200 * DAY).toISOString() };
    expect(await decidedAbout([signed(long)], under({ ca }))).toBe('deny VERIFY_CERTIFICATE_EXPIRED');
    expect(await decidedAbout([signed(long)], under({ ca, tsa }))).toBe(ADMIT);
    expect(await decidedAbout([signed({}, { timestamp: 'none' })], under({ ca, tsa }))).toBe('deny VERIFY_TIME_MISSING');
    expect(await decidedAbout([signed({}, { timestamp: 'none' })], under({ ca, tsa, verifyTimestamp: 'afterCertExpiry' }))).toBe(ADMIT);
    expect(await decidedAbout([signed(long)], under({ signingAuthority: ca }))).toBe(ADMIT);
  });

  test('carries what is signed beside the image', async () => {
    const demanded = { ...under({ ca }), policies: [root({ ca }), signer('release', [RELEASE]), { ...POLICY, spec: { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['release'], annotations: { team: 'a' } } }] } }] };
    expect(await decidedAbout([signed({}, { annotations: { team: 'a' } })], demanded)).toBe(ADMIT);
    expect(await decidedAbout([signed({}, { annotations: { team: 'b' } })], demanded)).toBe('deny POLICY_ANNOTATION');
  });
});

describe('a trust policy among the policies', () => {
  const statement = (more: Json = {}): Json => ({
    version: '1.0',
    trustPolicies: [{
      name: 'acme', registryScopes: ['ghcr.io/acme/app'], signatureVerification: { level: 'strict' }, trustStores: ['ca:stores'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme, CN=release'], ...more,
    }],
  });
  const by = (more: Json = {}): Json => signed({ by: 'notation-acme', ...more });
  const beside = (trustPolicy: Json, ...more: readonly Json[]): Json => ({ policies: [root({ ca }), trustPolicy, ...more] });

  test('has its signers sign by the names that they have here', async () => {
    expect(await decidedAbout([by()], beside(statement()))).toBe(ADMIT);
    expect(await decidedAbout([by({ broken: 'tampered' })], beside(statement()))).toBe('deny VERIFY_SIGNATURE_INVALID');
    expect(await decidedAbout([by({ certificate: 'revoked' })], beside(statement()))).toBe('deny POLICY_REVOKED');
    expect(await decidedAbout([by({ by: who({ subject: 'C=US, ST=WA, O=Acme, CN=build' }) })], beside(statement()))).toBe('deny VERIFY_SIGNER_UNTRUSTED');
  });

  test('is dated by the store that it names for that', async () => {
    const dated = statement({ trustStores: ['ca:stores', 'tsa:clocks'] });
    const clocks = root({ ca, tsa }, 'clocks');
    expect(await decidedAbout([by()], beside(dated, clocks))).toBe(ADMIT);
    expect(await decidedAbout([signed({ by: 'notation-acme' }, { timestamp: 'none' })], beside(dated, clocks))).toBe('deny VERIFY_TIME_MISSING');
  });
});

describe('certificates that are revoked', () => {
  test.each<[string, string, string]>([
    ['hard', 'revoked', 'deny POLICY_REVOKED'], ['hard', 'unknown', 'undetermined VERIFY_REVOCATION_UNKNOWN'],
    ['soft', 'revoked', 'deny POLICY_REVOKED'], ['soft', 'unknown', ADMIT], ['off', 'revoked', ADMIT],
  ])('under %s, %s: %s', async (revocation, certificate, expected) => {
    expect(await decidedAbout([signed({ certificate })], under({ ca, revocation }))).toBe(expected);
    expect(await decidedAbout([signed()], under({ ca, revocation }))).toBe(ADMIT);
    // The certificate of another signature is another one.
    expect(await decidedAbout([signed({ certificate }), signed()], under({ ca, revocation }))).toBe(ADMIT);
  });

  test('are so under authorities of one\'s own as well', async () => {
    const own = (mode: string): Json => ({ policies: [{ ...root({}), spec: { x509: { certificates: ca, revocation: { mode } } } }, signer('release', [RELEASE]), POLICY] });
    expect(await decidedAbout([signed({ certificate: 'revoked' })], own('hard'))).toBe('deny POLICY_REVOKED');
    expect(await decidedAbout([signed({ certificate: 'unknown' })], own('hard'))).toBe('undetermined VERIFY_REVOCATION_UNKNOWN');
    expect(await decidedAbout([signed({ certificate: 'revoked' })], own('off'))).toBe(ADMIT);
    expect(await decidedAbout([signed()], own('hard'))).toBe(ADMIT);
  });

  test('fall by a list of revocations of ours, under the name that is in them', async () => {
    const revoking = (subject: string): Json => ({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'left' },
      spec: { revocations: [{ identity: { issuerRegExp: '.*', subject }, reason: 'has left' }] },
    });
    expect(await decidedAbout([signed()], under({ ca }, revoking('C=US, ST=WA, O=Acme, CN=release')))).toBe('deny POLICY_REVOKED');
    expect(await decidedAbout([signed()], under({ ca }, revoking('C=US, ST=WA, O=Acme, CN=releases')))).toBe(ADMIT);
  });
});

test('a pod whose images are named by tags is judged by what they stand for', async () => {
  const image = 'ghcr.io/acme/app:1';
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image }, { name: 'b', image: 'ghcr.io/acme/app:2' }] } };
  const policies = [root({ ca }), signer('release', [RELEASE]), POLICY];
  const both = (second: Json): Json => ({ policies, artifacts: [{ image, evidence: [signed()] }, { image: 'ghcr.io/acme/app:2', evidence: [signed({}, { envelope: 'cose', ...second })] }], cases: [{ name: 'pod', object: pod, expect: { decision: 'admit' } }] });
  expect(await decided(both({}))).toEqual(['admit POLICY_SATISFIED']);
  expect(await decided(both({ expiry: '2026-01-01T11:30:00Z' }))).toEqual(['deny POLICY_SIGNATURE_EXPIRED']);
});

test('two signers with Notation, or one and one with a key, are two', async () => {
  const two = { ...POLICY, spec: { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['release', 'second', 'keyed'], threshold: 2 } }] } };
  const policies = [root({ ca }), signer('release', [RELEASE]), signer('second', [who({ subject: 'CN=second' })]), signer('keyed', [{ key: { data: REAL_KEY } }]), two];
  const of = (...names: readonly string[]): readonly Json[] => names.map((by) => ({ by, signature: {} }));
  expect(await decidedAbout(of('release', 'second'), { policies })).toBe(ADMIT);
  expect(await decidedAbout(of('release', 'keyed'), { policies })).toBe(ADMIT);
  expect(await decidedAbout(of('release', 'release'), { policies })).toMatch(/^deny/);
});

describe('a test that makes no sense is told so', () => {
  const IMAGE = 'ghcr.io/acme/app:v1';
  const told = async (evidence: Json, more: Json = {}, artifact: Json = { image: IMAGE }): Promise<string> => {
    const cases = [{ name: 'a', image: IMAGE, expect: { decision: 'deny' } }];
    const { code, stdout, stderr } = await ran([policyTest({ ...under({ ca }), artifacts: [{ ...artifact, evidence: [evidence] }], cases, ...more })]);
    return `${code} ${stdout}${stderr}`;
  };
  const DIGEST = `sha256:${'1'.repeat(64)}`;

  test.each<[string, Json, Json | undefined, RegExp]>([
    ['another kind of evidence', { by: 'release', sbom: {} }, undefined, /^64 [\s\S]*evidence\[0\]\.by: signs with Notation, which signs images and nothing else/],
    ['a log', signed({ log: 'v1' }), undefined, /^64 [\s\S]*signs images and nothing else/],
    ['an end before the beginning', signed({}, { expiry: '2025-12-01T00:00:00Z' }), undefined, /^64 [\s\S]*ends before it is made/],
    ['a digest of which nobody has the manifest', signed(), { image: IMAGE, digest: DIGEST }, /^64 [\s\S]*leave the digest of the image out/],
  ])('%s', async (_, evidence, artifact, expected) => {
    expect(await told(evidence, {}, artifact)).toMatch(expected);
  });

  test.each<[string, Json, Json]>([
    ['signature.envelope', {}, { envelope: 'cose' }], ['signature.expiry', {}, { expiry: '2027-01-01T00:00:00Z' }],
    ['signature.timestamp', {}, { timestamp: 'none' }], ['certificate', { certificate: 'revoked' }, {}],
  ])('%s of a key', async (field, more, signature) => {
    const policies = [signer('release', [{ key: { data: REAL_KEY } }]), POLICY];
    expect(await told(signed(more, signature), { policies })).toContain(`evidence[0].${field}: is of nobody who signs so`);
  });
});
