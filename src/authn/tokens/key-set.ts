/** Public keys of an issuer, read from a JSON Web Key Set (RFC 7517): what is not understood is no key, and nothing secret is taken. */
import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet } from 'jose';
import type { JWK, JWTVerifyGetKey } from 'jose';
import { isObject, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** Keys by which tokens of one issuer may be signed. */
export interface KeySet {
  /** How many there are; 0: everything that the issuer has signed is void. */
  readonly size: number;
  /** Finds the one key for a token; rejects when there is none, and when there are several. */
  readonly pick: JWTVerifyGetKey;
}

/** For what keys of a set must be meant: `use` of an OIDC issuer, which may be absent, or of a SPIFFE bundle, which must be there. */
export type KeyUse = 'sig' | 'jwt-svid';

const MOST_KEYS = 200;
/** Public members by type of key. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };
const CURVES: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521', 'Ed25519']);
const RSA_BITS = { least: 2048, most: 8192 };
/** Most characters of a member, in base64url: 8192 bits; of an exponent 64, for a check takes as long as it has bits. */
const LONGEST = { e: 11, other: 1366 };
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads a key set. Keys of an unknown type or use, symmetric ones, weak ones and such as are for something else are left out. Throws an
 * Error for what is no key set, one of more than 200 keys, and one that holds a private key, which then everybody may know.
 */
export function readKeySet(document: unknown, use: KeyUse): KeySet {
  const all = ownList(document, 'keys');
  if (all === undefined) throw new Error('expected a JSON Web Key Set, with a list of keys');
  if (all.length > MOST_KEYS) throw new Error(`expected at most ${MOST_KEYS} keys, found ${all.length}`);
  const keys = all.flatMap((one) => {
    const key = isObject(one) ? readKey(one, use) : undefined;
    return key === undefined ? [] : [key];
  });
  return { size: keys.length, pick: createLocalJWKSet({ keys }) as JWTVerifyGetKey };
}

function readKey(one: JsonObject, use: KeyUse): JWK | undefined {
  const kty = ownText(one, 'kty') ?? '';
  const members = Object.hasOwn(MEMBERS, kty) ? MEMBERS[kty] : undefined;
  if (members === undefined || !isFor(one, use)) return undefined;
  if (PRIVATE.some((name) => Object.hasOwn(one, name))) throw new Error('expected public keys, found a private one');
  const kid = ownText(one, 'kid');
  // A key of a bundle is named, so that no other is tried in its place (SPIFFE JWT-SVID §5).
  if (use === 'jwt-svid' && (kid === undefined || kid === '')) return undefined;
  const alg = ownText(one, 'alg');
  const values = members.map((name) => [name, ownText(one, name) ?? '']);
  const key: JWK = {
    kty, ...Object.fromEntries(values) as Record<string, string>,
    ...(kid === undefined ? {} : { kid }),
    // In a bundle alg has no meaning; elsewhere it binds the key to it.
    ...(alg === undefined || use === 'jwt-svid' ? {} : { alg }),
  };
  return isSound(key) ? key : undefined;
}

function isFor(one: JsonObject, use: KeyUse): boolean {
  const said = one['use'];
  if (use === 'jwt-svid') return said === 'jwt-svid';
  const operations = one['key_ops'];
  const mayVerify = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  return mayVerify && (said === undefined || said === 'sig');
}

function isSound(key: JWK): boolean {
  if (key.kty !== 'RSA' && !CURVES.has(key.crv ?? '')) return false;
  // Before anything reads them: reading large numbers takes as long as checking with them.
  if ([key.n, key.x, key.y].some((text = '') => text.length > LONGEST.other) || (key.e ?? '').length > LONGEST.e) return false;
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as Record<string, string>, format: 'jwk' });
    const { modulusLength: bits, publicExponent: exponent = 0n } = asymmetricKeyDetails ?? {};
    // With an exponent of 1 everything is a signature of itself.
    return bits === undefined || (bits >= RSA_BITS.least && bits <= RSA_BITS.most && exponent >= 3n && exponent % 2n === 1n);
  } catch {
    return false;
  }
}
