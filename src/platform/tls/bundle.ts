/** Bundles of authorities: several certificates in one text, without repetition, and whether a chain ends in one. */
import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const MAX_DEPTH = 8;

/** The certificates of texts in PEM as one bundle, in their order, each once. Throws when one cannot be read. */
export function joinBundles(...texts: readonly string[]): string {
  const found = new Map<string, string>();
  for (const text of texts.flatMap(certificatesIn)) found.set(new X509Certificate(text).fingerprint256, text);
  return [...found.values()].map((text) => `${text}\n`).join('');
}

/** How many certificates a text in PEM holds. */
export function countCertificates(text: string): number {
  return certificatesIn(text).length;
}

/**
 * True when the first certificate of `chain` was issued under an authority of `bundle`, through the others of the chain.
 * Signatures are checked; validity and uses are not: whether a client accepts the certificate is for the client to say.
 */
export function isIssuedUnder(chain: string, bundle: string): boolean {
  const [leaf, ...others] = certificatesIn(chain).map((text) => new X509Certificate(text));
  const authorities = certificatesIn(bundle).map((text) => new X509Certificate(text));
  let here = leaf;
  for (let depth = 0; here !== undefined && depth < MAX_DEPTH; depth += 1) {
    const current = here;
    const issued = (by: X509Certificate): boolean => current.checkIssued(by) && current.verify(by.publicKey);
    if (authorities.some((authority) => authority.fingerprint256 === current.fingerprint256 || issued(authority))) return true;
    here = others.find((other) => other.fingerprint256 !== current.fingerprint256 && issued(other));
  }
  return false;
}

/** DNS names and IP addresses that the first certificate of a chain is valid for. */
export function namesOf(chain: string): readonly string[] {
  const [leaf] = certificatesIn(chain);
  const names = leaf === undefined ? '' : new X509Certificate(leaf).subjectAltName ?? '';
  return [...names.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map((match) => match[1] ?? '');
}

/** The certificates of a text in PEM, each as its own text. */
export function certificatesIn(text: string): readonly string[] {
  return text.match(PEM) ?? [];
}
