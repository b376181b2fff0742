/** What an OpenPGP signature says of itself, in parts (RFC 4880, 5.2.3.1). */

/** Types of subpackets that are read here. */
export const SUBPACKET = {
  creationTime: 2, expirationTime: 3, keyExpiration: 9, issuer: 16, keyFlags: 27, embeddedSignature: 32, issuerFingerprint: 33,
} as const;

/** Of a document's signature, those that say nothing which could forbid its use. */
const HARMLESS: ReadonlySet<number> = new Set([
  SUBPACKET.creationTime, SUBPACKET.expirationTime, SUBPACKET.issuer, 20, 22, 24, 26, 28, 30, SUBPACKET.issuerFingerprint,
]);
const ONCE: ReadonlySet<number> = new Set([
  SUBPACKET.creationTime, SUBPACKET.expirationTime, SUBPACKET.keyExpiration, SUBPACKET.keyFlags, SUBPACKET.issuerFingerprint,
]);

/**
 * Contents by type; `undefined` when they are malformed, one that counts comes twice, or one is critical and not among those that the
 * reader understands.
 */
export function readSubpackets(area: Uint8Array, understood: ReadonlySet<number> = HARMLESS): ReadonlyMap<number, Buffer> | undefined {
  const bytes = Buffer.from(area);
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const size = subpacketLength(bytes, at);
    if (size === undefined || size.length < 1 || size.start + size.length > bytes.length) return undefined;
    const tag = bytes[size.start] ?? 0;
    const [type, critical] = [tag & 0x7f, (tag & 0x80) !== 0];
    if (critical && !understood.has(type)) return undefined;
    if (found.has(type) && ONCE.has(type)) return undefined;
    found.set(type, bytes.subarray(size.start + 1, size.start + size.length));
    at = size.start + size.length;
  }
  return found;
}

/** Lengths of one, two or five bytes. */
function subpacketLength(bytes: Buffer, at: number): { readonly start: number; readonly length: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 192) return { start: at + 1, length: first };
  if (first < 255) return at + 2 > bytes.length ? undefined : { start: at + 2, length: ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192 };
  return at + 5 > bytes.length ? undefined : { start: at + 5, length: bytes.readUInt32BE(at + 1) };
}
