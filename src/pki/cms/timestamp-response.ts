/** Timestamps as some clients keep them: the token alone, without the response that it came in. */
import { children, Malformed, readDer, TAG } from '../der.ts';

/** PKIStatusInfo { status granted(0) } (RFC 3161, 2.4.2). */
const GRANTED = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00);

/**
 * The TimeStampResp, DER, around a token, since that is what timestamps are read from; anything else is given back as it is. A token is
 * told from a response by its first part, which is an identifier (RFC 5652, 3) and not a status. Nothing is verified; never throws.
 */
export function asTimestampResponse(der: Uint8Array): Uint8Array {
  return isToken(der) ? sequenceOf(Buffer.concat([GRANTED, der])) : der;
}

function isToken(der: Uint8Array): boolean {
  try {
    return children(readDer(der, TAG.sequence))[0]?.tag === TAG.oid;
  } catch (thrown) {
    if (thrown instanceof Malformed) return false;
    throw thrown;
  }
}

function sequenceOf(content: Uint8Array): Uint8Array {
  const { length } = content;
  const size = [...Array(4).keys()].map((index) => (length >>> (8 * (3 - index))) & 0xff);
  const digits = size.slice(size.findIndex((byte) => byte > 0));
  return Buffer.concat([Uint8Array.from(length < 0x80 ? [0x30, length] : [0x30, 0x80 | digits.length, ...digits]), content]);
}
