import { expect, test } from 'vitest';
import { whoText } from '../../../../src/evaluate/fix/names.ts';

const by = (...names: readonly string[]): readonly { readonly name: string }[] => names.map((name) => ({ name }));

test.each([
  [['alice'], 1, 'alice'],
  [['bob', 'alice'], 1, 'one of alice, bob'],
  [['bob', 'alice'], 2, 'each of alice, bob'],
  [['carol', 'bob', 'alice'], 2, '2 of alice, bob, carol'],
  [['bob', 'bob'], 1, 'bob'],
  [['e', 'd', 'c', 'b', 'a'], 1, 'one of a, b, c, d, e'],
  [['f', 'e', 'd', 'c', 'b', 'a'], 1, 'one of a, b, c, d, 2 more'],
])('X1: whoever must sign is named in order, and not without end: %j, %i', (names, threshold, text) => {
  expect(whoText({ by: by(...names), threshold })).toBe(text);
});
