import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellPattern } from '../../../src/text/fnmatch.ts';
import { cpuNow } from '../../support/cpu.ts';

describe('shell patterns', () => {
  test.each<[string, string, boolean]>([
    ['*', 'any/thing', true], ['*', '', true], ['foo/*', 'foo/a/b', true], ['foo/*', 'foo', false], ['?', '/', true], ['a?c', 'a\nc', true],
    ['[!a]', 'b', true], ['[!a]', 'a', false], ['[!a]', '^', true], ['[^a]', 'a', true], ['[^a]', '^', true], ['[^a]', 'b', false],
    ['[!a-z]', 'A', true], ['[!a-z]', 'm', false], ['[^a-z]', 'm', true], ['[^a-z]', 'A', false],
    ['[]a]', ']', true], ['[!]a]', 'b', true], ['[!]a]', ']', false], ['[a', '[a', true], ['[a', 'a', false], ['[]', '[]', true],
    ['[z-a]', 'z', false], ['[z-a]', '-', false], ['[!z-a]', 'q', true], ['[a-]', '-', true], ['[-a]', '-', true], ['[a-c-e]', 'd', false], ['[a-c-e]', '-', true],
    ['a\\*', 'a\\b', true], ['a\\*', 'a*', false], ['[\\]', '\\', true], ['[[]', '[', true],
    ['A', 'a', false], ['foo', 'foo/', false], ['foo', 'afoo', false], ['', '', true], ['', 'a', false],
    ['?', '\u{1f600}', true], ['[\u{1f600}-\u{1f602}]', '\u{1f601}', true], ['[a.c]', 'b', false], ['a.c', 'abc', false],
  ])('C15 %j on %j: %s', (pattern, path, matches) => expect(shellPattern(pattern).test(path)).toBe(matches));

  test('agree with a plain recursive matcher', () => {
    const plain = (pattern: string, path: string): boolean => {
      if (pattern === '') return path === '';
      if (pattern.startsWith('*')) return plain(pattern.slice(1), path) || (path !== '' && plain(pattern, path.slice(1)));
      return path !== '' && (pattern.startsWith('?') || pattern[0] === path[0]) && plain(pattern.slice(1), path.slice(1));
    };
    const letters = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((all) => all.join(''));
    const patterns = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(fc.property(patterns, letters, (pattern, path) => {
      expect(shellPattern(pattern).test(path)).toBe(plain(pattern, path));
    }), { numRuns: 2000 });
  });

  test('take time in proportion, whatever the pattern', () => {
    const pattern = shellPattern(`${'a*'.repeat(500)}b`);
    const started = cpuNow();
    expect(pattern.test('a'.repeat(4000))).toBe(false);
    expect(cpuNow() - started).toBeLessThan(500);
  });
});
