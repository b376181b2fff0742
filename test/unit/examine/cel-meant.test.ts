import { describe, expect, test } from 'vitest';
import { lintExpression } from '../../../src/examine/cel/lint.ts';

const problem = (text: string): string => {
  const read = lintExpression(text);
  return read.ok ? '' : read.problems.map(({ offset, message }) => `${offset} ${message}`).join('\n');
};

describe('row 24: a condition that is none says what was meant, and that is one', () => {
  test.each<[string, string, string]>([
    ['predicate.a = 1', '12 not a CEL expression: "= 1" cannot stand there; values are compared by ==', 'predicate.a == 1'],
    ['predicate.a === 1', 'values are compared by ==', 'predicate.a == 1'],
    ['predicate.a == 1 and predicate.b == 2', '17 not a CEL expression: "and predicate.b == 2" cannot stand there; conditions are joined by &&', 'predicate.a == 1 && predicate.b == 2'],
    ['predicate.a == 1 or true', 'conditions are joined by ||', 'predicate.a == 1 || true'],
    ['predicate.a & predicate.b', 'conditions are joined by &&', 'predicate.a && predicate.b'],
    ['not predicate.a', 'a condition is turned round by !', '!predicate.a'],
    ['predicate.a =~ "x"', 'value.matches("…")', 'predicate.a.matches("x")'],
    ['predicate.a <> 1', 'values differ by !=', 'predicate.a != 1'],
    ['predicate.a == "x', 'the text that is opened by " is not closed', 'predicate.a == "x"'],
    ['predicate.a in [1, 2', '[ is opened and not closed by ]', 'predicate.a in [1, 2]'],
    ['predicate.((', '( is opened and not closed by )', 'predicate.a'],
    ['predicate.a == 1)', ') closes nothing that is open', 'predicate.a == 1'],
    ['predicate.a == 1 &&', 'something is missing at its end', 'predicate.a == 1 && true'],
    ['predicate.a ? predicate.b', 'a choice has two outcomes', 'predicate.a ? predicate.b : false'],
    ['predicate.a contains "x"', 'functions of texts are called on them', 'predicate.a.contains("x")'],
    ['predicate.a == "it\'s (" and true', 'conditions are joined by &&', 'predicate.a == "it\'s (" && true'],
  ])('row 24: %s', (text, words, meant) => {
    expect(problem(text)).toContain(words);
    expect(problem(text)).not.toMatch(/expecting end of input/);
    expect(problem(meant)).toBe('');
  });
});
