/** A small DER writer (X.690): every function returns one complete element. */

/** One element: tag byte and content. */
export function tlv(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), length(content.byteLength), content]);
}

/** SEQUENCE of elements. */
export function seq(...elements: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(elements));
}

/** SET OF: DER demands the elements in ascending order of their encodings. */
export function setOf(...elements: readonly Uint8Array[]): Buffer {
  return tlv(0x31, Buffer.concat([...elements].sort(Buffer.compare)));
}

/** INTEGER from a number, a bigint, or the big-endian bytes of a non-negative one. */
export function int(value: number | bigint | Uint8Array): Buffer {
  if (value instanceof Uint8Array) return int(BigInt(`0x${Buffer.from(value).toString('hex') || '0'}`));
  const n = BigInt(value);
  const bytes: number[] = [];
  // Two's complement, low byte first, until what is left is only the sign.
  for (let rest = n; ; rest >>= 8n) {
    bytes.unshift(Number(rest & 0xffn));
    const sign = ((bytes[0] ?? 0) & 0x80) !== 0;
    const left = rest >> 8n;
    if ((left === 0n && !sign) || (left === -1n && sign)) return tlv(0x02, Buffer.from(bytes));
  }
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

export function octets(bytes: Uint8Array): Buffer {
  return tlv(0x04, bytes);
}

/** BIT STRING; `unused` bits at the end of the last byte do not count. */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** BIT STRING of named bits: trailing zero bits are cut off, as DER demands. */
export function namedBits(positions: readonly number[]): Buffer {
  if (positions.length === 0) return bits(Buffer.alloc(0));
  const last = Math.max(...positions);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const position of positions) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (0x80 >> (position & 7));
  return bits(bytes, 7 - (last & 7));
}

export function bool(value: boolean): Buffer {
  return tlv(0x01, Buffer.from([value ? 0xff : 0x00]));
}

export const NULL = tlv(0x05, Buffer.alloc(0));

export function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text, 'utf8'));
}

export function printable(text: string): Buffer {
  return tlv(0x13, Buffer.from(text, 'latin1'));
}

export function ia5(text: string): Buffer {
  return tlv(0x16, Buffer.from(text, 'latin1'));
}

/** Context-specific constructed element: an EXPLICIT tag around elements, or an IMPLICIT tag of a structure. */
export function ctx(tag: number, ...elements: readonly Uint8Array[]): Buffer {
  return tlv(0xa0 | tag, Buffer.concat(elements));
}

/** Context-specific primitive element: an IMPLICIT tag of a string. */
export function ctxPrimitive(tag: number, content: Uint8Array): Buffer {
  return tlv(0x80 | tag, content);
}

/** Time in certificates: UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). Epoch milliseconds. */
export function time(at: number): Buffer {
  const text = compactTime(at);
  return Number(text.slice(0, 4)) < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}

/** GeneralizedTime; `fraction` is written as given (`123` for 123 ms), RFC 3161 forbids trailing zeros in it. */
export function generalizedTime(at: number, fraction?: string): Buffer {
  const text = compactTime(at);
  return tlv(0x18, Buffer.from(fraction === undefined ? text : `${text.slice(0, -1)}.${fraction}Z`));
}

function compactTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}

function length(n: number): Buffer {
  if (n < 0x80) return Buffer.from([n]);
  const bytes: number[] = [];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function base128(n: number): number[] {
  const bytes = [n % 128];
  for (let rest = Math.floor(n / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}
