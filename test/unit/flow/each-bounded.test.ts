import { expect, test } from 'vitest';
import { eachBounded } from '../../../src/flow/each-bounded.ts';

/** Work of a tenth of a millisecond that waits for nothing. */
function busy(): Promise<number> {
  const end = performance.now() + 0.1;
  while (performance.now() < end);
  return Promise.resolve(1);
}

test('thousands of pieces that wait for nothing leave turns of the event loop to others, and are all done, in order', async () => {
  let turns = 0;
  const counting = setInterval(() => { turns += 1; }, 0);
  const items = Array.from({ length: 3000 }, (_, index) => index);
  const results = await eachBounded(items, 16, async (item) => item * (await busy()));
  clearInterval(counting);
  expect(results).toEqual(items);
  // 300 ms of work in slices of 5.
  expect(turns).toBeGreaterThan(10);
});

test('no more than so many at once, and the first rejection rejects', async () => {
  let [running, most] = [0, 0];
  await eachBounded(Array.from({ length: 100 }, (_, index) => index), 7, async () => {
    most = Math.max(most, (running += 1));
    await new Promise((done) => setImmediate(done));
    running -= 1;
  });
  expect(most).toBe(7);
  await expect(eachBounded([1, 2, 3], 2, (item) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item)))).rejects.toThrow('two');
});
