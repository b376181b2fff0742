/** Serial numbers in the only form that every reader of certificates takes. */
import { randomBytes } from 'node:crypto';

/**
 * A new serial number for a certificate, as hexadecimal digits of 16 bytes.
 *
 * Positive and at most 20 octets long (RFC 5280 §4.1.2.2), and of the one form that DER has for it: the first octet is
 * neither 00, where the next could leave it out, nor above 7f (X.690 §8.3.2). node-forge encodes the digits nearly as they
 * are, and OpenSSL refuses a certificate that is not in that form.
 */
export function newSerialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}
