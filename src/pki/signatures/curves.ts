/** What belongs to each elliptic curve: its order, the hashes its keys may sign with, and the length of a signature's halves. */
import type { AsymmetricKeyDetails, KeyObject } from 'node:crypto';
import { remembered } from '../../text/once.ts';

/** A hash that signatures and log entries use. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** Whether the signature holds, or why it cannot be judged with this key. */
export type SignatureCheck = 'valid' | 'invalid' | { readonly unsupported: string };

/**
 * Hashes an elliptic-curve key may sign with, its own first. SHA-256 is also taken for the larger curves because
 * cosign signs with it whatever the key (sigstore algorithm registry, PKIX_ECDSA_P384_SHA_256 and P521_SHA_256).
 */
const CURVES = new Map<string, { readonly hashes: readonly HashName[]; readonly bytes: number; readonly order: bigint }>([
  ['prime256v1', { hashes: ['sha256'], bytes: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n }],
  [
    'secp384r1',
    {
      hashes: ['sha384', 'sha256'],
      bytes: 48,
      order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    },
  ],
  [
    'secp521r1',
    {
      hashes: ['sha512', 'sha256'],
      bytes: 66,
      order: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
    },
  ],
]);

/** What node:crypto knows of a key; asked of OpenSSL once. */
export const keyDetails = remembered((key: KeyObject): AsymmetricKeyDetails => key.asymmetricKeyDetails ?? {});

/**
 * Which hashes a signature may have been made with: the key's `own`, `any` that is allowed, or this one alone. The latter two
 * are for keys that a policy names, since key services let their users choose; a certificate's key has its own only. Nothing that
 * comes with the signature says which: all of them are strong, and each is tried. Of Ed25519 keys, `any` is Ed25519ph as well.
 */
export type HashChoice = 'own' | 'any' | HashName;

/** True when one hash alone will do: keys that hash in a way of their own then sign nothing. */
export function isOneHash(choice: HashChoice): choice is HashName {
  return choice !== 'own' && choice !== 'any';
}

/** Every hash that signatures may use, the customary one first. */
export const HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

/** Hashes the elliptic-curve key may sign with, in the order they are tried. */
export function hashesOf(key: KeyObject, choice: HashChoice = 'own'): readonly HashName[] {
  const own = CURVES.get(keyDetails(key).namedCurve ?? '')?.hashes ?? [];
  if (choice === 'own' || own.length === 0) return own;
  return choice === 'any' ? [...new Set([...own, ...HASHES])] : [choice];
}

/** Hashes an RSA key may sign with, in the order they are tried. */
export function hashesOfRsa(choice: HashChoice): readonly HashName[] {
  if (choice === 'any') return HASHES;
  return choice === 'own' ? ['sha256'] : [choice];
}

/** Number of points of the curve (n of FIPS 186-5); `undefined` when the key is on none. */
export function curveOrder(key: KeyObject): bigint | undefined {
  return CURVES.get(keyDetails(key).namedCurve ?? '')?.order;
}

/** Length of each of r and s for an elliptic-curve key, in bytes. */
export function scalarBytes(key: KeyObject): number {
  return CURVES.get(keyDetails(key).namedCurve ?? '')?.bytes ?? 0;
}

/** Length of every signature by an Ed25519 key, in bytes. */
export const ED25519_SIGNATURE = 64;
