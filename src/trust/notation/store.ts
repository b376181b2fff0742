/** Certificates of trust stores of the Notary Project: roots, or of signers those that signed themselves, checked one by one. */
import { isIssuedBy, namesIssuer, parseCertificate } from '../../pki/certificate.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import { basicConstraints } from '../../pki/extensions.ts';
import { nameText } from '../../pki/name-text.ts';
import { readName } from '../../pki/distinguished-name.ts';
import { refusedAlgorithmText, signatureScheme } from '../../pki/signatures/signature-algorithm.ts';
import type { NameAttribute } from '../../domain/policy/identity.ts';
import { anchorProblem, compileAnchors, readCertificates } from '../anchors.ts';
import type { ReadAnchors } from '../anchors.ts';

/** Its certificates; `alone`: their holders, where none is an authority. */
export interface ReadStore extends ReadAnchors {
  readonly alone?: readonly (readonly NameAttribute[])[];
}

/**
 * Reads a trust store: `signing` takes roots of authorities and certificates that are signer and root at once, `tsa` roots alone
 * (trust-store-trust-policy, "Trust Store"). What somebody else issued is refused: chains have to be complete, so they could never end
 * there. Times are not looked at. Never throws.
 */
export function readNotationStore(pem: string, store: 'signing' | 'tsa'): ReadStore {
  const read = readCertificates(pem, (der) => storeProblem(der, store), store === 'tsa' ? 'timestamp authorities' : 'signers\' authorities');
  const certificates = compileAnchors(read.anchors);
  const isAlone = certificates.length > 0 && certificates.every((one) => !basicConstraints(one).ca);
  return isAlone ? { ...read, alone: certificates.map(({ subject }) => readName(subject)) } : read;
}

function storeProblem(der: Uint8Array, store: 'signing' | 'tsa'): string | undefined {
  try {
    const certificate = parseCertificate(der);
    const problem = problemOf(certificate, store);
    return problem === undefined ? undefined : `${nameText(certificate.subject)} ${problem}`;
  } catch (thrown) {
    if (thrown instanceof Malformed) return thrown.message;
    throw thrown;
  }
}

function problemOf(certificate: Certificate, store: 'signing' | 'tsa'): string | undefined {
  if (namesIssuer(certificate, certificate) && signatureScheme(certificate.signatureAlgorithm) === undefined)
    return refusedAlgorithmText(certificate.signatureAlgorithm);
  if (!isIssuedBy(certificate, certificate)) return 'did not sign itself: give the root of its chain';
  if (basicConstraints(certificate).ca) {
    const problem = anchorProblem(certificate.der);
    return problem === undefined ? undefined : problem.slice(nameText(certificate.subject).length + 1);
  }
  return store === 'tsa' ? 'is not a certificate authority (basic constraints)' : undefined;
}
