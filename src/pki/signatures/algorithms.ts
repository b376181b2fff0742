/** Checking signatures by the algorithm that the key dictates. */
import { constants, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HashChoice, HashName, SignatureCheck } from './curves.ts';
import { ED25519_SIGNATURE, hashesOf, hashesOfRsa, isOneHash, keyDetails, scalarBytes } from './curves.ts';
import type { MessageDigest } from './digest-mode.ts';
import { verifyDigest, verifyEd25519ph } from './digest-mode.ts';
import { hasLengthOf } from './rsa.ts';
import { saltBytes } from './signature-algorithm.ts';
import type { SignatureScheme } from './signature-algorithm.ts';

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
      return hashesOf(key, hashes).some((name) => verifyEcdsa(name, message, key, signature));
    case 'ed25519':
      if (isOneHash(hashes)) return false;
      return verify(null, message, key, signature) || (hashes === 'any' && verifyPrehashed(message, key, signature));
    case 'ml-dsa-65':
      return !isOneHash(hashes) && verify(null, message, key, signature);
    case 'rsa':
      return hasLengthOf(key, signature) && hashesOfRsa(hashes).some(
        (name) => verify(name, message, key, signature) || verify(name, message, { key, ...PSS }, signature),
      );
    case 'rsa-pss':
      return verifyPss(message, key, signature, hashes);
    default:
      return false;
  }
}

/** True for a scheme by which a certificate's key of this type signs: what `verifyMessage` with its own hashes tries. */
export function isOwnScheme({ hash: named, keyTypes, pss }: SignatureScheme, key: KeyObject): boolean {
  const type = key.asymmetricKeyType ?? '';
  if (!keyTypes.includes(type)) return false;
  switch (type) {
    case 'ec':
      return hashesOf(key).some((one) => one === named);
    case 'ed25519':
      return named === null;
    case 'rsa':
      return hashesOfRsa('own').some((one) => one === named);
    case 'rsa-pss':
      return pss === true && named === pssHash(key) && hasUsualPss(key, named);
    default:
      return false;
  }
}

/**
 * True unless the key itself asks for another mask or salt than those of every scheme (`readSignatureAlgorithm`): OpenSSL masks as the key
 * says, whatever the signature says, and takes the key's salt for the least where another one is asked for.
 */
function hasUsualPss(key: KeyObject, named: string): boolean {
  const { mgf1HashAlgorithm = named, saltLength } = keyDetails(key);
  return mgf1HashAlgorithm === named && (saltLength === undefined || saltLength === saltBytes(named));
}

/** The key itself names its hash. */
function pssHash(key: KeyObject): string {
  return keyDetails(key).hashAlgorithm ?? 'sha256';
}

function verifyPss(message: Uint8Array, key: KeyObject, signature: Uint8Array, hashes: HashChoice): boolean {
  const own = pssHash(key);
  return (!isOneHash(hashes) || own === hashes) && hasLengthOf(key, signature) && verify(own, message, key, signature);
}

/** Ed25519ph, for keys that a policy names: cosign signs so with those that it imports. Its domain is not that of plain Ed25519. */
function verifyPrehashed(message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return signature.length === ED25519_SIGNATURE && verifyEd25519ph(hash('sha512', message, 'buffer'), key, signature);
}

function verifyEcdsa(name: HashName, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  // OpenSSL refuses DER that is not canonical, r or s of zero, and bytes after the signature.
  if (verify(name, message, key, signature)) return true;
  return signature.length === 2 * scalarBytes(key) && verify(name, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
