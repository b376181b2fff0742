import { describe, expect, test } from 'vitest';
import type { RevocationLead } from '../../../../src/domain/certificate-status.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeAnswer, makeList, points } from '../../../world/revocation.ts';
import type { ListOptions } from '../../../world/revocation.ts';
import { feedScene } from './support.ts';

const NOW = Date.UTC(2026, 5, 1);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const LIST = 'http://crl.acme.example/1.crl';
const pki = createOwnPki(NOW);
const issuer = Buffer.from(pki.intermediate.certificate.der).toString('base64');
const unnamed: RevocationLead = { issuer, number: '4711' };
const lead = (more: Partial<RevocationLead> = {}): RevocationLead => ({ ...unnamed, lists: [LIST], ...more });
const made = (options: Partial<ListOptions> = {}): Uint8Array => makeList(pki.intermediate, { thisUpdate: NOW, ...options });
const revoked = [{ serial: 0x4711, at: NOW }];

describe('what authorities publish', () => {
  test('is fetched once however often it is asked for, and never while somebody waits', async () => {
    const { feed, published, fetched, pass } = feedScene(NOW);
    published.set(LIST, made());
    for (let asked = 0; asked < 100; asked += 1) expect(feed.of(lead(), []).state).toBe('unknown');
    expect(fetched).toEqual([LIST]);
    await pass(0);
    for (let asked = 0; asked < 100; asked += 1) expect(feed.of(lead({ number: String(asked).padStart(4, '0') }), []).state).toBe('good');
    expect(fetched).toEqual([LIST]);
  });

  test('is fetched again before it ends, within the hour', async () => {
    for (const [left, within] of [[HOUR, 40 * MINUTE], [7 * DAY, 70 * MINUTE]] as const) {
      const { feed, published, fetched, pass } = feedScene(NOW);
      published.set(LIST, made({ nextUpdate: NOW + left }));
      feed.of(lead(), []);
      await pass(0);
      published.set(LIST, made({ thisUpdate: NOW + MINUTE, nextUpdate: NOW + 2 * left, revoked }));
      await pass(within);
      expect(fetched).toEqual([LIST, LIST]);
      expect(feed.of(lead(), []).state).toBe('revoked');
      feed.close();
    }
  });

  test('that cannot be fetched is asked for again, later and later; what is kept holds until its end', async () => {
    const { feed, published, fetched, told, pass } = feedScene(NOW);
    published.set(LIST, made({ nextUpdate: NOW + 2 * HOUR }));
    feed.of(lead(), []);
    await pass(0);
    published.delete(LIST);
    await pass(2 * HOUR);
    expect(feed.of(lead(), []).state).toBe('good');
    await pass(MINUTE);
    expect(feed.of(lead(), [])).toEqual({ state: 'unknown', cause: expect.stringMatching(/ended at 2026-06-01T02:00:00.000Z; .*HTTP 404/) });
    expect(told).toEqual([`fetched list ${LIST}`, `failed list ${LIST}: HTTP 404`]);
    const before = fetched.length;
    await pass(HOUR);
    expect(fetched.length - before).toBeGreaterThan(4);
    expect(fetched.length - before).toBeLessThan(9);
    published.set(LIST, made({ thisUpdate: NOW + 3 * HOUR }));
    await pass(12 * MINUTE);
    expect(feed.of(lead(), []).state).toBe('good');
  });

  test('never goes back: an older list is refused, however well signed', async () => {
    const { feed, published, told, pass } = feedScene(NOW);
    published.set(LIST, made({ revoked }));
    feed.of(lead(), []);
    await pass(0);
    published.set(LIST, made({ thisUpdate: NOW - MINUTE }));
    await pass(2 * HOUR);
    expect(feed.of(lead(), []).state).toBe('revoked');
    expect(told[1]).toMatch(/is from 2026-05-31T23:59:00.000Z, and one from 2026-06-01T00:00:00.000Z is known/);
  });

  test('is fetched from the start where a trust root names it, and stays', async () => {
    const { feed, published, fetched, pass } = feedScene(NOW);
    published.set(LIST, made({ nextUpdate: NOW + 30 * DAY }));
    feed.pin([LIST]);
    await pass(3 * DAY);
    expect(fetched.length).toBeGreaterThan(48);
    expect(feed.of(unnamed, [LIST]).state).toBe('good');
    expect(feed.stats()).toMatchObject({ lists: 1, answers: 0 });
  });

  test('is let go when nobody has asked for a day', async () => {
    const { feed, published, fetched, pass } = feedScene(NOW);
    published.set(LIST, made({ nextUpdate: NOW + 30 * DAY }));
    feed.of(lead(), []);
    await pass(26 * HOUR);
    expect(feed.stats().lists).toBe(0);
    const before = fetched.length;
    await pass(DAY);
    expect(fetched.length).toBe(before);
  });

  test('is asked for four at a time', async () => {
    const { feed, most, pass } = feedScene(NOW);
    for (let index = 0; index < 100; index += 1) feed.of(lead({ lists: [`http://x.example/${index}`] }), []);
    await pass(0);
    expect(most()).toBe(4);
  });

  test('is bounded: what was asked for least recently goes', async () => {
    const { feed, published, pass } = feedScene(NOW);
    published.set(LIST, made());
    feed.pin([LIST]);
    for (let index = 0; index < 5000; index += 1) feed.of(lead({ lists: [`http://x.example/${index}`], responders: [`http://o.example/${index}`] }), []);
    await pass(0);
    expect(feed.stats()).toMatchObject({ lists: 4096, answers: 4096 });
    expect(feed.lists().some(({ url }) => url === LIST)).toBe(true);
    feed.close();
  });

  test('tells its generation whenever something else is known', async () => {
    const { feed, published, pass } = feedScene(NOW);
    published.set(LIST, made());
    feed.of(lead(), []);
    const first = feed.generation();
    await pass(0);
    const second = feed.generation();
    expect(second).toBeGreaterThan(first);
    await pass(3 * HOUR);
    expect(feed.generation()).toBe(second);
  });

  test('is told with age, end and entries', async () => {
    const { feed, published, pass } = feedScene(NOW);
    published.set(LIST, made({ revoked }));
    feed.of(lead({ lists: [LIST, 'http://x.example/'] }), []);
    await pass(10 * MINUTE);
    expect(feed.lists()).toEqual([
      { url: LIST, failures: 0, age: expect.closeTo(10 * MINUTE, -4) as number, left: 7 * DAY - 10 * MINUTE, entries: 1 },
      { url: 'http://x.example/', failures: expect.any(Number) as number },
    ]);
  });

  test('is told apart from what says the same as before', async () => {
    const { feed, published, pass } = feedScene(NOW);
    const url = 'http://ocsp.acme.example';
    const both = lead({ responders: [url] });
    const put = async (minutes: number, listed: typeof revoked, status: 'good' | { readonly at: number }): Promise<number> => {
      const thisUpdate = NOW + minutes * MINUTE;
      published.set(LIST, made({ thisUpdate, revoked: listed }));
      published.set(url, makeAnswer(pki.intermediate, { serial: 0x4711, status, thisUpdate }));
      feed.of(both, []);
      await pass(2 * HOUR);
      return feed.changes();
    };
    const other = [...revoked, { serial: 0x4712, at: NOW }];
    expect([
      await put(0, revoked, 'good'), await put(1, revoked, 'good'), await put(2, other, 'good'), await put(3, other, 'good'),
      await put(4, [{ serial: 0x4713, at: NOW }, { serial: 0x4712, at: NOW }], 'good'), await put(5, [], { at: NOW }), await put(6, [], { at: NOW }), await put(7, [], 'good'),
    ]).toEqual([0, 0, 1, 1, 2, 4, 4, 5]);
  });

  test('that nobody renews has ended at a later moment, and all others are renewed', async () => {
    const { feed, published, now, pass } = feedScene(NOW);
    const end = NOW + 100 * HOUR;
    published.set(LIST, made({ nextUpdate: end }));
    feed.of(lead(), []);
    await pass(0);
    const at = (moment: number): string => feed.of(lead(), [], moment).state;
    expect([at(end), at(end + 1), at(end + DAY)]).toEqual(['good', 'good', 'good']);
    expect(feed.ends()).toEqual([]);
    published.delete(LIST);
    await pass(2 * HOUR);
    expect([at(now()), at(end), at(end + 1), at(NOW)]).toEqual(['good', 'good', 'unknown', 'good']);
    expect(feed.ends()).toEqual([{ url: LIST, at: end }]);
    published.set(LIST, made({ thisUpdate: NOW + HOUR, nextUpdate: end + DAY }));
    await pass(HOUR);
    expect([feed.ends(), at(end + 2 * DAY)]).toEqual([[], 'good']);
    // The last twentieth of its time: who has not published the next one by then may not do so.
    feed.pin([LIST]);
    await pass(end + DAY - now() - 5 * HOUR);
    expect(feed.ends()).toEqual([{ url: LIST, at: end + DAY }]);
    expect([at(end + DAY), at(end + DAY + 1)]).toEqual(['good', 'unknown']);
  });

  test('a command waits for what is new, and for the deltas that it names', async () => {
    const { feed, published, pass } = feedScene(NOW);
    const delta = 'http://crl.acme.example/delta.crl';
    published.set(LIST, made({ freshest: [delta] }));
    published.set(delta, made({ number: 2, deltaOf: 1, revoked }));
    expect(await feed.settled(1000)).toBe(false);
    feed.of(lead(), []);
    const settled = feed.settled(1000);
    await pass(0);
    expect(await settled).toBe(true);
    expect(feed.of(lead(), [])).toMatchObject({ state: 'revoked', source: delta });
  });

  test('and for the list that the certificate of a responder names', async () => {
    const { feed, published, fetched, pass } = feedScene(NOW);
    const [url, itsList] = ['http://ocsp.acme.example', 'http://crl.acme.example/responders.crl'];
    const by = pki.issue({ subject: [['CN', 'ocsp']], usages: ['ocspSigning'], extensions: [points([itsList])] });
    published.set(url, makeAnswer(pki.intermediate, { serial: 0x4711, status: 'good', thisUpdate: NOW, by }));
    published.set(itsList, made());
    feed.of({ ...unnamed, responders: [url] }, []);
    const settled = feed.settled(1000);
    await pass(0);
    expect([await settled, fetched]).toEqual([true, [url, itsList]]);
    expect(feed.of({ ...unnamed, responders: [url] }, []).state).toBe('good');
  });

  test('but not for ever', async () => {
    const { feed, pass } = feedScene(NOW);
    feed.of(lead({ lists: Array.from({ length: 4 }, (_, index) => `http://x.example/${index}`) }), []);
    const settled = feed.settled(0);
    await pass(10);
    expect(await settled).toBe(true);
  });
});

describe('a responder', () => {
  test('is asked about each certificate for itself', async () => {
    const url = 'http://ocsp.acme.example';
    const { feed, published, pass } = feedScene(NOW);
    const posts: number[] = [];
    published.set(url, (post) => {
      posts.push(post?.length ?? 0);
      return makeAnswer(pki.intermediate, { serial: 0x4711, status: 'good', thisUpdate: NOW });
    });
    const [mine, other] = [{ ...unnamed, responders: [url] }, { ...unnamed, responders: [url], number: '4712' }];
    feed.of(mine, []);
    feed.of(other, []);
    await pass(0);
    expect(posts).toEqual([expect.any(Number), expect.any(Number)]);
    expect(feed.of(mine, []).state).toBe('good');
    expect(feed.of(other, [])).toEqual({ state: 'unknown', cause: `${url}: answer speaks 0 times about the certificate, expected once` });
  });
});
