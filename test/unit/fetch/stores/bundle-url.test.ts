import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import { unpackSnappy } from '../../../../src/fetch/stores/github/snappy.ts';
import { ORGANISATION, startGithub } from '../../../world/stores/github.ts';
import type { FakeGithub } from '../../../world/stores/github.ts';
import { artifact, codes, manualClock, text, within } from '../support.ts';

// What GitHub only names is fetched from the addresses that the configuration names and nowhere else, without token, and unpacked strictly.
const NAME = 'ghcr.io/acme/app';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
/** Packed by github.com/golang/snappy v0.0.4. */
const PACKED = Buffer.from('ngHwQ3sibWVkaWFUeXBlIjoiYXBwbGljYXRpb24vdm5kLmRldi5zaWdzdG9yZS5idW5kbGUudjAuMytqc29uIiwidmVyaWZpCTFETWF0ZXJpYWwiOnsid29yZCI6BQcBC14EAAQsIG5xAAgifX0=', 'base64');
const BUNDLE = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"word":"wordwordwordwordwordwordwordword, application/vnd.dev.sigstore"}}';
const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex');

describe('snappy', () => {
  test.each<[string, string, string]>([
    ['nothing', '00', ''], ['a literal', '05106162636465', 'abcde'], ['a literal with its length behind', `3df03c${'78'.repeat(61)}`, 'x'.repeat(61)],
  ])('%s', (_, block, content) => {
    const found = unpackSnappy(hex(block), 1000);
    expect(found instanceof Uint8Array ? Buffer.from(found).toString() : found).toBe(content);
  });

  test('what golang/snappy has packed', () => {
    const found = unpackSnappy(PACKED, 1000);
    expect(found instanceof Uint8Array ? Buffer.from(found).toString() : found).toBe(BUNDLE);
  });

  test('a copy may overlap what it makes', () => {
    // 9 bytes: the literal "a", then 8 bytes from one byte back.
    const found = unpackSnappy(hex('0900611101'), 1000);
    expect(found instanceof Uint8Array ? Buffer.from(found).toString() : found).toBe('aaaaaaaaa');
  });

  test.each<[string, string, string]>([
    ['no bytes', '', 'no length'], ['a length that does not end', 'ffffffffff01', 'no length'], ['a length beyond 32 bits', 'ffffffff7f00', 'no length'],
    ['more than is taken', 'ffffff7f', 'bytes, unpacked'], ['less than it says', '0600', 'cut off'], ['nothing where it says something', '01', 'less than it says'],
    ['more than it says', '01046162', 'more than it says'], ['a literal that is cut off', '0510616263', 'cut off'], ['a copy without its offset', '09006111', 'cut off'],
    ['a copy from before the beginning', '0900611102', 'a copy from outside'], ['a copy from itself', '0900611100', 'a copy from outside'], ['bytes behind the end', '01006100', 'cut off'],
  ])('%s is refused', (_, block, fault) => {
    expect(unpackSnappy(hex(block), 1000)).toMatchObject({ fault: expect.stringContaining(fault) as string });
  });
});

interface Blob { readonly status?: number; readonly body?: Uint8Array; readonly headers?: Record<string, string> }

describe('bundle_url', () => {
  let github: FakeGithub;
  let blobs: { readonly url: string; readonly seen: { readonly path: string; readonly authorization: string | undefined }[]; answer: Blob; close(): Promise<void> };
  const clean: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    github = await startGithub();
    const seen: (typeof blobs)['seen'] = [];
    const server = createServer((request, response) => {
      seen.push({ path: request.url ?? '', authorization: request.headers.authorization });
      response.writeHead(blobs.answer.status ?? 200, { 'content-type': 'application/x-snappy', ...blobs.answer.headers }).end(blobs.answer.body ?? PACKED);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const close = (): Promise<void> => new Promise((done) => server.close(() => done()));
    blobs = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, answer: {}, close };
    clean.push(() => github.close(), close);
  });
  afterEach(async () => { for (const one of clean.splice(0).toReversed()) await one(); });

  async function ask(bundleUrl: unknown, bundles: readonly string[] = [`${blobs.url}/attestations`], evidenceBytes?: number, attestations: unknown[] = [{ bundle: null, bundle_url: bundleUrl, repository_id: 1 }]): Promise<EvidenceBatch> {
    github.attestations.set(DIGEST, attestations);
    const stores = await openEvidenceStores({
      clock: manualClock(), plainHttp: ['127.0.0.1'], limits: { requestTimeout: 60_000, retries: 0, ...(evidenceBytes === undefined ? {} : { evidenceBytes }) },
      stores: [{ kind: 'github', url: github.url, owner: ORGANISATION, bundles, token: () => Promise.resolve('very-secret-token'), artifacts: ['**'] }],
    });
    clean.push(() => stores.close());
    const [one] = stores.for(artifact(NAME, DIGEST));
    if (one === undefined) throw new Error('nobody is asked');
    return (await one.ask(within(60_000))).value;
  }

  test('below an address that is named it is fetched, without the token, and unpacked', async () => {
    const { evidence, problems } = await ask(`${blobs.url}/attestations/1/2.json.sn?sv=1&sig=secret`);
    expect(problems).toEqual([]);
    expect(evidence.map((one) => [one.format, text(one)])).toEqual([['sigstore-bundle', BUNDLE]]);
    expect(blobs.seen).toEqual([{ path: '/attestations/1/2.json.sn?sv=1&sig=secret', authorization: undefined }]);
  });

  test.each<[string, (base: string) => unknown]>([
    ['another host', () => 'https://bucket.evil.example/attestations/1.json.sn'],
    ['another path', (base) => `${base}/other/1.json.sn`],
    ['a path that begins alike', (base) => `${base}/attestations-of-others/1.json.sn`],
    ['a path that leads up', (base) => `${base}/attestations/../other/1.json.sn`],
    ['a path that leads up, encoded', (base) => `${base}/attestations/%2E%2e/other/1.json.sn`],
    ['an encoded slash', (base) => `${base}/attestations/..%2fother/1.json.sn`],
    ['the same host with a user', (base) => `${base.replace('//', '//user@')}/attestations/1.json.sn`],
    ['the address of metadata', () => 'http://169.254.169.254/attestations/1.json.sn'],
    ['no address at all', () => 'attestations/1.json.sn'],
    ['an object', () => ({ url: 'x' })],
    ['another scheme', (base) => `${base.replace('http:', 'https:')}/attestations/1.json.sn`],
  ])('%s is told and not asked', async (_, make) => {
    const { evidence, problems } = await ask(make(blobs.url));
    expect(evidence).toEqual([]);
    expect(codes(problems)).toEqual(['FETCH_RESPONSE_INVALID']);
    expect(blobs.seen).toEqual([]);
  });

  test('without named addresses it is told, with the address to name', async () => {
    const { problems } = await ask('https://blobs.acme.example/attestations/1.json.sn?sig=secret', []);
    expect(problems).toMatchObject([{ code: 'FETCH_RESPONSE_INVALID', found: expect.stringMatching(/bundle_url, at https:\/\/blobs\.acme\.example$/) as string, fix: expect.stringContaining('bundles of this store') as string }]);
  });

  test.each<[string, Blob, string]>([
    ['an address that has expired', { status: 403 }, 'FETCH_UNAUTHORIZED'],
    ['404', { status: 404 }, 'FETCH_RESPONSE_INVALID'],
    ['an error', { status: 500 }, 'FETCH_SERVER_ERROR'],
    ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/latest' } }, 'FETCH_REDIRECT'],
    ['a bundle that is not packed', { body: Buffer.from(BUNDLE) }, 'FETCH_RESPONSE_INVALID'],
    ['something else, packed', { body: hex('05106162636465') }, 'FETCH_RESPONSE_INVALID'],
    ['half of it', { body: PACKED.subarray(0, 90) }, 'FETCH_RESPONSE_INVALID'],
    ['a block that claims a gigabyte', { body: hex('8080808004') }, 'FETCH_TOO_LARGE'],
    ['a body in gzip', { headers: { 'content-encoding': 'gzip' } }, 'FETCH_RESPONSE_INVALID'],
  ])('%s leaves open what there is, and nothing secret is told', async (_, answer, code) => {
    blobs.answer = answer;
    const { evidence, problems } = await ask(`${blobs.url}/attestations/1.json.sn?sig=secret`);
    expect(evidence).toEqual([]);
    expect(codes(problems)).toEqual([code]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  test('blocks that claim much and are none use up what may be fetched', async () => {
    // Each says 60,000 bytes and stops after one.
    blobs.answer = { body: hex('e0d4030061') };
    const many = Array.from({ length: 9 }, (_, index) => ({ bundle: null, bundle_url: `${blobs.url}/attestations/${index}.json.sn` }));
    const { evidence, problems } = await ask(many[0]?.bundle_url, undefined, 200_000, many);
    expect(evidence).toEqual([]);
    expect(new Set(codes(problems))).toEqual(new Set(['FETCH_RESPONSE_INVALID', 'FETCH_TOO_LARGE']));
    expect(codes(problems).filter((code) => code === 'FETCH_RESPONSE_INVALID').length).toBeLessThan(5);
  });

  test('what is larger unpacked than all evidence may be is not taken', async () => {
    expect(codes((await ask(`${blobs.url}/attestations/1.json.sn`, undefined, 150)).problems)).toEqual(['FETCH_TOO_LARGE']);
    await clean.pop()?.();
    expect((await ask(`${blobs.url}/attestations/1.json.sn`, undefined, 158)).evidence).toHaveLength(1);
  });
});
