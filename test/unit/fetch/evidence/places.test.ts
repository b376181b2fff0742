import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addToFallback, attachCosignTag, attachReferrer, loadOciLayout, pushImage } from '../../../world/registry.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { BUNDLE, DSSE, SCOPE, SIMPLE, artifact, codes, drain, registry, source, text } from '../support.ts';

const SIGNATURE = { 'dev.cosignproject.cosign/signature': 'c2ln' };

describe('where evidence is found', () => {
  it('finds a bundle through the referrers API', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{"bundle":1}' }] });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.problems).toEqual([]);
    expect(found.evidence.map((e) => [e.format, text(e)])).toEqual([['sigstore-bundle', '{"bundle":1}']]);
    expect(found.evidence[0]?.digest).toBe(createHash('sha256').update('{"bundle":1}').digest('hex'));
    expect(found.evidence[0]?.source).toMatch(/^referrer sha256:/);
  });

  it('keeps evidence in blocks of its own size, however small: a view would keep the slab it lies in', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{"bundle":1}' }] });
    const { evidence } = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(evidence.map(({ bytes }) => [bytes.byteLength, bytes.buffer.byteLength])).toEqual([[12, 12]]);
  });

  it('finds a bundle through the fallback tag of a registry without referrers API', async () => {
    const r = await registry({ referrersApi: false });
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{"bundle":1}' }] });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map((e) => e.format)).toEqual(['sigstore-bundle']);
    expect(found.problems).toEqual([]);
  });

  it('finds the fallback tag also when the API answers with an empty list', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const referrer = attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{}' }] });
    addToFallback(r, 'acme/app', digest, referrer, BUNDLE);
    r.hide(referrer);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toHaveLength(1);
  });

  it('reads every layer of the legacy .sig and .att tags with its annotations', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [
      { mediaType: SIMPLE, content: '{"critical":1}', annotations: SIGNATURE },
      { mediaType: SIMPLE, content: '{"critical":2}', annotations: SIGNATURE },
    ]);
    attachCosignTag(r, 'acme/app', digest, 'att', [{ mediaType: DSSE, content: '{"payload":""}', annotations: { predicateType: 'x' } }]);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map((e) => e.format).sort()).toEqual(['cosign-dsse', 'cosign-simple', 'cosign-simple']);
    expect(found.evidence.filter((e) => e.format === 'cosign-simple').map((e) => e.annotations?.['dev.cosignproject.cosign/signature'])).toEqual(['c2ln', 'c2ln']);
  });

  it('reads the experimental cosign referrers and DSSE referrers', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json', layers: [{ mediaType: SIMPLE, content: '{"critical":1}', annotations: SIGNATURE }] });
    attachReferrer(r, 'acme/app', digest, { artifactType: 'application/vnd.in-toto+json', layers: [{ mediaType: DSSE, content: '{"payload":""}', annotations: SIGNATURE }] });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map((e) => e.format).sort()).toEqual(['cosign-dsse', 'cosign-simple']);
    expect(found.problems).toEqual([]);
  });

  it('skips attachments of other types silently, once their own manifest has said so, and without fetching them', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: 'application/spdx+json', layers: [{ mediaType: 'application/spdx+json', content: '{}' }] });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found).toMatchObject({ evidence: [], problems: [] });
    expect([r.requests(/\/manifests\/sha256:/).length, r.requests(/\/blobs\//).length]).toEqual([1, 0]);
  });

  it.each([
    ['JWS', ['application/jose+json'], ['notation-jws'], []],
    ['COSE', ['application/cose'], ['notation-cose'], []],
    ['two layers', ['application/jose+json', 'application/cose'], [], ['VERIFY_FORMAT']],
    ['another type', ['application/json'], [], ['VERIFY_FORMAT']],
    ['no layer', [], [], ['VERIFY_FORMAT']],
  ])('reads a signature of Notation: %s', async (_, types, formats, problems) => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: 'application/vnd.cncf.notary.signature', layers: types.map((mediaType) => ({ mediaType, content: '{}' })) });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(({ format }) => format)).toEqual(formats);
    expect(found.evidence.map(({ message }) => message === undefined)).toEqual(formats.map(() => false));
    expect(codes(found.problems)).toEqual(problems);
  });

  it('reports a bundle that does not stand alone, and keeps the good one beside it', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{"a":1}' }, { mediaType: BUNDLE, content: '{"a":2}' }] });
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{"good":1}' }] });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"good":1}']);
    expect(codes(found.problems)).toEqual(['VERIFY_FORMAT']);
  });

  it('reports layers of an unknown type under a legacy tag and keeps the others', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: 'text/plain', content: 'junk' }, { mediaType: SIMPLE, content: '{"critical":1}', annotations: SIGNATURE }]);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toHaveLength(1);
    expect(codes(found.problems)).toEqual(['VERIFY_FORMAT']);
  });

  it('E04 does not use a referrer whose subject is another digest', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const other = pushImage(r, 'acme/app', 'other');
    const referrer = attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, claims: other, layers: [{ mediaType: BUNDLE, content: '{"bundle":1}' }] });
    addToFallback(r, 'acme/app', digest, referrer, BUNDLE);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toEqual([]);
    expect(codes(found.problems)).toEqual(['FETCH_MANIFEST_INVALID']);
    expect(found.problems[0]).toMatchObject({ found: `subject ${other}`, expected: `subject ${digest}` });
  });

  it('gives the same payload with other annotations another evidence digest', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [
      { mediaType: SIMPLE, content: '{"critical":1}', annotations: { 'dev.cosignproject.cosign/signature': 'YQ==' } },
      { mediaType: SIMPLE, content: '{"critical":1}', annotations: { 'dev.cosignproject.cosign/signature': 'Yg==' } },
      { mediaType: SIMPLE, content: '{"critical":1}', annotations: { 'dev.cosignproject.cosign/signature': 'Yg==' } },
    ]);
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(new Set(found.evidence.map((e) => e.digest)).size).toBe(2);
    expect(found.evidence).toHaveLength(2);
  });

  it('E14 finds the good piece among 99 junk ones, wherever it stands', async () => {
    for (const position of [0, 50, 99]) {
      const r = await registry();
      const digest = pushImage(r, 'acme/app', 'v1');
      const layers = Array.from({ length: 100 }, (_, index) => ({ mediaType: SIMPLE, content: index === position ? '{"good":1}' : `{"junk":${index}}`, annotations: SIGNATURE }));
      attachCosignTag(r, 'acme/app', digest, 'sig', layers);
      const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
      expect(found.evidence).toHaveLength(100);
      expect(found.evidence.map(text)).toContain('{"good":1}');
    }
  });

  it.each([[10, 10, []], [11, 0, ['FETCH_TOO_MANY']]])('E14 of %i signatures where 10 are allowed, %i are read', async (count, read, problems) => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', Array.from({ length: count }, (_, index) => ({ mediaType: SIMPLE, content: `{"n":${index}}`, annotations: SIGNATURE })));
    const found = await drain(await source([r], { limits: { signatures: 10 } }).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toHaveLength(read);
    expect(codes(found.problems)).toEqual(problems);
    expect(r.requests(/blobs/)).toHaveLength(read);
  });

  it('E14 too many in one place leave the other places alone', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{"good":1}', annotations: SIGNATURE }]);
    for (let n = 0; n < 11; n += 1) attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: `{"junk":${n}}` }] });
    const found = await drain(await source([r], { limits: { signatures: 10 } }).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"good":1}']);
    expect(codes(found.problems)).toEqual(['FETCH_TOO_MANY']);
  });

  it('E14 a huge piece uses up nobody else’s share', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [
      { mediaType: SIMPLE, content: 'x'.repeat(9000), annotations: SIGNATURE },
      { mediaType: SIMPLE, content: '{"good":1}', annotations: SIGNATURE },
    ]);
    const found = await drain(await source([r], { limits: { evidenceBytes: 5000 } }).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"good":1}']);
    expect(codes(found.problems)).toEqual(['FETCH_TOO_LARGE']);
  });

  it('E17 never follows foreign layer URLs', async () => {
    const r = await registry();
    const foreign = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const bytes = '{"critical":1}';
    const layer = { mediaType: SIMPLE, digest: r.pushBlob('elsewhere', bytes), size: bytes.length, urls: [`${foreign.url}/payload`] };
    r.pushManifest('acme/app', `${digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers: [layer] });
    const found = await drain(await source([r, foreign]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toEqual([]);
    expect(codes(found.problems)).toEqual(['FETCH_RESPONSE_INVALID']);
    expect(foreign.log).toEqual([]);
  });

  it('uses content embedded in the descriptor when it hashes to the digest, and fetches it when it does not', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const [good, lying] = ['{"good":1}', '{"true":1}'];
    const layers = [
      { mediaType: SIMPLE, digest: r.pushBlob('acme/app', good), size: good.length, data: Buffer.from(good).toString('base64') },
      { mediaType: SIMPLE, digest: r.pushBlob('acme/app', lying), size: lying.length, data: Buffer.from('{"lies":1}').toString('base64') },
    ];
    r.pushManifest('acme/app', `${digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text).sort()).toEqual(['{"good":1}', '{"true":1}']);
    expect(r.requests(/\/blobs\//)).toHaveLength(1);
  });

  // The shared data lies beside a development checkout; a checkout without it has nothing to test here.
  it.runIf(hasSharedData)('reads the attestations of a real image', async () => {
    const r = await registry();
    for (const version of ['v1.4.0', 'v1.6.0', 'v1.8.0', 'v2.0.0']) {
      const digest = loadOciLayout(r, `slsa/${version.replaceAll('.', '-')}`, sharedData(`slsa-images/${version}/container_workflow_dispatch`));
      const found = await drain(await source([r]).open(artifact(`${r.host}/slsa/${version.replaceAll('.', '-')}`, digest), SCOPE));
      expect(found.evidence.map((e) => e.format)).toEqual(['cosign-dsse']);
      expect(Object.keys(found.evidence[0]?.annotations ?? {})).toContain('dev.sigstore.cosign/bundle');
      expect(found.problems).toEqual([]);
    }
  });
});
