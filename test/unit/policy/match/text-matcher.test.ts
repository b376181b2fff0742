import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TextMatcher } from '../../../../src/domain/policy/requirement.ts';
import type { Result } from '../../../../src/text/result.ts';
import { exactText, globText, regExpText } from '../../../../src/policy/match/text-matcher.ts';
import { cpuNow } from '../../../support/cpu.ts';

function made(result: Result<TextMatcher>): TextMatcher {
  if (!result.ok) throw new Error(result.problem);
  return result.value;
}

describe('exact', () => {
  test.each([
    ['https://github.com/acme/app', 'https://github.com/acme/app-evil/x'],
    ['ci@acme.com', 'https://evil.io/?ci@acme.com'],
    ['ci@acme.com', 'ci@acmeXcom.evil.io'],
    ['ci@acme.com', 'ci@acme.com.'],
    ['ci@acme.com', 'CI@acme.com'],
    ['ci@acme.com', 'ci@acme.com\u0000.evil.io'],
    ['ci@acme.com', 'ci@acme.com\u200b'],
    ['ci@acme.com', 'ci@\u0430cme.com'],
    ['ci@acme.com', ' ci@acme.com'],
    ['ci@acme.com', ''],
  ])('C01 C10 C11 %j does not match %j', (source, value) => {
    expect(made(exactText(source)).test(value)).toBe(false);
    expect(made(exactText(source)).test(source)).toBe(true);
  });

  test('C11 control characters are refused when written', () => {
    expect(exactText('a\u0000b').ok).toBe(false);
    expect(globText('a\nb*').ok).toBe(false);
  });
});

describe('regular expression', () => {
  test.each([
    ['https://good/a|https://good/b', ['https://good/a', 'https://good/b'], ['xhttps://good/b', 'https://good/ax', 'https://good/bx']],
    ['^https://good/a|https://good/b$', ['https://good/a', 'https://good/b'], ['xhttps://good/b', 'https://good/ax']],
    ['^a|b$', ['a', 'b'], ['ax', 'xb', 'ab']],
    ['^a$|b', ['a', 'b'], ['ab', 'xb', 'bx', 'b\nx']],
    ['(?m)^a$', ['a'], ['a\nb', 'b\na', '\na', 'a\n']],
    ['a$', ['a'], ['a\n', 'ba']],
    ['(?s).*', ['', 'a\nb'], []],
    ['.*', ['', 'ab'], ['a\nb']],
    ['\\Qa.b\\E', ['a.b'], ['axb']],
  ])('C03 %s is anchored as a whole', (source, good, evil) => {
    const matcher = made(regExpText(source));
    for (const value of good) expect(matcher.test(value), value).toBe(true);
    for (const value of evil) expect(matcher.test(value), value).toBe(false);
  });

  test.each(['a)|(?:b', 'a)|(b', ')', '(', '[', '\\Qa', 'a\\', '(?=a)', '(?<!a)b', '(a)\\1', 'a{2,1}', 'a**', '*', '', '(?z)a', 'a'.repeat(513)])('C03 C14 %j is refused', (source) => {
    expect(regExpText(source)).toMatchObject({ ok: false });
  });

  test('of 512 characters it is accepted', () => {
    expect(regExpText('a'.repeat(512)).ok).toBe(true);
  });

  test.each(['^(a+)+$', '(a|aa)+$', '(a|a?)+', '(.*a){20}', '([a-zA-Z]+)*$'])('C14 %s takes linear time', (source) => {
    const matcher = made(regExpText(source));
    const started = cpuNow();
    expect(matcher.test(`${'a'.repeat(4000)}!`)).toBe(false);
    expect(cpuNow() - started).toBeLessThan(1000);
  });

  test('C14 repetitions that would fill the memory are refused', () => {
    expect(regExpText('((a{100}){100}){100}').ok).toBe(false);
  });

  test('nothing around a literal is accepted', () => {
    const literal = fc.stringMatching(/^[a-z0-9/:@-]{1,20}$/);
    fc.assert(
      fc.property(literal, fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }), (text, before, after) => {
        expect(made(regExpText(text)).test(before + text + after)).toBe(before + text + after === text);
      }),
    );
  });

  test('texts beyond the limit do not match', () => {
    expect(made(regExpText('a*')).test('a'.repeat(4096))).toBe(true);
    expect(made(regExpText('a*')).test('a'.repeat(4097))).toBe(false);
  });
});
