import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHex, hexOf } from '../../../src/text/hex.ts';

test.each([['', ''], ['00ff', '00ff'], ['ABcd', 'abcd']])('%j is hexadecimal', (text, shown) => {
  expect(hexOf(decodeHex(text) ?? Buffer.from('!'))).toBe(shown);
});

test.each(['a', 'abc', 'zz', '0x00', 'ab cd', 'ab\n', '\u0660\u0660'])('%j is not', (text) => {
  expect(decodeHex(text)).toBeUndefined();
});

test('bytes come back, also as a part of others', () => {
  fc.assert(fc.property(fc.uint8Array(), fc.nat(8), (bytes, from) => {
    const part = bytes.subarray(from);
    expect(decodeHex(hexOf(part))).toEqual(Buffer.from(part));
  }));
});
