import { describe, expect, it } from 'vitest';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { lookupThreads, sharedLookup } from '../../../src/net/resolver.ts';

/** Names are resolved on few threads; one tenant's names that nobody answers for keep the others' from nobody. */

const FOUND = [{ address: '192.0.2.1', family: 4 as const }];

/** A system whose names under `slow.example` are never answered, until they are let go. */
function system(): { readonly asked: string[]; readonly lookup: (name: string) => Promise<typeof FOUND>; letGo(): void } {
  const [asked, held] = [[] as string[], [] as (() => void)[]];
  return {
    asked,
    letGo: () => { for (const go of held.splice(0)) go(); },
    lookup(name) {
      asked.push(name);
      return name.endsWith('slow.example') ? new Promise((resolve) => held.push(() => resolve(FOUND))) : Promise.resolve(FOUND);
    },
  };
}

const as = <Result>(namespace: string, work: () => Result): Result => onBehalfOf({ namespace, caller: 'somebody' }, work);

describe('S6: name resolution is shared', () => {
  it.each([[4, 2], [16, 8], [1, 1], [Number.NaN, 1], [0, 1]])('of a pool of %d threads %i resolve names', (pool, threads) => expect(lookupThreads(pool)).toBe(threads));

  it.each([4, 2])('S6: three hundred names of one tenant that nobody answers for leave one of %i threads to others', async (threads) => {
    const { asked, lookup, letGo } = system();
    const resolve = sharedLookup(threads, lookup);
    const slow = Array.from({ length: 300 }, (_, index) => as('evil', () => resolve(`${index}.slow.example`)));
    for (let index = 0; index < 5; index += 1) expect(await as('team', () => resolve('registry.example'))).toBe(FOUND);
    expect(asked.filter((name) => name.endsWith('slow.example'))).toHaveLength(threads - 1);
    const done = Promise.all(slow);
    for (let round = 0; round < 300; round += 1) { letGo(); await new Promise((next) => setImmediate(next)); }
    expect(await done).toHaveLength(300);
  });

  it('S6: whoever asks for a name that waits in another’s queue does not wait for the others in it', async () => {
    const { lookup } = system();
    const resolve = sharedLookup(2, lookup);
    for (let index = 0; index < 300; index += 1) void as('evil', () => resolve(`${index}.slow.example`));
    const theirs = as('evil', () => resolve('registry.example'));
    expect(await as('team', () => resolve('registry.example'))).toBe(FOUND);
    expect(await theirs).toBe(FOUND);
  });

  it('one question for all who ask at once, and a failure is nobody’s for long', async () => {
    let asked = 0;
    const resolve = sharedLookup(1, () => ((asked += 1) === 1 ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(FOUND)));
    const first = [as('a', () => resolve('r.example')), as('b', () => resolve('r.example'))];
    await Promise.all(first.map((one) => expect(one).rejects.toThrow('ENOTFOUND')));
    expect([await resolve('r.example'), asked]).toEqual([FOUND, 2]);
  });
});
