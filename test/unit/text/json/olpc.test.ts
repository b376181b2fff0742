import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, NotCanonical } from '../../../../src/text/json/olpc.ts';
import { olpc } from '../../../world/tuf.ts';

const text = (value: unknown): string => Buffer.from(canonicalJson(value)).toString('utf8');

describe('canonical JSON', () => {
  test.each([
    ['members are sorted, without white space', { b: 1, a: [1, 2, { c: null }] }, '{"a":[1,2,{"c":null}],"b":1}'],
    ['only quote and backslash are escaped', { a: 'q" b\\ \n \u0001 é €' }, '{"a":"q\\" b\\\\ \n \u0001 é €"}'],
    ['keys are escaped as well', { 'a"': true }, '{"a\\"":true}'],
    ['keys are sorted by code point, not by UTF-16 unit', { '\u{1f600}': 1, '\uffff': 2 }, '{"\uffff":2,"\u{1f600}":1}'],
    ['minus zero is zero', [-0], '[0]'],
    ['every type', { b: 1, a: [true, null, 'x\n"\\'] }, '{"a":[true,null,"x\n\\"\\\\"],"b":1}'],
    ['keys are sorted by code point at the end of the basic plane', { '\u{1f600}': 1, '\uffee': 2 }, '{"\uffee":2,"\u{1f600}":1}'],
    ['empty things', [[], {}, ''], '[[],{},""]'],
  ])('%s', (_, value, expected) => expect(text(value)).toBe(expected));

  test.each([
    ['a fraction', 1.5],
    ['an integer that another reader may see differently', 2 ** 53],
    ['a negative fraction', -0.1],
    ['an integer beyond all precision', 1e300],
    ['infinity', Infinity],
    ['no number', Number.NaN],
    ['half of a surrogate pair', '\ud800'],
    ['half of a surrogate pair in a key', { '\udc00': 1 }],
  ])('A13 %s has no canonical form', (_, value) => expect(() => canonicalJson([value])).toThrow(NotCanonical));

  test('is that of an independent writer', () => {
    const whole = (_key: string, part: unknown): unknown => (typeof part === 'number' ? Math.trunc(part) % 1e15 : part);
    const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value, whole)) as unknown);
    fc.assert(fc.property(json, (value) => {
      // The other writer sorts by UTF-16 units, which differs beyond the basic plane only.
      fc.pre(!/[\ud800-\udfff]/.test(JSON.stringify(value)));
      expect(text(value)).toBe(olpc(value));
    }), { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2000) });
  });

  test('the order in which members are written does not matter, and different values differ', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean())), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(text(reversed)).toBe(text(object));
      // Only " and \ are escaped, so what is left of JSON's own escapes is read back by putting them in.
      const escaped = text(object).replace(/[\u0000-\u001f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
      expect(JSON.parse(escaped)).toEqual({ ...object });
    }));
  });
});

test('B6: keys beyond the basic plane are sorted as their bytes are, without making bytes of them', () => {
  const unit = fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}');
  const key = fc.array(unit, { maxLength: 5 }).map((units) => units.join(''));
  fc.assert(fc.property(fc.uniqueArray(key, { maxLength: 12 }), (keys) => {
    const written = Buffer.from(canonicalJson(Object.fromEntries(keys.map((one) => [one, 0])))).toString('utf8');
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(written).toBe(`{${sorted.map((one) => `"${one}":0`).join(',')}}`);
  }));
});
