import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { children, encodeDer, Malformed, readBoolean, readDer, readInteger, readOid, readSmallInteger } from '../../../src/pki/der.ts';
import { readTime } from '../../../src/pki/der-time.ts';
import { parseCertificate } from '../../../src/pki/certificate.ts';
import { makeCa } from '../../world/ca.ts';
import { oid } from '../../world/der.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('DER', () => {
  test.each([
    ['nothing', ''], ['a tag alone', '30'], ['content cut short', '3003 0201'], ['bytes after the value', '0500 00'], ['indefinite length', '3080 0000'],
    ['long form of a short length', '308101 00'], ['length with leading zero', '30820081'], ['length of five bytes', '308500000000 01'], ['a high tag number', '1f8100'],
  ])('%s is refused', (_, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(Malformed);
  });

  test('what encodeDer writes, readDer reads, whatever the length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = Buffer.alloc(length, 1);
      expect(Buffer.compare(readDer(encodeDer(0x04, [content])).content, content)).toBe(0);
    }
  });

  test('any bytes are read or refused, never anything else; what is read is exactly the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        expect(readDer(bytes).raw).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }), { numRuns: 1000 });
  });

  test('too many elements', () => {
    expect(() => children(readDer(encodeDer(0x30, Array.from({ length: 257 }, () => hex('0500')))))).toThrow(Malformed);
    expect(() => children(readDer(hex('0500')))).toThrow(Malformed);
  });

  test.each([['1.3.6.1.4.1.57264.1.8'], ['2.5.29.17'], ['0.9.2342'], ['2.999.3'], ['1.3.6.1.4.1.57264.1.4294967304']])('D08 object identifier %s', (dotted) => {
    expect(readOid(readDer(oid(dotted)))).toBe(dotted);
  });

  test('D08 arcs beyond 64 bits stay exact', () => {
    expect(readOid(readDer(hex('060c 2a 8280808080808080808008')))).toBe(`1.2.${2n * 128n ** 10n + 8n}`);
  });

  test.each([['padded', '06022a80'], ['padded arc', '06032a8001'], ['empty', '0600'], ['cut short', '06022a81'], ['an integer', '020100']])('object identifier %s is refused', (_, bytes) => {
    expect(() => readOid(readDer(hex(bytes)))).toThrow(Malformed);
  });

  test.each([['padded positive', '02020001'], ['padded negative', '0202ff80'], ['empty', '0200']])('integer %s is refused', (_, bytes) => {
    expect(() => readInteger(readDer(hex(bytes)))).toThrow(Malformed);
  });

  test('small integers and booleans', () => {
    expect(readSmallInteger(readDer(hex('02020080')))).toBe(128);
    expect(() => readSmallInteger(readDer(hex('0201ff')))).toThrow(Malformed);
    expect(() => readSmallInteger(readDer(hex('02050100000000')))).toThrow(Malformed);
    expect(readBoolean(readDer(hex('0101ff')))).toBe(true);
    expect(() => readBoolean(readDer(hex('010101')))).toThrow(Malformed);
  });
});

describe('times', () => {
  const time = (tag: number, text: string): number => readTime(readDer(encodeDer(tag, [Buffer.from(text)])));
  test.each<[number, string, string]>([
    [0x17, '260301123456Z', '2026-03-01T12:34:56.000Z'], [0x17, '490101000000Z', '2049-01-01T00:00:00.000Z'], [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [0x18, '20260301123456Z', '2026-03-01T12:34:56.000Z'], [0x18, '20260301123456.5Z', '2026-03-01T12:34:56.500Z'], [0x18, '20260301123456.123456Z', '2026-03-01T12:34:56.123Z'], [0x18, '20240229000000Z', '2024-02-29T00:00:00.000Z'],
  ])('%s %s', (tag, text, expected) => {
    expect(new Date(time(tag, text)).toISOString()).toBe(expected);
  });

  test.each<[number, string]>([
    [0x17, '2603011234Z'], [0x17, '260301123456+0000'], [0x17, '20260301123456Z'], [0x18, '260301123456Z'], [0x18, '20260229000000Z'], [0x18, '20260301240000Z'], [0x18, '20260301123460Z'],
    [0x18, '20261301000000Z'], [0x18, '20260301123456.50Z'], [0x18, '20260301123456.Z'], [0x18, '20260301123456'], [0x04, '260301123456Z'],
  ])('%s %s is refused', (tag, text) => {
    expect(() => time(tag, text)).toThrow(Malformed);
  });
});

test('certificates: every altered, missing or added byte is refused or changes what is read', () => {
  const { der } = makeCa({ now: Date.UTC(2026, 2, 1), keyType: 'p256' }).chain[0] ?? { der: Buffer.alloc(0) };
  fc.assert(fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, mask, cut) => {
    const altered = cut ? der.subarray(0, at) : Buffer.from(der.map((byte, i) => (i === at ? byte ^ mask : byte)));
    try {
      expect(Buffer.compare(parseCertificate(altered).der, altered)).toBe(0);
    } catch (error) {
      expect(error).toBeInstanceOf(Malformed);
    }
  }), { numRuns: 500 });
});
