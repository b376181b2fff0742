/** Certificates that come again and again (of authorities, of whoever signs much) are parsed once, and verified once for each issuer. */
import type { Certificate } from './certificate.ts';
import { equal, isIssuedBy, parseCertificate } from './certificate.ts';

/** As many as a thread keeps, and how long each may be: together some megabytes. */
const MOST = 256;
const LONGEST = 8192;
const END = 32;

/**
 * By what the DER ends with, which is a part of a signature, the least recently asked for at the front. The end alone only finds one: it is
 * compared as a whole, since nothing but all of its bytes decides what is read in them.
 */
const KEPT = new Map<string, Certificate>();
/** What came of verifying a certificate with an issuer's key; both are what their bytes are, and the word lives no longer than they do. */
const ISSUED = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** The same as `parseCertificate`, which see, from memory where these very bytes were read before. Throws `Malformed`. */
export function keptCertificate(der: Uint8Array): Certificate {
  if (der.length > LONGEST) return parseCertificate(der);
  const id = endOf(der);
  const found = KEPT.get(id);
  const known = found !== undefined && equal(found.der, der) ? found : undefined;
  // A copy, since whoever brings the bytes may change them, and may have cut them from many more.
  const certificate = known ?? parseCertificate(new Uint8Array(der));
  if (found !== undefined) KEPT.delete(id);
  else if (KEPT.size >= MOST) forgetOldest();
  KEPT.set(id, certificate);
  return certificate;
}

/** The same as `isIssuedBy`, which see, from memory where this very pair was asked about before. */
export function isKnownIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const asked = ISSUED.get(certificate) ?? new WeakMap<Certificate, boolean>();
  const known = asked.get(issuer);
  if (known !== undefined) return known;
  const isIssued = isIssuedBy(certificate, issuer);
  ISSUED.set(certificate, asked.set(issuer, isIssued));
  return isIssued;
}

/** How many are kept now. */
export function keptCertificates(): number {
  return KEPT.size;
}

function endOf(der: Uint8Array): string {
  const from = Math.max(0, der.length - END);
  return Buffer.from(der.buffer, der.byteOffset + from, der.length - from).toString('latin1');
}

function forgetOldest(): void {
  const [oldest] = KEPT.keys();
  if (oldest !== undefined) KEPT.delete(oldest);
}
