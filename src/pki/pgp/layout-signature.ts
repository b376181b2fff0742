/** OpenPGP signatures as far as in-toto uses them. */
import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readSubpackets, SUBPACKET } from './subpackets.ts';
import { modulusBytes } from '../signatures/rsa.ts';

/** When a signature may be used, in epoch milliseconds, the end included; open where it says nothing. */
export interface OpenPgpValidity {
  readonly notAfter?: number;
}

/** An OpenPGP signature as in-toto carries it: the packet's hashed part and its number, apart. */
export interface OpenPgpSignature {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Version, type, algorithms and hashed subpackets of the signature packet (RFC 4880, 5.2.3). */
  readonly headers: Uint8Array;
  /** Fingerprint of the key that the signature names, hexadecimal. */
  readonly keyid: string;
}

const VERSION_4 = 4;
/** Type 0x00: over a binary document. A certification of a key or a subkey binding is no signature on a layout. */
const BINARY_DOCUMENT = 0;
const SHA256 = 8;
const ALGORITHMS = new Map<string, readonly number[]>([['rsa', [1, 3]], ['ed25519', [22]]]);


/**
 * Verifies an OpenPGP version 4 signature over a binary document with SHA-256, by RSA or Ed25519, as GnuPG makes it for
 * in-toto. The signed bytes are message, headers and trailer (RFC 4880, 5.2.4).
 *
 * Stricter than the reference, which never reads the headers: type, algorithms, issuer and expiry in them must fit.
 */
export function verifyOpenPgp(
  made: OpenPgpSignature,
  key: KeyObject,
  keyEnd: number | undefined,
): { readonly validity: OpenPgpValidity } | false {
  const header = readHeaders(made.headers, made.keyid, key.asymmetricKeyType ?? '');
  if (header === undefined) return false;
  const trailer = Buffer.from([VERSION_4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(made.headers.length, 2);
  const signed = Buffer.concat([made.message, made.headers, trailer]);
  const holds = key.asymmetricKeyType === 'rsa'
    ? verify('sha256', signed, key, padded(made.signature, modulusBytes(key)))
    : verify(null, createHash('sha256').update(signed).digest(), key, made.signature);
  if (!holds) return false;
  const ends = [keyEnd, header.notAfter].filter((end) => end !== undefined);
  return { validity: ends.length === 0 ? {} : { notAfter: Math.min(...ends) } };
}

/** Multiprecision integers drop leading zeros (RFC 4880, 3.2), RSA signatures keep them (RFC 8017, 8.2.2). */
function padded(number: Uint8Array, length: number): Uint8Array {
  return number.length >= length ? number : Buffer.concat([Buffer.alloc(length - number.length), number]);
}

function readHeaders(headers: Uint8Array, keyid: string, keyType: string): { readonly notAfter?: number } | undefined {
  const [version, type, algorithm = 0, hash, high = 0, low = 0] = headers;
  if (version !== VERSION_4 || type !== BINARY_DOCUMENT || hash !== SHA256) return undefined;
  if (!(ALGORITHMS.get(keyType) ?? []).includes(algorithm)) return undefined;
  if (headers.length < 6 || headers.length !== 6 + high * 256 + low) return undefined;
  const subpackets = readSubpackets(headers.subarray(6));
  return subpackets === undefined ? undefined : readPeriod(subpackets, keyid);
}

function readPeriod(subpackets: ReadonlyMap<number, Buffer>, keyid: string): { readonly notAfter?: number } | undefined {
  const created = subpackets.get(SUBPACKET.creationTime);
  const expires = subpackets.get(SUBPACKET.expirationTime);
  const issuer = subpackets.get(SUBPACKET.issuerFingerprint);
  if (created?.length !== 4 || (expires !== undefined && expires.length !== 4)) return undefined;
  if (issuer !== undefined && issuer.toString('hex') !== `04${keyid.toLowerCase()}`) return undefined;
  const period = expires?.readUInt32BE(0) ?? 0;
  return period === 0 ? {} : { notAfter: (created.readUInt32BE(0) + period) * 1000 };
}
