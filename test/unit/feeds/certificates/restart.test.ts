import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RevocationLead } from '../../../../src/domain/certificate-status.ts';
import { recallLists, rememberLists } from '../../../../src/feeds/certificates/remembered.ts';
import { withLifetime } from '../../../../src/wiring/lifetime.ts';
import { openCertificates } from '../../../../src/wiring/trust/certificates.ts';
import { until } from '../../../support/patience.ts';
import { startAuthority } from '../../../world/authority.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeList } from '../../../world/revocation.ts';
import type { ListedSerial, ListOptions } from '../../../world/revocation.ts';
import { feedScene } from './support.ts';

/** What was proven of the lists that trust roots name is there after a restart, and nothing else is. */
const NOW = Date.UTC(2026, 5, 1);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const LIST = 'http://crl.acme.example/1.crl';
const pki = createOwnPki(NOW);
const twin = createOwnPki(NOW);
const lead: RevocationLead = { issuer: Buffer.from(pki.intermediate.certificate.der).toString('base64'), number: '4711' };
const made = (options: Partial<ListOptions> = {}, by = pki.intermediate): Uint8Array => makeList(by, { thisUpdate: NOW, ...options });
const ME: ListedSerial = { serial: 0x4711, at: NOW };
const forged = { thisUpdate: NOW + 2 * MINUTE, key: makeKey('p256') };

/** The state after these lay at the place one after the other, in a process that then ends; what it leaves. */
async function left(...lists: readonly Uint8Array[]): Promise<Map<string, Uint8Array>> {
  const disk = new Map<string, Uint8Array>();
  const { feed, published, pass } = feedScene(NOW, disk);
  feed.pin([LIST]);
  for (const list of lists) {
    published.set(LIST, list);
    await pass(2 * HOUR);
    feed.of(lead, [LIST]);
    await pass(0);
  }
  feed.close();
  return disk;
}

/** The state in the next process, where this lies at the place. */
async function next(disk: Map<string, Uint8Array>, list: Uint8Array | undefined, at = NOW + 5 * HOUR): Promise<string> {
  const { feed, published, pass } = feedScene(at, disk);
  if (list !== undefined) published.set(LIST, list);
  feed.pin([LIST]);
  await pass(0);
  const { state } = feed.of(lead, [LIST]);
  feed.close();
  return state;
}

describe('after a restart', () => {
  const [revoked, good] = [made({ revoked: [ME] }), made()];
  test.each<[string, readonly Uint8Array[], Uint8Array | undefined, string]>([
    ['who was revoked still is while nobody answers', [revoked], undefined, 'revoked'],
    ['who was good still is while nobody answers', [good], undefined, 'good'],
    ['an older list takes nothing back', [revoked], made({ thisUpdate: NOW - HOUR }), 'revoked'],
    ['a forged one takes nothing back', [revoked], made(forged), 'revoked'],
    ['nor one by an authority of the same name', [revoked], made({ thisUpdate: NOW + MINUTE }, twin.intermediate), 'revoked'],
    ['a newer one does', [revoked], made({ thisUpdate: NOW + MINUTE }), 'good'],
    ['what was forged before was not kept', [revoked, made(forged)], undefined, 'revoked'],
    ['and takes no place from what was proven later', [made(forged), revoked], undefined, 'revoked'],
    ['of what was forged alone nothing is kept', [made(forged)], undefined, 'unknown'],
  ])('%s', async (_, before, now, expected) => {
    expect(await next(await left(...before), now)).toBe(expected);
  });

  test('a list that has ended meanwhile makes nothing good, and spares nobody', async () => {
    expect(await next(await left(good), undefined, NOW + 8 * DAY)).toBe('unknown');
    expect(await next(await left(revoked), undefined, NOW + 8 * DAY)).toBe('revoked');
  });

  test('lists that certificates alone name are fetched anew: there is no end of them', async () => {
    const disk = new Map<string, Uint8Array>();
    const { feed, published, pass } = feedScene(NOW, disk);
    published.set(LIST, revoked);
    feed.of({ ...lead, lists: [LIST] }, []);
    await pass(MINUTE);
    expect(feed.of({ ...lead, lists: [LIST] }, []).state).toBe('revoked');
    expect(disk.size).toBe(0);
  });

  test('what somebody wrote into the folder is believed as little as what comes over the network', async () => {
    const kept = (der: Uint8Array): Map<string, Uint8Array> => new Map([[LIST, rememberLists([{ lead, role: 'base', der }])]]);
    expect(await next(kept(good), undefined)).toBe('good');
    expect(await next(kept(made(forged)), undefined)).toBe('unknown');
    expect(await next(kept(made({}, twin.intermediate)), undefined)).toBe('unknown');
    expect(await next(kept(made({ thisUpdate: NOW + DAY })), undefined)).toBe('unknown');
    expect(await next(new Map([[LIST, Buffer.from('[]\n')]]), revoked)).toBe('revoked');
  });
});

test('bytes of any form are read or are nothing', () => {
  const bytes = rememberLists([{ lead: { ...lead, lists: [LIST], isAuthority: true }, role: 'delta', der: made() }, { lead, role: 'base', der: made() }]);
  expect(recallLists(bytes)).toEqual([{ lead: { ...lead, number: '', lists: [LIST], isAuthority: true }, role: 'delta', der: expect.anything() as Uint8Array }, { lead: { ...lead, number: '' }, role: 'base', der: expect.anything() as Uint8Array }]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (any) => { expect(Array.isArray(recallLists(any))).toBe(true); }), { numRuns: 2000 });
  fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (place, byte) => {
    const changed = Buffer.from(bytes);
    changed[place] = byte;
    expect(recallLists(changed).length).toBeLessThanOrEqual(2);
  }), { numRuns: 2000 });
});

test('in the folder of the configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lists-'));
  const now = Math.floor(Date.now() / 1000) * 1000;
  const list = makeList(pki.intermediate, { thisUpdate: now - HOUR, revoked: [{ ...ME, at: now - HOUR }] });
  const authority = await startAuthority(() => list);
  const url = `${authority.url}/1.crl`;
  for (const isAgain of [false, true]) {
    authority.isDown = isAgain;
    await withLifetime(async (lifetime) => {
      const asking = openCertificates({ asked: () => [{ mode: 'hard', lists: [url] }], network: () => ({ plainHttp: ['127.0.0.1'] }), folder }, lifetime);
      asking.followListed();
      await until(() => asking.certificates.of(lead, [url]).state === 'revoked');
      await until(() => readdirSync(folder).filter((name) => name.endsWith('.lists') && !name.startsWith('.')).length === 1);
      await lifetime.disposeAsync();
    });
  }
  authority.close();
  rmSync(folder, { recursive: true });
});
