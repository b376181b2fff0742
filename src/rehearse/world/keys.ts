/** Key pairs of every sort, and signatures by them. */
import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { base64, hash, sha256Hex } from './encode.ts';

/** Sorts of keys the world can make. `rsa-1024` is too small on purpose; `rsa-pss` is typed id-RSASSA-PSS. */
export type KeyType = 'p256' | 'p384' | 'p521' | 'secp256k1' | 'ed25519' | 'rsa-1024' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'rsa-pss' | 'ml-dsa-65';

/** Hash a signature is made with; `null` for algorithms that hash on their own (Ed25519). */
export type HashName = 'sha256' | 'sha384' | 'sha512' | null;

/** A key pair and how it signs by default. */
export interface SigningKey {
  readonly type: KeyType;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly publicKeyPem: string;
  /** `sha256:<hex of the SPKI DER>`, as policies name keys. */
  readonly keyId: string;
  /** Base64 SHA-256 of the SPKI DER: the hint cosign writes into bundles. */
  readonly hint: string;
  /** Hash that belongs to the key by the Sigstore algorithm registry. */
  readonly hash: HashName;
}

/** How one signature deviates from the key's default. */
export interface SignOptions {
  readonly hash?: HashName;
  /** `p1363` writes ECDSA signatures as r‖s instead of DER; `pss` uses RSASSA-PSS with a plain RSA key. */
  readonly encoding?: 'der' | 'p1363' | 'pss';
  /** Ed25519ph (RFC 8032, 5.1), as cosign with imported keys; default: pure Ed25519. */
  readonly prehashed?: boolean;
}

const CURVES = { p256: 'prime256v1', p384: 'secp384r1', p521: 'secp521r1', secp256k1: 'secp256k1' } as const;

/** Makes a fresh key pair. Keys are random: only time is deterministic in this world. */
export function makeKey(type: KeyType = 'p256'): SigningKey {
  return fromPrivateKey(type, generate(type));
}

/** Reads a PKCS#8 PEM private key, so that fixtures can keep theirs. */
export function keyFromPem(type: KeyType, pkcs8: string): SigningKey {
  return fromPrivateKey(type, createPrivateKey(pkcs8));
}

/** Signs bytes: DER for ECDSA, PKCS#1 v1.5 for RSA, pure Ed25519 unless told otherwise. */
export function signWith(key: SigningKey, message: Uint8Array, options: SignOptions = {}): Buffer {
  if (options.prehashed === true)
    return Buffer.from(ed25519ph.sign(message, key.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32)));
  const digest = options.hash === undefined ? key.hash : options.hash;
  const rsaPss = key.type === 'rsa-pss' || options.encoding === 'pss';
  return sign(digest, message, {
    key: key.privateKey,
    ...(options.encoding === 'p1363' && { dsaEncoding: 'ieee-p1363' as const }),
    ...(rsaPss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  });
}

/** Name of the key's algorithm in Sigstore protobufs (`PublicKeyDetails`). */
export function keyDetails(key: SigningKey): string {
  return KEY_DETAILS[key.type];
}

const KEY_DETAILS: Record<KeyType, string> = {
  p256: 'PKIX_ECDSA_P256_SHA_256',
  p384: 'PKIX_ECDSA_P384_SHA_384',
  p521: 'PKIX_ECDSA_P521_SHA_512',
  secp256k1: 'PUBLIC_KEY_DETAILS_UNSPECIFIED',
  ed25519: 'PKIX_ED25519',
  'rsa-1024': 'PUBLIC_KEY_DETAILS_UNSPECIFIED',
  'rsa-2048': 'PKIX_RSA_PKCS1V15_2048_SHA256',
  'rsa-3072': 'PKIX_RSA_PKCS1V15_3072_SHA256',
  'rsa-4096': 'PKIX_RSA_PKCS1V15_4096_SHA256',
  'rsa-pss': 'PKIX_RSA_PSS_2048_SHA256',
  'ml-dsa-65': 'ML_DSA_65',
};

function generate(type: KeyType): KeyObject {
  switch (type) {
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'ml-dsa-65':
      return generateKeyPairSync('ml-dsa-65').privateKey;
    case 'rsa-pss':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }).privateKey;
    case 'rsa-1024':
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) }).privateKey;
    default:
      return generateKeyPairSync('ec', { namedCurve: CURVES[type] }).privateKey;
  }
}

function fromPrivateKey(type: KeyType, privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    type,
    privateKey,
    publicKey,
    spki,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: `sha256:${sha256Hex(spki)}`,
    hint: base64(hash(spki)),
    hash: defaultHash(type),
  };
}

function defaultHash(type: KeyType): HashName {
  if (type === 'ed25519' || type === 'ml-dsa-65') return null;
  if (type === 'p384') return 'sha384';
  return type === 'p521' ? 'sha512' : 'sha256';
}
