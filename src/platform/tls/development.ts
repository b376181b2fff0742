/** A certificate for trying things out, made in memory and good for nothing else. */
import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { TLS_PROFILE } from './profile.ts';
import { newSerialNumber } from './serial.ts';

const DAY_MS = 86_400_000;

/**
 * Makes a self-signed RSA-2048 certificate in memory, for `--dev-cert` and tests; never for a cluster.
 *
 * `names` are added to localhost, 127.0.0.1 and ::1. The key leaves this process only through the returned
 * value. node-forge is loaded here alone: it makes RSA certificates and cannot read others.
 */
export async function developmentCertificate(
  names: readonly string[] = [],
  now = Date.now(),
): Promise<{ readonly cert: string; readonly key: string; readonly options: SecureContextOptions }> {
  const { default: forge } = await import('node-forge');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  certificate.serialNumber = newSerialNumber();
  certificate.validity.notBefore = new Date(now - 60_000);
  certificate.validity.notAfter = new Date(now + 30 * DAY_MS);
  const subject = [{ name: 'commonName', value: 'gatehouse development' }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: ['localhost', '127.0.0.1', '::1', ...names].map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  const cert = forge.pki.certificateToPem(certificate);
  return { cert, key, options: { ...TLS_PROFILE, cert, key } };
}
