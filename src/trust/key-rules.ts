import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A public key of an allowed algorithm and size, or why it is not allowed. */
export type KeyReading =
  | { readonly ok: true; readonly key: KeyObject }
  | { readonly ok: false; readonly problem: string };

/** What is allowed, for messages. */
export const ALLOWED_KEYS = 'ECDSA P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits';

/** Length of the SubjectPublicKeyInfo with a named curve and an uncompressed point: the only form accepted. */
const EC_SPKI_LENGTH = new Map([['prime256v1', 91], ['secp384r1', 120], ['secp521r1', 158]]);

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
 * so that a key id cannot be varied while the key stays the same. Never throws.
 */
export function readSpki(der: Uint8Array): KeyReading {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    const problem = keyProblem(key, der);
    return problem === undefined ? { ok: true, key } : { ok: false, problem };
  } catch {
    return { ok: false, problem: 'not a public key in SubjectPublicKeyInfo form' };
  }
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
    default:
      return `keys of type ${key.asymmetricKeyType ?? 'unknown'} are not allowed, use ${ALLOWED_KEYS}`;
  }
}

function ecProblem(key: KeyObject, der: Uint8Array): string | undefined {
  const curve = key.asymmetricKeyDetails?.namedCurve;
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
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048 || modulusLength > 8192) return `RSA key of ${modulusLength} bits is not allowed, use ${ALLOWED_KEYS}`;
  if (publicExponent < 3n || publicExponent % 2n === 0n) return `weak key: RSA exponent ${publicExponent}`;
  return key.export({ type: 'spki', format: 'der' }).equals(der) ? undefined : 'RSA key is not in its canonical form';
}
