/** Certificates as others hand them to Notation, made a trust root of ours: those that signed themselves, since chains here end there. */
import { X509Certificate } from 'node:crypto';
import type { Path } from '../../policy/read/problems.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { Source } from '../fields.ts';
import type { Session } from '../session.ts';
import { placeOf } from '../session.ts';
import { cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** More than any store has; what stands behind is left out, which only ever trusts less. */
const MOST = 1000;

/** A text of PEM certificates, sorted: `roots` have signed themselves; `others` is how many somebody else issued, or that nobody can read. */
export interface SortedStore {
  readonly roots: string;
  readonly others: number;
}

/** Sorts the certificates of a text, of which `most` count. Never throws. */
export function sortStore(text: string, most = Infinity): SortedStore {
  const blocks = (text.match(BLOCK) ?? []).slice(0, Math.min(most, MOST));
  const roots = blocks.filter(isOwnIssuer);
  return { roots: [...new Set(roots)].map((block) => `${block}\n`).join(''), others: blocks.length - roots.length };
}

/** What each trust policy of theirs says. `most`: of each text only so many certificates count there. */
export interface TheirStores {
  readonly ca: readonly string[];
  readonly tsa: readonly string[];
  readonly verifyTimestamp?: string | undefined;
  readonly revocation: 'hard' | 'soft';
  readonly most?: number;
}

/** Where they stand, and how what is made of them is called. */
export interface StoreSite {
  readonly source: Source;
  readonly path: Path;
  readonly name: string;
  readonly session: Session;
}

/** Everybody below these certificates, as one Signer; what never holds where no chain could end at any of them. */
export function signersBelow(
  { ca, tsa, verifyTimestamp, revocation, most }: TheirStores, { source, path, name, session }: StoreSite,
): Signers {
  const sorted = (texts: readonly string[]): SortedStore => {
    const each = texts.map((text) => sortStore(text, most));
    return { roots: [...new Set(each.map(({ roots }) => roots))].join(''), others: each.reduce((sum, { others }) => sum + others, 0) };
  };
  const [signing, dating] = [sorted(ca), sorted(tsa)];
  if (signing.roots === '' || (tsa.length > 0 && dating.roots === '')) return { none: cannot(source, path, NO_ROOT) };
  if (signing.others + dating.others > 0) source.remark('stricter', path, LEFT_OUT);
  const root = session.root(name, {
    notation: {
      ca: signing.roots,
      ...(dating.roots === '' ? {} : { tsa: dating.roots, ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }) }),
      revocation,
    },
  }, placeOf(source, path));
  const everybody: JsonObject = { x509: { subjectGlob: '**', trustRoot: root } };
  return { any: [[everybody]] };
}

const NO_ROOT = {
  what: 'certificates of which none signed itself', why: 'a chain has to be complete here, and ends at such a one; a certificate that stands elsewhere is not read',
  help: 'write the root of the chain beside it in PEM, and import again',
};

/** What is told where only roots are taken. */
export const LEFT_OUT = {
  what: 'certificates that somebody else issued are left out', why: 'a chain has to end here at one that signed itself; there any certificate of it may be listed',
  help: 'nothing, where the roots are listed as well',
};

function isOwnIssuer(block: string): boolean {
  try {
    const certificate = new X509Certificate(block);
    // Not by checkIssued: a certificate that signed itself and is no authority may not issue, and is its own issuer all the same.
    return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
  } catch {
    return false; // No certificate, or by an algorithm that nobody has here.
  }
}
