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

  test.each<[unknown, string | undefined, string | undefined]>([
    ['AA==', '00', undefined],
    ['AA', undefined, '00'],
    ['YWJj', '616263', '616263'],
    ['+/+/', 'fbffbf', undefined],
    ['-_-_', undefined, 'fbffbf'],
    ['-_8=', undefined, undefined],
    ['+/8', undefined, undefined],
    ['AB==', undefined, undefined],
    ['AB', undefined, undefined],
    ['+_+_', undefined, undefined],
    ['YWJj\n', undefined, undefined],
    ['YW Jj', undefined, undefined],
    ['YWI==', undefined, undefined],
    ['', '', ''],
    [undefined, undefined, undefined],
    [['YWJj'], undefined, undefined],
  ])('%j in the forms standard and url is %j and %j', (text, standard, url) => {
    expect(decodeBase64(text, 'standard')?.toString('hex')).toBe(standard);
    expect(decodeBase64(text, 'url')?.toString('hex')).toBe(url);
  });

  test('property: a text with any one character changed is refused, or is canonical', () => {
    const unit = fc.oneof(fc.constantFrom(...'ABgwz019+/-_= \n'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), unit, fc.constantFrom('base64', 'base64url'), (bytes, at, character, encoding) => {
        const text = Buffer.from(bytes).toString(encoding);
        const place = at % text.length;
        const changed = text.slice(0, place) + character + text.slice(place + 1);
        fc.pre(changed !== text);
        const decoded = decodeBase64(changed);
        if (decoded === undefined) return;
        // A letter may have been changed for that of the other alphabet; within one form no two texts are the same bytes.
        const bare = changed.replaceAll('=', '');
        expect([decoded.toString('base64').replaceAll('=', ''), decoded.toString('base64url')]).toContain(bare);
        for (const form of ['standard', 'url'] as const) {
          const strict = decodeBase64(changed, form);
          if (strict === undefined) continue;
          if ((form === 'url') === (encoding === 'base64url')) expect(strict).not.toEqual(Buffer.from(bytes));
          expect(strict.toString(form === 'standard' ? 'base64' : 'base64url')).toBe(changed);
        }
      }),
      { numRuns: 3000 },
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
