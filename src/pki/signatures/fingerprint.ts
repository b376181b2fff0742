/** A certificate has the fingerprint of its bytes, and where its issuer signs with ECDSA a second one that anybody can give it. */
import { createHash } from 'node:crypto';
import type { Certificate } from '../certificate.ts';
import { curveOrder } from './curves.ts';
import { readDer, readInteger, sequence, TAG } from '../der.ts';

/**
 * `sha256:<hex>` over the DER of a certificate that `issuer` issued, its own first, in every form that is the same certificate.
 *
 * An ECDSA signature (r, s) holds as well with n - s in place of s, so whoever finds a certificate can write it in another form,
 * with the same content and no less valid, and no key is needed for that. RSA and Ed25519 signatures have one form (OpenSSL
 * refuses all others). Throws `Malformed` when the signature is no pair of integers, which none that was verified is.
 */
export function fingerprintsOf(certificate: Certificate, issuer: Pick<Certificate, 'key'>): readonly [string, ...string[]] {
  const own = sha256(certificate.der);
  const order = curveOrder(issuer.key);
  if (order === undefined) return [own];
  const [r, s] = sequence(readDer(certificate.signature)).map((node) => BigInt(`0x${Buffer.from(readInteger(node)).toString('hex')}`));
  if (r === undefined || s === undefined) return [own];
  const [, algorithm] = sequence(readDer(certificate.der));
  const signature = element(TAG.sequence, [integer(r), integer(order - s)]);
  const parts = [certificate.tbs, algorithm?.raw ?? new Uint8Array(), element(TAG.bitString, [Uint8Array.of(0), signature])];
  return [own, sha256(element(TAG.sequence, parts))];
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A positive INTEGER in its shortest form. */
function integer(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return element(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? [Uint8Array.of(0), bytes] : [bytes]);
}

function element(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const size = content.length;
  const bytes = [size >> 16, (size >> 8) & 0xff, size & 0xff].filter((_, index, all) => all.slice(0, index + 1).some((byte) => byte > 0));
  return Buffer.concat([Uint8Array.of(tag, ...(size < 0x80 ? [size] : [0x80 | bytes.length, ...bytes])), content]);
}
