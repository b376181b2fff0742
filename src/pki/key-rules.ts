/** Which public keys are good enough, decided before anything is done with one. */
import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readDer, readOid, sequence, TAG } from './der.ts';
import { pemBlock } from './pem.ts';
import { keyDetails } from './signatures/curves.ts';

/** A public key of an allowed algorithm and size, or why it is not allowed. */
export type KeyReading =
  | { readonly ok: true; readonly key: KeyObject }
  | { readonly ok: false; readonly problem: string };

/** What is allowed, for messages. */
export const ALLOWED_KEYS = 'ECDSA P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits';

const EC_KEY = '1.2.840.10045.2.1';

/** Object identifiers of the key types allowed. */
const KEY_TYPES = new Set([EC_KEY, '1.3.101.112', '1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10']);

const ML_DSA_65 = '2.16.840.1.101.3.4.3.18';

/** Types that people do try, by the names they know. */
const OTHER_TYPES = new Map([
  ['1.3.101.110', 'x25519'], ['1.3.101.113', 'Ed448'], ['1.2.840.10040.4.1', 'DSA'],
  ['2.16.840.1.101.3.4.3.17', 'ML-DSA-44'], [ML_DSA_65, 'ML-DSA-65'], ['2.16.840.1.101.3.4.3.19', 'ML-DSA-87'],
]);

/** Length of the SubjectPublicKeyInfo with a named curve and an uncompressed point: the only form accepted. */
const EC_SPKI_LENGTH = new Map([['prime256v1', 91], ['secp384r1', 120], ['secp521r1', 158]]);

const ML_DSA_65_SPKI_LENGTH = 1974;
/** No key that is allowed is as long; a number of 64 KB in one keeps OpenSSL for half a second. */
const LONGEST = 4096;

/**
 * Points of small order on Curve25519 in all their encodings, sign bit cleared: with such a key one signature
 * verifies every message (RFC 8032, 5.1.7 leaves the check to the application).
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** `sha256:<hex>` over a SubjectPublicKeyInfo: how keys are named everywhere. */
export function keyIdOf(spki: Uint8Array): string {
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

/**
 * Reads a SubjectPublicKeyInfo in DER and checks it against the allow-list.
 *
 * One key has one accepted encoding: compressed points, explicit curve parameters and trailing bytes are refused,
 * so that a key id cannot be varied while the key stays the same. ML-DSA-65 only where `algorithm` names it. Never throws.
 */
export function readSpki(der: Uint8Array, algorithm?: 'ml-dsa-65'): KeyReading {
  if (der.length > LONGEST) return { ok: false, problem: `key of ${der.length} bytes is longer than any that is allowed, use ${ALLOWED_KEYS}` };
  try {
    const type = typeProblem(der, algorithm);
    if (type !== undefined) return { ok: false, problem: type };
    // As PEM, since node:crypto is twice as fast with a text: of an object it first asks whether it is a key, which throws inside.
    const key = createPublicKey(pemBlock('PUBLIC KEY', Buffer.from(der.buffer, der.byteOffset, der.length)));
    const problem = keyProblem(key, der);
    return problem === undefined ? { ok: true, key } : { ok: false, problem };
  } catch {
    return { ok: false, problem: 'not a public key in SubjectPublicKeyInfo form' };
  }
}

/**
 * Looks at the algorithm before OpenSSL does, so that hostile bytes reach only the code for keys that are allowed: not
 * DSA, not Diffie-Hellman, no curve given by parameters of the sender's choice (CVE-2022-0778, CVE-2023-3446).
 */
function typeProblem(der: Uint8Array, wanted: 'ml-dsa-65' | undefined): string | undefined {
  const [algorithm] = sequence(readDer(der));
  const [type, parameters] = sequence(algorithm);
  const oid = readOid(type);
  if (wanted !== undefined) return oid === ML_DSA_65 ? undefined : 'is not an ML-DSA-65 key, as its algorithm says';
  if (oid === ML_DSA_65) return 'keys of type ML-DSA-65 are allowed only with algorithm: ml-dsa-65 beside them';
  if (!KEY_TYPES.has(oid)) return `keys of type ${OTHER_TYPES.get(oid) ?? oid} are not allowed, use ${ALLOWED_KEYS}`;
  if (oid === EC_KEY && parameters?.tag !== TAG.oid) return `curve given by parameters is not allowed, use ${ALLOWED_KEYS}`;
  return undefined;
}

function keyProblem(key: KeyObject, der: Uint8Array): string | undefined {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return ecProblem(key, der);
    case 'ed25519':
      return ed25519Problem(der);
    case 'rsa':
    case 'rsa-pss':
      return rsaProblem(key, der);
    case 'ml-dsa-65':
      return der.length === ML_DSA_65_SPKI_LENGTH ? undefined : 'ML-DSA-65 key is not in its canonical form';
    default:
      return `keys of type ${key.asymmetricKeyType ?? 'unknown'} are not allowed, use ${ALLOWED_KEYS}`;
  }
}

function ecProblem(key: KeyObject, der: Uint8Array): string | undefined {
  const curve = keyDetails(key).namedCurve;
  const length = curve === undefined ? undefined : EC_SPKI_LENGTH.get(curve);
  if (length === undefined) return `curve ${curve ?? 'given by parameters'} is not allowed, use ${ALLOWED_KEYS}`;
  return der.length === length ? undefined : 'elliptic curve key is not in its uncompressed form';
}

function ed25519Problem(der: Uint8Array): string | undefined {
  if (der.length !== 44) return 'Ed25519 key is not in its canonical form';
  const point = Buffer.from(der.subarray(12));
  point[31] = (point[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(point.toString('hex')) ? 'weak key: an Ed25519 point of small order' : undefined;
}

function rsaProblem(key: KeyObject, der: Uint8Array): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = keyDetails(key);
  if (modulusLength < 2048 || modulusLength > 8192) return `RSA key of ${modulusLength} bits is not allowed, use ${ALLOWED_KEYS}`;
  if (publicExponent < 3n || publicExponent % 2n === 0n) return `weak key: RSA exponent ${publicExponent}`;
  // A verification takes as long as its exponent has bits; of keys above 3072 bits OpenSSL itself takes no more than these.
  if (publicExponent >= 2n ** 64n) return 'RSA exponent of more than 64 bits is not allowed';
  return key.export({ type: 'spki', format: 'der' }).equals(der) ? undefined : 'RSA key is not in its canonical form';
}
