/** Certificates of functionaries are proven under the authorities that the layout itself names, without times. */
import type { Validity } from '../../domain/policy/requirement.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import type { LeafProblem } from '../../pki/path.ts';
import { leafProblem, validityOf } from '../../pki/path.ts';
import { readPem } from '../../pki/pem.ts';
import { OWN_SIGNING } from '../../pki/profiles.ts';
import type { Members } from '../fields.ts';
import { member, members, text } from '../fields.ts';
import { parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import { searchPaths } from '../provers/own-path.ts';
import type { Budget } from './limits.ts';

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
  readonly validity: Required<Validity>;
}

/** Reads the certificate of a signature: exactly one PEM block, no CA, and allowed to sign. */
export function readLeafCertificate(pem: string): Parsed<Certificate> {
  return parsed('VERIFY_MALFORMED', () => {
    const certificate = readCertificate(pem);
    const problem = leafProblem(certificate, OWN_SIGNING);
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
 * Proves that the leaf was issued under roots of the layout, through its intermediates, as under one's own authorities anywhere
 * (`provers/own-path.ts`): every path there is, the one that lasts longest first, and why others are none.
 */
export function provePaths(
  leaf: Certificate, { roots, intermediates }: Authorities, budget: Budget,
): { readonly paths: readonly ProvenPath[]; readonly problems: readonly string[] } {
  const ids = new Map([...roots].map(([id, root]) => [root, id]));
  const { paths, problems } = searchPaths(leaf, { anchors: [...roots.values()], between: intermediates, attempt: () => budget.take() });
  const proven = paths.flatMap((path): ProvenPath[] => {
    const rootId = ids.get(path.at(-1) ?? leaf);
    return rootId === undefined ? [] : [{ rootId, authorities: path.slice(1), validity: validityOf(path) }];
  });
  return { paths: proven.toSorted((a, b) => b.validity.notAfter - a.validity.notAfter), problems };
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
