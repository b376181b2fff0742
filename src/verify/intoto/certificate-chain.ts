/** Certificates of functionaries are proven under the authorities that the layout itself names, without times. */
import type { Validity } from '../../domain/policy/requirement.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import type { LeafProblem } from '../../pki/path.ts';
import { leafProblem, soundPaths, validityOf } from '../../pki/path.ts';
import { readPem } from '../../pki/pem.ts';
import { ANY_SIGNING } from '../../pki/profiles.ts';
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
  /** What is above the leaf, its issuer first and the root last. */
  readonly authorities: readonly Certificate[];
  readonly validity: Validity;
}

/** Reads the certificate of a signature: exactly one PEM block, no CA, and allowed to sign. */
export function readLeafCertificate(pem: string): Parsed<Certificate> {
  return parsed('VERIFY_MALFORMED', () => {
    const certificate = readCertificate(pem);
    const problem = leafProblem(certificate, ANY_SIGNING);
    if (problem !== undefined) throw new Refusal(leafText(problem));
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
  const ids = new Map([...authorities.roots].map(([id, root]) => [root, id]));
  const search = {
    anchors: [...authorities.roots.values()],
    between: authorities.intermediates,
    longest: LAYOUT_LIMITS.chainCertificates,
    attempt: () => budget.take(),
  };
  return soundPaths(leaf, search, ANY_SIGNING).flatMap((path) => {
    const rootId = ids.get(path.at(-1) ?? leaf);
    return rootId === undefined ? [] : [{ rootId, authorities: path.slice(1), validity: validityOf(path) }];
  });
}

function leafText({ rule, extension }: LeafProblem): string {
  switch (rule) {
    case 'no-authority':
      return 'the signing certificate is a certificate authority';
    case 'may-sign':
      return 'the certificate may not make signatures (key usage)';
    case 'usage':
      return 'the certificate is not for signing (extended key usage)';
    case 'understood':
      return `the certificate has an unknown critical extension ${extension ?? ''}`;
  }
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
