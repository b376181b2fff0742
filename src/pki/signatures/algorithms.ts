/** Checking signatures by the algorithm that the key dictates. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HashChoice, HashName, SignatureCheck } from './curves.ts';
import { HASHES, hashesOf, scalarBytes } from './curves.ts';
import type { MessageDigest } from './digest-mode.ts';
import { verifyDigest } from './digest-mode.ts';

const OWN_OF_RSA: readonly HashName[] = ['sha256'];

/** Key services sign PSS with keys typed plainly rsaEncryption (sigstore algorithm registry, PKIX_RSA_PSS_*). */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/**
 * Verifies the signature over a message (or, in digest mode, over its digest) with an allow-listed key.
 *
 * The key and `hashes` decide the algorithm; nothing that came with the signature can choose it. ECDSA signatures may be DER or raw r‖s.
 */
export function checkSignature(
  over: Uint8Array | MessageDigest, key: KeyObject, signature: Uint8Array, hashes: HashChoice = 'own',
): SignatureCheck {
  if (!(over instanceof Uint8Array)) return verifyDigest(over, key, signature, hashes);
  return verifyMessage(over, key, signature, hashes) ? 'valid' : 'invalid';
}

/** True when `signature` is `key`'s over `message`, by the algorithms allowed for the key's type. */
export function verifyMessage(message: Uint8Array, key: KeyObject, signature: Uint8Array, hashes: HashChoice = 'own'): boolean {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return hashesOf(key, hashes).some((hash) => verifyEcdsa(hash, message, key, signature));
    case 'ed25519':
    case 'ml-dsa-65':
      return verify(null, message, key, signature);
    case 'rsa':
      return (hashes === 'any' ? HASHES : OWN_OF_RSA).some(
        (hash) => verify(hash, message, key, signature) || verify(hash, message, { key, ...PSS }, signature),
      );
    case 'rsa-pss':
      return verify(key.asymmetricKeyDetails?.hashAlgorithm ?? 'sha256', message, key, signature);
    default:
      return false;
  }
}

function verifyEcdsa(hash: HashName, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  // OpenSSL refuses DER that is not canonical, r or s of zero, and bytes after the signature.
  if (verify(hash, message, key, signature)) return true;
  return signature.length === 2 * scalarBytes(key) && verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
