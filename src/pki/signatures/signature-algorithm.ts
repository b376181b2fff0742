/** The algorithms by which certificates and signed data may be signed, read from their AlgorithmIdentifier. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HashName } from './curves.ts';
import { hasLengthOf } from './rsa.ts';
import { Malformed, onlyChild, readOid, readSmallInteger, sequence } from '../der.ts';
import type { DerNode } from '../der.ts';

/** How a signature is verified: the hash (`null` for Ed25519, which hashes inside), the type of key, and whether RSA pads by PSS. */
export interface SignatureScheme {
  readonly hash: string | null;
  readonly keyTypes: readonly string[];
  readonly pss?: true;
}

const RSASSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';
const HASH_OIDS = new Map<string, HashName>([
  ['2.16.840.1.101.3.4.2.1', 'sha256'], ['2.16.840.1.101.3.4.2.2', 'sha384'], ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
const SALT_BYTES = new Map<string, number>([['sha256', 32], ['sha384', 48], ['sha512', 64]]);

/** How long the salt of RSASSA-PSS with this hash is. */
export function saltBytes(hash: string): number | undefined {
  return SALT_BYTES.get(hash);
}

/** Schemes by the name that {@link readSignatureAlgorithm} gives. SHA-1 is not here. */
const SCHEMES = new Map<string, SignatureScheme>([
  ['1.2.840.10045.4.3.2', { hash: 'sha256', keyTypes: ['ec'] }],
  ['1.2.840.10045.4.3.3', { hash: 'sha384', keyTypes: ['ec'] }],
  ['1.2.840.10045.4.3.4', { hash: 'sha512', keyTypes: ['ec'] }],
  ['1.2.840.113549.1.1.11', { hash: 'sha256', keyTypes: ['rsa'] }],
  ['1.2.840.113549.1.1.12', { hash: 'sha384', keyTypes: ['rsa'] }],
  ['1.2.840.113549.1.1.13', { hash: 'sha512', keyTypes: ['rsa'] }],
  ...[...HASH_OIDS.values()].map((hash): [string, SignatureScheme] => [
    `${RSASSA_PSS} ${hash}`, { hash, keyTypes: ['rsa', 'rsa-pss'], pss: true },
  ]),
  ['1.3.101.112', { hash: null, keyTypes: ['ed25519'] }],
]);

/** Names of the signature algorithms that certificates may carry. */
export const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set(SCHEMES.keys());

/** Those that people still have, and that are not allowed. */
const WEAK = new Map([
  ['1.2.840.113549.1.1.4', 'MD5 with RSA'], ['1.2.840.113549.1.1.5', 'SHA-1 with RSA'], ['1.2.840.10045.4.1', 'SHA-1 with ECDSA'],
]);

/** A name of {@link readSignatureAlgorithm} that is not allowed, for people. */
export function refusedAlgorithmText(name: string): string {
  return `is signed by an algorithm that is not allowed (${WEAK.get(name) ?? name})`;
}

/** What a name of {@link readSignatureAlgorithm} means; absent: not allowed. */
export function signatureScheme(name: string): SignatureScheme | undefined {
  return SCHEMES.get(name);
}

/**
 * The name of a signature algorithm: its object identifier, for RSASSA-PSS with the hash behind it.
 *
 * Of PSS only what everybody makes is read (RFC 4055, 3.1): one hash for the message and for MGF1, a salt as long as the
 * hash, the usual trailer. Throws {@link Malformed} for everything else, since leaving parameters unread would accept what
 * was not meant.
 */
export function readSignatureAlgorithm(node: DerNode | undefined): string {
  const [oid, parameters] = sequence(node);
  const name = readOid(oid);
  return name === RSASSA_PSS ? `${RSASSA_PSS} ${pssHash(parameters)}` : name;
}

function pssHash(parameters: DerNode | undefined): HashName {
  const [hashNode, maskNode, saltNode, trailerNode] = [0xa0, 0xa1, 0xa2, 0xa3].map(
    (tag) => sequence(parameters).find((part) => part.tag === tag),
  );
  const hash = hashOf(onlyChild(hashNode));
  const [mask, maskHash] = sequence(onlyChild(maskNode));
  const salt = readSmallInteger(onlyChild(saltNode));
  const usual = readOid(mask) === MGF1 && hashOf(maskHash) === hash && salt === saltBytes(hash)
    && (trailerNode === undefined || readSmallInteger(onlyChild(trailerNode)) === 1);
  if (!usual) throw new Malformed('RSASSA-PSS with parameters other than one hash and a salt of its length');
  return hash;
}

function hashOf(node: DerNode | undefined): HashName {
  const hash = HASH_OIDS.get(readOid(sequence(node)[0]));
  if (hash === undefined) throw new Malformed('RSASSA-PSS with a hash other than SHA-256, SHA-384 and SHA-512');
  return hash;
}

/** True when `signature` is `key`'s over `message` by exactly this scheme. */
export function verifyScheme(scheme: SignatureScheme | undefined, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const type = key.asymmetricKeyType ?? '';
  if (scheme === undefined || !scheme.keyTypes.includes(type) || (type.startsWith('rsa') && !hasLengthOf(key, signature))) return false;
  const padded = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify(scheme.hash, message, scheme.pss === undefined ? key : padded, signature);
}
