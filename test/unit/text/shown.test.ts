import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, shortenMiddle, shownText } from '../../../src/text/shown.ts';
import { cpuNow } from '../../support/cpu.ts';

/** Whatever would act on a terminal or hide from the eye. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('H25 text from outside is shown, never obeyed', () => {
  it.each([
    ['ANSI colour', '\u001b[31mred', '\\u001b[31mred'],
    ['C1 control sequence', '\u009b31m', '\\u009b31m'],
    ['line feed', 'a\nb', 'a\\u000ab'],
    ['carriage return', 'a\rb', 'a\\u000db'],
    ['bidirectional override', 'a\u202eb', 'a\\u202eb'],
    ['bidirectional isolate', 'a\u2066b', 'a\\u2066b'],
    ['zero width space', 'a\u200bb', 'a\\u200bb'],
    ['line separator', 'a\u2028b', 'a\\u2028b'],
    ['byte order mark', '\ufeffa', '\\ufeffa'],
    ['tag character', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['half a surrogate pair', 'a\ud800', 'a\\ud800'],
    ['NUL', '\u0000', '\\u0000'],
  ])('%s', (_name, text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it('leaves letters of any script and pictures alone', () => {
    for (const text of ['ghcr.io/acme/app:1', 'größe', '日本語', '✗ … —', '👍', 'back\\slash']) expect(escapeText(text)).toBe(text);
  });

  it('property: nothing that acts is left, in any text, whole or shortened', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, limit) => {
        expect(escapeText(text)).not.toMatch(ACTS);
        expect(shownText(text, limit)).not.toMatch(ACTS);
        expect(shownText(text, limit).length).toBeLessThanOrEqual(limit);
        expect(shortenMiddle(text, limit)).not.toMatch(ACTS);
        expect(shortenMiddle(text, limit).length).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 3000 },
    );
  });

  it('shortens at the end or in the middle, only when it must', () => {
    expect(shownText('abcdef', 6)).toBe('abcdef');
    expect(shownText('abcdefg', 6)).toBe('abcde…');
    expect(shortenMiddle('abcdef', 6)).toBe('abcdef');
    expect(shortenMiddle('abcdefghij', 6)).toBe('abc…ij');
    expect(shownText('\n'.repeat(600), 512)).toHaveLength(512);
  });

  it('is fast on a megabyte', () => {
    const started = cpuNow();
    expect(shortenMiddle('\u202e'.repeat(1_000_000), 100)).toHaveLength(100);
    expect(shownText('\u202e'.repeat(1_000_000), 100)).toHaveLength(100);
    expect(cpuNow() - started).toBeLessThan(50);
  });
});
