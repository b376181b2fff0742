import { X509Certificate } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { readDer, sequence } from '../../../src/pki/der.ts';
import { bits, int, seq } from '../../world/der.ts';
import { sha256Hex } from '../../world/encode.ts';

const ORDERS = new Map([['ecdsa-with-SHA256', p256.Point.Fn.ORDER], ['ecdsa-with-SHA384', p384.Point.Fn.ORDER]]);

/**
 * The same certificate with n - s in place of s in its issuer's signature: what anybody can make of it, without a key. The
 * issuer's curve is guessed by the hash, as authorities of the test world sign.
 */
export function otherForm(der: Uint8Array): { readonly der: Buffer; readonly fingerprint: string } {
  const [tbs, algorithm, signature] = sequence(readDer(der));
  if (tbs === undefined || algorithm === undefined || signature === undefined) throw new Error('no certificate');
  const [r, s] = sequence(readDer(signature.content.subarray(1))).map(({ content }) => BigInt(`0x${Buffer.from(content).toString('hex')}`));
  const order = ORDERS.get(new X509Certificate(der).signatureAlgorithm ?? '');
  if (r === undefined || s === undefined || order === undefined) throw new Error('not signed with ECDSA');
  const flipped = seq(tbs.raw, algorithm.raw, bits(seq(int(r), int(order - s))));
  return { der: flipped, fingerprint: `sha256:${sha256Hex(flipped)}` };
}
