/** Messages of OpenPGP that hold what is signed (RFC 4880, 11.3): one literal, one signature over it, packed at most once. */
import { inflateRawSync, inflateSync } from 'node:zlib';
import { Malformed } from '../der.ts';
import type { Packet } from './packets.ts';
import { PACKET } from './packets.ts';

/** A message as parsed; nothing in it is verified. */
export interface SignedMessage {
  /** The content of the literal, byte for byte. */
  readonly content: Buffer;
  /** The one signature, as a packet. */
  readonly signature: Buffer;
}

const TAG = { onePass: 4, compressed: 8, literal: 11 } as const;
/** Packets that may come in parts, or without an end of their own: what is written while it is read. */
const STREAMED: ReadonlySet<number> = new Set([TAG.compressed, TAG.literal]);
const MOST_PACKETS = 4;
const LARGEST = 1024 * 1024;
/** What is packed becomes at most so many times as long, or this: payloads are small, and zeros of a megabyte are a kilobyte. */
const MOST_TIMES = 10;
const SMALL = 64 * 1024;
/** GnuPG writes parts of 8 KB; the first is of 512 bytes at least (RFC 4880, 4.2.2.4), and nobody needs a million of one byte. */
const MOST_PARTS = 2048;

/**
 * Reads a message as GnuPG (`gpg --sign`) and Go's openpgp write it. What the literal calls itself, and when it says that it was made,
 * nobody has signed, so it is left out. Throws {@link Malformed}, also for several signatures.
 */
export function readSignedMessage(bytes: Uint8Array): SignedMessage {
  if (bytes.length > LARGEST) throw new Malformed(`an OpenPGP message of more than ${LARGEST} bytes`);
  const packets = packetsOf(Buffer.from(bytes));
  const [only] = packets;
  const [first, second, third, ...more] = only?.tag === TAG.compressed && packets.length === 1 ? packetsOf(unpacked(only.body)) : packets;
  const [literal, signature] = first?.tag === TAG.onePass ? [second, third] : [second, first];
  const isWhole = more.length === 0 && (first?.tag === TAG.onePass || third === undefined);
  if (!isWhole || literal?.tag !== TAG.literal || signature?.tag !== PACKET.signature)
    throw new Malformed('the OpenPGP message is not one content with one signature');
  if (first?.tag === TAG.onePass) requireSame(first.body, signature.body);
  const head = Buffer.from([0xc0 | PACKET.signature, 0xff, 0, 0, 0, 0]);
  head.writeUInt32BE(signature.body.length, 2);
  return { content: contentOf(literal.body), signature: Buffer.concat([head, signature.body]) };
}

/** What stands before the content announces the signature behind it; of several it would be another one. */
function requireSame(announced: Buffer, signature: Buffer): void {
  const [version, type, hash, algorithm] = announced;
  const isSame = announced.length === 13 && version === 3 && announced[12] === 1
    && type === signature[1] && algorithm === signature[2] && hash === signature[3];
  if (!isSame) throw new Malformed('the OpenPGP message announces another signature than it has');
}

/** Behind its format, name and date. */
function contentOf(literal: Buffer): Buffer {
  const [format = 0, name = 0] = literal;
  if (!'btu'.includes(String.fromCharCode(format)) || literal.length < 2 + name + 4)
    throw new Malformed('the content of the OpenPGP message is of no known form');
  return literal.subarray(2 + name + 4);
}

function unpacked(body: Buffer): Buffer {
  const packed = body.subarray(1);
  const maxOutputLength = Math.min(LARGEST, Math.max(SMALL, MOST_TIMES * packed.length));
  try {
    switch (body[0]) {
      case 0:
        return packed;
      case 1:
        return inflateRawSync(packed, { maxOutputLength });
      case 2:
        return inflateSync(packed, { maxOutputLength });
      default:
        throw new Malformed('the OpenPGP message is packed in a way that is not supported: sign with --compress-algo zip, or none');
    }
  } catch (thrown) {
    if (thrown instanceof Malformed) throw thrown;
    throw new Malformed('the OpenPGP message cannot be unpacked, or is too large');
  }
}

function packetsOf(bytes: Buffer): readonly Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    if (packets.length === MOST_PACKETS) throw new Malformed(`more than ${MOST_PACKETS} packets in an OpenPGP message`);
    const first = bytes[at] ?? 0;
    if ((first & 0x80) === 0) throw new Malformed('not an OpenPGP packet');
    const isNew = (first & 0x40) !== 0;
    const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
    const { body, end } = isNew ? newBody(bytes, at + 1, STREAMED.has(tag)) : oldBody(bytes, at + 1, first & 3, tag === TAG.compressed);
    packets.push({ tag, body });
    at = end;
  }
  return packets;
}

interface Body {
  readonly body: Buffer;
  readonly end: number;
}

/** In parts where it may be: every part but the last has a power of two as its length. */
function newBody(bytes: Buffer, start: number, mayBeInParts: boolean): Body {
  const parts: Buffer[] = [];
  for (let at = start; ;) {
    const first = bytes[at] ?? 0;
    const isPart = first >= 224 && first < 255;
    if (isPart && !mayBeInParts) throw new Malformed('OpenPGP packet comes in parts');
    if (parts.length === MOST_PARTS) throw new Malformed(`OpenPGP packet comes in more than ${MOST_PARTS} parts`);
    const width = isPart || first < 192 ? 1 : first < 224 ? 2 : 5;
    const length = isPart ? 2 ** (first & 0x1f)
      : width === 1 ? first
        : width === 2 ? (first - 192) * 256 + numberAt(bytes, at + 1, 1) + 192 : numberAt(bytes, at + 1, 4);
    parts.push(take(bytes, at + width, length));
    at += width + length;
    if (!isPart) return { body: parts.length === 1 ? parts[0] ?? Buffer.alloc(0) : Buffer.concat(parts), end: at };
  }
}

function oldBody(bytes: Buffer, at: number, type: number, mayLackLength: boolean): Body {
  if (type === 3) {
    if (!mayLackLength) throw new Malformed('OpenPGP packet has no length');
    return { body: bytes.subarray(at), end: bytes.length };
  }
  const width = 2 ** type;
  const length = numberAt(bytes, at, width);
  return { body: take(bytes, at + width, length), end: at + width + length };
}

function take(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new Malformed('OpenPGP packet is cut short');
  return bytes.subarray(at, at + length);
}

function numberAt(bytes: Buffer, at: number, width: number): number {
  return take(bytes, at, width).readUIntBE(0, width);
}
