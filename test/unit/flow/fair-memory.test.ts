import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairMemory } from '../../../src/flow/fair-memory.ts';

describe('a memory in shares', () => {
  test('whoever fills it pushes out his own, by bytes and by number', () => {
    for (const bounds of [{ entries: 100, bytes: 50 }, { entries: 5, bytes: 10_000 }]) {
      const memory = createFairMemory<string>(bounds);
      memory.keep('a', 'mine', 10, 'shop');
      for (let index = 0; index < 20; index += 1) memory.keep(`g${index}`, 'garbage', 10, 'evil');
      expect([memory.known('a'), memory.known('g19'), memory.known('g0'), memory.entries, memory.bytes]).toEqual(['mine', 'garbage', undefined, 5, 50]);
    }
  });

  test('one share alone loses what was used longest ago', () => {
    const memory = createFairMemory<string>({ entries: 2, bytes: 100 });
    memory.keep('a', 'a', 1, 'shop');
    memory.keep('b', 'b', 1, 'shop');
    memory.known('a');
    memory.keep('c', 'c', 1, 'shop');
    expect(['a', 'b', 'c'].map((key) => memory.known(key))).toEqual(['a', undefined, 'c']);
  });

  test('what is renewed stays whose it was, for whomever, unless it was nobody\'s', () => {
    for (const thief of ['', 'evil']) {
      const memory = createFairMemory<string>({ entries: 100, bytes: 40 });
      memory.keep('a', 'mine', 10, 'shop');
      memory.keep('a', 'again', 10, thief);
      for (let index = 0; index < 5; index += 1) memory.keep(`g${index}`, 'garbage', 10, 'evil');
      expect([memory.known('a'), memory.known('g1'), memory.known('g2'), memory.known('g4')]).toEqual(['again', undefined, 'garbage', 'garbage']);
    }
    const memory = createFairMemory<string>({ entries: 100, bytes: 40 });
    memory.keep('a', 'nobody\'s', 20, '');
    memory.keep('a', 'mine', 20, 'shop');
    memory.keep('b', 'nobody\'s', 10, '');
    memory.keep('c', 'nobody\'s', 10, '');
    memory.keep('d', 'nobody\'s', 10, '');
    expect(['a', 'b', 'c', 'd'].map((key) => memory.known(key))).toEqual(['mine', undefined, 'nobody\'s', 'nobody\'s']);
  });

  test('what was pushed out is whose who asks for it next', () => {
    const memory = createFairMemory<string>({ entries: 3, bytes: 100 });
    memory.keep('a', 'first', 1, 'evil');
    for (let index = 0; index < 3; index += 1) memory.keep(`g${index}`, 'garbage', 1, 'evil');
    expect(memory.known('a')).toBeUndefined();
    memory.keep('a', 'mine', 1, 'shop');
    for (let index = 0; index < 9; index += 1) memory.keep(`h${index}`, 'garbage', 1, 'evil');
    expect(memory.known('a')).toBe('mine');
  });

  test('what is larger than all of it is not kept, and takes the place of nothing', () => {
    const memory = createFairMemory<string>({ entries: 100, bytes: 30 });
    memory.keep('a', 'a', 10, 'shop');
    memory.keep('b', 'b', 31, 'evil');
    memory.keep('a', 'larger', 31, 'shop');
    expect([memory.known('a'), memory.known('b'), memory.entries, memory.bytes]).toEqual([undefined, undefined, 0, 0]);
  });

  describe('what nobody uses any more leaves room to those who do', () => {
    const HOUR = 3_600_000;
    /** A memory that namespaces have filled of which each came once, and one that comes again and again after so long; what it finds kept. */
    const found = (after: number, bounds: { readonly entries: number; readonly bytes: number }): number => {
      let now = 0;
      const memory = createFairMemory<string>(bounds, () => now);
      for (let index = 0; index < 200; index += 1) memory.keep(`once${index}`, 'once', 10, `preview-${index}`);
      now += after;
      for (let index = 0; index < 50; index += 1) memory.keep(`a${index}`, 'mine', 10, 'shop');
      return Array.from({ length: 50 }, (_, index) => memory.known(`a${index}`)).filter((one) => one === 'mine').length;
    };

    test.each([['number', { entries: 100, bytes: 100_000 }], ['bytes', { entries: 100_000, bytes: 1000 }]])('by %s: after an hour; until then each has his share', (_, bounds) => {
      expect(found(HOUR, bounds)).toBe(50);
      expect(found(HOUR - 1, bounds)).toBeLessThan(5);
    });

    test('what is used stays, however often and however seldom within the hour', () => {
      let now = 0;
      const memory = createFairMemory<string>({ entries: 10, bytes: 1000 }, () => now);
      memory.keep('often', 'often', 1, 'a');
      memory.keep('seldom', 'seldom', 1, 'b');
      memory.keep('never', 'never', 1, 'c');
      for (let minute = 1; minute <= 240; minute += 1) {
        now += 60_000;
        memory.known('often');
        if (minute % 55 === 0) memory.known('seldom');
        for (let index = 0; index < 20; index += 1) memory.keep(`g${minute}-${index}`, 'garbage', 1, 'evil');
      }
      expect(['often', 'seldom', 'never'].map((key) => memory.known(key))).toEqual(['often', 'seldom', undefined]);
    });
  });

  test('never more than its bounds, and whoever has the least keeps what fits beside the others', () => {
    const step = fc.record({ key: fc.nat(20), owner: fc.constantFrom('', 'a', 'b', 'c'), bytes: fc.nat(12), does: fc.constantFrom('keep', 'keep', 'known', 'drop') });
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = createFairMemory<number>({ entries: 6, bytes: 40 });
      memory.keep('least', -1, 1, 'least');
      for (const { key, owner, bytes, does } of steps) {
        if (does === 'keep') memory.keep(`${key}`, bytes, bytes, owner);
        else if (does === 'drop') memory.drop(`${key}`);
        else memory.known(`${key}`);
        expect(memory.entries).toBeLessThanOrEqual(6);
        expect(memory.bytes).toBeLessThanOrEqual(40);
        const sum = Array.from({ length: 21 }, (_, index) => memory.known(`${index}`) ?? 0).reduce((all, one) => all + one, 1);
        expect(memory.bytes).toBe(sum);
      }
      expect(memory.known('least')).toBe(-1);
    }));
  });
});
