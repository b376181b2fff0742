import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { X509Root } from '../../../src/domain/policy/trust-root.ts';
import { parseCertificate } from '../../../src/pki/certificate.ts';
import { Malformed } from '../../../src/pki/der.ts';
import { isKnownIssuedBy, keptCertificate, keptCertificates } from '../../../src/pki/kept-certificates.ts';
import { runVerificationJob } from '../../../src/verify/index.ts';
import { asDigest, sha256Hex } from '../../world/encode.ts';
import { makeKey } from '../../world/keys.ts';
import { createOwnPki, envelopeByHolders } from '../../world/own-pki.ts';
import type { Holder } from '../../world/own-pki.ts';
import { makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import { makeCertificate } from '../../world/x509.ts';
import { otherForm } from '../revoked/other-form.ts';

const NOW = Date.UTC(2026, 2, 1);
const pki = createOwnPki(NOW);
const der = ({ certificate }: Holder): Buffer => Buffer.from(certificate.der);

/** The last byte of its issuer's signature is another one. */
function broken(holder: Holder): Buffer {
  const bytes = der(holder);
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
  return bytes;
}

describe('a certificate that was read before', () => {
  test('is the same as one that is read now, and is not read again', () => {
    const leaf = der(pki.issue());
    const first = keptCertificate(leaf);
    const { key, ...now } = parseCertificate(new Uint8Array(leaf));
    expect(first).toMatchObject(now);
    expect(first.key.equals(key)).toBe(true);
    expect(keptCertificate(Buffer.from(leaf))).toBe(first);
  });

  test('is another one when a byte differs', () => {
    const holder = pki.issue();
    const first = keptCertificate(der(holder));
    expect(keptCertificate(broken(holder))).not.toBe(first);
    expect(() => keptCertificate(der(holder).subarray(1))).toThrow(Malformed);
    expect(() => keptCertificate(Buffer.concat([der(holder), Buffer.of(0)]))).toThrow(Malformed);
  });

  test('is another one when all but its end differs', () => {
    const holder = pki.issue();
    const first = keptCertificate(der(holder));
    const other = der(holder);
    // The last digit of the time at which it begins; a Z alone may stand in its serial number as well.
    const at = /\x17\x0d\d{12}Z/.exec(other.toString('latin1'))!.index + 13;
    other.writeUInt8((other[at] ?? 0) ^ 1, at);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(keptCertificate(other).notBefore).not.toBe(first.notBefore);
      expect(keptCertificate(der(holder)).notBefore).toBe(first.notBefore);
    }
    const before = keptCertificates();
    keptCertificate(other);
    expect(keptCertificates()).toBe(before);
  });

  test('stays what it was when whoever brought the bytes changes them', () => {
    const holder = pki.issue();
    const bytes = der(holder);
    const first = keptCertificate(bytes);
    const serial = Buffer.from(first.serial);
    bytes.fill(0xff);
    expect(Buffer.from(first.serial)).toEqual(serial);
    expect(() => keptCertificate(bytes)).toThrow(Malformed);
    expect(keptCertificate(der(holder))).toBe(first);
  });

  test('does not hold what it was cut from', () => {
    const leaf = der(pki.issue());
    const many = Buffer.concat([Buffer.alloc(1_000_000), leaf]);
    expect(keptCertificate(many.subarray(1_000_000)).tbs.buffer.byteLength).toBe(leaf.length);
  });

  test('is forgotten for 256 others, the one that was asked for longest ago first; a very long one is not kept', () => {
    const [old, asked] = [der(pki.issue()), der(pki.issue())];
    const [first, second] = [keptCertificate(old), keptCertificate(asked)];
    const key = makeKey('p256');
    for (let index = 0; index < 256; index += 1) {
      keptCertificate(der(pki.issue({ key })));
      keptCertificate(asked);
    }
    expect(keptCertificates()).toBe(256);
    expect(keptCertificate(asked)).toBe(second);
    expect(keptCertificate(old)).not.toBe(first);
    const long = der(pki.issue({ names: [{ type: 'uri', value: `https://${'a'.repeat(9000)}` }] }));
    expect(keptCertificate(long)).not.toBe(keptCertificate(long));
  });
});

describe('who issued it', () => {
  const leaf = (): ReturnType<typeof keptCertificate> => keptCertificate(der(pki.issue()));
  const issuer = keptCertificate(der(pki.intermediate));
  /** The same name and key identifier over another key. */
  const impostor = keptCertificate(makeCertificate({ ...pki.intermediate.certificate.spec, spki: makeKey('p256').spki }, pki.root.key).der);

  test.each([['the issuer first', [true, false]], ['the impostor first', [false, true]]] as const)('is remembered for this issuer and no other: %s', (_, order) => {
    const one = leaf();
    for (const isIssuer of [...order, ...order]) expect(isKnownIssuedBy(one, isIssuer ? issuer : impostor)).toBe(isIssuer);
  });

  test('is remembered for this certificate and no other', () => {
    const holder = pki.issue();
    const [good, bad] = [keptCertificate(der(holder)), keptCertificate(broken(holder))];
    expect([good, bad, good, bad].map((one) => isKnownIssuedBy(one, issuer))).toEqual([true, false, true, false]);
    expect(isKnownIssuedBy(issuer, good)).toBe(false);
  });

  test('holds for the other form of an ECDSA signature as for the one, each for itself', () => {
    const holder = pki.issue();
    const forms = [der(holder), otherForm(holder.certificate.der).der].map((bytes) => keptCertificate(bytes));
    expect(forms.map((one) => isKnownIssuedBy(one, issuer))).toEqual([true, true]);
    expect(forms[0]).not.toBe(forms[1]);
  });
});

describe('evidence by a certificate that was proven before', () => {
  const digest = asDigest(`sha256:${'ab'.repeat(32)}`);
  const root = (pkiOf: typeof pki): X509Root => ({ kind: 'x509', name: 'acme', id: sha256Hex(pkiOf.root.certificate.der), anchors: [der(pkiOf.root).toString('base64')] });
  /** Names and key identifiers of the same words, and other keys. */
  const stranger = createOwnPki(NOW);

  async function verdict(by: Holder, chain: readonly Holder[], trusted: X509Root = root(pki), claimed = by): Promise<string> {
    const made = envelopeByHolders(makeStatement(digest, slsaProvenanceV1()), [{ by: { ...by, certificate: claimed.certificate }, chain }]);
    const evidence: UnverifiedEvidence = { format: 'dsse', source: 'x', bytes: made, digest: `sha256:${sha256Hex(made)}` };
    const [outcome] = await runVerificationJob({ artifact: { kind: 'image', name: 'x', digest }, evidence: [evidence], trust: { id: trusted.id, keys: [], roots: [trusted] }, now: NOW });
    return outcome?.proofs.length === 1 ? 'proven' : (outcome?.problems[0]?.code ?? 'nothing');
  }

  test('is proven again, under its root alone, with its key alone, and with its own bytes alone', async () => {
    const leaf = pki.issue();
    const other = pki.issue();
    const bent: Holder = { ...leaf, certificate: { ...leaf.certificate, der: broken(leaf), pem: `-----BEGIN CERTIFICATE-----\n${broken(leaf).toString('base64')}\n-----END CERTIFICATE-----\n` } };
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await verdict(leaf, [pki.intermediate])).toBe('proven');
      expect(await verdict(leaf, [pki.intermediate], root(stranger))).toBe('VERIFY_CERTIFICATE_UNTRUSTED');
      expect(await verdict(leaf, [stranger.intermediate])).toBe('VERIFY_CERTIFICATE_UNTRUSTED');
      expect(await verdict(leaf, [])).toBe('VERIFY_CERTIFICATE_UNTRUSTED');
      expect(await verdict(other, [pki.intermediate], root(pki), leaf)).toBe('VERIFY_SIGNATURE_INVALID');
      expect(await verdict(bent, [pki.intermediate])).toBe('VERIFY_CERTIFICATE_UNTRUSTED');
    }
  });
});
