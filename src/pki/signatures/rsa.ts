/** RSA signatures are as long as the modulus of their key (RFC 8017, 8.1.2 and 8.2.2). */
import type { KeyObject } from 'node:crypto';
import { keyDetails } from './curves.ts';

/** Length of every signature by an RSA key, in bytes. */
export function modulusBytes(key: KeyObject): number {
  return Math.ceil((keyDetails(key).modulusLength ?? 0) / 8);
}

/**
 * True for a signature that is as long as those of this RSA key. OpenSSL takes one of RSASSA-PSS that begins with zeros without them as
 * well, so that anybody could write it in two forms.
 */
export function hasLengthOf(key: KeyObject, signature: Uint8Array): boolean {
  return signature.length === modulusBytes(key);
}
