/** X.509 certificates read strictly, and the question whether one was issued by another. */
import type { KeyObject } from 'node:crypto';
import { expectTag, Malformed, onlyChild, readBitString, readDer, readInteger, readSmallInteger, sequence, TAG } from './der.ts';
import { readTime } from './der-time.ts';
import type { Extension } from './extensions.ts';
import { EXTENSION, readExtensions } from './extensions.ts';
import { readSpki } from './key-rules.ts';
import { readSignatureAlgorithm, signatureScheme, verifyScheme } from './signatures/signature-algorithm.ts';

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

const MAX_CERTIFICATE = 65_536;

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
    signatureAlgorithm: readSignatureAlgorithm(algorithmNode),
    signature: readBitString(signatureNode),
    extensions: readExtensions(optional),
  };
}

/**
 * True when `issuer`'s key made the signature on `certificate`: names chain, key identifiers agree where both are
 * given, and the signature verifies. Says nothing about validity times or whether the issuer is a CA.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return namesIssuer(certificate, issuer)
    && verifyScheme(signatureScheme(certificate.signatureAlgorithm), certificate.tbs, issuer.key, certificate.signature);
}

/** True when the certificate names this issuer, by name and, where both give one, key identifier. No signature is verified. */
export function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return equal(certificate.issuer, issuer.subject) && keyIdsAgree(certificate, issuer);
}

/** The serial number as revocations name it: lower-case hexadecimal without leading zeros. */
export function serialText({ serial }: Pick<Certificate, 'serial'>): string {
  return Buffer.from(serial).toString('hex').replace(/^0+(?=.)/, '');
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

/** One that cannot be read agrees with nothing: whatever else came along may be the issuer. */
function keyIdsAgree(certificate: Certificate, issuer: Certificate): boolean {
  try {
    const wanted = authorityKeyId(certificate);
    const own = issuer.extensions.get(EXTENSION.subjectKeyId);
    return wanted === undefined || own === undefined || equal(wanted, readDer(own.value, TAG.octetString).content);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

function authorityKeyId(certificate: Certificate): Uint8Array | undefined {
  const extension = certificate.extensions.get(EXTENSION.authorityKeyId);
  return extension && sequence(readDer(extension.value)).find((node) => node.tag === 0x80)?.content;
}
