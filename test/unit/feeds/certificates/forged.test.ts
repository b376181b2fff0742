import { describe, expect, test } from 'vitest';
import type { RevocationLead } from '../../../../src/domain/certificate-status.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeAnswer, makeList, placeName } from '../../../world/revocation.ts';
import type { ListedSerial, ListOptions } from '../../../world/revocation.ts';
import { feedScene } from './support.ts';
import type { FeedScene } from './support.ts';

/** Lists come over plain HTTP: whoever sits on the way may put anything in their place, whenever he likes. */
const NOW = Date.UTC(2026, 5, 1);
const [MINUTE, HOUR] = [60_000, 3_600_000];
const [LIST, DELTA, OCSP] = ['http://crl.acme.example/1.crl', 'http://crl.acme.example/1-delta.crl', 'http://ocsp.acme.example'];
const pki = createOwnPki(NOW);
const twin = createOwnPki(NOW);
const issuer = Buffer.from(pki.intermediate.certificate.der).toString('base64');
const lead: RevocationLead = { issuer, number: '4711', lists: [LIST] };
const silent: RevocationLead = { issuer, number: '4711' };
const made = (options: Partial<ListOptions> = {}, by = pki.intermediate): Uint8Array => makeList(by, { thisUpdate: NOW, ...options });
const ME: ListedSerial = { serial: 0x4711, at: NOW };
const later = { thisUpdate: NOW + MINUTE };

/** What is known of the certificate once `first` and then `second` lay at the place. */
async function after(
  first: Uint8Array, second: Uint8Array | undefined, asked = lead, listed: readonly string[] = [], url = LIST,
): Promise<readonly [FeedScene, string]> {
  const scene = feedScene(NOW);
  scene.published.set(url, first);
  scene.feed.of(asked, listed);
  await scene.pass(0);
  scene.feed.of(asked, listed);
  if (second === undefined) scene.published.delete(url);
  else scene.published.set(url, second);
  await scene.pass(2 * HOUR);
  return [scene, scene.feed.of(asked, listed).state];
}

describe('what lies in the place of a list that says "revoked"', () => {
  const revoked = made({ revoked: [ME] });
  test.each<[string, Uint8Array | undefined, string]>([
    ['a newer one that takes it back', made(later), 'good'],
    ['a newer one by another key', made({ ...later, key: makeKey('p256') }), 'revoked'],
    ['a newer one by another authority of the same name', made(later, twin.intermediate), 'revoked'],
    ['a newer one by the authority above', made(later, pki.root), 'revoked'],
    ['a newer one by somebody else', made(later, createOwnPki(NOW, 'Other').intermediate), 'revoked'],
    ['a newer one of another place', made({ ...later, scope: placeName(['http://crl.acme.example/2.crl']) }), 'revoked'],
    ['a newer delta', made({ ...later, number: 2, deltaOf: 1 }), 'revoked'],
    ['one of the same moment with a lower number', made({ number: 0 }), 'revoked'],
    ['one of the same moment with a higher number', made({ number: 2 }), 'good'],
    ['nothing', undefined, 'revoked'],
  ])('is heard or not: %s', async (_, second, expected) => {
    expect((await after(revoked, second))[1]).toBe(expected);
    expect((await after(revoked, second, silent, [LIST]))[1]).toBe(second !== undefined && isScoped(second) ? 'revoked' : expected);
  });

  function isScoped(list: Uint8Array): boolean {
    return Buffer.from(list).includes('2.crl');
  }

  test('what is forged is told as a failure, and keeps nothing newer out', async () => {
    const [{ told, published, feed, pass }] = await after(revoked, made({ thisUpdate: NOW + 3 * MINUTE, key: makeKey('p256') }));
    expect(told).toContain(`failed list ${LIST}: it is not signed by the issuer of the certificate`);
    published.set(LIST, made({ ...later, revoked: [{ ...ME, serial: 0x4712 }] }));
    await pass(12 * MINUTE);
    expect(feed.of(lead, []).state).toBe('good');
    expect(feed.of({ ...lead, number: '4712' }, []).state).toBe('revoked');
  });

  test('is not kept beside what is proven', async () => {
    const large = made({ thisUpdate: NOW + MINUTE, key: makeKey('p256'), revoked: Array.from({ length: 2000 }, (_, index) => ({ serial: index + 1, at: NOW })) });
    const [{ feed }] = await after(revoked, large);
    expect(feed.stats().bytes).toBeLessThan(large.length);
    const [{ feed: first }] = await after(large, large);
    expect(first.stats().bytes).toBeGreaterThan(large.length);
  });

  test('of two authorities that share the place each has its own list', async () => {
    const other: RevocationLead = { ...lead, issuer: Buffer.from(twin.intermediate.certificate.der).toString('base64') };
    const scene = feedScene(NOW);
    scene.published.set(LIST, revoked);
    for (const one of [lead, other]) scene.feed.of(one, []);
    await scene.pass(0);
    expect([lead, other].map((one) => scene.feed.of(one, []).state)).toEqual(['revoked', 'unknown']);
    scene.published.set(LIST, made(later, twin.intermediate));
    await scene.pass(2 * HOUR);
    expect([lead, other].map((one) => scene.feed.of(one, []).state)).toEqual(['revoked', 'good']);
  });

  test('a certificate that is met later is told by what was proven to its sisters', async () => {
    const [{ feed }] = await after(revoked, made({ thisUpdate: NOW - MINUTE }));
    expect(feed.of({ ...lead, lists: [LIST, 'http://crl.acme.example/3.crl'] }, []).state).toBe('revoked');
  });
});

test('a stranger\'s list sends nobody anywhere, and the issuer\'s does', async () => {
  const chain = (index: number, by = twin.intermediate): Uint8Array => made({ freshest: [`http://crl.acme.example/${index}`] }, by);
  const { feed, published, fetched, pass } = feedScene(NOW);
  published.set(LIST, chain(100));
  for (let index = 100; index < 150; index += 1) published.set(`http://crl.acme.example/${index}`, chain(index + 1));
  feed.of(lead, []);
  await pass(0);
  expect(fetched).toEqual([LIST]);
  published.set(LIST, made({ freshest: [DELTA] }));
  published.set(DELTA, made({ number: 2, deltaOf: 1, freshest: ['http://crl.acme.example/100'] }));
  await pass(MINUTE);
  expect(new Set(fetched)).toEqual(new Set([LIST, DELTA]));
  expect(feed.of(lead, []).state).toBe('good');
});

describe('deltas', () => {
  const second = 'http://crl.acme.example/2-delta.crl';
  const hold = { ...ME, reason: 6 };
  const off = { ...ME, reason: 8 };
  const delta = (revoked: readonly ListedSerial[], options: Partial<ListOptions> = {}): Uint8Array => made({ number: 2, deltaOf: 1, revoked, ...options });
  test.each<[string, readonly ListedSerial[], readonly Uint8Array[], string]>([
    ['who was on hold is taken back', [hold], [delta([off])], 'good'],
    ['who was not on hold is not: he was taken off when he ended', [{ ...ME, reason: 1 }], [delta([off])], 'revoked'],
    ['nor who was revoked for no reason told', [ME], [delta([off])], 'revoked'],
    ['one of two revokes', [], [delta([]), delta([ME], later)], 'revoked'],
    ['the other of two revokes', [], [delta([ME], later), delta([])], 'revoked'],
    ['the newer of two takes back', [hold], [delta([hold]), delta([off], { ...later, number: 3 })], 'good'],
    ['the older of two takes back', [hold], [delta([hold], { ...later, number: 3 }), delta([off])], 'revoked'],
    ['neither says anything', [], [delta([]), delta([], later)], 'good'],
  ])('%s', async (_, base, deltas, expected) => {
    const scene = feedScene(NOW);
    const places = [DELTA, second].slice(0, deltas.length);
    scene.published.set(LIST, made({ revoked: base, freshest: places }));
    deltas.forEach((one, index) => scene.published.set(places[index] ?? '', one));
    scene.feed.of(lead, []);
    await scene.pass(MINUTE);
    expect(scene.feed.of(lead, []).state).toBe(expected);
  });
});

describe('after a responder has said "revoked"', () => {
  const answer = (options: object): Uint8Array => makeAnswer(pki.intermediate, { serial: 0x4711, status: 'good', thisUpdate: NOW, ...options });
  const asked: RevocationLead = { issuer, number: '4711', responders: [OCSP] };
  test.each<[string, Uint8Array, Uint8Array, string]>([
    ['a later "good" takes it back', answer({ status: { at: NOW } }), answer(later), 'good'],
    ['a later "unknown" does not', answer({ status: { at: NOW } }), answer({ ...later, status: 'unknown' }), 'revoked'],
    ['a "good" of the same moment does not', answer({ status: { at: NOW } }), answer({}), 'revoked'],
    ['a "good" of the same moment that holds longer does not', answer({ status: { at: NOW } }), answer({ nextUpdate: NOW + 48 * HOUR }), 'revoked'],
    ['but it is heard in the same moment as "good"', answer({}), answer({ status: { at: NOW } }), 'revoked'],
    ['or with a shorter end', answer({}), answer({ status: { at: NOW }, nextUpdate: NOW + 4 * HOUR }), 'revoked'],
  ])('%s', async (_, first, then, expected) => {
    expect((await after(first, then, asked, [], OCSP))[1]).toBe(expected);
  });
});
