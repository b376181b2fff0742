import { describe, expect, it } from 'vitest';
import { attachCosignTag, pushImage, pushIndex } from '../../../world/registry.ts';
import type { TestRegistry } from '../../../world/registry.ts';
import { SCOPE, SIMPLE, artifact, codes, drain, manualClock, ref, registry, source, within } from '../support.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

async function diagnosed(r: TestRegistry, digest: string): Promise<string[]> {
  return codes(await source([r]).diagnose(artifact(`${r.host}/acme/app`, digest), SCOPE, within(60_000)));
}

describe('resolve', () => {
  it('E01 asks once per decision for a tag that changes with every request', async () => {
    const r = await registry();
    const [one, two] = [pushImage(r, 'acme/app', 'one'), pushImage(r, 'acme/app', 'two')];
    r.alternate('acme/app', 'v1', [one, two]);
    const s = source([r]);
    const wanted = ref(`${r.host}/acme/app`, 'v1');
    expect(await s.resolve(wanted, SCOPE, within(60_000))).toEqual({ ok: true, digest: one });
    expect(r.requests()).toHaveLength(1);
    expect(r.requests()[0]?.method).toBe('GET');
    expect(await s.resolve(wanted, SCOPE, within(60_000))).toEqual({ ok: true, digest: two });
  });

  it('believes a tag for tagTTL when it is configured', async () => {
    const r = await registry();
    const [one, two] = [pushImage(r, 'acme/app', 'one'), pushImage(r, 'acme/app', 'two')];
    r.alternate('acme/app', 'v1', [one, two]);
    const clock = manualClock();
    const s = source([r], { clock, cache: { tagTTL: 1000 } });
    const wanted = ref(`${r.host}/acme/app`, 'v1');
    expect(await s.resolve(wanted, SCOPE, within(60_000))).toEqual({ ok: true, digest: one });
    clock.tick(999);
    expect(await s.resolve(wanted, SCOPE, within(60_000))).toEqual({ ok: true, digest: one });
    clock.tick(1);
    expect(await s.resolve(wanted, SCOPE, within(60_000))).toEqual({ ok: true, digest: two });
  });

  it('concurrent decisions share the question', async () => {
    const r = await registry();
    pushImage(r, 'acme/app', 'v1');
    const s = source([r]);
    await Promise.all(Array.from({ length: 50 }, () => s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))));
    expect(r.requests()).toHaveLength(1);
  });

  it('takes latest when no tag is written, and the digest when one is', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'latest');
    const s = source([r]);
    expect(await s.resolve(ref(`${r.host}/acme/app`), SCOPE, within(60_000))).toEqual({ ok: true, digest });
    r.clearLog();
    const pinned = artifact(`${r.host}/acme/app`, `sha256:${'1'.repeat(64)}`, { tag: 'latest' });
    expect(await s.resolve(pinned, SCOPE, within(60_000))).toEqual({ ok: true, digest: pinned.digest });
    expect(r.log).toEqual([]);
  });

  it('E04 refuses a body that does not match the promised digest', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /manifests\/v1/, behaviour: { kind: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } } });
    const result = await source([r]).resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000));
    expect(result).toMatchObject({ ok: false, problem: { code: 'FETCH_DIGEST_MISMATCH', found: digest } });
  });

  it('hashes the body itself when the registry promises nothing', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /manifests\/v1/, behaviour: { kind: 'headers', headers: { 'docker-content-digest': undefined } } });
    expect(await source([r]).resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toEqual({ ok: true, digest });
  });

  it('says that a tag is not there', async () => {
    const r = await registry();
    expect(await source([r]).resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toMatchObject({ ok: false, problem: { code: 'FETCH_NOT_FOUND' } });
  });

  it('E08 says that a schema 1 manifest is not supported, though its digest is not that of its bytes', async () => {
    const r = await registry();
    r.pushManifest('acme/app', 'v1', { schemaVersion: 1, name: 'acme/app' }, 'application/vnd.docker.distribution.manifest.v1+prettyjws');
    r.fault({ path: /manifests\/v1/, behaviour: { kind: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } } });
    expect(await source([r]).resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toMatchObject({ ok: false, problem: { code: 'FETCH_MEDIA_TYPE' } });
  });

  it.each(['ghcr.io', 'ghcr.io/', '/acme/app', 'ghcr.io/Acme/app', 'ghcr.io/acme/../app', 'ghcr.io/acme//app', 'GHCR.io/acme/app', '0x7f000001/acme/app', 'ghcr.io./acme/app', 'ghcr.io/acme/app?x', 'gh cr/acme', 'a@b/acme/app', `ghcr.io/${'a'.repeat(300)}`])('E11 E12 makes no request for the name %j', async (name) => {
    const s = source([]);
    expect(await s.resolve(ref(name, 'v1'), SCOPE, within(60_000))).toMatchObject({ ok: false, problem: { code: 'INPUT_IMAGE_INVALID' } });
    expect(codes((await s.open(artifact(name, `sha256:${'0'.repeat(64)}`), SCOPE)).batches[0]?.problems ?? [])).toEqual(['INPUT_IMAGE_INVALID']);
    expect(s.stats().requests).toBe(0);
  });
});

describe('diagnose', () => {
  it('finds nothing wrong with an image and with an index', async () => {
    const r = await registry();
    const image = pushImage(r, 'acme/app', 'v1');
    expect(await diagnosed(r, image)).toEqual([]);
    expect(await diagnosed(r, pushIndex(r, 'acme/app', 'all', [image]))).toEqual([]);
  });

  it('R03 tells an artifact that is not there from one without evidence', async () => {
    const r = await registry();
    const s = source([r]);
    const missing = artifact(`${r.host}/acme/app`, `sha256:${'0'.repeat(64)}`);
    expect(await drain(await s.open(missing, SCOPE))).toMatchObject({ evidence: [], problems: [] });
    expect(codes(await s.diagnose(missing, SCOPE, within(60_000)))).toEqual(['FETCH_NOT_FOUND']);
  });

  it('E03 refuses other bytes under the digest asked for, whatever the header says', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const other = r.store.getManifest('acme/app', pushImage(r, 'acme/app', 'other'));
    r.fault({ path: /manifests\/sha256:/, behaviour: { kind: 'body', body: other?.bytes ?? '', headers: { 'docker-content-digest': digest, 'content-type': MANIFEST } } });
    expect(await diagnosed(r, digest)).toEqual(['FETCH_DIGEST_MISMATCH']);
  });

  it.each<[string, object, string, string]>([
    ['schema 1', { schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+json', 'FETCH_MEDIA_TYPE'],
    ['an artifact manifest', { mediaType: 'application/vnd.oci.artifact.manifest.v1+json' }, 'application/vnd.oci.artifact.manifest.v1+json', 'FETCH_MEDIA_TYPE'],
    ['no media type at all', { schemaVersion: 2, layers: [] }, '', 'FETCH_MEDIA_TYPE'],
    ['an empty media type', { schemaVersion: 2, mediaType: '', layers: [] }, MANIFEST, 'FETCH_MEDIA_TYPE'],
    ['two media types', { schemaVersion: 2, mediaType: INDEX, manifests: [] }, MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['an index that is also a manifest', { schemaVersion: 2, mediaType: INDEX, manifests: [], layers: [] }, INDEX, 'FETCH_MANIFEST_INVALID'],
    ['an index with a config', { schemaVersion: 2, mediaType: INDEX, manifests: [], config: {} }, INDEX, 'FETCH_MANIFEST_INVALID'],
    ['a manifest with text for manifests', { schemaVersion: 2, mediaType: MANIFEST, layers: [], manifests: 'x' }, MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['a manifest with layers of schema 1', { schemaVersion: 2, mediaType: MANIFEST, layers: [], fsLayers: [] }, MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['another type in the header', { schemaVersion: 2, mediaType: MANIFEST, layers: [] }, 'text/html', 'FETCH_MANIFEST_INVALID'],
    ['an index without manifests', { schemaVersion: 2, mediaType: INDEX }, INDEX, 'FETCH_MANIFEST_INVALID'],
    ['a layer without digest', { schemaVersion: 2, mediaType: MANIFEST, layers: [{ mediaType: 'x', size: 1 }] }, MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['a list', [], MANIFEST, 'FETCH_MANIFEST_INVALID'],
  ])('E08 refuses %s', async (_, content, mediaType, code) => {
    const r = await registry();
    expect(await diagnosed(r, r.pushManifest('acme/app', 'v1', content, mediaType))).toEqual([code]);
  });

  it.each(['application/json', 'application/octet-stream', ''])('accepts a manifest served as %j: that contradicts nothing', async (type) => {
    const r = await registry();
    expect(await diagnosed(r, r.pushManifest('acme/app', 'v1', { schemaVersion: 2, mediaType: MANIFEST, layers: [] }, type))).toEqual([]);
  });

  it('accepts an OCI manifest that leaves its media type to the header', async () => {
    const r = await registry();
    expect(await diagnosed(r, r.pushManifest('acme/app', 'v1', { schemaVersion: 2, layers: [] }, MANIFEST))).toEqual([]);
  });

  it('E07 refuses an index of indexes and an index of more than 1000 entries', async () => {
    const r = await registry();
    const image = pushImage(r, 'acme/app', 'v1');
    const index = pushIndex(r, 'acme/app', 'index', [image]);
    expect(await diagnosed(r, pushIndex(r, 'acme/app', 'nested', [index]))).toEqual(['FETCH_INDEX_TOO_LARGE']);
    expect(await diagnosed(r, pushIndex(r, 'acme/app', 'large', new Array<string>(1001).fill(image)))).toEqual(['FETCH_INDEX_TOO_LARGE']);
    expect(await diagnosed(r, pushIndex(r, 'acme/app', 'limit', new Array<string>(1000).fill(image)))).toEqual([]);
  });

  it('costs no request for a manifest that was just resolved', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const s = source([r]);
    await s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000));
    await s.diagnose(artifact(`${r.host}/acme/app`, digest), SCOPE, within(60_000));
    expect(r.requests()).toHaveLength(1);
  });
});

describe('parentIndex', () => {
  it('E06 names the index only when the tag is one that lists the digest', async () => {
    const r = await registry();
    const [child, stranger] = [pushImage(r, 'acme/app', 'child'), pushImage(r, 'acme/app', 'stranger')];
    const index = pushIndex(r, 'acme/app', 'v1', [child]);
    const s = source([r]);
    const ask = (digest: string, more: object) => s.parentIndex(artifact(`${r.host}/acme/app`, digest, more), SCOPE, within(60_000));
    expect(await ask(child, { tag: 'v1' })).toBe(index);
    expect(await ask(stranger, { tag: 'v1' })).toBeUndefined();
    expect(await ask(child, {})).toBeUndefined();
    expect(await ask(child, { tag: 'child' })).toBeUndefined();
    expect(await ask(child, { tag: 'missing' })).toBeUndefined();
    expect(await ask(child, { tag: 'v1', resolvedFromTag: true })).toBeUndefined();
  });

  it('E05 a signed tag lends nothing to another digest', async () => {
    const r = await registry();
    const signed = pushImage(r, 'acme/app', 'v1');
    const evil = pushImage(r, 'acme/app', 'evil');
    attachCosignTag(r, 'acme/app', signed, 'sig', [{ mediaType: SIMPLE, content: '{}' }]);
    const s = source([r]);
    const judged = artifact(`${r.host}/acme/app`, evil, { tag: 'v1' });
    expect((await drain(await s.open(judged, SCOPE))).evidence).toEqual([]);
    expect(await s.parentIndex(judged, SCOPE, within(60_000))).toBeUndefined();
  });
});
