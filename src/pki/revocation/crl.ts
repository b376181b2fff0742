/** Lists of revoked certificates, base and delta, read strictly (RFC 5280, 5); whether one may be believed now is asked apart. */
import type { Certificate } from '../certificate.ts';
import { expectTag, Malformed, onlyChild, readBitString, readDer, readInteger, readSmallInteger, sequence, TAG } from '../der.ts';
import type { DerNode } from '../der.ts';
import { readTime } from '../der-time.ts';
import { EXTENSION, keyUsage, readExtensionList } from '../extensions.ts';
import type { Extension } from '../extensions.ts';
import { readSignatureAlgorithm, signatureScheme, verifyScheme } from '../signatures/signature-algorithm.ts';
import { entryTable } from './entry-table.ts';
import type { CrlEntry } from './entry.ts';
import { REVOCATION_EXTENSION } from './oids.ts';
import { readScope } from './scope.ts';
import type { ListScope } from './scope.ts';

/** A list as its issuer wrote it. Nothing is verified about who that was, nor when it holds. */
export interface CertificateList {
  /** Name of the issuer as DER. */
  readonly issuer: Uint8Array;
  /** Epoch milliseconds, both inclusive. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** CRL number; absent: it has none, and no delta goes with it. */
  readonly number?: bigint;
  /** Present in a delta: the number of the oldest base that it goes with. */
  readonly deltaOf?: bigint;
  /** Where its deltas are, the value of its freshest CRL extension; absent: it has none. */
  readonly freshest?: Uint8Array;
  readonly scope: ListScope;
  readonly entries: number;
  /** Bytes that are kept for it. */
  readonly bytes: number;
  /** The entries as they stand, DER. */
  readonly revoked: Uint8Array;
  /** The entry of a serial number, by the content bytes of its INTEGER. */
  find(serial: Uint8Array): CrlEntry | undefined;
  /** True when the issuer's key made the signature, by an algorithm on the allow-list, and the issuer may sign lists. */
  isSignedBy(issuer: Certificate): boolean;
}

/** Bytes of a list (Notary Project: 32 MiB). */
export const LARGEST_LIST = 32 * 1024 * 1024;

const PEM = Buffer.from('-----BEGIN ');

type Extensions = ReadonlyMap<string, Extension>;

const UNDERSTOOD: ReadonlySet<string> = new Set([
  REVOCATION_EXTENSION.crlNumber, REVOCATION_EXTENSION.deltaIndicator, REVOCATION_EXTENSION.issuingPoint,
  REVOCATION_EXTENSION.authorityKeyId, REVOCATION_EXTENSION.freshest,
]);

/**
 * Reads a list of version 2, DER of at most 32 MiB, in small steps: the last one gives it.
 *
 * Established: strict DER, nothing behind it, the signature algorithm named twice is the same, no critical extension that is not
 * understood, a scope that is supported, every entry well-formed and no serial number twice. Throws {@link Malformed}.
 */
export function* readList(der: Uint8Array): Generator<void, CertificateList> {
  if (der.length > LARGEST_LIST) throw new Malformed('list is larger than 32 MiB');
  if (Buffer.from(der.subarray(0, PEM.length)).equals(PEM))
    throw new Malformed('list is text (PEM), expected DER: publish it by openssl crl -outform DER');
  const [tbs, algorithmNode, signatureNode, ...rest] = sequence(readDer(der));
  if (tbs === undefined || algorithmNode === undefined || rest.length > 0) throw new Malformed('list has the wrong number of parts');
  const { issuer, revoked, extensions, inner, ...times } = readSignedPart(sequence(tbs));
  if (Buffer.compare(inner, algorithmNode.raw) !== 0) throw new Malformed('list names two signature algorithms');
  const scheme = signatureScheme(readSignatureAlgorithm(algorithmNode));
  const signature = readBitString(signatureNode);
  const number = numberOf(extensions.get(REVOCATION_EXTENSION.crlNumber));
  const deltaOf = numberOf(extensions.get(REVOCATION_EXTENSION.deltaIndicator));
  const freshest = extensions.get(REVOCATION_EXTENSION.freshest)?.value;
  const keyId = keyIdOf(extensions);
  const scope = readScope(extensions.get(REVOCATION_EXTENSION.issuingPoint));
  const table = yield* entryTable(revoked);
  return {
    issuer,
    ...times,
    ...(number === undefined ? {} : { number }),
    ...(deltaOf === undefined ? {} : { deltaOf }),
    ...(freshest === undefined ? {} : { freshest }),
    scope,
    entries: table.size,
    revoked,
    bytes: der.length + table.bytes,
    find: table.find,
    isSignedBy: (authority) => Buffer.compare(issuer, authority.subject) === 0
      && keyIdAgrees(keyId, authority) && keyUsage(authority)?.crlSign !== false
      && verifyScheme(scheme, tbs.raw, authority.key, signature),
  };
}

interface SignedPart extends Pick<CertificateList, 'issuer' | 'thisUpdate' | 'nextUpdate'> {
  /** The algorithm inside of what is signed. */
  readonly inner: Uint8Array;
  /** Content of revokedCertificates. */
  readonly revoked: Uint8Array;
  readonly extensions: Extensions;
}

function readSignedPart([version, inner, issuer, from, until, ...more]: readonly DerNode[]): SignedPart {
  if (version?.tag !== TAG.integer || readSmallInteger(version) !== 1) throw new Malformed('list is not of version 2');
  if (until?.tag !== TAG.utcTime && until?.tag !== TAG.generalizedTime) throw new Malformed('list does not say until when it holds');
  const revoked = more[0]?.tag === TAG.sequence ? more.shift() : undefined;
  const [wrapper, ...rest] = more;
  if (rest.length > 0 || (wrapper !== undefined && wrapper.tag !== 0xa0)) throw new Malformed('list has unexpected fields');
  const extensions: Extensions = wrapper === undefined ? new Map<string, Extension>() : readExtensionList(onlyChild(wrapper));
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !UNDERSTOOD.has(oid));
  if (unknown !== undefined) throw new Malformed(`list has an unknown critical extension ${unknown[0]}`);
  const [thisUpdate, nextUpdate] = [readTime(from), readTime(until)];
  if (nextUpdate < thisUpdate) throw new Malformed('list ends before it begins');
  return {
    inner: expectTag(inner, TAG.sequence).raw, issuer: expectTag(issuer, TAG.sequence).raw, thisUpdate, nextUpdate,
    revoked: revoked?.content ?? new Uint8Array(), extensions,
  };
}

/** Numbers of lists: up to 20 bytes, not negative (RFC 5280, 5.2.3). */
function numberOf(extension: Extension | undefined): bigint | undefined {
  if (extension === undefined) return undefined;
  const content = readInteger(readDer(extension.value));
  if (content.length > 21 || (content[0] ?? 0x80) >= 0x80) throw new Malformed('number of a list is out of range');
  return BigInt(`0x${Buffer.from(content).toString('hex')}`);
}

function keyIdOf(extensions: Extensions): Uint8Array | undefined {
  const extension = extensions.get(REVOCATION_EXTENSION.authorityKeyId);
  return extension && sequence(readDer(extension.value)).find(({ tag }) => tag === 0x80)?.content;
}

function keyIdAgrees(wanted: Uint8Array | undefined, authority: Certificate): boolean {
  const own = authority.extensions.get(EXTENSION.subjectKeyId);
  return wanted === undefined || own === undefined || Buffer.compare(wanted, readDer(own.value, TAG.octetString).content) === 0;
}

/** True when a delta goes with this base: same issuer and scope, made for it or an older one, and not older itself (RFC 5280, 5.2.4). */
export function goesWith(delta: CertificateList, base: CertificateList): boolean {
  const raw = (list: CertificateList): Uint8Array => list.scope.raw ?? new Uint8Array();
  return delta.deltaOf !== undefined && delta.number !== undefined && base.number !== undefined && base.deltaOf === undefined
    && Buffer.compare(delta.issuer, base.issuer) === 0 && Buffer.compare(raw(delta), raw(base)) === 0
    && delta.deltaOf <= base.number && delta.number >= base.number;
}
