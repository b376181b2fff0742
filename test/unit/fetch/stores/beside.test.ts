import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { EvidenceBatch, EvidenceLookup, EvidenceSource } from '../../../../src/domain/ports.ts';
import { besideStores, offlineSource } from '../../../../src/fetch/index.ts';
import type { EvidenceStores } from '../../../../src/fetch/index.ts';
import { artifact, drain, SCOPE, within } from '../support.ts';

const IMAGE = artifact('registry.example/app', `sha256:${'ab'.repeat(32)}`);
const batch = (...names: string[]): EvidenceBatch => ({
  evidence: names.map((name): UnverifiedEvidence => ({ format: 'dsse', source: name, bytes: new Uint8Array(), digest: name })), problems: [],
});
const down = (source: string): EvidenceBatch => ({ evidence: [], problems: [{ code: 'FETCH_SERVER_ERROR', source }] });

interface Fake {
  readonly known?: EvidenceBatch;
  readonly part?: EvidenceBatch;
  readonly answer?: Promise<EvidenceBatch>;
  readonly at?: number;
}
const asked: number[] = [];
const stores = (...fakes: readonly Fake[]): EvidenceStores => ({
  for: () => fakes.map(({ known, part, answer = new Promise(() => undefined), at = 50 }, index) => ({
    known: () => (known === undefined ? undefined : { value: known, at }),
    part: () => (part === undefined ? undefined : { value: part, at }),
    ask: async () => {
      asked.push(index);
      return { value: await answer, at };
    },
  })),
  forget: () => undefined, close: () => Promise.resolve(), stats: () => ({ requests: 0, retries: 0, cacheEntries: 0, cacheBytes: 0 }),
});
/** A source that gives these batches, one after the other. */
const source = (...batches: readonly EvidenceBatch[]): EvidenceSource & ReturnType<typeof offlineSource> => ({
  ...offlineSource(batch()),
  open(): EvidenceLookup {
    const left = [...batches];
    const given: EvidenceBatch[] = [];
    return { batches: given, fetchedAt: 100, next: () => { const one = left.shift(); if (one !== undefined) given.push(one); return Promise.resolve(one); } };
  },
});
const open = async (from: ReturnType<typeof source>, beside: EvidenceStores): Promise<EvidenceLookup> => besideStores(from, beside).open(IMAGE, SCOPE);

describe('evidence of stores besides', () => {
  test('what is kept of stores is there at once, then the source, then the stores that are left', async () => {
    asked.length = 0;
    const lookup = await open(source(batch('a'), batch('b')), stores({ answer: Promise.resolve(batch('c')) }, { known: batch('d') }));
    expect(lookup.batches).toEqual([batch('d')]);
    const order: string[] = [];
    for (let one = await lookup.next(within(60_000)); one !== undefined; one = await lookup.next(within(60_000))) order.push(one.evidence.map(({ source: name }) => name).join());
    expect(order).toEqual(['a', 'b', 'c']);
    expect(lookup.batches.map(({ evidence }) => evidence[0]?.source)).toEqual(['d', 'a', 'b', 'c']);
    expect(asked).toEqual([0]);
    expect(lookup.fetchedAt).toBe(50);
  });

  test('stores are asked only when the source has nothing more', async () => {
    asked.length = 0;
    const lookup = await open(source(batch('a')), stores({ answer: Promise.resolve(batch('c')) }));
    await lookup.next(within(60_000));
    expect(asked).toEqual([]);
    await lookup.next(within(60_000));
    expect(asked).toEqual([0]);
  });

  test('pieces of a look-up that left something open are there at once, and the store is asked all the same, for what they were not', async () => {
    asked.length = 0;
    const answer = { ...batch('a', 'b'), problems: down('s').problems };
    const lookup = await open(source(), stores({ part: batch('a'), answer: Promise.resolve(answer) }));
    expect(lookup.batches).toEqual([batch('a')]);
    expect(await lookup.next(within(60_000))).toEqual({ ...batch('b'), problems: down('s').problems });
    expect([await lookup.next(within(60_000)), asked]).toEqual([undefined, [0]]);
  });

  test('what is whole comes before a part; a fresh look has no parts', async () => {
    asked.length = 0;
    const whole = await open(source(), stores({ known: batch('a'), part: batch('b') }));
    expect([whole.batches, await whole.next(within(60_000)), asked]).toEqual([[batch('a')], undefined, []]);
    const from = source();
    const fresh = await besideStores(from, stores({ part: batch('a'), answer: Promise.resolve(batch('b')) })).open(IMAGE, SCOPE, { fresh: true });
    expect([fresh.batches, await fresh.next(within(60_000)), asked]).toEqual([[batch('b')], batch('b'), [0]]);
  });

  test('one that never answers holds up no other', async () => {
    const lookup = await open(source(), stores({}, { answer: Promise.resolve(batch('b')) }, { answer: Promise.resolve(down('c')) }));
    expect([await lookup.next(within(60_000)), await lookup.next(within(60_000))]).toEqual([batch('b'), down('c')]);
  });

  test('without a store for the artifact the look-up is that of the source itself', async () => {
    const from = source(batch('a'));
    const lookup = from.open(IMAGE, SCOPE);
    expect(await besideStores({ ...from, open: () => lookup }, stores()).open(IMAGE, SCOPE)).toBe(lookup);
  });

  test('whatever is down, everything that is there comes out, and every failure is told', async () => {
    const one = fc.constantFrom('batch', 'down', 'known');
    await fc.assert(fc.asyncProperty(fc.array(one, { maxLength: 4 }), fc.array(fc.boolean(), { maxLength: 3 }), async (kinds, own) => {
      const fakes = kinds.map((kind, index): Fake => kind === 'known' ? { known: batch(`s${index}`) } : { answer: Promise.resolve(kind === 'down' ? down(`s${index}`) : batch(`s${index}`)) });
      const lookup = await open(source(...own.map((is, index) => (is ? batch(`o${index}`) : down(`o${index}`)))), stores(...fakes));
      const { evidence, problems } = await drain(lookup);
      const wanted = (isThere: boolean): string[] => [
        ...kinds.flatMap((kind, index) => ((kind !== 'down') === isThere ? [`s${index}`] : [])), ...own.flatMap((is, index) => (is === isThere ? [`o${index}`] : [])),
      ].sort();
      expect([evidence.map(({ source: name }) => name).sort(), problems.map(({ source: name }) => name).sort()]).toEqual([wanted(true), wanted(false)]);
    }), { numRuns: 200 });
  });
});
