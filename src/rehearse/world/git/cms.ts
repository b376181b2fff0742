/** Detached CMS signatures as gitsign and S/MIME make them. */
import { createHash } from 'node:crypto';
import { int, NULL, octets, oid, seq, setOf, time, ctx } from '../asn1/der.ts';
import type { Signed } from '../evidence.ts';
import { makeSigned } from '../evidence.ts';
import type { By, Proofs } from '../evidence.ts';
import { signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import type { LoggedEntry } from '../log/log-entry.ts';
import type { World } from '../world.ts';
import { distinguishedName } from '../asn1/x509.ts';
import type { Certificate } from '../asn1/x509.ts';
import { armoured } from './object.ts';

const OID = {
  data: '1.2.840.113549.1.7.1', signedData: '1.2.840.113549.1.7.2', contentType: '1.2.840.113549.1.9.3', digest: '1.2.840.113549.1.9.4', signingTime: '1.2.840.113549.1.9.5',
  ecdsaSha256: '1.2.840.10045.4.3.2', ecdsaSha384: '1.2.840.10045.4.3.3', ecdsaSha512: '1.2.840.10045.4.3.4', rsa: '1.2.840.113549.1.1.1', rsaSha256: '1.2.840.113549.1.1.11', ed25519: '1.3.101.112',
  logEntry: '1.3.6.1.4.1.57264.3.1', timestamp: '1.2.840.113549.1.9.16.2.14',
} as const;

type CmsHash = 'sha256' | 'sha384' | 'sha512';
const HASH_OIDS: Readonly<Record<CmsHash, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2', sha512: '2.16.840.1.101.3.4.2.3',
};

/** How a signature differs from an honest one. */
export interface CmsChange {
  /** Content whose hash is signed instead of the payload's. */
  readonly content?: Uint8Array;
  readonly contentType?: string;
  /** Changes the certificates that come along. */
  readonly certificates?: (all: readonly Buffer[]) => readonly Buffer[];
  /** Names this certificate as the signer's. */
  readonly names?: Certificate;
  /** Put inside, where it has to be outside. */
  readonly inside?: Uint8Array;
  /** Leaves out the attributes that nobody signs, or changes them. */
  readonly unsigned?: (attributes: readonly Buffer[]) => readonly Buffer[];
  readonly signature?: (signature: Buffer) => Buffer;
  /** Attributes that are signed besides. */
  readonly attributes?: readonly Buffer[];
  readonly entry?: (entry: LoggedEntry) => LoggedEntry;
  /** Hashes the content; default: the hash of the key (RFC 8933, 3; RFC 8419, 2.3). */
  readonly digest?: CmsHash;
  /** Named as the signature's algorithm, whatever made it; bytes are the whole AlgorithmIdentifier. */
  readonly algorithm?: string | Buffer;
}

/** The attributes that are signed, as a SET. */
export function signedAttributes(
  payload: Uint8Array, at: number, { content = payload, contentType = OID.data, attributes = [], digest = 'sha256' }: CmsChange = {},
): Buffer {
  return setOf(
    attribute(OID.contentType, oid(contentType)), attribute(OID.signingTime, time(at)),
    attribute(OID.digest, octets(createHash(digest).update(content).digest())), ...attributes,
  );
}

/** An attribute with one value. */
export function attribute(type: string, value: Uint8Array): Buffer {
  return seq(oid(type), setOf(value));
}

function algorithmOf({ type }: SigningKey): string {
  if (type.startsWith('rsa')) return OID.rsaSha256;
  return { ed25519: OID.ed25519, p384: OID.ecdsaSha384, p521: OID.ecdsaSha512 }[type as string] ?? OID.ecdsaSha256;
}

/** What stands in a SignedData. */
export interface CmsParts {
  readonly digest: CmsHash;
  readonly attributes: Buffer;
  readonly signature: Buffer;
  readonly key: SigningKey;
  readonly certificate: Certificate;
  readonly certificates: readonly Buffer[];
  readonly unsigned: readonly Buffer[];
  readonly inside?: Uint8Array | undefined;
  readonly algorithm?: string | Buffer | undefined;
}

/** The ContentInfo. */
export function cmsOf(
  { digest, attributes, signature, key, certificate, certificates, unsigned, inside, algorithm = algorithmOf(key) }: CmsParts,
): Buffer {
  const signer = seq(
    int(1), seq(distinguishedName(certificate.spec.issuer), int(certificate.spec.serial)), seq(oid(HASH_OIDS[digest])),
    Buffer.concat([Buffer.from([0xa0]), attributes.subarray(1)]),
    typeof algorithm === 'string' ? seq(oid(algorithm), ...(key.type.startsWith('rsa') ? [NULL] : [])) : algorithm,
    octets(signature), ...(unsigned.length === 0 ? [] : [ctx(1, ...unsigned)]),
  );
  const content = inside === undefined ? seq(oid(OID.data)) : seq(oid(OID.data), ctx(0, octets(inside)));
  return seq(oid(OID.signedData), ctx(0, seq(int(1), setOf(seq(oid(HASH_OIDS[digest]))), content, ctx(0, ...certificates), setOf(signer))));
}

/** A signature as gitsign makes it: a certificate of the world's authority, and the log entry beside it, without its body. */
export function gitsign(
  world: World, payload: Uint8Array, by: Extract<By, { identity: unknown }>, proofs: Proofs = {}, change: CmsChange = {},
): string {
  const attributes = signedAttributes(payload, proofs.at ?? world.now, change);
  const made = makeSigned(world, { message: attributes }, by, { log: 'v1', ...proofs });
  return armoured('SIGNED MESSAGE', cmsOf({ attributes, digest: change.digest ?? 'sha256', ...partsOf(made, change) }));
}

function partsOf({ key, certificate, signature, entry, timestamp }: Signed, change: CmsChange): Omit<CmsParts, 'attributes' | 'digest'> {
  if (certificate === undefined) throw new Error('a certificate signs');
  const logged = entry === undefined ? [] : [attribute(OID.logEntry, octets(entryMessage(change.entry?.(entry) ?? entry)))];
  const stamped = timestamp === undefined ? [] : [attribute(OID.timestamp, tokenOf(timestamp))];
  const unsigned = [...logged, ...stamped];
  return {
    key, certificate: change.names ?? certificate, signature: change.signature?.(signature) ?? signature,
    certificates: change.certificates?.([certificate.der]) ?? [certificate.der],
    unsigned: change.unsigned?.(unsigned) ?? unsigned, inside: change.inside, algorithm: change.algorithm,
  };
}

/** The token in a TimeStampResp: behind the status of five bytes. */
function tokenOf(response: Buffer): Buffer {
  const at = response.indexOf(Buffer.from('3003020100', 'hex'));
  return response.subarray(at + 5);
}

/** Who signs by a certificate of an authority of one's own; `chain`: certificates that come along besides the signer's. */
export interface SmimeSigner {
  readonly key: SigningKey;
  readonly certificate: Certificate;
  readonly chain?: readonly Certificate[];
}

/** A signature by such a certificate (S/MIME). */
export function smime(payload: Uint8Array, { key, certificate, chain = [] }: SmimeSigner, at: number, change: CmsChange = {}): string {
  const digest = change.digest ?? key.hash ?? 'sha512';
  const attributes = signedAttributes(payload, at, { ...change, digest });
  const signature = signWith(key, attributes);
  const all = [certificate, ...chain].map(({ der }) => der);
  return armoured('SIGNED MESSAGE', cmsOf({
    digest, attributes, key, certificate: change.names ?? certificate, signature: change.signature?.(signature) ?? signature,
    certificates: change.certificates?.(all) ?? all, unsigned: change.unsigned?.([]) ?? [],
    inside: change.inside, algorithm: change.algorithm,
  }));
}

const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
};
/** Fields of protobuf: numbers and bytes. */
export const field = {
  number: (id: number, value: number | bigint): Buffer => Buffer.concat([varint(id << 3), varint(value)]),
  bytes: (id: number, value: Uint8Array | string): Buffer => {
    const content = Buffer.from(value as Uint8Array);
    return Buffer.concat([varint((id << 3) | 2), varint(content.length), content]);
  },
} as const;

/** A TransparencyLogEntry in protobuf, without its body. */
export function entryMessage({ logIndex, logId, kind, version, integratedTime, promise, proof }: LoggedEntry): Buffer {
  return Buffer.concat([
    field.number(1, logIndex), field.bytes(2, field.bytes(1, logId)),
    field.bytes(3, Buffer.concat([field.bytes(1, kind), field.bytes(2, version)])),
    field.number(4, integratedTime), ...(promise === undefined ? [] : [field.bytes(5, field.bytes(1, promise))]),
    ...(proof === undefined ? [] : [field.bytes(6, Buffer.concat([
      field.number(1, proof.logIndex), field.bytes(2, proof.rootHash), field.number(3, proof.treeSize),
      ...proof.hashes.map((hash) => field.bytes(4, hash)),
      field.bytes(5, field.bytes(1, proof.checkpoint)),
    ]))]),
  ]);
}
