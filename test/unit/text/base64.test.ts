import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../../src/text/base64.ts';

const hex = (text: string): string | undefined => {
  const bytes = decodeBase64(text);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
};

describe('base64', () => {
  test.each([
    ['', ''],
    ['AA==', '00'],
    ['AA', '00'],
    ['+/+/', 'fbffbf'],
    ['-_-_', 'fbffbf'],
    ['-_8=', 'fbff'],
    ['-_8', 'fbff'],
    ['YWJj', '616263'],
  ])('%j decodes to %j', (text, expected) => expect(hex(text)).toBe(expected));

  test.each([
    ['D03 a space inside', 'YW Jj'],
    ['D03 a line break at the end', 'YWJj\n'],
    ['D03 junk that Node skips', 'YW!Jj'],
    ['D03 text after the padding', 'AA==YWJj'],
    ['both alphabets in one text', '+_+_'],
    ['one character of padding too few', 'AA='],
    ['one character of padding too many', 'YWI=='],
    ['padding on a whole group', 'YWJj===='],
    ['a length that no bytes have', 'YWJjY'],
    ['unused bits that are set, two bytes', 'YWJ='],
    ['unused bits that are set, one byte', 'AB=='],
    ['unused bits that are set, without padding', 'AB'],
    ['unused bits that are set, URL-safe', '_-'],
    ['only padding', '===='],
    ['a character beyond ASCII', 'YWJé'],
    ['D03 a character whose lower half is in the alphabet', 'YWJ\u012b'],
  ])('refuses %s', (_, text) => expect(decodeBase64(text)).toBeUndefined());

  test('D03 no character outside the alphabets passes, wherever it stands', () => {
    const alphabets = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_');
    const passed: string[] = [];
    for (let unit = 0; unit < 0x1_00_00; unit += 1) {
      const character = String.fromCharCode(unit);
      if (alphabets.has(character)) continue;
      const whole = 'YWJj'.repeat(20);
      for (const text of [`${character}WJj`, `YWJ${character}`, `${whole}Y${character}Jj${whole}`, `YW${character}`]) {
        if (decodeBase64(text) !== undefined) passed.push(text);
      }
    }
    expect(passed).toEqual([]);
  });

  test('property: what Buffer encodes comes back, in both alphabets, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const expected = Buffer.from(bytes).toString('hex');
        const standard = Buffer.from(bytes).toString('base64');
        const urlSafe = Buffer.from(bytes).toString('base64url');
        const padded = urlSafe.padEnd(Math.ceil(urlSafe.length / 4) * 4, '=');
        for (const text of [standard, standard.replaceAll('=', ''), urlSafe, padded]) expect(hex(text)).toBe(expected);
      }),
    );
  });

  test('property: whatever decodes encodes back to the same text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AQgwBz09+/-_= \n'), maxLength: 12 });
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = decodeBase64(candidate);
        if (bytes === undefined) return;
        const encoded = candidate.includes('-') || candidate.includes('_') ? Buffer.from(bytes).toString('base64url') : Buffer.from(bytes).toString('base64').replaceAll('=', '');
        expect(candidate.replaceAll('=', '')).toBe(encoded);
      }),
      { numRuns: 2000 },
    );
  });
});
