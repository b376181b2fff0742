/**
 * A strict reader for DER (ITU-T X.690). Anything that is legal BER but not DER is refused: long lengths for
 * short values, indefinite lengths, high tag numbers, padded integers. One value then has one encoding, so
 * comparing bytes is comparing values. Nothing here recurses: nesting costs only what a caller asks for.
 */

/** Thrown by the readers of this room on hostile or broken bytes, and by nothing else; whoever calls them catches it. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** One element: `raw` is tag, length and content as received, `content` the inside. Both are views, not copies. */
export interface DerNode {
  readonly tag: number;
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
}

/** Universal tags that certificates, tokens and signatures use. */
export const TAG = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, utf8: 0x0c,
  printable: 0x13, teletex: 0x14, ia5: 0x16, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, set: 0x31,
} as const;

const MAX_CHILDREN = 256;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads exactly one element that fills `bytes`; with `tag`, one of that tag. Throws {@link Malformed}. */
export function readDer(bytes: Uint8Array, tag?: number): DerNode {
  const node = elementAt(bytes, 0);
  if (node.raw.length !== bytes.length) throw new Malformed('bytes follow the DER value');
  return tag === undefined ? node : expectTag(node, tag);
}

/** The elements inside a constructed one, at most 256. Throws {@link Malformed}. */
export function children(node: DerNode): DerNode[] {
  if ((node.tag & 0x20) === 0) throw new Malformed(`DER tag ${hexTag(node.tag)} has no elements inside`);
  const nodes: DerNode[] = [];
  for (let at = 0; at < node.content.length;) {
    if (nodes.length === MAX_CHILDREN) throw new Malformed('DER value has too many elements');
    const child = elementAt(node.content, at);
    nodes.push(child);
    at += child.raw.length;
  }
  return nodes;
}

/** The node itself when it has this tag. Throws {@link Malformed} when it is missing or another. */
export function expectTag(node: DerNode | undefined, tag: number): DerNode {
  if (node === undefined) throw new Malformed(`DER value of tag ${hexTag(tag)} is missing`);
  if (node.tag !== tag) throw new Malformed(`expected DER tag ${hexTag(tag)}, found ${hexTag(node.tag)}`);
  return node;
}

/** The elements of a SEQUENCE. */
export function sequence(node: DerNode | undefined): DerNode[] {
  return children(expectTag(node, TAG.sequence));
}

/** The single element inside an explicitly tagged one. */
export function onlyChild(node: DerNode | undefined): DerNode {
  const inside = node === undefined ? [] : children(node);
  const [child] = inside;
  if (child === undefined || inside.length !== 1) throw new Malformed('expected exactly one DER value inside');
  return child;
}

/** An object identifier in dotted form. Arcs of any size stay exact: none is ever cut to 32 bits. */
export function readOid(node: DerNode | undefined): string {
  const { content } = expectTag(node, TAG.oid);
  if (content.length === 0 || content.length > 64) throw new Malformed('object identifier has a bad length');
  const arcs: (number | bigint)[] = [];
  let value: number | bigint = 0;
  let first = true;
  for (const byte of content) {
    if (first && byte === 0x80) throw new Malformed('object identifier is padded');
    value = value >= 2 ** 45 ? BigInt(value) * 128n + BigInt(byte & 0x7f) : Number(value) * 128 + (byte & 0x7f);
    first = byte < 0x80;
    if (!first) continue;
    arcs.push(value);
    value = 0;
  }
  if (!first) throw new Malformed('object identifier is cut short');
  const head = arcs[0] ?? 0;
  const top = head < 40 ? 0 : head < 80 ? 1 : 2;
  return [top, BigInt(head) - BigInt(top * 40), ...arcs.slice(1)].join('.');
}

/** Content bytes of an INTEGER in its shortest form. */
export function readInteger(node: DerNode | undefined): Uint8Array {
  const { content } = expectTag(node, TAG.integer);
  const [first, second] = content;
  if (first === undefined) throw new Malformed('integer is empty');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new Malformed('integer is padded');
  }
  return content;
}

/** A non-negative INTEGER of at most 31 bits. */
export function readSmallInteger(node: DerNode | undefined): number {
  const content = readInteger(node);
  if (content.length > 4 || (content[0] ?? 0) >= 0x80) throw new Malformed('integer is out of range');
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** A BOOLEAN: DER knows only 00 and FF. */
export function readBoolean(node: DerNode | undefined): boolean {
  const { content } = expectTag(node, TAG.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new Malformed('boolean is neither 00 nor FF');
  return content[0] === 0xff;
}

/** The bytes of a BIT STRING whose length is a whole number of bytes (keys and signatures). */
export function readBitString(node: DerNode | undefined): Uint8Array {
  const { content } = expectTag(node, TAG.bitString);
  if (content.length < 1 || content[0] !== 0) throw new Malformed('bit string is not made of whole bytes');
  return content.subarray(1);
}

/** Text that must be well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Malformed('text is not valid UTF-8');
  }
}

/** Where an element lies: its content from `start` to `end`. */
export interface DerSpan {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The element that begins at `at`, without views of it: for lists of which nobody wants a million. Throws {@link Malformed}. */
export function spanAt(bytes: Uint8Array, at: number): DerSpan {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined) throw new Malformed('DER value is cut short');
  if ((tag & 0x1f) === 0x1f) throw new Malformed('DER tag number is too high');
  const size = short < 0x80 ? 0 : short & 0x7f;
  const start = at + 2 + size;
  const length = size === 0 ? short : longLength(bytes, at + 2, size);
  // `short === 0x80` (indefinite) has size 0 and length 128 here, so it must be refused by name.
  if (short === 0x80) throw new Malformed('DER length is indefinite');
  if (start + length > bytes.length) throw new Malformed('DER value is cut short');
  return { tag, start, end: start + length };
}

/** Encodes one element; for rebuilding a precertificate (RFC 6962, 3.2). */
export function encodeDer(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | lengthBytes(length).length, ...lengthBytes(length)];
  return Buffer.concat([Uint8Array.from(header), ...parts]);
}

function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

function elementAt(bytes: Uint8Array, at: number): DerNode {
  const { tag, start, end } = spanAt(bytes, at);
  return { tag, raw: bytes.subarray(at, end), content: bytes.subarray(start, end) };
}

function longLength(bytes: Uint8Array, at: number, size: number): number {
  if (size > 4) throw new Malformed('DER length is too long');
  let length = 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + (bytes[at + i] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Malformed('DER value is cut short');
  if (length < 0x80 || bytes[at] === 0) throw new Malformed('DER length is not in its shortest form');
  return length;
}

function hexTag(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
