import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { layerEvidence } from '../../../world/domain.ts';
import type { GeneralName } from '../../../world/extensions.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW } from '../../policy/every-field/world.ts';

/** Certificates of one's own authorities, from YAML and bytes to the verdict. */
const pki = createOwnPki(NOW);
const stranger = createOwnPki(NOW);
const ROOT = doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } });
const DOMAIN = doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.acme.example', certificates: pki.root.certificate.pem } });
const NAME = 'C=DE, O=Acme, CN=release';

function signed(options: HolderOptions = {}, chain = [pki.intermediate]): UnverifiedEvidence {
  return layerEvidence(signedByHolder(DIGEST, pki.issue(options), chain));
}

async function verdict(identity: object, evidence: UnverifiedEvidence): Promise<string> {
  const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [evidence] });
  const documents = [doc('Signer', 'tested', { identities: [identity] }), ...scene.documents, ROOT, DOMAIN];
  return (await judge({ ...scene, documents })).verdict;
}

describe('a certificate of one\'s own authority', () => {
  const x509 = (fields: object): object => ({ x509: { trustRoot: 'acme', ...fields } });

  test.each<[string, object]>([
    ['its whole name', { subject: NAME }],
    ['its whole name from the other end', { subject: 'CN=release,O=Acme,C=DE' }],
    ['a pattern in one value', { subjectGlob: 'C=DE, O=Acme, CN=rel*' }],
    ['some of its attributes', { subjectIncludes: 'O=Acme' }],
    ['its issuer too', { subject: NAME, issuer: 'O=Acme, CN=signing' }],
    ['a short life', { subject: NAME, maxCertificateLifetime: '91d' }],
  ])('is admitted by %s', async (_, fields) => {
    expect(await verdict(x509(fields), signed())).toBe('admit POLICY_SATISFIED');
  });

  test.each<[string, object, string]>([
    ['another value', { subject: 'C=DE, O=Acme, CN=Release' }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['one attribute less', { subject: 'O=Acme, CN=release' }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['one attribute more', { subject: `${NAME}, OU=x` }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['a pattern that would reach over attributes', { subjectGlob: 'C=DE, O=*' }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['another issuer', { subject: NAME, issuer: 'O=Acme, CN=root' }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['a usage it has not', { subject: NAME, eku: ['emailProtection'] }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['a shorter life', { subject: NAME, maxCertificateLifetime: '90d' }, 'deny POLICY_CERTIFICATE_LIFETIME'],
  ])('is not by %s', async (_, fields, code) => {
    expect(await verdict(x509(fields), signed())).toBe(code);
  });

  test.each<[string, HolderOptions, string]>([
    ['for servers', { usages: ['serverAuth'] }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['for nothing that it names', { usages: [] }, 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['of an authority', { ca: true, usages: ['codeSigning'], keyUsages: ['digitalSignature', 'keyCertSign'] }, 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['that may not sign', { keyUsages: ['keyEncipherment'] }, 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['that is over, and nothing dates the signature', { notBefore: NOW - 2 * DAY, notAfter: NOW - DAY }, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['that is not valid yet', { notBefore: NOW + DAY }, 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['of a stranger of the same name', { issuer: stranger.intermediate }, 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
  ])('%s is not admitted', async (_, options, code) => {
    expect(await verdict(x509({ subject: NAME }), signed(options))).toBe(code);
  });

  test('without what stands between it and the root there is no path', async () => {
    expect(await verdict(x509({ subject: NAME }), signed({}, []))).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });

  test('of several alternative names the one that is meant decides', async () => {
    const names: GeneralName[] = [{ type: 'email', value: 'release@acme.example' }, { type: 'uri', value: 'https://acme.example/release' }];
    expect(await verdict(x509({ san: 'https://acme.example/release' }), signed({ names }))).toBe('admit POLICY_SATISFIED');
    expect(await verdict(x509({ san: 'https://acme.example/other' }), signed({ names }))).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await verdict(x509({ san: 'acme.example' }), signed({ names }))).toBe('deny VERIFY_SIGNER_UNTRUSTED');
  });
});

describe('a workload by its X.509-SVID', () => {
  const ID = 'spiffe://prod.acme.example/ns/chains/sa/controller';
  const spiffe = (fields: object): object => ({ spiffe: { trustRoot: 'prod', ...fields } });
  const svid = (value: string, more: HolderOptions = {}): UnverifiedEvidence =>
    signed({ subject: [['O', 'SPIRE']], names: [{ type: 'uri', value }], usages: ['serverAuth', 'clientAuth'], ...more });

  test.each<[string, object]>([['its ID', { id: ID }], ['a pattern over its path', { idGlob: 'spiffe://prod.acme.example/ns/chains/**' }]])(
    'is admitted by %s', async (_, fields) => {
      expect(await verdict(spiffe(fields), svid(ID))).toBe('admit POLICY_SATISFIED');
    });

  test.each<[string, UnverifiedEvidence, string]>([
    ['another ID', svid(`${ID}s`), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['another trust domain', svid('spiffe://dev.acme.example/ns/chains/sa/controller'), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['the trust domain itself', svid('spiffe://prod.acme.example'), 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['a path with a dotted segment', svid(`${ID}/../controller`), 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['two URIs', svid(ID, { names: [{ type: 'uri', value: ID }, { type: 'uri', value: 'https://acme.example' }] }), 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['a certificate that may sign certificates', svid(ID, { keyUsages: ['digitalSignature', 'keyCertSign'] }), 'deny VERIFY_CERTIFICATE_PROFILE'],
    ['no key usage', svid(ID, { keyUsages: [] }), 'deny VERIFY_CERTIFICATE_PROFILE'],
  ])('is not admitted with %s', async (_, evidence, code) => {
    expect(await verdict(spiffe({ id: ID }), evidence)).toBe(code);
  });

  test('a policy that means another trust domain than its root has does not compile', async () => {
    expect(await verdict(spiffe({ id: 'spiffe://dev.acme.example/ns/a' }), svid(ID))).toBe('refused');
    expect(await verdict(spiffe({ idGlob: 'spiffe://*/ns/a' }), svid(ID))).toBe('refused');
  });
});
