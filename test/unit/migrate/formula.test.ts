/** Nested demands and their flat form: the same truth for every set of evidence, and bounded. */
import { expect, test } from 'vitest';
import { clausesOf, never } from '../../../src/migrate/formula.ts';
import type { Formula } from '../../../src/migrate/formula.ts';

const leaf = (name: string): Formula => ({ kind: 'leaf', title: name, from: '', requirement: { signature: { by: [name] } } });

function holds(formula: Formula, found: ReadonlySet<string>): boolean {
  switch (formula.kind) {
    case 'leaf': return found.has(formula.title);
    case 'never': return false;
    case 'all': return formula.parts.every((part) => holds(part, found));
    case 'any': return formula.parts.some((part) => holds(part, found));
    case 'atLeast': return formula.parts.filter((part) => holds(part, found)).length >= formula.count;
  }
}

function made(roll: (most: number) => number, depth: number): Formula {
  const kind = roll(depth === 0 ? 2 : 6);
  if (kind === 0) return leaf('abcd'[roll(4)] ?? 'a');
  if (kind === 1) return roll(4) === 0 ? never('x', '') : leaf('abcd'[roll(4)] ?? 'a');
  const parts = Array.from({ length: roll(4) }, () => made(roll, depth - 1));
  return kind === 2 ? { kind: 'atLeast', count: roll(4), parts } : { kind: kind === 3 ? 'all' : 'any', parts };
}

test('I5: the flat form of a formula is true exactly when the formula is', () => {
  let state = 11;
  const roll = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
  for (let run = 0; run < 1500; run += 1) {
    const formula = made(roll, 3);
    const clauses = clausesOf(formula);
    for (let bits = 0; bits < 16; bits += 1) {
      const found = new Set([...'abcd'].filter((_, index) => (bits >> index) % 2 === 1));
      const flat = clauses.every(({ leaves }) => leaves.some(({ title }) => found.has(title)));
      expect(flat, JSON.stringify(formula)).toBe(holds(formula, found));
    }
  }
});

test('I5: what would grow beyond bounds never holds', () => {
  const pairs = Array.from({ length: 12 }, (_, index): Formula => ({ kind: 'all', parts: [leaf(`a${index}`), leaf(`b${index}`)] }));
  expect(clausesOf({ kind: 'any', parts: pairs })).toMatchObject([{ leaves: [] }]);
  expect(clausesOf({ kind: 'atLeast', count: 20, parts: Array.from({ length: 40 }, (_, index) => leaf(`s${index}`)) })).toMatchObject([{ leaves: [] }]);
});
