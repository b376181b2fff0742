import { expect, test } from 'vitest';
import { nextTurn } from '../../../src/flow/next-turn.ts';
import { settled } from '../../support/patience.ts';

test('the first has its turn at once; of all others one has each turn of the event loop, lanes in turn', async () => {
  await settled();
  const had: string[] = [];
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    had.push('|');
    if (counting) setImmediate(count);
  };
  expect(nextTurn('a')).toBe(undefined);
  const wanted = ['a1', 'a2', 'a3', 'b1', 'c1'].map(async (name) => {
    await nextTurn(name[0] ?? '');
    had.push(name);
  });
  setImmediate(count);
  await Promise.all(wanted);
  counting = false;
  await settled();
  expect(had.filter((one) => one !== '|')).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  // Never two within one turn.
  expect(had.join('')).not.toMatch(/[abc]\d[abc]/);
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(nextTurn('a')).toBe(undefined);
  await settled();
});
