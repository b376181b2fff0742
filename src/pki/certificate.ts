import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { DerNode } from './der.ts';
import {
  children,
  expectTag,
  Malformed,
  onlyChild,
  readBitString,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readSmallInteger,
  sequence,
  TAG,
} from './der.ts';
import { readTime } from './der-time.ts';
import { readSpki } from './key-rules.ts';

/** One extension: its criticality and the DER inside its OCTET STRING. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** An X.509 v3 certificate, parsed strictly. Nothing is verified about who issued it. */
export interface Certificate {
  readonly der: Uint8Array;
  /** The signed part, as received. */
  readonly tbs: Uint8Array;
  /** Content bytes of the serial number. */
  readonly serial: Uint8Array;
  /** Names as DER: compared byte by byte, which is stricter than RFC 5280, 7.1. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Epoch milliseconds, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  readonly key: KeyObject;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** By dotted object identifier; none appears twice. */
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** Object identifiers of the extensions that this room understands. */
export const EXTENSION = {
  subjectKeyId: '2.5.29.14', keyUsage: '2.5.29.15', subjectAltName: '2.5.29.17', basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30', authorityKeyId: '2.5.29.35', extendedKeyUsage: '2.5.29.37',
} as const;

const MAX_CERTIFICATE = 65_536;

/** Hash by signature algorithm of certificates; `null` for Ed25519, which hashes inside. SHA-1 is not here. */
const SIGNATURE_HASH = new Map<string, { readonly hash: string | null; readonly keyType: string }>([
  ['1.2.840.10045.4.3.2', { hash: 'sha256', keyType: 'ec' }],
  ['1.2.840.10045.4.3.3', { hash: 'sha384', keyType: 'ec' }],
  ['1.2.840.10045.4.3.4', { hash: 'sha512', keyType: 'ec' }],
  ['1.2.840.113549.1.1.11', { hash: 'sha256', keyType: 'rsa' }],
  ['1.2.840.113549.1.1.12', { hash: 'sha384', keyType: 'rsa' }],
  ['1.2.840.113549.1.1.13', { hash: 'sha512', keyType: 'rsa' }],
  ['1.3.101.112', { hash: null, keyType: 'ed25519' }],
]);

/** The hash (or `null`) and key type that a signature algorithm's object identifier means; absent: not allowed. */
export function signatureScheme(oid: string): { readonly hash: string | null; readonly keyType: string } | undefined {
  return SIGNATURE_HASH.get(oid);
}

/**
 * Parses a certificate of version 3 (RFC 5280, 4.1) from DER of at most 64 KiB.
 *
 * Established: strict DER, no trailing bytes, no extension twice, the signature algorithm named twice is the same,
 * the key is on the allow-list. Throws {@link Malformed}.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE) throw new Malformed('certificate is larger than 64 KiB');
  const [tbsNode, algorithmNode, signatureNode, ...rest] = sequence(readDer(der));
  if (tbsNode === undefined || algorithmNode === undefined || rest.length > 0)
    throw new Malformed('certificate has the wrong number of parts');
  const fields = sequence(tbsNode);
  const version = fields.shift();
  if (version?.tag !== 0xa0 || readSmallInteger(onlyChild(version)) !== 2) throw new Malformed('certificate is not of version 3');
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...optional] = fields;
  if (!equal(expectTag(innerAlgorithm, TAG.sequence).raw, algorithmNode.raw))
    throw new Malformed('certificate names two signature algorithms');
  const [notBefore, notAfter] = sequence(validity);
  return {
    der,
    tbs: tbsNode.raw,
    serial: readInteger(serial),
    issuer: expectTag(issuer, TAG.sequence).raw,
    subject: expectTag(subject, TAG.sequence).raw,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    ...readKey(expectTag(spki, TAG.sequence).raw),
    signatureAlgorithm: readOid(sequence(algorithmNode)[0]),
    signature: readBitString(signatureNode),
    extensions: readExtensions(optional),
  };
}

/**
 * True when `issuer`'s key made the signature on `certificate`: names chain, key identifiers agree where both are
 * given, and the signature verifies. Says nothing about validity times or whether the issuer is a CA.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const scheme = signatureScheme(certificate.signatureAlgorithm);
  if (scheme === undefined || scheme.keyType !== issuer.key.asymmetricKeyType || !namesIssuer(certificate, issuer)) return false;
  return verify(scheme.hash, certificate.tbs, issuer.key, certificate.signature);
}

/** True when the certificate names this issuer, by name and, where both give one, key identifier. No signature is verified. */
export function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return equal(certificate.issuer, issuer.subject) && keyIdsAgree(certificate, issuer);
}

/** Basic constraints (RFC 5280, 4.2.1.9); absent means: not a CA. */
export function basicConstraints(certificate: Certificate): { readonly ca: boolean; readonly pathLength?: number } {
  const extension = certificate.extensions.get(EXTENSION.basicConstraints);
  if (extension === undefined) return { ca: false };
  const parts = sequence(readDer(extension.value));
  const ca = parts[0]?.tag === TAG.boolean && readBoolean(parts.shift());
  if (parts.length > 1 || (!ca && parts.length > 0)) throw new Malformed('basic constraints have unexpected parts');
  return parts.length === 0 ? { ca } : { ca, pathLength: readSmallInteger(parts[0]) };
}

/** Bits of the key usage extension (RFC 5280, 4.2.1.3) that matter here; `undefined` when there is none. */
export function keyUsage(certificate: Certificate): { readonly digitalSignature: boolean; readonly certSign: boolean } | undefined {
  const extension = certificate.extensions.get(EXTENSION.keyUsage);
  if (extension === undefined) return undefined;
  const { content } = readDer(extension.value, TAG.bitString);
  const bits = content[1] ?? 0;
  if (content.length < 2 || content.length > 3 || (content[0] ?? 8) > 7) throw new Malformed('key usage is not a short bit string');
  return { digitalSignature: (bits & 0x80) !== 0, certSign: (bits & 0x04) !== 0 };
}

/** Extended key usages (RFC 5280, 4.2.1.12) as dotted identifiers; `undefined` when there is no such extension. */
export function extendedKeyUsage(certificate: Certificate): { readonly critical: boolean; readonly usages: readonly string[] } | undefined {
  const extension = certificate.extensions.get(EXTENSION.extendedKeyUsage);
  return extension && { critical: extension.critical, usages: sequence(readDer(extension.value)).map(readOid) };
}

/** Critical extensions that are not among `known`: each one forbids using the certificate (RFC 5280, 4.2). */
export function unknownCritical(certificate: Certificate, known: ReadonlySet<string>): string[] {
  return [...certificate.extensions].filter(([oid, extension]) => extension.critical && !known.has(oid)).map(([oid]) => oid);
}

/** `sha256` of the certificate's DER, lower-case hexadecimal. */
export function fingerprintHex(certificate: Certificate): string {
  return createHash('sha256').update(certificate.der).digest('hex');
}

/** Byte equality of public values; not constant time, and need not be. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function readKey(spki: Uint8Array): { readonly spki: Uint8Array; readonly key: KeyObject } {
  const reading = readSpki(spki);
  if (!reading.ok) throw new Malformed(`certificate's key: ${reading.problem}`);
  return { spki, key: reading.key };
}

function readExtensions(optional: readonly DerNode[]): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  const [wrapper, ...rest] = optional;
  if (wrapper === undefined) return extensions;
  // Unique identifiers ([1], [2]) are obsolete (RFC 5280, 4.1.2.8) and would only blur the structure.
  if (wrapper.tag !== 0xa3 || rest.length > 0) throw new Malformed('certificate has unexpected fields');
  for (const node of children(expectTag(onlyChild(wrapper), TAG.sequence))) {
    const parts = sequence(node);
    const oid = readOid(parts[0]);
    const flagged = parts.length === 3;
    if (extensions.has(oid)) throw new Malformed(`extension ${oid} appears twice`);
    if (parts.length < 2 || parts.length > 3) throw new Malformed('extension has the wrong number of parts');
    // DEFAULT FALSE may not be written out in DER, but OpenSSL-made certificates do; the meaning is the same.
    extensions.set(oid, { critical: flagged && readBoolean(parts[1]), value: expectTag(parts.at(-1), TAG.octetString).content });
  }
  return extensions;
}

function keyIdsAgree(certificate: Certificate, issuer: Certificate): boolean {
  const wanted = authorityKeyId(certificate);
  const own = issuer.extensions.get(EXTENSION.subjectKeyId);
  return wanted === undefined || own === undefined || equal(wanted, readDer(own.value, TAG.octetString).content);
}

function authorityKeyId(certificate: Certificate): Uint8Array | undefined {
  const extension = certificate.extensions.get(EXTENSION.authorityKeyId);
  return extension && sequence(readDer(extension.value)).find((node) => node.tag === 0x80)?.content;
}
