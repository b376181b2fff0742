import { writeFileSync } from 'node:fs';
import forge from 'node-forge';
import { developmentCertificate } from '../../../../src/platform/tls/development.ts';
import { newSerialNumber } from '../../../../src/platform/tls/serial.ts';

/** Writes a fresh self-signed certificate and its key, in this order or the other. */
export async function writeCertificate(files: { cert: string; key: string }): Promise<{ cert: string; key: string; serial: string }> {
  const made = await developmentCertificate();
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key);
  return { cert: made.cert, key: made.key, serial: forge.pki.certificateFromPem(made.cert).serialNumber };
}

/** A CA, and a client certificate issued under it. */
export function clientAuthority(): { ca: string; cert: string; key: string } {
  const [caKeys, keys] = [forge.pki.rsa.generateKeyPair(2048), forge.pki.rsa.generateKeyPair(2048)];
  const make = (name: string, publicKey: forge.pki.PublicKey, ca: boolean): forge.pki.Certificate => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = newSerialNumber();
    certificate.validity.notBefore = new Date(Date.now() - 60_000);
    certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
    certificate.setSubject([{ name: 'commonName', value: name }]);
    certificate.setIssuer([{ name: 'commonName', value: 'client ca' }]);
    certificate.setExtensions([{ name: 'basicConstraints', cA: ca, critical: true }]);
    certificate.sign(caKeys.privateKey, forge.md.sha256.create());
    return certificate;
  };
  return {
    ca: forge.pki.certificateToPem(make('client ca', caKeys.publicKey, true)),
    cert: forge.pki.certificateToPem(make('api server', keys.publicKey, false)),
    key: forge.pki.privateKeyToPem(keys.privateKey),
  };
}
