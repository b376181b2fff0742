/** A certificate authority that issues one certificate and is gone: what the API server is to trust, and what replicas serve. */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { newSerialNumber } from './serial.ts';

/** What to certify. */
export interface CertificateRequest {
  /** DNS names and IP addresses the server is reached by; the first DNS name becomes the common name. */
  readonly names: readonly string[];
  /** How long certificate and authority are valid. */
  readonly days: number;
  /** The present, epoch milliseconds. Validity starts five minutes earlier, for clocks that are behind. */
  readonly now: number;
  /** Begins the name of the authority; default: it is one for development. */
  readonly authority?: string;
}

/** A serving certificate and the authority that vouches for it, all PEM. */
export interface ServingCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const DAY = 24 * 60 * 60 * 1000;
const CLOCK_SLACK = 5 * 60 * 1000;
const newRsaKey = promisify(generateKeyPair);

/**
 * Makes a certificate authority and one RSA serving certificate.
 *
 * The authority's private key is not returned and lives no longer than this call: nobody can issue a second
 * certificate that a cluster trusting this authority would accept. To rotate, make both anew.
 */
export async function makeServingCertificate(request: CertificateRequest): Promise<ServingCertificate> {
  if (request.names.length === 0) throw new Error('a serving certificate needs at least one name');
  return make(request, 'serverAuth');
}

/**
 * Makes a certificate authority and one certificate by which a client shows who it is (`tls.clientCA`); its name is the first
 * of the request. As with the serving certificate, the authority's key lives no longer than this call.
 */
export async function makeClientCertificate(request: CertificateRequest): Promise<ServingCertificate> {
  if (request.names.length === 0) throw new Error('a client certificate needs a name');
  return make(request, 'clientAuth');
}

async function make(request: CertificateRequest, usage: 'serverAuth' | 'clientAuth'): Promise<ServingCertificate> {
  const authority = await rsaKey();
  const server = await rsaKey();
  const issuer = [{ shortName: 'CN', value: `${request.authority ?? 'gatehouse development CA'} ${randomBytes(4).toString('hex')}` }];
  const commonName = request.names.find((name) => isIP(name) === 0) ?? request.names[0] ?? 'gatehouse';

  const ca = unsigned(request, authority.publicKey);
  ca.setSubject(issuer);
  ca.setIssuer(issuer);
  ca.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  ca.sign(authority.privateKey, forge.md.sha256.create());

  const leaf = unsigned(request, server.publicKey);
  // A common name holds at most 64 characters; clients look at the alternative names only.
  leaf.setSubject([{ shortName: 'CN', value: commonName.slice(0, 64) }]);
  leaf.setIssuer(issuer);
  leaf.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', [usage]: true },
    { name: 'subjectAltName', altNames: request.names.map(alternativeName) },
  ]);
  leaf.sign(authority.privateKey, forge.md.sha256.create());

  return {
    ca: pem(ca),
    certificate: pem(leaf),
    key: server.pem,
  };
}

async function rsaKey(): Promise<{ publicKey: forge.pki.PublicKey; privateKey: forge.pki.rsa.PrivateKey; pem: string }> {
  const { privateKey, publicKey } = await newRsaKey('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: forge.pki.publicKeyFromPem(publicKey), privateKey: forge.pki.privateKeyFromPem(privateKey), pem: privateKey };
}

function unsigned(request: CertificateRequest, key: forge.pki.PublicKey): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = key;
  certificate.serialNumber = newSerialNumber();
  certificate.validity.notBefore = new Date(request.now - CLOCK_SLACK);
  certificate.validity.notAfter = new Date(request.now + request.days * DAY);
  return certificate;
}

function alternativeName(name: string): { type: number; value?: string; ip?: string } {
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}

function pem(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
