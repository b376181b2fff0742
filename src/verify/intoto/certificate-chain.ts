import type { Validity } from '../../domain/policy/requirement.ts';
import { pathProblems } from '../../pki/ca-path.ts';
import type { Certificate } from '../../trust/x509.ts';
import {
  basicConstraints,
  EXTENSION,
  isIssuedBy,
  keyUsage,
  Malformed,
  parseCertificate,
  readPem,
  unknownCritical,
} from '../../trust/x509.ts';
import type { Members } from '../fields.ts';
import { member, members, text } from '../fields.ts';
import { parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { Budget } from './limits.ts';
import { LAYOUT_LIMITS } from './limits.ts';

/** The certificate authorities of a layout. */
export interface Authorities {
  readonly roots: ReadonlyMap<string, Certificate>;
  readonly intermediates: readonly Certificate[];
}

/** A certificate proven under one root of the layout; `validity` is when the whole path is valid. */
export interface ProvenPath {
  readonly rootId: string;
  readonly validity: Validity;
}

const KNOWN_IN_LEAF = new Set<string>([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.subjectKeyId,
  EXTENSION.authorityKeyId,
]);

/** Extended key usages a CA may be limited to: signing code, and the two that SPIFFE gives to workloads. */
const USAGES = ['1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'];

/** Reads the certificate of a signature: exactly one PEM block, no CA, and allowed to sign. */
export function readLeafCertificate(pem: string): Parsed<Certificate> {
  return parsed('VERIFY_MALFORMED', () => {
    const certificate = readCertificate(pem);
    if (basicConstraints(certificate).ca) throw new Refusal('the signing certificate is a certificate authority');
    if (keyUsage(certificate)?.digitalSignature === false) throw new Refusal('the certificate may not make signatures (key usage)');
    const [unknown] = unknownCritical(certificate, KNOWN_IN_LEAF);
    if (unknown !== undefined) throw new Refusal(`the certificate has an unknown critical extension ${unknown}`);
    return certificate;
  });
}

/** Reads the authorities of a layout. Throws a {@link Refusal} when one of them is no certificate. */
export function readAuthorities(roots: ReadonlyMap<string, Members>, intermediates: ReadonlyMap<string, Members>): Authorities {
  return {
    roots: new Map([...roots].map(([id, key]) => [id, authority(key, `rootcas.${id}`)])),
    intermediates: [...intermediates].map(([id, key]) => authority(key, `intermediatecas.${id}`)),
  };
}

/**
 * Proves that the leaf was issued under roots of the layout, through its intermediates (RFC 5280, 6.1, without times):
 * every path there is, none when it was not, or when there is no budget to find out.
 */
export function provePaths(leaf: Certificate, authorities: Authorities, budget: Budget): readonly ProvenPath[] {
  const found: { readonly id: string; readonly path: readonly Certificate[] }[] = [];
  const search = (path: readonly Certificate[]): void => {
    const top = path.at(-1) ?? leaf;
    for (const [id, root] of authorities.roots) if (budget.take() && isIssuedBy(top, root)) found.push({ id, path: [...path, root] });
    if (path.length >= LAYOUT_LIMITS.chainCertificates - 1) return;
    for (const intermediate of authorities.intermediates) {
      if (!path.includes(intermediate) && budget.take() && isIssuedBy(top, intermediate)) search([...path, intermediate]);
    }
  };
  search([leaf]);
  return found.filter(({ path }) => isSound(path.slice(1))).map(({ id, path }) => ({ rootId: id, validity: validityOf(path) }));
}

function isSound(authorities: readonly Certificate[]): boolean {
  return USAGES.some((usage) => pathProblems(authorities, usage).length === 0);
}

function validityOf(path: readonly Certificate[]): Validity {
  return { notBefore: Math.max(...path.map(({ notBefore }) => notBefore)), notAfter: Math.min(...path.map(({ notAfter }) => notAfter)) };
}

function authority(key: Members, place: string): Certificate {
  const keyval = members(member(key, 'keyval'), `${place}.keyval`);
  return readCertificate(text(keyval, 'certificate', `${place}.keyval`, 65_536));
}

function readCertificate(pem: string): Certificate {
  const block = readPem(pem, 'CERTIFICATE');
  if (!block.ok) throw new Refusal(`certificate: ${block.problem}`);
  try {
    return parseCertificate(block.der);
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal(`certificate: ${error.message}`);
    throw error;
  }
}
