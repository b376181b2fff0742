import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalPath } from '../../../../src/domain/policy/layout-path.ts';

describe('normal path', () => {
  test.each([
    ['a/b', 'a/b'], ['./a', 'a'], ['./a/../secret', 'secret'], ['a//b', 'a/b'], ['a/', 'a'], ['a/./b', 'a/b'], ['', '.'], ['.', '.'], ['./', '.'],
    ['../a', '../a'], ['a/../../b', '../b'], ['/../a', '/a'], ['/', '/'], ['/a/', '/a'], ['a/..', '.'], ['..', '..'], ['.a', '.a'], ['a..', 'a..'], ['...', '...'],
    ['https://example.com//x/../y', 'https://example.com//x/../y'],
  ])('C15 %j becomes %j', (path, expected) => expect(normalPath(path)).toBe(expected));

  test('is its own normal form, and never has an empty, a . or an inner .. segment', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', '', 'x.y')), fc.boolean(), (segments, absolute) => {
      const path = normalPath(`${absolute ? '/' : ''}${segments.join('/')}`);
      expect(normalPath(path)).toBe(path);
      if (path !== '/' && path !== '.') expect(path.replace(/^\//, '').replace(/^(?:\.\.\/)*(?:\.\.$)?/, '').split('/').filter((one) => one === '.' || one === '..')).toEqual([]);
      expect(path).not.toMatch(/\/\/|.\/$/);
    }));
  });
});
