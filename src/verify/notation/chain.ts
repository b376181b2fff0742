/** The chain of a Notary Project signature: complete, in order, by the profile of its specification, to a root that signed itself. */
import type { Certificate } from '../../pki/certificate.ts';
import { namesIssuer } from '../../pki/certificate.ts';
import { basicConstraints, EXTENSION, extendedKeyUsage, keyUsage, unknownCritical } from '../../pki/extensions.ts';
import { isKnownIssuedBy, keptCertificate } from '../../pki/kept-certificates.ts';
import { nameText } from '../../pki/name-text.ts';
import { CODE_SIGNING, USAGE } from '../../pki/profiles.ts';
import { Malformed } from '../../pki/der.ts';
import { refusedAlgorithmText } from '../../pki/signatures/signature-algorithm.ts';
import { refuse } from '../problem.ts';

/** Leaf first, root last; a certificate that signed itself stands alone. */
export type NotaryChain = readonly [Certificate, ...Certificate[]];

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
/** What a certificate that signs code may not be for (signature-specification, "Certificate Requirements"). */
const FORBIDDEN = new Map<string, string>([
  [USAGE.any, 'anything'], [USAGE.serverAuth, 'servers'], [USAGE.clientAuth, 'clients'], [USAGE.emailProtection, 'e-mail'],
  [USAGE.timeStamping, 'timestamps'], [OCSP_SIGNING, 'OCSP'],
]);

/** The certificates of an envelope, parsed and not yet verified. Refuses with VERIFY_MALFORMED. */
export function readChain(chain: readonly Uint8Array[]): NotaryChain {
  try {
    const [leaf, ...rest] = chain.map(keptCertificate);
    return leaf === undefined ? refuse('VERIFY_MALFORMED', { cause: 'the envelope has no certificate chain' }) : [leaf, ...rest];
  } catch (thrown) {
    if (thrown instanceof Malformed) refuse('VERIFY_MALFORMED', { cause: `certificate chain: ${thrown.message}` });
    throw thrown;
  }
}

/**
 * Holds a chain to the specification: each certificate issued by the next, the last by itself and no other, usages as demanded. Times and
 * revocation are not looked at, nor whether anybody trusts the root. Refuses with VERIFY_CERTIFICATE_PROFILE or _UNTRUSTED.
 */
export function requireChain(chain: NotaryChain): void {
  const [leaf, ...authorities] = chain;
  requireLeaf(leaf);
  authorities.forEach((certificate, index) => {
    const problem = authorityProblem(certificate, index);
    if (problem !== undefined) refuse('VERIFY_CERTIFICATE_PROFILE', { found: nameText(certificate.subject), cause: problem });
  });
  // From the root down: of a stranger's chain, behind which the root stands, one signature is verified.
  [...chain.entries()].toReversed().forEach(([index, certificate]) => {
    const last = index === chain.length - 1;
    const { signatureAlgorithm: algorithm } = certificate;
    if (!CODE_SIGNING.signatures.has(algorithm)) broken(certificate, refusedAlgorithmText(algorithm));
    if (!last && namesIssuer(certificate, certificate) && isKnownIssuedBy(certificate, certificate))
      broken(certificate, 'signed itself and is not the last of the chain');
    if (!isKnownIssuedBy(certificate, chain[index + 1] ?? certificate))
      broken(certificate, last ? 'did not sign itself: the chain has to be complete, up to its root' : 'was not issued by the next certificate of the chain');
  });
}

function broken(certificate: Certificate, cause: string): never {
  return refuse('VERIFY_CERTIFICATE_UNTRUSTED', {
    found: nameText(certificate.subject), expected: 'a chain in order, from the signer\'s certificate to its root', cause: `the certificate ${cause}`,
  });
}

function requireLeaf(leaf: Certificate): void {
  const cause = leafProblem(leaf);
  if (cause !== undefined) refuse('VERIFY_CERTIFICATE_PROFILE', { found: nameText(leaf.subject), cause });
}

function leafProblem(leaf: Certificate): string | undefined {
  const usage = keyUsage(leaf);
  const other = extendedKeyUsage(leaf)?.usages.find((one) => FORBIDDEN.has(one));
  if (basicConstraints(leaf).ca) return 'the signing certificate is a certificate authority';
  if (usage?.critical !== true) return 'the certificate has no critical key usage';
  if (!usage.digitalSignature || usage.enciphers || usage.certSign || usage.crlSign)
    return 'the certificate is not for digital signatures alone (key usage)';
  if (other !== undefined) return `the certificate is for ${FORBIDDEN.get(other) ?? other} as well (extended key usage)`;
  return notUnderstood(leaf);
}

function authorityProblem(certificate: Certificate, below: number): string | undefined {
  const { ca, pathLength } = basicConstraints(certificate);
  const usage = keyUsage(certificate);
  const usages = extendedKeyUsage(certificate)?.usages;
  if (!ca || certificate.extensions.get(EXTENSION.basicConstraints)?.critical !== true)
    return 'the issuer is not a certificate authority (critical basic constraints)';
  if (pathLength !== undefined && pathLength < below) return `the authority permits ${pathLength} authorities below it, and has ${below}`;
  if (usage?.critical !== true || !usage.certSign) return 'the authority may not sign certificates (critical key usage)';
  if (usages !== undefined && !usages.includes(USAGE.codeSigning) && !usages.includes(USAGE.any))
    return 'the authority may not issue for code signing (extended key usage)';
  if (certificate.extensions.has(EXTENSION.nameConstraints)) return 'the authority carries name constraints, which are not supported';
  return notUnderstood(certificate);
}

function notUnderstood(certificate: Certificate): string | undefined {
  const [unknown] = unknownCritical(certificate, CODE_SIGNING.understood);
  return unknown === undefined ? undefined : `the certificate has an unknown critical extension ${unknown}`;
}
