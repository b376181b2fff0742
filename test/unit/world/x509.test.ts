import { X509Certificate, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CLAIM_OIDS, claimExtension, issueCertificate, makeCa } from '../../world/ca.ts';
import type { CertificateOverrides } from '../../world/ca.ts';
import { makeCtLog } from '../../world/ct-log.ts';
import { extendedKeyUsage, nameConstraints, subjectAltName } from '../../world/extensions.ts';
import { makeKey } from '../../world/keys.ts';
import { makeTsa } from '../../world/tsa.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { Certificate } from '../../world/x509.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const ctLog = makeCtLog();

function issue(ca = makeCa({ now: NOW, keyType: 'p256' }), override?: CertificateOverrides) {
  const identity = { san: 'https://example.com/workflow@ref', issuer: 'https://issuer.example', claims: { runnerEnvironment: 'self-hosted' } };
  return { ca, leaf: issueCertificate(ca, { key: makeKey(), identity, at: NOW, ctLog }, override) };
}

describe('certificates', () => {
  test.each(['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-pss'] as const)('an authority with a %s key issues chains that node verifies', (keyType) => {
    const { ca, leaf } = issue(makeCa({ now: NOW, keyType }));
    const parsed = new X509Certificate(leaf.pem);
    expect(parsed.verify(createPublicKey(ca.issuingKey.publicKeyPem))).toBe(true);
    expectChain([leaf, ...ca.chain]);
  });

  test('a leaf says what Fulcio leaves say', () => {
    const parsed = new X509Certificate(issue().leaf.der);
    expect(parsed.subject).toBeFalsy();
    expect(parsed.subjectAltName).toBe('URI:https://example.com/workflow@ref');
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect(parsed.validFromDate.getTime()).toBe(NOW);
    expect(parsed.validToDate.getTime()).toBe(NOW + 600_000);
  });

  test('a signature that is replaced does not verify, and the certificate still parses', () => {
    const { ca, leaf } = issue(undefined, { signature: () => Buffer.alloc(64, 1) });
    expect(new X509Certificate(leaf.der).verify(ca.issuingKey.publicKey)).toBe(false);
  });

  test('an authority without intermediate issues from its root', () => {
    const ca = makeCa({ now: NOW, keyType: 'p256', intermediate: false });
    expect(ca.chain).toHaveLength(1);
    expect(new X509Certificate(issue(ca).leaf.der).verify(ca.rootKey.publicKey)).toBe(true);
  });

  test('names of every type are written', () => {
    const san = subjectAltName([
      { type: 'uri', value: 'spiffe://prod/x' },
      { type: 'email', value: 'a@b.example' },
      { type: 'dns', value: 'b.example' },
      { type: 'ip', value: '7f000001' },
      { type: 'directory', value: [['C', 'DE'], ['O', 'Acme'], ['emailAddress', 'a@b.example']] },
      { type: 'username', value: 'alice' },
      { type: 'other', oid: '1.2.3.4', value: Buffer.from('0500', 'hex') },
    ]);
    const { leaf } = issue(undefined, { mapExtensions: () => [san] });
    const text = new X509Certificate(leaf.der).subjectAltName ?? '';
    for (const part of ['URI:spiffe://prod/x', 'email:a@b.example', 'DNS:b.example', 'IP Address:127.0.0.1', 'DirName:', 'othername']) expect(text).toContain(part);
  });

  test('extensions can be left out, added and made critical', () => {
    const { leaf } = issue(undefined, {
      eku: false,
      keyUsage: false,
      basicConstraints: { ca: true, pathLength: 0 },
      extensions: [{ oid: '1.2.3.4.5', critical: true, value: Buffer.from('0500', 'hex') }, nameConstraints({ permitted: [{ type: 'dns', value: 'acme.example' }], excluded: [{ type: 'email', value: 'x.example' }] })],
    });
    const parsed = new X509Certificate(leaf.der);
    expect(parsed.keyUsage).toBeUndefined();
    expect(parsed.ca).toBe(true);
    expect(leaf.der.includes(Buffer.from('06042a030405' + '0101ff', 'hex'))).toBe(true);
  });

  test('validity beyond 2049 is a GeneralizedTime', () => {
    const notAfter = Date.UTC(2051, 0, 1);
    expect(new X509Certificate(issue(undefined, { notAfter }).leaf.der).validToDate.getTime()).toBe(notAfter);
  });

  test('every Fulcio claim is known, others are a mistake of the test', () => {
    for (const [name, arc] of Object.entries(CLAIM_OIDS)) expect(claimExtension(name, 'x').oid).toBe(`1.3.6.1.4.1.57264.1.${arc}`);
    expect(() => claimExtension('issuer', 'x')).toThrow();
  });

  test('timestamp authorities chain up, with a critical timeStamping usage', () => {
    const tsa = makeTsa({ now: NOW, intermediate: true, keyType: 'p256' });
    expect(tsa.chain).toHaveLength(3);
    expectChain(tsa.chain);
    expect(new X509Certificate(tsa.signer.der).keyUsage).toEqual(['1.3.6.1.5.5.7.3.8']);
    expect(tsa.signer.spec.extensions).toContainEqual(extendedKeyUsage(['timeStamping'], true));
  });

  test('a self-made certificate needs no authority', () => {
    const key = makeKey('ed25519');
    const name = [['CN', 'self']] as const;
    const certificate = makeCertificate({ subject: name, issuer: name, spki: key.spki, notBefore: NOW, notAfter: NOW + 1000, extensions: [] }, key);
    expect(new X509Certificate(certificate.der).verify(key.publicKey)).toBe(true);
  });
});

/** Each certificate is issued by the next one, all but the first are authorities, the last is self-signed. */
function expectChain(chain: readonly Certificate[]): void {
  const parsed = chain.map((certificate) => new X509Certificate(certificate.der));
  parsed.forEach((certificate, i) => {
    const issuer = parsed[i + 1] ?? certificate;
    expect(certificate.checkIssued(issuer) || certificate === issuer, `issuer of ${i}`).toBe(true);
    expect(certificate.verify(issuer.publicKey), `signature of ${i}`).toBe(true);
    expect(certificate.ca).toBe(i > 0);
  });
}
