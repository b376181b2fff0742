import { expect, test } from 'vitest';
import { nameText } from '../../../src/pki/name-text.ts';
import { readName } from '../../../src/pki/distinguished-name.ts';
import { Malformed } from '../../../src/pki/der.ts';
import { oid, seq, setOf, tlv } from '../../world/der.ts';

/** The encodings of text in names: what every reader reads alike is that text, and what one could read as another is none. */
const nameOf = (tag: number, content: Buffer): Buffer => seq(setOf(seq(oid('2.5.4.3'), tlv(tag, content))));
const [UTF8, NUMERIC, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP] = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e];
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const utf32 = (...points: readonly number[]): Buffer => Buffer.concat(points.map((point) => { const one = Buffer.alloc(4); one.writeUInt32BE(point); return one; }));

test.each<[string, number, Buffer, string]>([
  ['UTF8String', UTF8, Buffer.from('Müller 😀'), 'Müller 😀'], ['PrintableString', PRINTABLE, Buffer.from('Acme'), 'Acme'], ['IA5String', IA5, Buffer.from('a@b'), 'a@b'],
  ['NumericString', NUMERIC, Buffer.from('0815'), '0815'], ['VisibleString', VISIBLE, Buffer.from('Acme~'), 'Acme~'], ['TeletexString of letters', TELETEX, Buffer.from('Acme, Inc. (DE)'), 'Acme, Inc. (DE)'],
  ['BMPString', BMP, utf16('Müller'), 'Müller'], ['BMPString with a pair', BMP, utf16('😀'), '😀'], ['UniversalString', UNIVERSAL, utf32(0x4d, 0xfc, 0x1f600), 'Mü😀'],
])('%s', (_, tag, content, value) => {
  expect(readName(nameOf(tag, content))).toEqual([{ type: 'CN', value }]);
});

test.each<[string, number, Buffer]>([
  ['UTF8String that is none', UTF8, Buffer.from([0xc3])], ['UTF8String in overlong form', UTF8, Buffer.from([0xc1, 0x81])], ['PrintableString beyond ASCII', PRINTABLE, Buffer.from('ü', 'latin1')],
  ['TeletexString beyond ASCII', TELETEX, Buffer.from('Müller', 'latin1')], ['TeletexString with an accent before its letter', TELETEX, Buffer.from([0xc8, 0x75])], ['TeletexString with signs that T.61 has elsewhere', TELETEX, Buffer.from('a#b')],
  ['TeletexString with an escape', TELETEX, Buffer.from([0x1b, 0x41])], ['TeletexString with NUL', TELETEX, Buffer.from('a\u0000b')], ['VisibleString with NUL', VISIBLE, Buffer.from('a\u0000')],
  ['BMPString cut short', BMP, Buffer.from([0, 0x41, 0])], ['BMPString with half a pair', BMP, Buffer.from([0xd8, 0x3d])], ['UniversalString cut short', UNIVERSAL, Buffer.from([0, 0, 0x41])],
  ['UniversalString beyond Unicode', UNIVERSAL, utf32(0x110000)], ['UniversalString with half a pair', UNIVERSAL, utf32(0xd83d)], ['UniversalString with NUL', UNIVERSAL, utf32(0x41, 0)],
  ['an empty text', UTF8, Buffer.alloc(0)], ['a text that turns around', UTF8, Buffer.from('a\u202eb')], ['bits', 0x03, Buffer.from([0, 1])], ['a GeneralString', 0x1b, Buffer.from('Acme')],
])('%s is refused', (_, tag, content) => {
  expect(() => readName(nameOf(tag, content))).toThrow(Malformed);
});

test('messages show names as they are compared, and what cannot be compared as it may be meant', () => {
  expect(nameText(nameOf(BMP, utf16('Müller')))).toBe('CN=Müller');
  expect(nameText(nameOf(UNIVERSAL, utf32(0x4d, 0xfc)))).toBe('CN=Mü');
  expect(nameText(nameOf(TELETEX, Buffer.from('Müller', 'latin1')))).toBe('CN=Müller');
});
