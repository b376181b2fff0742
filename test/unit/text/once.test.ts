import { expect, test, vi } from 'vitest';
import { remembered, rememberedForBoth } from '../../../src/text/once.ts';

test('what follows from an object is worked out once for it, also where nothing follows', () => {
  const work = vi.fn((of: { readonly n: number }) => (of.n === 0 ? undefined : [of.n]));
  const known = remembered(work);
  const [one, same, none] = [{ n: 1 }, { n: 1 }, { n: 0 }];
  expect(known(one)).toEqual([1]);
  expect(known(one)).toBe(known(one));
  expect(known(same)).not.toBe(known(one));
  expect([known(none), known(none)]).toEqual([undefined, undefined]);
  expect(work).toHaveBeenCalledTimes(3);
});

test('what throws throws each time, and is remembered once it does not', () => {
  let isBroken = true;
  const known = remembered((of: { readonly n: number }) => {
    if (isBroken) throw new Error('broken');
    return of.n;
  });
  const one = { n: 1 };
  expect(() => known(one)).toThrow('broken');
  expect(() => known(one)).toThrow('broken');
  isBroken = false;
  expect(known(one)).toBe(1);
});

test('what follows from two objects is known for this pair, in this order, and no other', () => {
  const work = vi.fn((first: { readonly n: number }, second: { readonly n: number }) => 10 * first.n + second.n);
  const known = rememberedForBoth(work);
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const pairs = [[a, b], [b, a], [a, c], [c, c]] as const;
  for (let turn = 0; turn < 2; turn += 1) expect(pairs.map(([first, second]) => known(first, second))).toEqual([12, 21, 13, 33]);
  expect(work).toHaveBeenCalledTimes(4);
});
