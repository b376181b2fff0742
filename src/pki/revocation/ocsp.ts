/** Answers of OCSP responders, read strictly and only for the one certificate that was asked about (RFC 6960, 4.2). */
import type { Certificate } from '../certificate.ts';
import { expectTag, Malformed, onlyChild, readBitString, readDer, readInteger, readOid, sequence, TAG } from '../der.ts';
import type { DerNode } from '../der.ts';
import { readTime } from '../der-time.ts';
import { readExtensionList } from '../extensions.ts';
import type { Extension } from '../extensions.ts';
import { readSignatureAlgorithm, signatureScheme, verifyScheme } from '../signatures/signature-algorithm.ts';
import type { CrlEntry } from './entry.ts';
import { invalidFromOf, readReason } from './entry.ts';
import { certificateId, namingHash } from './ocsp-request.ts';
import { responderOf } from './ocsp-responder.ts';
import type { ResponderId } from './ocsp-responder.ts';
import { REVOCATION_EXTENSION } from './oids.ts';

/** What a responder says of a certificate, proven to be said by the issuer or by whom it has delegated to. */
export interface OcspAnswer {
  readonly status: 'good' | 'unknown' | CrlEntry;
  /** Epoch milliseconds. */
  readonly thisUpdate: number;
  /** Absent: newer answers can be had at any time. */
  readonly nextUpdate?: number;
  /** The certificate of a delegated responder, by which he may sign. */
  readonly signer?: Certificate;
}

/** Bytes of an answer. */
export const LARGEST_ANSWER = 64 * 1024;

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const FAILURES: readonly (string | undefined)[] = [
  undefined, 'the request is malformed', 'an internal error', 'try later', undefined, 'requests have to be signed', 'unauthorized',
];

/**
 * Reads the answer about the certificate with this serial number of `issuer`, DER of at most 64 KiB.
 *
 * Established: the request succeeded; the basic answer is signed by the issuer, or by a certificate for OCSP signing that the issuer
 * itself has issued, whom the answer names; exactly one single answer is about this certificate, or one of several calls it revoked; no
 * critical extension. Not established: that it holds now. Throws {@link Malformed} for everything else.
 */
export function readOcspAnswer(der: Uint8Array, serial: Uint8Array, issuer: Certificate): OcspAnswer {
  if (der.length > LARGEST_ANSWER) throw new Malformed('answer is larger than 64 KiB');
  const { tbs, algorithm, signature, certificates } = readBasic(basicOf(der));
  const fields = sequence(tbs);
  if (fields[0]?.tag === 0xa0) throw new Malformed('answer is of another version than 1');
  const [id, producedAt, singles, extensions, ...rest] = fields;
  if (rest.length > 0 || (extensions !== undefined && extensions.tag !== 0xa1)) throw new Malformed('answer has unexpected fields');
  readTime(expectTag(producedAt, TAG.generalizedTime));
  readNonCritical(extensions);
  const signer = responderOf(responderId(id), certificates, issuer);
  if (!verifyScheme(signatureScheme(algorithm), expectTag(tbs, TAG.sequence).raw, signer.key, signature))
    throw new Malformed('answer is not signed by the responder that it names');
  const about = sequence(singles).map((single) => sequence(single)).filter(([name]) => isAbout(name, serial, issuer));
  // Who is called by two names may be told two things: the worse counts, and of two others neither.
  const single = about.length > 1 ? about.find(([, status]) => status?.tag === 0xa1) : about[0];
  if (single === undefined) throw new Malformed(`answer speaks ${about.length} times about the certificate, expected once`);
  return { ...readSingle(single), ...(signer === issuer ? {} : { signer }) };
}

function basicOf(der: Uint8Array): Uint8Array {
  const [status, wrapper, ...rest] = sequence(readDer(der));
  if (status?.tag !== 0x0a || status.content.length !== 1 || rest.length > 0) throw new Malformed('answer has no status');
  const code = status.content[0] ?? 0;
  if (code !== 0) throw new Malformed(`responder refuses: ${FAILURES[code] ?? `status ${code}`}`);
  if (wrapper?.tag !== 0xa0) throw new Malformed('answer holds nothing');
  const [type, response, ...more] = sequence(onlyChild(wrapper));
  if (readOid(type) !== BASIC || more.length > 0) throw new Malformed('answer is no basic one');
  return expectTag(response, TAG.octetString).content;
}

function readBasic(der: Uint8Array) {
  const [tbs, algorithm, signature, wrapper, ...rest] = sequence(readDer(der));
  if (rest.length > 0 || (wrapper !== undefined && wrapper.tag !== 0xa0)) throw new Malformed('answer has the wrong number of parts');
  return {
    tbs, algorithm: readSignatureAlgorithm(algorithm), signature: readBitString(signature),
    certificates: wrapper === undefined ? [] : sequence(onlyChild(wrapper)).map(({ raw }) => raw),
  };
}

function responderId(node: DerNode | undefined): ResponderId {
  if (node?.tag === 0xa1) return { name: expectTag(onlyChild(node), TAG.sequence).raw };
  if (node?.tag === 0xa2) return { keyHash: expectTag(onlyChild(node), TAG.octetString).content };
  throw new Malformed('answer names no responder');
}

function isAbout(name: DerNode | undefined, serial: Uint8Array, issuer: Certificate): boolean {
  const [algorithm, nameHash, keyHash, number] = sequence(name);
  const hash = namingHash(readOid(sequence(algorithm)[0]));
  if (hash === undefined) return false;
  const wanted = certificateId(serial, issuer, hash);
  return same(expectTag(nameHash, TAG.octetString).content, wanted.nameHash)
    && same(expectTag(keyHash, TAG.octetString).content, wanted.keyHash) && same(readInteger(number), serial);
}

function readSingle([, status, from, ...more]: readonly DerNode[]): Omit<OcspAnswer, 'signer'> {
  const until = more[0]?.tag === 0xa0 ? more.shift() : undefined;
  const extensions = more[0]?.tag === 0xa1 ? more.shift() : undefined;
  if (more.length > 0) throw new Malformed('single answer has unexpected fields');
  const thisUpdate = readTime(expectTag(from, TAG.generalizedTime));
  const nextUpdate = until === undefined ? undefined : readTime(expectTag(onlyChild(until), TAG.generalizedTime));
  if (nextUpdate !== undefined && nextUpdate < thisUpdate) throw new Malformed('answer ends before it begins');
  const said = readNonCritical(extensions);
  return { status: statusOf(status, said), thisUpdate, ...(nextUpdate === undefined ? {} : { nextUpdate }) };
}

function statusOf(node: DerNode | undefined, said: ReadonlyMap<string, Extension>): OcspAnswer['status'] {
  if (node?.tag === 0x80 && node.content.length === 0) return 'good';
  if (node?.tag === 0x82 && node.content.length === 0) return 'unknown';
  if (node?.tag !== 0xa1) throw new Malformed('answer has no status that there is');
  const [revokedAt, reason, ...rest] = sequence({ ...node, tag: TAG.sequence });
  if (rest.length > 0 || (reason !== undefined && reason.tag !== 0xa0)) throw new Malformed('revocation in an answer has unexpected parts');
  return {
    revokedAt: readTime(expectTag(revokedAt, TAG.generalizedTime)),
    ...(reason === undefined ? {} : { reason: readReason(onlyChild(reason)) }),
    ...invalidFromOf(said),
  };
}

/** Extensions of an answer: what is critical changes its meaning, and only the invalidity date is understood. */
function readNonCritical(wrapper: DerNode | undefined): ReadonlyMap<string, Extension> {
  if (wrapper === undefined) return new Map();
  const extensions = readExtensionList(onlyChild(wrapper));
  const critical = [...extensions].find(([oid, extension]) => extension.critical && oid !== REVOCATION_EXTENSION.invalidityDate);
  if (critical !== undefined) throw new Malformed(`answer has an unknown critical extension ${critical[0]}`);
  return extensions;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
