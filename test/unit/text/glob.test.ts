import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob, MAX_PATTERN, MAX_VALUE } from '../../../src/text/glob.ts';
import { cpuNow } from '../../support/cpu.ts';

function matches(pattern: string, value: string): boolean {
  const glob = compileGlob(pattern);
  if (!glob.ok) throw new Error(glob.problem);
  return glob.value.test(value);
}

/** The definition, written as plainly as possible and as slowly as need be. */
function naive(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  if (pattern.startsWith('**')) return naive(pattern.slice(2), value) || (value !== '' && naive(pattern, value.slice(1)));
  if (pattern.startsWith('*')) return naive(pattern.slice(1), value) || (value !== '' && value[0] !== '/' && naive(pattern, value.slice(1)));
  return value !== '' && value[0] === pattern[0] && naive(pattern.slice(1), value.slice(1));
}

describe('glob', () => {
  test.each([
    ['a', 'a', true],
    ['a', 'A', false],
    ['a', 'ab', false],
    ['a', 'ba', false],
    ['*', '', true],
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['**', '', true],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'a/b', false],
    ['a**b', 'a/b', true],
    ['a*a', 'a', false],
    ['*a*b*', 'xaybz', true],
    ['*a*b*', 'xbyaz', false],
    ['refs/tags/*', 'refs/tags/v1', true],
    ['refs/tags/*', 'refs/tags/v1/x', false],
    ['refs/tags/**', 'refs/tags/v1/x', true],
    ['*/x/**/y', 'a/x/b/c/y', true],
    ['*/x/**/y', 'a/b/x/c/y', false],
  ])('%s on %s is %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  test.each(['[a]', '?', '{a,b}', '!(a)', 'a|b', '.', '^a$', '\\*', '(a+)+$', '+(a)'])('C15 nothing but the star is special: %s', (pattern) => {
    expect(matches(pattern, pattern)).toBe(true);
    for (const other of ['a', 'b', 'aa', 'x', '']) if (other !== pattern) expect(matches(pattern, other)).toBe(false);
  });

  test('C13 a tag pattern matches no pull request ref', () => {
    const pattern = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*';
    expect(matches(pattern, 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1')).toBe(true);
    expect(matches(pattern, 'https://github.com/acme/app/.github/workflows/release.yml@refs/pull/1/merge')).toBe(false);
  });

  test('C10 compares code units: no case folding, no normal forms', () => {
    expect(matches('ci@*', 'CI@acme.com')).toBe(false);
    expect(matches('é*', 'e\u0301')).toBe(false);
    expect(matches('ci@acme.com', 'ci@аcme.com')).toBe(false);
  });

  test('equals the naive definition', () => {
    const letters = fc.constantFrom('a', 'b', '/', '*', '**');
    const pattern = fc.array(letters, { minLength: 1, maxLength: 9 }).map((parts) => parts.join('')).filter((text) => !text.includes('***'));
    const value = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(fc.property(pattern, value, (p, v) => matches(p, v) === naive(p, v)), { numRuns: 3000 });
  });

  test('a pattern made from a value matches the value', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !text.includes('*')), fc.nat(), fc.nat(), (value, from, length) => {
        const start = from % value.length;
        const pattern = `${value.slice(0, start)}**${value.slice(start + (length % (value.length - start + 1)))}`;
        expect(matches(pattern, value)).toBe(true);
      }),
    );
  });

  test('C14 the worst pattern on the worst value takes linear time', () => {
    const pattern = 'a*'.repeat(250) + 'b';
    const value = 'a'.repeat(MAX_VALUE);
    const started = cpuNow();
    expect(matches(pattern, value)).toBe(false);
    expect(cpuNow() - started).toBeLessThan(200);
  });

  test('limits', () => {
    expect(compileGlob('a'.repeat(MAX_PATTERN)).ok).toBe(true);
    expect(compileGlob('a'.repeat(MAX_PATTERN + 1)).ok).toBe(false);
    expect(compileGlob('').ok).toBe(false);
    expect(compileGlob('a***b').ok).toBe(false);
    expect(matches('**', 'a'.repeat(MAX_VALUE))).toBe(true);
    expect(matches('**', 'a'.repeat(MAX_VALUE + 1))).toBe(false);
  });
});
