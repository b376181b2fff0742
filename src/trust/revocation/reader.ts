/** Reads what authorities publish about revocation, and holds it against the issuer of the certificate in question. */
import type {
  CertificateRevoked, RevocationAnswer, RevocationLead, RevocationList, RevocationReader,
} from '../../domain/certificate-status.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import type { CertificateList } from '../../pki/revocation/crl.ts';
import { goesWith, readList } from '../../pki/revocation/crl.ts';
import { ocspRequest } from '../../pki/revocation/ocsp-request.ts';
import { readOcspAnswer } from '../../pki/revocation/ocsp.ts';
import { REVOCATION_EXTENSION } from '../../pki/revocation/oids.ts';
import { deltaPoints, revocationPoints } from '../../pki/revocation/points.ts';
import { isForPlace, isForSort } from '../../pki/revocation/scope.ts';

const MOST_ISSUERS = 256;

/** Reads lists and answers. Issuers are parsed once, and a list is verified once for each issuer of its name. */
export function createRevocationReader(): RevocationReader {
  const issuers = new Map<string, Certificate>();
  const issuerOf = ({ issuer }: RevocationLead): Certificate => {
    const known = issuers.get(issuer);
    if (known !== undefined) return known;
    const parsed = parseCertificate(Buffer.from(issuer, 'base64'));
    if (issuers.size >= MOST_ISSUERS) issuers.clear();
    issuers.set(issuer, parsed);
    return parsed;
  };
  return {
    *list(bytes) {
      return asList(yield* readList(bytes), bytes, issuerOf);
    },
    answer(bytes, lead) {
      const { signer, ...answer } = readOcspAnswer(bytes, numberOf(lead), issuerOf(lead));
      return signer === undefined ? answer : { ...answer, signer: signerOf(signer, lead) };
    },
    request: (lead) => ocspRequest(numberOf(lead), issuerOf(lead)),
  };
}

/** A responder is certified by the issuer of those about whom he answers, and is on its lists (RFC 6960, 4.2.2.2.1). */
function signerOf(
  { notBefore, notAfter, serial, extensions }: Certificate, { issuer }: RevocationLead,
): NonNullable<RevocationAnswer['signer']> {
  if (extensions.has(REVOCATION_EXTENSION.noCheck)) return { notBefore, notAfter };
  const { lists } = revocationPoints({ extensions });
  const lead = { issuer, number: Buffer.from(serial).toString('hex'), ...(lists === undefined ? {} : { lists }) };
  return { notBefore, notAfter, lead };
}

/** Lists by what they were made of: a delta is compared with its base by what both say. */
const LISTS = new WeakMap<RevocationList, CertificateList>();

function asList(list: CertificateList, der: Uint8Array, issuerOf: (lead: RevocationLead) => Certificate): RevocationList {
  const signed = new Map<string, boolean>();
  const isSignedBy = (lead: RevocationLead): boolean => {
    const known = signed.get(lead.issuer);
    if (known !== undefined) return known;
    const verified = list.isSignedBy(issuerOf(lead));
    if (signed.size < MOST_ISSUERS) signed.set(lead.issuer, verified);
    return verified;
  };
  const names = (lead: RevocationLead): boolean => Buffer.compare(list.issuer, issuerOf(lead).subject) === 0;
  const made: RevocationList = {
    thisUpdate: list.thisUpdate,
    nextUpdate: list.nextUpdate,
    ...(list.number === undefined ? {} : { number: list.number }),
    entries: list.entries,
    bytes: list.bytes,
    der,
    deltas: list.freshest === undefined ? [] : deltaPoints(list.freshest),
    isDelta: list.deltaOf !== undefined,
    names,
    problemFor(lead) {
      if (!names(lead)) return 'it is by another issuer';
      if (!isForPlace(list.scope, lead.lists)) return 'it speaks only about certificates that name another place';
      if (!isForSort(list.scope, lead.isAuthority === true)) return `it speaks only about ${list.scope.only ?? 'others'}`;
      return isSignedBy(lead) ? undefined : 'it is not signed by the issuer of the certificate';
    },
    find: (lead): CertificateRevoked | undefined => list.find(numberOf(lead)),
    hasEntriesOf(other) {
      const theirs = LISTS.get(other)?.revoked;
      return theirs !== undefined && Buffer.compare(theirs, list.revoked) === 0;
    },
    goesWith(delta) {
      const other = LISTS.get(delta);
      return other !== undefined && goesWith(other, list);
    },
  };
  LISTS.set(made, list);
  return made;
}

function numberOf({ number }: RevocationLead): Uint8Array {
  return Buffer.from(number, 'hex');
}
