import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InexactNumber, parseExactly } from '../../../../src/text/json/exact.ts';
import type { ExactValue } from '../../../../src/text/json/exact.ts';

describe('numbers as they were written', () => {
  test.each(['1e400', '-1e400', '9223372036854775808', '-9223372036854775809', `1${'0'.repeat(400)}`])('A13 %s is refused, wherever it stands', (number) => {
    expect(() => parseExactly(`{"a":[{"b":${number}}]}`)).toThrow(InexactNumber);
  });

  test('A13 digits inside of texts are left alone', () => {
    expect(parseExactly('{"a":"9007199254740993123456","b":": 1e400"}')).toEqual(new Map([['a', '9007199254740993123456'], ['b', ': 1e400']]));
  });

  test('every 64-bit number comes through as it was written', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
      expect(parseExactly(`{"n":${n},"l":[${n}]}`)).toEqual(new Map<string, unknown>([['n', n], ['l', [n]]]));
    }));
  });

  test('every JSON value means the same as JSON.parse says', () => {
    const plain = (value: ExactValue): unknown => {
      if (typeof value === 'bigint') return Number(value);
      if (Array.isArray(value)) return value.map(plain);
      return value instanceof Map ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)])) : value;
    };
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('__proto__')) return;
      let exact: ExactValue;
      try {
        exact = parseExactly(text);
      } catch (error) {
        // JSON writes doubles beyond 2^63 without a fraction.
        expect(error).toBeInstanceOf(InexactNumber);
        return;
      }
      // JSON.parse is wrong for some keys with escapes, so those are compared as they were written.
      expect(JSON.stringify(plain(exact))).toBe(text.replace(/(?<=[[:,]|^)-0(?=[\],}]|$)/g, '0'));
    }), { numRuns: 300 });
  });

  test('A13 keys written with escapes are read, and the numbers beside them', () => {
    expect(parseExactly('{"\\u0061":9007199254740993,"b":1.5}')).toEqual(new Map<string, unknown>([['a', 9007199254740993n], ['b', 1.5]]));
    expect(() => parseExactly('{"\\u0061":1e400}')).toThrow(InexactNumber);
  });
});
