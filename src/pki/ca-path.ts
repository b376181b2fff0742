import type { Certificate } from './certificate.ts';
import { basicConstraints, EXTENSION, extendedKeyUsage, isIssuedBy, keyUsage, unknownCritical } from './certificate.ts';

/** Extended key usages by object identifier. */
export const USAGE = { codeSigning: '1.3.6.1.5.5.7.3.3', timeStamping: '1.3.6.1.5.5.7.3.8', any: '2.5.29.37.0' } as const;

const KNOWN_IN_CA = new Set<string>([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectKeyId,
  EXTENSION.authorityKeyId,
  EXTENSION.subjectAltName,
]);

/**
 * Every reason why these certificates, issuer first and root last, are no certification path for `usage`
 * (RFC 5280, 6.1, without times: those are judged at each proven moment).
 *
 * Checked here once per trust root, so that a leaf later costs one signature verification. CAs with name
 * constraints are refused: they are not implemented, and ignoring them would widen what the CA may certify.
 */
export function pathProblems(path: readonly Certificate[], usage: string): { readonly index: number; readonly problem: string }[] {
  const problems = path.flatMap((certificate, index) => caProblems(certificate, index, usage).map((problem) => ({ index, problem })));
  path.forEach((certificate, index) => {
    const issuer = path[index + 1] ?? certificate;
    if (isIssuedBy(certificate, issuer)) return;
    const problem = issuer === certificate
      ? 'is not self-signed: give the chain up to its root'
      : 'is not issued by the next certificate: give the chain in order, issuer first and root last';
    problems.push({ index, problem });
  });
  return problems;
}

function caProblems(certificate: Certificate, below: number, usage: string): string[] {
  const problems: string[] = [];
  const { ca, pathLength } = basicConstraints(certificate);
  if (!ca) problems.push('is not a certificate authority (basic constraints)');
  if (pathLength !== undefined && pathLength < below) problems.push(`permits ${pathLength} authorities below it, has ${below}`);
  if (keyUsage(certificate)?.certSign === false) problems.push('may not sign certificates (key usage)');
  const usages = extendedKeyUsage(certificate)?.usages;
  if (usages !== undefined && !usages.includes(usage) && !usages.includes(USAGE.any))
    problems.push('may not issue for this purpose (extended key usage)');
  if (certificate.extensions.has(EXTENSION.nameConstraints)) problems.push('carries name constraints, which are not supported');
  const unknown = unknownCritical(certificate, KNOWN_IN_CA).filter((oid) => oid !== EXTENSION.nameConstraints);
  return [...problems, ...unknown.map((oid) => `has an unknown critical extension ${oid}`)];
}
