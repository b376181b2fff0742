/** Checking signatures over a message of which only the digest is known. */
import { constants, hash, publicDecrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { once } from '../../text/once.ts';
import type { HashChoice, HashName, SignatureCheck } from './curves.ts';
import { ED25519_SIGNATURE, hashesOf, hashesOfRsa, scalarBytes } from './curves.ts';
import { hasLengthOf } from './rsa.ts';

/** The digest of a message whose bytes nobody holds. */
export interface MessageDigest {
  readonly algorithm: HashName;
  /** Lower- or upper-case hexadecimal. */
  readonly hex: string;
}

/** The curves computed without OpenSSL. They are many tables, so they are loaded with the first signature that takes them. */
const curves = once(() => {
  const require = createRequire(import.meta.url);
  const { p256, p384, p521 } = require('@noble/curves/nist.js') as typeof import('@noble/curves/nist.js');
  return new Map([['prime256v1', p256], ['secp384r1', p384], ['secp521r1', p521]]);
});

/** DigestInfo up to the digest itself (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

/** dom2(1, "") of RFC 8032, 5.1: what Ed25519ph hashes first, so that no signature of plain Ed25519 is one of its. */
const DOM2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions', 'latin1'), Buffer.of(1, 0)]);

/** Ed25519ph over a digest that is there already; strict about encodings and about keys of small order. */
const ed25519ph = once(() => {
  const require = createRequire(import.meta.url);
  const { eddsa } = require('@noble/curves/abstract/edwards.js') as typeof import('@noble/curves/abstract/edwards.js');
  const { ed25519 } = require('@noble/curves/ed25519.js') as typeof import('@noble/curves/ed25519.js');
  return eddsa(ed25519.Point, (bytes: Uint8Array) => hash('sha512', bytes, 'buffer'), {
    domain: (data: Uint8Array) => Buffer.concat([DOM2, data]), prehash: (digest: Uint8Array) => digest, zip215: false,
  });
});

/**
 * Verifies a signature when only the digest of the message is known, as for an image whose bytes nobody holds.
 *
 * node:crypto always hashes, so ECDSA is computed with @noble/curves (about 2 ms) and RSA by comparing the whole
 * recovered DigestInfo. Plain Ed25519 and RSA-PSS sign something else than this digest and are reported as unsupported; Ed25519ph
 * signs the SHA-512 digest, and a key that may sign with `any` hash may sign so.
 */
export function verifyDigest(digest: MessageDigest, key: KeyObject, signature: Uint8Array, hashes: HashChoice = 'own'): SignatureCheck {
  const bytes = Buffer.from(digest.hex, 'hex');
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (!hashesOf(key, hashes).includes(digest.algorithm))
        return { unsupported: `a digest of ${digest.algorithm} with this elliptic-curve key` };
      return verifyEcdsaDigest(bytes, key, signature) ? 'valid' : 'invalid';
    case 'rsa':
      if (!hashesOfRsa(hashes).includes(digest.algorithm)) return { unsupported: `a digest of ${digest.algorithm} with an RSA key` };
      return verifyRsaDigest(Buffer.concat([DIGEST_INFO[digest.algorithm], bytes]), key, signature) ? 'valid' : 'invalid';
    case 'ed25519':
      if (hashes === 'any' && digest.algorithm === 'sha512' && verifyEd25519ph(bytes, key, signature)) return 'valid';
      return unsupportedType(key);
    default:
      return unsupportedType(key);
  }
}

/**
 * True when `signature` is Ed25519ph (RFC 8032, 5.1) by an Ed25519 key over a message of this SHA-512 digest, without context: what
 * cosign makes with imported keys. Computed without OpenSSL, which does not verify it (about 2 ms).
 */
export function verifyEd25519ph(digest: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE) return false;
  return ed25519ph().verify(signature, digest, key.export({ type: 'spki', format: 'der' }).subarray(-32));
}

function unsupportedType(key: KeyObject): SignatureCheck {
  return { unsupported: `keys of type ${key.asymmetricKeyType ?? 'unknown'} sign the message itself, and only its digest is known` };
}

function verifyEcdsaDigest(digest: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const curve = curves().get(key.asymmetricKeyDetails?.namedCurve ?? '');
  if (curve === undefined) return false;
  const size = scalarBytes(key);
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-(2 * size + 1));
  const options = { prehash: false, lowS: false } as const;
  const attempts = signature.length === 2 * size ? (['der', 'compact'] as const) : (['der'] as const);
  return attempts.some((format) => {
    try {
      return curve.verify(signature, digest, point, { ...options, format });
    } catch {
      // noble throws on a signature that is not of this format; that is an ordinary "no".
      return false;
    }
  });
}

function verifyRsaDigest(digestInfo: Buffer, key: KeyObject, signature: Uint8Array): boolean {
  if (!hasLengthOf(key, signature)) return false;
  try {
    const recovered = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return recovered.equals(digestInfo);
  } catch {
    // OpenSSL throws when the PKCS#1 block type 1 padding is wrong.
    return false;
  }
}
