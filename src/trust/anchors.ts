/** Certificates of authorities as documents give them: PEM, checked one by one, kept as DER. */
import type { AuthorityWindow } from '../domain/policy/expiry.ts';
import type { Certificate } from '../pki/certificate.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { Malformed } from '../pki/der.ts';
import { basicConstraints, EXTENSION, keyUsage, unknownCritical } from '../pki/extensions.ts';
import { nameText } from '../pki/name-text.ts';
import { readPem } from '../pki/pem.ts';
import { OWN_SIGNING } from '../pki/profiles.ts';

/** What a text of PEM certificates came to: base64 DER of each, or every reason why one is no authority. */
export interface ReadAnchors {
  readonly anchors: readonly string[];
  readonly problems: readonly string[];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const MOST = 64;

/**
 * Reads PEM certificates of authorities. Each has to be one: basic constraints say so, key usage does not say otherwise, no name
 * constraints (they are not implemented, and to ignore them would widen what it may certify). Times are not looked at. Never throws.
 */
export function readAnchors(pem: string): ReadAnchors {
  return readCertificates(pem, anchorProblem, 'authorities');
}

/** Reads PEM certificates, of which each has to stand the test; `of`: whose they are, for messages. Never throws. */
export function readCertificates(pem: string, test: (der: Uint8Array) => string | undefined, of: string): ReadAnchors {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) return { anchors: [], problems: [`expected PEM certificates of ${of} (-----BEGIN CERTIFICATE-----)`] };
  if (blocks.length > MOST) return { anchors: [], problems: [`has ${blocks.length} certificates, at most ${MOST} are allowed`] };
  const problems = pem.replace(CERTIFICATE, '').trim() === '' ? [] : ['holds text outside of its PEM certificates'];
  const anchors = blocks.flatMap((block, index) => {
    const read = readPem(block, 'CERTIFICATE');
    const problem = read.ok ? test(read.der) : read.problem;
    if (problem !== undefined) problems.push(`certificate ${index + 1}: ${problem}`);
    return read.ok ? [read.der.toString('base64')] : [];
  });
  return { anchors: problems.length === 0 ? [...new Set(anchors)] : [], problems };
}

/** Why a certificate, DER, is no authority that can be an anchor; `undefined` when it is one. */
export function anchorProblem(der: Uint8Array): string | undefined {
  try {
    const certificate = parseCertificate(der);
    const problem = authorityProblem(certificate);
    return problem === undefined ? undefined : `${nameText(certificate.subject)} ${problem}`;
  } catch (thrown) {
    if (thrown instanceof Malformed) return thrown.message;
    throw thrown;
  }
}

/** Until when each anchor is valid, by its subject. */
export function anchorWindows(anchors: readonly string[]): readonly AuthorityWindow[] {
  return compileAnchors(anchors)
    .map(({ subject, notAfter }) => ({ kind: 'certificate-authority', name: nameText(subject), end: notAfter }));
}

/** The certificates of anchors. Throws an `Error` when one cannot be read. */
export function compileAnchors(anchors: readonly string[]): readonly Certificate[] {
  return anchors.map((base64) => parseCertificate(Buffer.from(base64, 'base64')));
}

function authorityProblem(certificate: Certificate): string | undefined {
  if (!basicConstraints(certificate).ca) return 'is not a certificate authority (basic constraints)';
  if (keyUsage(certificate)?.certSign === false) return 'may not sign certificates (key usage)';
  if (certificate.extensions.has(EXTENSION.nameConstraints)) return 'carries name constraints, which are not supported';
  const [unknown] = unknownCritical(certificate, OWN_SIGNING.understood);
  return unknown === undefined ? undefined : `has an unknown critical extension ${unknown}`;
}
