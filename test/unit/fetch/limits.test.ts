import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/fetch/oci/manifest.ts';
import { attachCosignTag, pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { PATIENT, BUNDLE, SCOPE, SIMPLE, artifact, codes, drain, registry, source, text, within } from './support.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const ANNOTATIONS = { 'dev.cosignproject.cosign/signature': 'c2ln' };
const GOOD = '{"good":1}';

const digestFor = (n: number): string => `sha256:${createHash('sha256').update(String(n)).digest('hex')}`;
const entries = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ mediaType: MANIFEST, digest: digestFor(from + n), size: 500, artifactType: BUNDLE }));
const index = (manifests: readonly object[]): Buffer => Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));

/** An image with a good legacy signature, whose referrers are served as `pages`. */
async function withReferrers(pages: readonly Buffer[]) {
  const r = await registry();
  const digest = pushImage(r, 'acme/app', 'v1');
  attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: GOOD, annotations: ANNOTATIONS }]);
  r.fault({ path: /\/referrers\//, behaviour: { kind: 'custom', handle: (request, response) => {
    const at = Number(/page=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
    const link = at + 1 < pages.length ? { link: `</v2/acme/app/referrers/${digest}?page=${at + 1}>; rel="next"` } : {};
    response.writeHead(200, { 'content-type': INDEX, ...link }).end(pages[at]);
  } } });
  return { r, found: await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE)) };
}

function onlyGood(found: Awaited<ReturnType<typeof withReferrers>>['found'], problem: string): void {
  expect(found.evidence.map(text)).toEqual([GOOD]);
  expect(new Set(codes(found.problems))).toEqual(new Set([problem]));
}

describe('G01 E14 too many referrers', () => {
  it('10 001 in one list are refused without reading any of them, and hide no legacy signature', async () => {
    const { r, found } = await withReferrers([index(entries(0, 10_001))]);
    onlyGood(found, 'FETCH_TOO_MANY');
    expect(r.requests(/manifests\/sha256:/)).toEqual([]);
  });

  it('50 000 in pages are not even listed to the end, and only one page is held at a time', async () => {
    const page = (n: number): Buffer => index(entries(n * 5_000, 5_000));
    const { r, found } = await withReferrers(Array.from({ length: 10 }, (_, n) => page(n)));
    onlyGood(found, 'FETCH_TOO_MANY');
    expect(found.problems[0]).toMatchObject({ found: '5000 or more pieces', expected: 'at most 1000' });
    expect(r.requests(/\/referrers\//)).toHaveLength(1);
    expect(r.requests(/manifests\/sha256:/)).toEqual([]);
  });

  it('1 001 in small pages are refused, and 1 000 are read', async () => {
    const pages = (count: number): Buffer[] => Array.from({ length: Math.ceil(count / 100) }, (_, n) => index(entries(n * 100, Math.min(100, count - n * 100))));
    const over = await withReferrers(pages(1_001));
    expect(codes(over.found.problems)).toEqual(['FETCH_TOO_MANY']);
    expect(over.r.requests(/\/referrers\//)).toHaveLength(11);
    const at = await withReferrers(pages(1_000));
    // They are listed, but not there: each of them was asked for and is reported.
    expect(at.r.requests(/manifests\/sha256:/)).toHaveLength(1_000);
    onlyGood(at.found, 'FETCH_RESPONSE_INVALID');
  });

  it('the same entry a hundred thousand times is one entry', async () => {
    const { r, found } = await withReferrers(Array.from({ length: 20 }, () => index(new Array<object>(5_000).fill(entries(0, 1)[0] ?? {}))));
    onlyGood(found, 'FETCH_RESPONSE_INVALID');
    expect(r.requests(/manifests\/sha256:/)).toHaveLength(1);
  });

  it('F10: attachments that say they are no evidence do not count; a hundred of them are looked at, and more are told', async () => {
    const boms = entries(0, 5_000).map((entry) => ({ ...entry, artifactType: 'application/spdx+json' }));
    const { r, found } = await withReferrers([index(boms)]);
    onlyGood(found, 'FETCH_TOO_MANY');
    expect(r.requests(/manifests\/sha256:/)).toHaveLength(100);
  });

  it('50 000 layers under a legacy tag are refused without reading any', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const layer = { mediaType: SIMPLE, digest: digestFor(1), size: 10 };
    for (const count of [1_001, 9_000]) {
      r.pushManifest('acme/app', `${digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, layers: new Array<object>(count).fill(layer) });
      const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
      expect(codes(found.problems)).toEqual(['FETCH_TOO_MANY']);
      expect(found.problems[0]).toMatchObject({ found: `${count} pieces` });
    }
    expect(r.requests(/blobs/)).toEqual([]);
  });
});

describe('G02 counts chosen by the attacker', () => {
  const parse = (text: string, contentType = MANIFEST) => parseManifest({ bytes: Buffer.from(text), contentType });
  const head = `"schemaVersion":2,"mediaType":"${MANIFEST}"`;

  it.each([
    ['a million layers', `{${head},"layers":[${'{},'.repeat(999_999)}{}]}`],
    ['a million layers after an escape', `{${head},"x":"\\u0041","layers":[${'{},'.repeat(999_999)}{}]}`],
    ['a million annotations', `{${head},"annotations":{${Array.from({ length: 250_000 }, (_, n) => `"${n}":""`).join(',')}},"layers":[]}`],
    ['two million brackets', '['.repeat(2_000_000)],
    ['10 001 layers', `{${head},"layers":[${'{},'.repeat(10_000)}{}]}`],
  ])('%s are refused before each of them is looked at', (_, text) => {
    expect(parse(text)).toMatchObject({ kind: 'unusable', reason: 'too-many' });
  });

  it('D01 a key twice makes a manifest unusable: another reader would take the other one', () => {
    expect(parse(`{${head},"layers":[]}`)).toMatchObject({ kind: 'manifest' });
    expect(parse(`{${head},"layers":[],"layers":[]}`)).toMatchObject({ kind: 'unusable', reason: 'invalid' });
  });

  it('10 000 layers are still a manifest', () => {
    expect(parse(`{${head},"layers":[${'{},'.repeat(9_999)}{}]}`)).toMatchObject({ kind: 'manifest', layers: [], invalid: 10_000 });
  });

  it('an artifact with a million layers is diagnosed as such', async () => {
    const r = await registry();
    const digest = r.pushManifest('acme/app', 'v1', Buffer.from(`{${head},"layers":[${'{},'.repeat(999_999)}{}]}`));
    expect(codes(await source([r]).diagnose(artifact(`${r.host}/acme/app`, digest), SCOPE, within(60_000)))).toEqual(['FETCH_INDEX_TOO_LARGE']);
  });
});

describe('G03 G04 sizes chosen by the attacker', () => {
  function tagWith(r: TestRegistry, digest: string, size: unknown): void {
    const good = { mediaType: SIMPLE, digest: r.pushBlob('acme/app', GOOD), size: GOOD.length };
    const bad = { mediaType: SIMPLE, digest: r.pushBlob('acme/app', '{"bad":1}'), size };
    r.pushManifest('acme/app', `${digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, layers: [bad, good] });
  }

  it.each([
    [9e15, 'FETCH_TOO_LARGE'],
    [2 ** 53, 'FETCH_MANIFEST_INVALID'],
    [1e300, 'FETCH_MANIFEST_INVALID'],
    [-1, 'FETCH_MANIFEST_INVALID'],
    ['9', 'FETCH_MANIFEST_INVALID'],
    [9.5, 'FETCH_MANIFEST_INVALID'],
    [null, 'FETCH_MANIFEST_INVALID'],
    [undefined, 'FETCH_MANIFEST_INVALID'],
    [17 * 1024 * 1024, 'FETCH_TOO_LARGE'],
    [8, 'FETCH_TOO_LARGE'],
    [10, 'FETCH_DIGEST_MISMATCH'],
  ])('a layer of size %j is %s, and the layer beside it is read', async (size, code) => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    tagWith(r, digest, size);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual([GOOD]);
    expect(codes(found.problems)).toEqual([code]);
  });

  it('an endless blob is cut off at the size its descriptor gives', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: GOOD, annotations: ANNOTATIONS }]);
    r.fault({ path: /blobs/, behaviour: { kind: 'endless' } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(codes(found.problems)).toEqual(['FETCH_TOO_LARGE']);
    await expect.poll(() => r.connections() <= 3, PATIENT).toBe(true);
  });

  it('a referrer that is larger than its list says is not read to its end', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /\/referrers\//, behaviour: { kind: 'body', body: index(entries(0, 1)), headers: { 'content-type': INDEX } } });
    r.fault({ path: /manifests\/sha256:/, behaviour: { kind: 'endless' } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.problems).toMatchObject([{ code: 'FETCH_TOO_LARGE', expected: 'at most 500 bytes' }]);
  });

  it('a list entry without a valid size is reported, and the others are read', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /\/referrers\//, behaviour: { kind: 'body', body: index([{ ...entries(0, 1)[0], size: 'big' }, { nonsense: true }, ...entries(1, 1)]), headers: { 'content-type': INDEX } } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.problems.map(({ code, found: what }) => [code, what])).toEqual([['FETCH_RESPONSE_INVALID', '2 entries that are no descriptors'], ['FETCH_RESPONSE_INVALID', 'no such manifest']]);
  });
});
