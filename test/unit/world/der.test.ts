import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generalizedTime, int, namedBits, octets, oid, setOf, time, tlv, utf8 } from '../../world/der.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

describe('DER', () => {
  test.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [-1, '0201ff'],
    [-128, '020180'],
    [-129, '0202ff7f'],
  ])('INTEGER %d', (value, expected) => {
    expect(hex(int(value))).toBe(expected);
  });

  test('INTEGER round trip, shortest form', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (n) => {
        const content = int(n).subarray(2);
        expect(BigInt.asIntN(content.length * 8, BigInt(`0x${hex(content)}`))).toBe(n);
        const [first = 0, second = 0] = content;
        if (content.length > 1) expect((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)).toBe(false);
      }),
    );
  });

  test.each([
    ['2.5.29.17', '0603551d11'],
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['1.3.6.1.4.1.57264.1.22', '060a2b0601040183bf300116'],
  ])('OBJECT IDENTIFIER %s', (dotted, expected) => {
    expect(hex(oid(dotted))).toBe(expected);
  });

  test('lengths from short to three bytes', () => {
    expect(hex(octets(Buffer.alloc(127)).subarray(0, 2))).toBe('047f');
    expect(hex(octets(Buffer.alloc(128)).subarray(0, 3))).toBe('048180');
    expect(hex(tlv(0x30, Buffer.alloc(70_000)).subarray(0, 5))).toBe('3083011170');
  });

  test('named bits lose trailing zeros', () => {
    expect(hex(namedBits([0]))).toBe('03020780');
    expect(hex(namedBits([5, 6]))).toBe('03020106');
    expect(hex(namedBits([]))).toBe('030100');
    expect(hex(namedBits([8]))).toBe('0303070080');
  });

  test('SET OF is sorted', () => {
    expect(setOf(int(3), int(1), utf8('a'))).toEqual(setOf(utf8('a'), int(1), int(3)));
  });

  test('times', () => {
    expect(time(Date.UTC(2026, 0, 2, 3, 4, 5)).subarray(2).toString()).toBe('260102030405Z');
    expect(time(Date.UTC(2050, 0, 2)).subarray(2).toString()).toBe('20500102000000Z');
    expect(generalizedTime(Date.UTC(2026, 0, 2), '123').subarray(2).toString()).toBe('20260102000000.123Z');
  });
});
