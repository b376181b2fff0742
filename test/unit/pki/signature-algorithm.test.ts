/** Certificates signed by RSASSA-PSS, as authorities of companies do it: with one hash everywhere, and with nothing else. */
import { describe, expect, test } from 'vitest';
import { isIssuedBy, parseCertificate } from '../../../src/pki/certificate.ts';
import { readDer } from '../../../src/pki/der.ts';
import { readSignatureAlgorithm, SIGNATURE_ALGORITHMS } from '../../../src/pki/signatures/signature-algorithm.ts';
import { ctx, int, NULL, oid, seq } from '../../world/der.ts';
import { makeKey, signWith } from '../../world/keys.ts';
import { HASH_OIDS, makeCertificate, signatureAlgorithm } from '../../world/x509.ts';

const PSS = '1.2.840.113549.1.1.10';
const NOW = Date.UTC(2026, 5, 1);

/** A root whose key is typed plainly rsaEncryption, or id-RSASSA-PSS, and which signs itself by PSS. */
function rootBy(type: 'rsa-2048' | 'rsa-pss', change: (signature: Buffer) => Buffer = (one) => one): ReturnType<typeof parseCertificate> {
  const key = { ...makeKey(type), type: 'rsa-pss', hash: 'sha256' } as const;
  const name = [['CN', 'root']] as const;
  const made = makeCertificate(
    { subject: name, issuer: name, notBefore: NOW, notAfter: NOW + 1000, spki: key.spki, extensions: [] }, key, (tbs) => change(signWith(key, tbs)),
  );
  return parseCertificate(made.der);
}

describe.each(['rsa-2048', 'rsa-pss'] as const)('a root with a key of type %s that signs by RSASSA-PSS', (type) => {
  test('is issued by itself', () => {
    const root = rootBy(type);
    expect([isIssuedBy(root, root), SIGNATURE_ALGORITHMS.has(root.signatureAlgorithm)]).toEqual([true, true]);
  });

  test('is not, with one bit of the signature turned', () => {
    const root = rootBy(type, (signature) => { signature[9] = (signature[9] ?? 0) ^ 1; return signature; });
    expect(isIssuedBy(root, root)).toBe(false);
  });
});

describe('parameters of RSASSA-PSS', () => {
  const hash = (name: 'sha256' | 'sha384') => seq(oid(HASH_OIDS[name]), NULL);
  const mask = (name: 'sha256' | 'sha384') => seq(oid('1.2.840.113549.1.1.8'), hash(name));
  const named = (...parameters: Buffer[]) => readSignatureAlgorithm(readDer(seq(oid(PSS), ...parameters)));
  const good = [ctx(0, hash('sha384')), ctx(1, mask('sha384')), ctx(2, int(48))];

  test('one hash and a salt of its length', () => {
    expect(named(seq(...good))).toBe(`${PSS} sha384`);
    expect(named(seq(...good, ctx(3, int(1))))).toBe(`${PSS} sha384`);
  });

  test.each<[string, Buffer[]]>([
    ['none: SHA-1 is the default', []],
    ['empty', [seq()]],
    ['another hash in the mask', [seq(ctx(0, hash('sha384')), ctx(1, mask('sha256')), ctx(2, int(48)))]],
    ['a shorter salt', [seq(ctx(0, hash('sha384')), ctx(1, mask('sha384')), ctx(2, int(20)))]],
    ['another trailer', [seq(...good, ctx(3, int(2)))]],
    ['SHA-1', [seq(ctx(0, seq(oid('1.3.14.3.2.26'), NULL)), ctx(1, mask('sha256')), ctx(2, int(20)))]],
  ])('%s: not read', (_name, parameters) => {
    expect(() => named(...parameters)).toThrow();
  });

  test('what is no PSS is called by its identifier', () => {
    expect(readSignatureAlgorithm(readDer(signatureAlgorithm(makeKey('p384'))))).toBe('1.2.840.10045.4.3.3');
  });
});
