/** Who waits is served in turn: nobody can be kept waiting by how much another asks for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Askers, currentAsker, onBehalfOf } from '../../../src/flow/asker.ts';
import type { Asker } from '../../../src/flow/asker.ts';
import { createFairQueue } from '../../../src/flow/fair-queue.ts';
import { createFairSlots } from '../../../src/flow/fair-slots.ts';

const asker = (namespace: string, caller = 'system:kubelet'): Asker => ({ namespace, caller });

describe('a fair queue', () => {
  it('serves a newcomer next, however many of another namespace wait', () => {
    const queue = createFairQueue<string>();
    for (let number = 0; number < 300; number += 1) queue.push(asker('loud'), `loud ${number}`);
    for (let served = 0; served < 10; served += 1) queue.shift();
    queue.push(asker('quiet'), 'quiet');
    expect([queue.shift(), queue.shift()]).toContain('quiet');
  });

  it('within a namespace, callers take turns', () => {
    const queue = createFairQueue<string>();
    for (let number = 0; number < 50; number += 1) queue.push(asker('team', 'loud'), `loud ${number}`);
    queue.push(asker('team', 'quiet'), 'quiet');
    expect([queue.shift(), queue.shift()]).toContain('quiet');
  });

  it('counts what serving costs: one dear item stands for many cheap ones', () => {
    const queue = createFairQueue<string>();
    for (const number of [1, 2, 3]) queue.push(asker('dear'), `dear ${number}`, 10);
    for (let number = 0; number < 30; number += 1) queue.push(asker('cheap'), 'cheap');
    const order = Array.from({ length: 22 }, () => queue.shift());
    expect(order.filter((item) => item === 'cheap').length).toBeGreaterThanOrEqual(18);
  });

  it('passes over those who may not be served now, without losing their place', () => {
    const queue = createFairQueue<string>();
    queue.push(asker('a'), 'a');
    queue.push(asker('b'), 'b');
    expect(queue.shift(({ namespace }) => namespace !== 'a')).toBe('b');
    expect(queue.shift(({ namespace }) => namespace !== 'a')).toBeUndefined();
    expect(queue.shift()).toBe('a');
  });

  it('gives everything that was put in once, in order for each asker, unless it was taken out', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.boolean(), fc.integer({ min: 1, max: 9 }))), (pushed) => {
      const queue = createFairQueue<number>();
      pushed.forEach(([namespace, caller, , cost], index) => queue.push(asker(`n${namespace}`, `c${caller}`), index, cost));
      pushed.forEach(([namespace, caller, stays], index) => {
        if (!stays) expect(queue.remove(asker(`n${namespace}`, `c${caller}`), index)).toBe(true);
      });
      const stayed = pushed.flatMap(([, , stays], index) => (stays ? [index] : []));
      expect(queue.size).toBe(stayed.length);
      const served = queue.drain();
      expect([...served].sort((a, b) => a - b)).toEqual(stayed);
      expect(queue.size).toBe(0);
      for (const whose of ['n0 c0', 'n1 c1']) {
        const own = served.filter((index) => `n${pushed[index]?.[0]} c${pushed[index]?.[1]}` === whose);
        expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    }));
  });
});

describe('fair slots', () => {
  const forever = new AbortController().signal;

  it('one namespace never holds all of them, so another gets one at once', () => {
    const slots = createFairSlots({ slots: 8 });
    const loud = onBehalfOf(asker('loud'), () => Array.from({ length: 20 }, () => slots.tryTake()));
    expect(loud.filter((slot) => slot !== undefined)).toHaveLength(6);
    expect(onBehalfOf(asker('quiet'), () => slots.tryTake())).toBeDefined();
    loud[0]?.();
    expect(onBehalfOf(asker('loud'), () => slots.tryTake())).toBeDefined();
  });

  it('gives one slot out even if there is but one, and no more than there are', async () => {
    const slots = createFairSlots({ slots: 1 });
    const first = await slots.take(forever);
    const second = slots.take(forever);
    expect([slots.taken, slots.waiting]).toEqual([1, 1]);
    first();
    first();
    (await second)();
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
  });

  it('whoever does not wait any more leaves the queue', async () => {
    const slots = createFairSlots({ slots: 1 });
    const first = await slots.take(forever);
    const leaving = new AbortController();
    const second = slots.take(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    first();
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
  });

  it('shared work waits in the turn of everybody who joined it, takes one place, and leaves no trace in the others', async () => {
    const slots = createFairSlots({ slots: 4 });
    const shared = new Askers(asker('loud'));
    const held = onBehalfOf(asker('loud'), () => Array.from({ length: 3 }, () => slots.tryTake()));
    const work = onBehalfOf(shared, () => slots.take(forever));
    expect([slots.taken, slots.waiting]).toEqual([3, 1]);
    // A place is free that the loud may not have: whoever joins takes it for the work.
    shared.join(asker('quiet'));
    const release = await work;
    expect([slots.taken, slots.waiting]).toEqual([4, 0]);
    shared.join(asker('late'));
    expect([slots.taken, slots.waiting]).toEqual([4, 0]);
    release();
    held.forEach((free) => free?.());
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
  });

  it('shared work that ends leaves all queues, and work within it is joined with it', async () => {
    const slots = createFairSlots({ slots: 1 });
    const first = await slots.take(forever);
    const outer = new Askers(asker('a'));
    const inner = onBehalfOf(outer, () => new Askers(currentAsker()));
    const leaving = new AbortController();
    const work = onBehalfOf(inner, () => slots.take(leaving.signal));
    outer.join(asker('b'));
    expect(slots.waiting).toBe(2);
    leaving.abort(new Error('gone'));
    await expect(work).rejects.toThrow('gone');
    expect(slots.waiting).toBe(0);
    first();
  });

  it('knows on whose behalf it is asked, also after awaits', async () => {
    await onBehalfOf(asker('team'), async () => {
      await Promise.resolve();
      expect(currentAsker()).toEqual(asker('team'));
    });
    expect(currentAsker()).toEqual(asker('', ''));
  });
});
