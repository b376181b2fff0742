import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import type { EvidenceStores } from '../../../../src/fetch/index.ts';
import { onBehalfOf } from '../../../../src/flow/asker.ts';
import { startArchivista } from '../../../world/stores/archivista.ts';
import type { FakeArchivista } from '../../../world/stores/archivista.ts';
import { artifact, codes, manualClock, PATIENT, within } from '../support.ts';

// How long pieces of a look-up are kept that left something open, and whose memory they take. One envelope is listed and not there.
const NAME = 'registry.acme.example/app';
const digestOf = (index: number): string => `sha256:${index.toString(16).padStart(64, '0')}`;
const envelope = (word: string): Buffer =>
  Buffer.from(JSON.stringify({ payload: Buffer.from(word).toString('base64'), payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] }));
const CACHE = { evidenceTTL: 10_000, absenceTTL: 1000 };

let fake: FakeArchivista;
let stores: EvidenceStores;
const clock = manualClock();
beforeEach(async () => { fake = await startArchivista(100); });
afterEach(async () => {
  await stores.close();
  await fake.close();
});
const open = async (cache: { maxBytes?: number; maxEntries?: number } = {}, limits: { evidenceBytes?: number } = {}): Promise<void> => {
  stores = await openEvidenceStores({
    clock, plainHttp: ['127.0.0.1'], limits: { requestTimeout: 60_000, retries: 0, ...limits }, cache: { ...CACHE, ...cache },
    stores: [{ kind: 'archivista', url: fake.url, artifacts: ['**'] }],
  });
};
const lookUp = (digest = digestOf(0)): ReturnType<EvidenceStores['for']>[number] => {
  const [one] = stores.for(artifact(NAME, digest));
  if (one === undefined) throw new Error('nobody is asked');
  return one;
};
const ask = async (digest = digestOf(0)): Promise<EvidenceBatch> => (await lookUp(digest).ask(within(60_000))).value;
const put = (word: string, digest = digestOf(0)): void => fake.put(NAME, digest, envelope(word));
const mend = new Map<string, Uint8Array>();
const lose = (digest = digestOf(0)): void => {
  put(`lost ${digest}`, digest);
  const [gitoid, bytes] = [...fake.blobs.entries()].at(-1) ?? ['', Buffer.alloc(0)];
  mend.set(gitoid, bytes);
  fake.blobs.delete(gitoid);
};

describe('pieces of a look-up that left something open', () => {
  test('are kept as long as others, and what was open is kept for nobody else', async () => {
    put('one');
    lose();
    await open();
    expect(codes((await ask()).problems)).toEqual(['FETCH_RESPONSE_INVALID']);
    for (const age of [0, 7000, 2999]) {
      clock.tick(age);
      expect([lookUp().known(false), lookUp().known(true), lookUp().part()?.value.evidence.length, lookUp().part()?.value.problems]).toEqual([undefined, undefined, 1, []]);
    }
    clock.tick(1);
    expect(lookUp().part()).toBeUndefined();
  });

  test('without pieces there is none', async () => {
    lose();
    await open();
    expect((await ask()).evidence).toEqual([]);
    expect([lookUp().part(), stores.stats().cacheEntries]).toEqual([undefined, 0]);
  });

  test('whoever has heard the store a moment ago is told the same when it looks again, and nobody else', async () => {
    lose();
    await open();
    const one = stores.for(artifact(NAME, digestOf(0)));
    const decision = artifact(NAME, digestOf(0));
    const [first] = stores.for(decision);
    const heard = await first?.ask(within(60_000));
    clock.tick(1000);
    const [again] = stores.for(decision);
    expect([again?.known(true), again?.known(false), one[0]?.known(true)]).toEqual([heard, undefined, undefined]);
    clock.tick(1);
    expect(again?.known(true)).toBeUndefined();
  });

  test('end when the store gives all it has, and are whole from then on', async () => {
    put('one');
    lose();
    await open();
    await ask();
    for (const [gitoid, bytes] of mend) fake.blobs.set(gitoid, bytes);
    expect(await ask()).toMatchObject({ evidence: [{}, {}], problems: [] });
    expect([lookUp().part(), lookUp().known(false)?.value.evidence.length, stores.stats().cacheEntries]).toEqual([undefined, 2, 1]);
  });

  test('stay when the store is down, and never stand in the place of what is whole', async () => {
    put('one');
    lose();
    put('two', digestOf(1));
    await open();
    await ask();
    await ask(digestOf(1));
    lose(digestOf(1));
    expect(codes((await ask(digestOf(1))).problems)).toEqual(['FETCH_RESPONSE_INVALID']);
    fake.fault = () => ({ status: 500 });
    expect(codes((await ask()).problems)).toEqual(['FETCH_SERVER_ERROR']);
    expect([lookUp().part()?.value.evidence.length, lookUp(digestOf(1)).part(), lookUp(digestOf(1)).known(false)?.value.evidence.length]).toEqual([1, undefined, 1]);
  });

  test('are asked for again in the background before they end, and what is new is among them', async () => {
    put('one');
    lose();
    await open();
    await ask();
    put('two');
    clock.tick(7999);
    lookUp().part();
    const before = fake.asked.length;
    clock.tick(1);
    expect(lookUp().part()?.value.evidence).toHaveLength(1);
    await expect.poll(() => lookUp().part()?.value.evidence.length, PATIENT).toBe(2);
    // The list, what is new, and what is not there: not what it gave before.
    expect(fake.asked).toHaveLength(before + 3);
  });

  test('whoever leaves early makes no part of what was cut short', async () => {
    put('one');
    put('two');
    await open();
    let [reached, answered] = [(): void => undefined, 0];
    const hanging = new Promise<void>((done) => { reached = done; });
    fake.fault = ({ method }) => {
      if (method === 'POST' || (answered += 1) === 1) return undefined;
      reached();
      return 'hang';
    };
    const leaving = new AbortController();
    const asking = lookUp().ask(leaving.signal);
    await hanging;
    leaving.abort();
    expect(codes((await asking).value.problems)).toEqual(['FETCH_TIMEOUT']);
    fake.fault = undefined;
    await ask(digestOf(1));
    expect(lookUp().part()).toBeUndefined();
  });

  test('a piece that was fetched before is still held to the bytes of all, the small ones first', async () => {
    put('x'.repeat(100_000));
    lose();
    await open({}, { evidenceBytes: 140_000 });
    expect((await ask()).evidence).toHaveLength(1);
    for (const letter of ['a', 'b', 'c']) put(letter.repeat(20_000));
    const { evidence, problems } = await ask();
    expect(evidence.map(({ bytes }) => bytes.length < 50_000)).toEqual([true, true, true]);
    expect(codes(problems).sort()).toEqual(['FETCH_RESPONSE_INVALID', 'FETCH_TOO_LARGE']);
  });
});

describe('a tenant who fills the store with garbage', () => {
  const as = <T>(namespace: string, work: () => Promise<T>): Promise<T> => onBehalfOf({ namespace, caller: 'user' }, work);
  const flood = async (isOpen: boolean): Promise<void> => {
    for (let index = 2; index < 22; index += 1) {
      put(`${index} ${'x'.repeat(40_000)}`, digestOf(index));
      if (isOpen) lose(digestOf(index));
      await as('evil', () => ask(digestOf(index)));
    }
  };

  test.each([['that can be read', false], ['that leaves it open', true]])('garbage %s pushes out nothing that others asked for, and stays within the bounds', async (_, isOpen) => {
    put('one');
    put('two', digestOf(1));
    lose(digestOf(1));
    await open({ maxBytes: 800_000 });
    await as('shop', () => ask());
    await as('shop', () => ask(digestOf(1)));
    await flood(isOpen);
    expect([lookUp().known(false)?.value.evidence.length, lookUp(digestOf(1)).part()?.value.evidence.length]).toEqual([1, 1]);
    expect(stores.stats().cacheBytes).toBeLessThanOrEqual(800_000);
    const kept = (index: number): boolean => (isOpen ? lookUp(digestOf(index)).part() : lookUp(digestOf(index)).known(false)) !== undefined;
    expect([kept(2), kept(21)]).toEqual([false, true]);
  });

  test.each<[string, (digest: string) => void]>([['all of it', () => undefined], ['a part of it', lose]])('takes nothing into his share by asking for it himself, where the store gives %s', async (_, leaveOpen) => {
    put('one');
    leaveOpen(digestOf(0));
    await open({ maxBytes: 800_000 });
    await as('shop', () => ask());
    for (const age of [1001, 7000]) {
      clock.tick(age);
      await as('evil', () => ask());
    }
    await flood(false);
    await flood(true);
    expect((lookUp().known(false) ?? lookUp().part())?.value.evidence.length).toBe(1);
  });

  test('nor many small answers', async () => {
    put('one');
    await open({ maxEntries: 5 });
    await as('shop', () => ask());
    for (let index = 2; index < 12; index += 1) await as('evil', () => ask(digestOf(index)));
    expect([lookUp().known(false)?.value.evidence.length, stores.stats().cacheEntries]).toEqual([1, 5]);
  });

  test('whoever has everything to himself keeps what he used last', async () => {
    put('one');
    await open({ maxBytes: 800_000 });
    await as('evil', () => ask());
    await flood(false);
    expect(lookUp().known(false)).toBeUndefined();
  });
});
