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
  const authority = openAuthority();
  return { ca: authority.ca, ...authority.issue() };
}

/** What a client certificate says; by default it is one that counts. */
export interface ClientCertificate {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  /** Milliseconds from now. */
  readonly from?: number;
  readonly until?: number;
  /** What the key may be used for; default: nothing is said. */
  readonly usage?: 'clientAuth' | 'serverAuth';
  /** Issued by an authority between. */
  readonly intermediate?: boolean;
}

/** A CA that issues client certificates; all CAs have the same name, as attackers would choose it. */
export function openAuthority(): { readonly ca: string; issue(what?: ClientCertificate): { cert: string; key: string } } {
  const root = forge.pki.rsa.generateKeyPair(2048);
  const make = (subject: string, publicKey: forge.pki.PublicKey, issuer: { name: string; key: forge.pki.rsa.PrivateKey }, isCa: boolean, what: ClientCertificate = {}): string => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = newSerialNumber();
    certificate.validity.notBefore = new Date(Date.now() + (what.from ?? -60_000));
    certificate.validity.notAfter = new Date(Date.now() + (what.until ?? 86_400_000));
    certificate.setSubject([{ name: 'commonName', value: subject }]);
    certificate.setIssuer([{ name: 'commonName', value: issuer.name }]);
    certificate.setExtensions([
      { name: 'basicConstraints', cA: isCa, critical: true },
      ...(what.usage === undefined ? [] : [{ name: 'extKeyUsage', [what.usage]: true }]),
      ...(what.dnsNames === undefined ? [] : [{ name: 'subjectAltName', altNames: what.dnsNames.map((value) => ({ type: 2, value })) }]),
    ]);
    certificate.sign(issuer.key, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const self = { name: 'client ca', key: root.privateKey };
  return {
    ca: make('client ca', root.publicKey, self, true),
    issue(what = {}) {
      const keys = forge.pki.rsa.generateKeyPair(2048);
      const key = forge.pki.privateKeyToPem(keys.privateKey);
      const name = what.commonName ?? 'api server';
      if (what.intermediate !== true) return { cert: make(name, keys.publicKey, self, false, what), key };
      const between = forge.pki.rsa.generateKeyPair(2048);
      const cert = make(name, keys.publicKey, { name: 'between', key: between.privateKey }, false, what);
      return { cert: cert + make('between', between.publicKey, self, true), key };
    },
  };
}
