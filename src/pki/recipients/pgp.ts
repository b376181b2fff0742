/** For whom an OpenPGP message is encrypted, by key ids. */
import { hexOf } from '../../text/hex.ts';

const SESSION_KEY = 1;
const MOST_PACKETS = 64;

/**
 * Key ids of the recipients in front of an OpenPGP message: its public-key encrypted session keys, version 3 (RFC 4880,
 * 5.1); all zeros is a hidden recipient. `undefined` when the bytes begin with anything else.
 */
export function readSessionKeys(bytes: Uint8Array): readonly string[] | undefined {
  const ids: string[] = [];
  let at = 0;
  while (at < bytes.length && ids.length <= MOST_PACKETS) {
    const packet = readPacket(bytes, at);
    if (packet === undefined) return ids.length === 0 ? undefined : ids;
    // The first packet that is no session key begins the encrypted content.
    if (packet.tag !== SESSION_KEY) return ids;
    const body = bytes.subarray(packet.start, packet.end);
    if (body[0] !== 3 || body.length < 10) return undefined;
    ids.push(hexOf(body.subarray(1, 9)));
    at = packet.end;
  }
  return ids.length > MOST_PACKETS ? undefined : ids;
}

/** A packet header, old or new format, with a definite length (RFC 4880, 4.2). */
function readPacket(bytes: Uint8Array, at: number): { readonly tag: number; readonly start: number; readonly end: number } | undefined {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  const newFormat = (first & 0x40) !== 0;
  const tag = newFormat ? first & 0x3f : (first >> 2) & 0x0f;
  const size = newFormat ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, first & 0x03);
  if (tag !== SESSION_KEY) return { tag, start: at, end: bytes.length };
  if (size === undefined || size.start + size.length > bytes.length) return undefined;
  return { tag, start: size.start, end: size.start + size.length };
}

function newLength(bytes: Uint8Array, at: number): { readonly start: number; readonly length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 192) return { start: at + 1, length: first };
  if (first < 224) return { start: at + 2, length: (first - 192) * 256 + (bytes[at + 1] ?? 0) + 192 };
  return first === 255 ? { start: at + 5, length: number(bytes, at + 1, 4) } : undefined;
}

function oldLength(bytes: Uint8Array, at: number, type: number): { readonly start: number; readonly length: number } | undefined {
  if (type === 3) return undefined;
  const width = 2 ** type;
  return { start: at + width, length: number(bytes, at, width) };
}

function number(bytes: Uint8Array, at: number, width: number): number {
  return bytes.subarray(at, at + width).reduce((sum, byte) => sum * 256 + byte, 0);
}
