/** CMS signed data with one signer, as timestamp tokens are: read strictly, then verified. */
import { hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { equal } from '../certificate.ts';
import { readSignatureAlgorithm, signatureScheme, verifyScheme } from '../signatures/signature-algorithm.ts';
import type { SignatureScheme } from '../signatures/signature-algorithm.ts';
import type { DerNode } from '../der.ts';
import { children, expectTag, Malformed, onlyChild, readDer, readInteger, readOid, readSmallInteger, sequence, TAG } from '../der.ts';
import type { HashName } from '../signatures/curves.ts';

/** A CMS SignedData with exactly one signer (RFC 5652, 5), parsed; nothing in it is verified. */
export interface SignedData {
  readonly contentType: string;
  readonly content: Uint8Array;
  /** DER of the certificates that came along; hints at most. */
  readonly certificates: readonly Uint8Array[];
  readonly signer: SignerInfo;
}

/** The one SignerInfo. */
export interface SignerInfo {
  /** Issuer name (DER) and serial, or the subject key identifier. */
  readonly id: { readonly issuer: Uint8Array; readonly serial: Uint8Array } | { readonly keyId: Uint8Array };
  readonly digest: HashName;
  /** Values by attribute type; every type appears once and has one value. */
  readonly attributes: ReadonlyMap<string, DerNode>;
  /** The attributes as they were signed: a SET OF (RFC 5652, 5.4). */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** Attributes that nobody has signed: hostile, and what they hold has to prove itself. */
  readonly unsigned?: DerNode;
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const HASHES = new Map<string, HashName>([
  ['2.16.840.1.101.3.4.2.1', 'sha256'], ['2.16.840.1.101.3.4.2.2', 'sha384'], ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** The hash an AlgorithmIdentifier names. Throws `Malformed` for any but SHA-256, SHA-384 and SHA-512. */
export function readHashAlgorithm(node: DerNode | undefined): HashName {
  const oid = readOid(sequence(node)[0]);
  const name = HASHES.get(oid);
  if (name === undefined) throw new Malformed(`hash algorithm ${oid} is not allowed`);
  return name;
}

/** Parses a ContentInfo that holds SignedData. Throws `Malformed`. */
export function readSignedData(contentInfo: DerNode): SignedData {
  const { encapsulated, certificates, signer } = partsOf(contentInfo);
  const [contentType, content] = sequence(encapsulated);
  return {
    contentType: readOid(contentType),
    content: expectTag(onlyChild(expectTag(content, 0xa0)), TAG.octetString).content,
    certificates: certificates.map(({ raw }) => raw),
    signer: readSignerInfo(signer),
  };
}

/**
 * Who made the signature of a SignedData, by its own word and without a look at anything else in it: of what nobody is asked
 * to believe, it need not be known whether it is in order. Throws `Malformed`.
 */
export function readClaimedSigner(contentInfo: DerNode): SignerInfo['id'] {
  return readSignerId(sequence(partsOf(contentInfo).signer)[1]);
}

/** Parses a ContentInfo that holds SignedData over content that lies elsewhere (RFC 5652, 5.2). Throws `Malformed`. */
export function readDetached(contentInfo: DerNode): Omit<SignedData, 'content'> {
  const { digests, encapsulated, certificates, signer } = partsOf(contentInfo);
  const [contentType, ...content] = sequence(encapsulated);
  if (content.length > 0) throw new Malformed('the signed content is inside, and has to be outside');
  const read = readSignerInfo(signer);
  if (children(digests).every((one) => readHashAlgorithm(one) !== read.digest))
    throw new Malformed('the hash of the signer is not announced');
  return { contentType: readOid(contentType), certificates: certificates.map(({ raw }) => raw), signer: read };
}

/** The one signer, what is signed, and the certificates that came along. */
function partsOf(
  contentInfo: DerNode,
): { digests: DerNode; encapsulated: DerNode | undefined; certificates: DerNode[]; signer: DerNode } {
  const [type, wrapped, ...more] = sequence(contentInfo);
  if (readOid(type) !== SIGNED_DATA || more.length > 0) throw new Malformed('not a CMS SignedData');
  const [version, digests, encapsulated, ...optional] = sequence(onlyChild(expectTag(wrapped, 0xa0)));
  readSmallInteger(version);
  const certificates = takeTagged(optional, 0xa0);
  takeTagged(optional, 0xa1); // revocation lists (RFC 5652, 5.1): revocation is not judged from what the signer sent
  const [signers, ...rest] = optional;
  if (rest.length > 0) throw new Malformed('SignedData has unexpected parts');
  return { digests: expectTag(digests, TAG.set), encapsulated, certificates, signer: onlyChild(expectTag(signers, TAG.set)) };
}

/**
 * True when the signer's key made this signature over the signed attributes, and those name the content's type
 * and digest (RFC 5652, 5.4 and 11). Whose key it is has to be established by the caller.
 */
export function verifySignedData(data: SignedData, key: KeyObject): boolean {
  const { signedBytes, signature } = data.signer;
  return isOver(data, data.content) && verifyScheme(schemeOf(data.signer), signedBytes, key, signature);
}

/** True when the signed attributes name the content's type and this content, whoever signed them. Throws `Malformed`. */
export function isOver({ contentType, signer: { attributes, digest } }: Omit<SignedData, 'content'>, content: Uint8Array): boolean {
  const type = attributes.get(CONTENT_TYPE);
  const messageDigest = attributes.get(MESSAGE_DIGEST);
  if (type === undefined || messageDigest === undefined || readOid(type) !== contentType) return false;
  return equal(expectTag(messageDigest, TAG.octetString).content, hash(digest, content, 'buffer'));
}

function takeTagged(parts: DerNode[], tag: number): DerNode[] {
  const [first] = parts;
  if (first?.tag !== tag) return [];
  parts.shift();
  return children(first);
}

/** How the signer says that it signed; `undefined`: in no way that is allowed, or with one hash over the content and another one over that. */
export function schemeOf({ signatureAlgorithm, digest }: Pick<SignerInfo, 'signatureAlgorithm' | 'digest'>): SignatureScheme | undefined {
  // With the bare rsaEncryption identifier the digest algorithm of the signer applies (RFC 3370, 3.2).
  const scheme = signatureAlgorithm === RSA_ENCRYPTION ? { hash: digest, keyTypes: ['rsa'] } : signatureScheme(signatureAlgorithm);
  // RFC 8933, 3. Ed25519 hashes in a way of its own.
  return scheme?.hash === null || scheme?.hash === digest ? scheme : undefined;
}

function readSignerInfo(node: DerNode): SignerInfo {
  const [version, id, digest, signed, algorithm, signature, ...rest] = sequence(node);
  readSmallInteger(version);
  if (rest.length > 1 || (rest[0] !== undefined && rest[0].tag !== 0xa1)) throw new Malformed('SignerInfo has unexpected parts');
  const attributes = expectTag(signed, 0xa0);
  const signedBytes = Buffer.from(attributes.raw);
  signedBytes[0] = TAG.set;
  return {
    id: readSignerId(id),
    digest: readHashAlgorithm(digest),
    attributes: readAttributes(attributes),
    signedBytes,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
    signature: expectTag(signature, TAG.octetString).content,
    ...(rest[0] === undefined ? {} : { unsigned: rest[0] }),
  };
}

function readSignerId(id: DerNode | undefined): SignerInfo['id'] {
  if (id?.tag === 0x80) return { keyId: id.content };
  const [issuer, serial] = sequence(id);
  return { issuer: expectTag(issuer, TAG.sequence).raw, serial: readInteger(serial) };
}

function readAttributes(set: DerNode): Map<string, DerNode> {
  const attributes = new Map<string, DerNode>();
  for (const attribute of children(set)) {
    const [type, values] = sequence(attribute);
    const oid = readOid(type);
    if (attributes.has(oid)) throw new Malformed(`signed attribute ${oid} appears twice`);
    attributes.set(oid, readDer(onlyChild(expectTag(values, TAG.set)).raw));
  }
  return attributes;
}
