/** Signers by certificates of one's own authorities, and workloads: authorities of the test stand in for theirs. */
import { describe, expect, test } from 'vitest';
import { createOwnPki } from '../../world/own-pki.ts';
import { createWorld } from '../../world/world.ts';
import { decidedAbout, POLICY, ran, policyTest, signer } from './support.ts';
import type { Json } from './support.ts';

const NOW = Date.UTC(2026, 0, 1);
const certificates = createOwnPki(NOW).root.certificate.pem;
const real = createWorld({ now: NOW });
const validFor = { start: '2020-01-01T00:00:00Z' };
const timestampAuthorities = [{ chain: real.tsa.chain.map(({ pem }) => pem).join(''), validFor }];
const root = (name: string, more: Json = {}): Json => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { x509: { certificates, ...more } } });
const domain: Json = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'prod' }, spec: { spiffe: { trustDomain: 'prod.acme.example', certificates } } };
const under = (identity: Json, ...roots: readonly Json[]): Json => ({ policies: [...roots, signer('release', [identity]), POLICY] });
const x509 = (fields: Json): Json => ({ x509: { trustRoot: 'acme', ...fields } });
const signed = (more: Json = {}): Json => ({ by: 'release', signature: {}, ...more });
const [ADMIT, OTHER] = ['admit POLICY_SATISFIED', 'deny VERIFY_SIGNER_UNTRUSTED'];
const ID = 'spiffe://prod.acme.example/ns/ci/sa/build';

describe('a Signer by certificates', () => {
  test.each<[string, Json]>([
    ['a subject', { subject: 'C=DE, O="Acme, Inc.", CN=release' }],
    ['attributes by identifier', { subject: '2.5.4.10=Acme, 1.2.3.4=x, DC=example' }],
    ['a pattern', { subjectGlob: 'O=Acme, CN=team-*/**' }],
    ['some attributes', { subjectIncludes: 'O=Acme' }],
    ['an alternative name', { san: 'release@acme.example' }],
    ['a pattern of one', { sanGlob: 'https://acme.example/**' }],
    ['an issuer', { subject: 'CN=release', issuer: 'O=Acme, CN=signing' }],
    ['usages', { subject: 'CN=release', eku: ['emailProtection', '1.2.3.4'] }],
    ['any usage', { subject: 'CN=release', eku: ['any'] }],
    ['a short life', { subject: 'CN=release', maxCertificateLifetime: '2h' }],
  ])('signs by %s', async (_, fields) => {
    expect(await decidedAbout([signed()], under(x509(fields), root('acme')))).toBe(ADMIT);
  });

  test('and signs no more by a life that is over, unless that is dated', async () => {
    const short = x509({ subject: 'CN=release', maxCertificateLifetime: '30m' });
    expect(await decidedAbout([signed()], under(short, root('acme')))).toBe('deny VERIFY_CERTIFICATE_EXPIRED');
    expect(await decidedAbout([signed()], under(short, root('acme', { timestampAuthorities })))).toBe(ADMIT);
  });

  test('is told from whoever else the test lets sign', async () => {
    const policies = under(x509({ subject: 'O=Acme, CN=release', issuer: 'O=Acme, CN=signing' }), root('acme'), root('elsewhere'));
    const by = (fields: Json): Json => signed({ by: x509({ subject: 'O=Acme, CN=release', issuer: 'O=Acme, CN=signing', ...fields }) });
    expect(await decidedAbout([by({})], policies)).toBe(ADMIT);
    expect(await decidedAbout([by({ subject: 'O=Acme, CN=build' })], policies)).toBe(OTHER);
    expect(await decidedAbout([by({ issuer: 'O=Acme, CN=other' })], policies)).toBe(OTHER);
    expect(await decidedAbout([by({ eku: ['serverAuth'] })], policies)).toBe(OTHER);
    expect(await decidedAbout([by({ trustRoot: 'elsewhere' })], policies)).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
    expect(await decidedAbout([signed({ broken: 'tampered' })], policies)).toBe('deny VERIFY_SIGNATURE_INVALID');
    expect(await decidedAbout([signed({ broken: 'otherArtifact' })], policies)).toBe('deny VERIFY_SUBJECT_MISMATCH');
  });

  test('that names no root of this kind is told so', async () => {
    const spec = { ...under(x509({ subject: 'CN=release' }), root('acme'), domain), artifacts: [{ image: 'ghcr.io/acme/app:v1', evidence: [signed({ by: { x509: { subject: 'CN=a', trustRoot: 'sigstore-public-good' } } })] }], cases: [{ name: 'a', image: 'ghcr.io/acme/app:v1', expect: { decision: 'deny' } }] };
    const { code, stdout, stderr } = await ran([policyTest(spec)]);
    expect([code, `${stdout}${stderr}`]).toEqual([64, expect.stringMatching(/by: TrustRoot "sigstore-public-good" has no authorities of its own/)]);
  });
});

describe('a workload', () => {
  test.each<[string, Json]>([['its ID', { id: ID }], ['a pattern', { idGlob: 'spiffe://prod.acme.example/ns/*/sa/**' }]])('signs by %s', async (_, fields) => {
    expect(await decidedAbout([signed()], under({ spiffe: { trustRoot: 'prod', ...fields } }, domain))).toBe(ADMIT);
  });

  test('is told from another one', async () => {
    const policies = under({ spiffe: { trustRoot: 'prod', id: ID } }, domain);
    expect(await decidedAbout([signed({ by: { spiffe: { trustRoot: 'prod', id: ID } } })], policies)).toBe(ADMIT);
    expect(await decidedAbout([signed({ by: { spiffe: { trustRoot: 'prod', id: `${ID}er` } } })], policies)).toBe(OTHER);
    expect(await decidedAbout([signed({ by: { spiffe: { trustRoot: 'prod', id: 'spiffe://dev.acme.example/x' } } })], policies)).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });
});
