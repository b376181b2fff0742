/** Names in certificates as values that can be compared: attributes of distinguished names, and subject alternative names. */
import { ATTRIBUTE_TYPES } from '../text/names/distinguished-name.ts';
import type { Certificate } from './certificate.ts';
import type { DerNode } from './der.ts';
import { children, decodeUtf8, expectTag, Malformed, readDer, readOid, sequence, TAG } from './der.ts';
import { EXTENSION } from './extensions.ts';

/** One attribute: short name or dotted identifier, and its text. */
export interface Attribute {
  readonly type: string;
  readonly value: string;
}

/** One alternative name of a type that has a text. */
export interface AlternativeName {
  readonly type: 'uri' | 'email' | 'dns';
  readonly value: string;
}

const MOST = 32;
const LONGEST = 1024;
/** The longest SPIFFE ID (SPIFFE-ID, 2.3). */
const LONGEST_ALTERNATIVE = 2048;
const [NUMERIC, VISIBLE, UNIVERSAL, BMP] = [0x12, 0x1a, 0x1c, 0x1e];
/** Signs that every reader of TeletexString reads alike: those of PrintableString (X.680, 41.4). Others are Latin-1 to some. */
const ALIKE = /^[A-Za-z0-9 '()+,./:=?-]*$/;
const TYPES: ReadonlyMap<number, AlternativeName['type']> = new Map([[0x81, 'email'], [0x82, 'dns'], [0x86, 'uri']]);

/**
 * The attributes of a distinguished name, DER, in its order. Throws `Malformed` for more than 32, for an encoding of text that two
 * readers could read as two texts (TeletexString beyond letters and digits), and for control characters.
 */
export function readName(der: Uint8Array): readonly Attribute[] {
  const attributes = sequence(readDer(der)).flatMap((set) => children(expectTag(set, TAG.set))).map(readAttribute);
  if (attributes.length > MOST) throw new Malformed('name has too many attributes');
  return attributes;
}

/** All alternative names of the subject that have a text; addresses, directory names and others are left out. Throws `Malformed`. */
export function readAlternativeNames(certificate: Pick<Certificate, 'extensions'>): readonly AlternativeName[] {
  const extension = certificate.extensions.get(EXTENSION.subjectAltName);
  if (extension === undefined) return [];
  const names = sequence(readDer(extension.value));
  if (names.length > MOST) throw new Malformed('certificate has too many subject alternative names');
  return names.flatMap(({ tag, content }) => {
    const type = TYPES.get(tag);
    return type === undefined ? [] : [{ type, value: plain(ascii(content), LONGEST_ALTERNATIVE) }];
  });
}

function readAttribute(node: DerNode): Attribute {
  const [type, value, ...rest] = sequence(node);
  if (value === undefined || rest.length > 0) throw new Malformed('attribute of a name has the wrong number of parts');
  const oid = readOid(type);
  return { type: ATTRIBUTE_TYPES.get(oid) ?? oid, value: plain(textOf(value)) };
}

/** The text of an attribute's value. Throws `Malformed` for an encoding that two readers could read as two texts. */
export function textOf({ tag, content }: DerNode): string {
  switch (tag) {
    case TAG.utf8:
      return decodeUtf8(content);
    case TAG.printable:
    case TAG.ia5:
    case NUMERIC:
    case VISIBLE:
      return ascii(content);
    case TAG.teletex:
      return teletex(content);
    case UNIVERSAL:
      return utf32(content);
    case BMP:
      return utf16(content);
    default:
      throw new Malformed('attribute of a name is in an encoding that cannot be compared');
  }
}

function teletex(content: Uint8Array): string {
  const text = Buffer.from(content).toString('latin1');
  if (!ALIKE.test(text)) throw new Malformed('attribute of a name is in an encoding that cannot be compared');
  return text;
}

function utf32(content: Uint8Array): string {
  if (content.length % 4 !== 0) throw new Malformed('attribute of a name is cut short');
  const bytes = Buffer.from(content);
  const points = Array.from({ length: content.length / 4 }, (_, index) => bytes.readUInt32BE(4 * index));
  if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)))
    throw new Malformed('attribute of a name is not valid UTF-32');
  return String.fromCodePoint(...points);
}

function utf16(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw new Malformed('attribute of a name is cut short');
  const text = new TextDecoder('utf-16be', { ignoreBOM: true }).decode(content);
  if (text.includes('\ufffd')) throw new Malformed('attribute of a name is not valid UTF-16');
  return text;
}

function ascii(content: Uint8Array): string {
  if (content.some((byte) => byte >= 0x80)) throw new Malformed('name is not ASCII');
  return Buffer.from(content).toString('latin1');
}

function plain(text: string, longest = LONGEST): string {
  if (text === '' || text.length > longest || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    throw new Malformed('name is empty, too long or has control characters');
  return text;
}
