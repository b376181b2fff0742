import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { newSerialNumber } from '../../../../src/platform/tls/serial.ts';

/** A certificate with this serial number under a key made once, PEM. */
const KEYS = forge.pki.rsa.generateKeyPair(1024);
function certificateWith(serial: string): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = KEYS.publicKey;
  certificate.serialNumber = serial;
  certificate.sign(KEYS.privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

describe('serial numbers of certificates', () => {
  it('are never the same, positive, and in the one form that DER has for them', () => {
    const serials = Array.from({ length: 20_000 }, newSerialNumber);
    expect(new Set(serials).size).toBe(20_000);
    expect(serials.every((serial) => /^(?:0[1-9a-f]|[1-7][0-9a-f])(?:[0-9a-f]{2}){15}$/.test(serial))).toBe(true);
  });

  it('are read by OpenSSL as they were written', () => {
    for (const tail of ['00', '7f', '80', 'ff']) {
      const serial = `${newSerialNumber().slice(0, 2)}${tail}${newSerialNumber().slice(4)}`;
      expect(new X509Certificate(certificateWith(serial)).serialNumber).toBe(serial.toUpperCase());
    }
  });

  it('would not be, did they begin with zeros', () => {
    expect(() => new X509Certificate(certificateWith('00007f01'))).toThrow('illegal padding');
  });
});
