import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArtifactRule } from '../../../../src/domain/policy/layout.ts';
import { applyRules, ruleText } from '../../../../src/evaluate/layout/rules.ts';
import type { Recorded } from '../../../../src/evaluate/layout/rules.ts';
import { readRule } from '../../../../src/verify/intoto/read-rule.ts';

const set = (text: string): Map<string, string> => new Map(text.split(' ').filter(Boolean).map((one) => one.split('=') as [string, string]));
const recorded = (materials: string, products: string): Recorded => ({ materials: set(materials), products: set(products) });
const rules = (text: string): ArtifactRule[] => text.split(';').map((one) => readRule(one.trim().split(' '), 'rule'));
const others = new Map([['src', recorded('', 'a=1 lib/b=2 out/c=3')], ['empty', recorded('', '')]]);
const apply = (text: string, own: Recorded, subject: 'materials' | 'products' = 'products') => applyRules({ subject, rules: rules(text), own, others });

describe('artifact rules', () => {
  test.each<[string, string, Recorded]>([
    ['CREATE takes what is only a product', 'CREATE *; DISALLOW *', recorded('', 'a=1')],
    ['MODIFY takes what changed', 'MODIFY *; DISALLOW *', recorded('a=1', 'a=2')],
    ['ALLOW takes everything', 'ALLOW *; DISALLOW *', recorded('a=1', 'a=1 b=2')],
    ['what no rule takes is allowed', 'CREATE x', recorded('', 'a=1')],
    ['REQUIRE finds its path', 'REQUIRE a; ALLOW *', recorded('', 'a=1')],
    ['REQUIRE is no pattern', 'REQUIRE *', recorded('', '*=1')],
    ['MATCH takes equal artifacts', 'MATCH * WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'a=1 lib/b=2')],
    ['MATCH below a prefix of its own', 'MATCH * IN x WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'x/a=1')],
    ['MATCH below a prefix of the other', 'MATCH * WITH PRODUCTS IN lib FROM src; DISALLOW *', recorded('', 'b=2')],
    ['MATCH below both', 'match ? IN x with products in out/ from src; disallow *', recorded('', 'x/c=3')],
    ['C15 DISALLOW ./a does not take ab', 'DISALLOW ./a', recorded('', 'ab=1')],
  ])('%s', (_, text, own) => expect(apply(text, own)).toBeUndefined());

  test.each<[string, string, Recorded, string, string[]]>([
    ['CREATE leaves what was a material', 'CREATE *; DISALLOW *', recorded('a=1', 'a=2'), 'DISALLOW *', ['a']],
    ['MODIFY leaves what did not change', 'MODIFY *; DISALLOW *', recorded('a=1', 'a=1'), 'DISALLOW *', ['a']],
    ['REQUIRE does not find what is not there', 'REQUIRE a/b', recorded('', 'a=1'), 'REQUIRE a/b', ['a/b']],
    ['REQUIRE does not find what a rule took', 'CREATE a; REQUIRE a', recorded('', 'a=1'), 'REQUIRE a', ['a']],
    ['MATCH leaves what differs', 'MATCH * WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'a=9 b=2'), 'DISALLOW *', ['a', 'b']],
    ['MATCH leaves what has a digest more', 'MATCH * WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'a=1,sha512:2'), 'DISALLOW *', ['a']],
    ['MATCH with materials is not with products', 'MATCH * WITH MATERIALS FROM src; DISALLOW *', recorded('', 'a=1'), 'DISALLOW *', ['a']],
    ['MATCH with nobody takes nothing', 'MATCH * WITH PRODUCTS FROM nobody; DISALLOW *', recorded('', 'a=1'), 'DISALLOW *', ['a']],
    ['MATCH in a prefix takes nothing outside of it', 'MATCH * IN lib WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'a=1'), 'DISALLOW *', ['a']],
    ['a prefix is a folder, not a beginning', 'MATCH * IN x WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'xa=1'), 'DISALLOW *', ['xa']],
    ['a prefix is compared, not only cut off', 'MATCH * IN x WITH PRODUCTS FROM src; DISALLOW *', recorded('', 'yya=1'), 'DISALLOW *', ['yya']],
    ['DISALLOW lists all that it met', 'DISALLOW *', recorded('', 'b=1 a=1'), 'DISALLOW *', ['a', 'b']],
    ['C15 DISALLOW [!a] takes b', 'ALLOW a; DISALLOW [!a]', recorded('', 'a=1 b=1'), 'DISALLOW [!a]', ['b']],
    ['C15 DISALLOW [^a] takes a', 'DISALLOW [^a]', recorded('', 'a=1 b=1'), 'DISALLOW [^a]', ['a']],
    ['C15 a pattern with ./ means the file', 'DISALLOW ./secret', recorded('', 'secret=1'), 'DISALLOW ./secret', ['secret']],
    ['C15 a pattern with .. means the file', 'DISALLOW a/../secret', recorded('', 'secret=1'), 'DISALLOW a/../secret', ['secret']],
  ])('%s', (_, text, own, rule, artifacts) => expect(apply(text, own)).toMatchObject({ rule, artifacts }));

  test('DELETE takes what is only a material', () => {
    expect(apply('DELETE *; DISALLOW *', recorded('a=1 b=1', 'b=1'), 'materials')).toMatchObject({ artifacts: ['b'] });
    expect(apply('DELETE *; DISALLOW *', recorded('a=1', ''), 'materials')).toBeUndefined();
  });

  test('a failure tells what was left and what each rule before it took', () => {
    expect(apply('CREATE a; ALLOW x; DISALLOW *', recorded('', 'a=1 b=1'))).toEqual({ rule: 'DISALLOW *', artifacts: ['b'], queue: ['b'], trace: ['CREATE a: took 1, left 1', 'ALLOW x: took 0, left 1'] });
  });

  test('a rule is written as it was read', () => {
    for (const text of ['CREATE *', 'REQUIRE a', 'MATCH * WITH PRODUCTS FROM s', 'MATCH * IN a WITH MATERIALS FROM s', 'MATCH * WITH PRODUCTS IN b FROM s', 'MATCH * IN a WITH PRODUCTS IN b FROM s']) {
      expect(ruleText(readRule(text.split(' '), 'rule'))).toBe(text);
    }
  });
});

const path = fc.constantFrom('a', 'b', 'dir/a', 'dir/b');
const setOf = fc.uniqueArray(path).chain((paths) => fc.tuple(...paths.map(() => fc.constantFrom('1', '2'))).map((digests) => new Map(paths.map((one, index) => [one, digests[index] ?? '1']))));
const recordedOf = fc.record({ materials: setOf, products: setOf });
const takers = fc.array(fc.constantFrom('CREATE *', 'MODIFY a', 'DELETE *', 'ALLOW dir/*', 'ALLOW b', 'MATCH * WITH PRODUCTS FROM src', 'MATCH a IN dir WITH MATERIALS FROM src'), { maxLength: 4 });

describe('whatever the rules', () => {
  test('without DISALLOW and REQUIRE nothing fails', () => {
    fc.assert(fc.property(recordedOf, takers, (own, texts) => {
      expect(applyRules({ subject: 'products', rules: texts.flatMap(rules), own, others })).toBeUndefined();
    }));
  });

  test('a rule more in front of DISALLOW never makes it fail on more', () => {
    fc.assert(fc.property(recordedOf, takers, takers, (own, before, more) => {
      const failed = (texts: readonly string[]): readonly string[] => applyRules({ subject: 'products', rules: [...texts, 'DISALLOW *'].flatMap(rules), own, others })?.artifacts ?? [];
      expect(failed(before)).toEqual(expect.arrayContaining([...failed([...more, ...before])]));
    }));
  });

  test('DISALLOW * alone fails on exactly what is there', () => {
    fc.assert(fc.property(recordedOf, (own) => {
      expect(applyRules({ subject: 'products', rules: rules('DISALLOW *'), own, others })?.artifacts ?? []).toEqual([...own.products.keys()].sort());
    }));
  });
});
