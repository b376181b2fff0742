import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemory } from '../../../src/flow/memory.ts';
import { eachBounded } from '../../../src/flow/each-bounded.ts';

interface Value { readonly name: string }
const keep = (bytes = 1) => (name: string): { readonly value: Value; readonly bytes: number } => ({ value: { name }, bytes });
const drop = (name: string): { readonly value: Value } => ({ value: { name } });

describe('memory', () => {
  test('what is worked out is shared while it comes, and known afterwards', async () => {
    const memory = createMemory<Value>({ entries: 10, bytes: 10 });
    const shared = memory.share('k', Promise.resolve('v'), keep(3));
    expect([memory.known('k'), memory.coming('k'), memory.coming('other')]).toEqual([undefined, shared, undefined]);
    expect(await shared).toEqual({ name: 'v' });
    expect([memory.known('k'), memory.coming('k'), memory.bytes]).toEqual([await shared, undefined, 3]);
  });

  test('what is landed without bytes is shared and not known', async () => {
    const memory = createMemory<Value>({ entries: 10, bytes: 10 });
    expect(await memory.share('k', Promise.resolve('v'), drop)).toEqual({ name: 'v' });
    expect([memory.known('k'), memory.coming('k'), memory.bytes]).toEqual([undefined, undefined, 0]);
  });

  test.each([
    ['the work rejects', () => Promise.reject(new RangeError('bad')), keep()],
    ['landing throws', () => Promise.resolve('v'), (): never => { throw new RangeError('bad'); }],
  ])('when %s, that is shared and not kept', async (_, work, land) => {
    const memory = createMemory<Value>({ entries: 10, bytes: 10 });
    await expect(memory.share('k', work(), land)).rejects.toThrow(RangeError);
    expect([memory.known('k'), memory.coming('k')]).toEqual([undefined, undefined]);
  });

  test('never keeps more than its bounds, and what it knows is what was worked out last', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.integer({ min: 1, max: 12 }), kept: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 }), async (steps, entries, bytes) => {
      const memory = createMemory<Value>({ entries, bytes });
      const last = new Map<string, string>();
      for (const [index, { key, bytes: size, kept }] of steps.entries()) {
        const name = `${key}${index}`;
        await memory.share(key, Promise.resolve(name), kept ? keep(size) : drop);
        if (kept && size <= bytes) {
          last.set(key, name);
          expect(memory.known(key)?.name).toBe(name);
        }
        const known = ['a', 'b', 'c', 'd', 'e'].flatMap((one) => memory.known(one)?.name ?? []);
        expect(known.length).toBeLessThanOrEqual(entries);
        expect(memory.bytes).toBeLessThanOrEqual(bytes);
        for (const one of known) expect([...last.values()]).toContain(one);
      }
    }), { numRuns: 200 });
  });
});

describe('a bounded map', () => {
  test('works on at most so many at once and keeps the order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 20 }), fc.integer({ min: 1, max: 8 }), async (turns, limit) => {
      let [working, most] = [0, 0];
      const results = await eachBounded([...turns.entries()], limit, async ([index, waits]) => {
        most = Math.max(most, (working += 1));
        for (let turn = 0; turn < waits; turn += 1) await Promise.resolve();
        working -= 1;
        return index;
      });
      expect(results).toEqual(turns.map((_, index) => index));
      expect(most).toBeLessThanOrEqual(limit);
    }), { numRuns: 200 });
  });

  test.each([1, 8])('the first that rejects rejects the whole (limit %i)', async (limit) => {
    await expect(eachBounded([1, 2, 3], limit, (item) => (item === 2 ? Promise.reject(new RangeError('bad')) : Promise.resolve(item)))).rejects.toThrow(RangeError);
  });
});
