import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { Behaviour, TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** What a registry may say about an image that is signed and good, over HTTPS: it is examined, and what is no answer is no verdict. */

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const LOGIN_PAGE = '<!doctype html><html><title>Sign in</title>';

let [registry, tokens]: [TestRegistry, TestRegistry] = [undefined as never, undefined as never];
let server: TestServer;

beforeAll(async () => {
  const users = { alice: { password: 'x' } };
  registry = await startRegistry();
  tokens = await startRegistry({ auth: { kind: 'bearer', users, anonymous: () => true } });
  server = await startTestServer({
    'policies.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'acme', { artifacts: [registry, tokens].map(({ host }) => ({ image: `${host}/acme/**` })), require: [{ name: 'signed', signature: { by: ['alice'] } }] }),
  }, {
    plainHttp: [registry.host, tokens.host],
    // Long, so that what was taken for absence would show.
    'cache.absenceTTL': '5m',
  });
});
afterAll(async () => {
  await server.close();
  for (const one of [registry, tokens]) await one.close();
});
afterEach(() => {
  for (const one of [registry, tokens]) one.clearFaults();
});

async function ask(image: string): Promise<{ allowed: boolean; codes: string[]; status: number | undefined; message: string }> {
  const answer = await server.validate(podReview({ images: [image] }));
  return { allowed: answer.allowed, codes: codes(answer), status: answer.status?.code, message: answer.status?.message ?? '' };
}

/** Pushes bytes as a manifest, and alice's good signature for exactly these bytes. */
async function pushSigned(repository: string, tag: string, content: string | object, mediaType = MANIFEST): Promise<string> {
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const digest = registry.pushManifest(repository, tag, bytes, mediaType) as Digest;
  const layer = simpleSigningLayer(world, { digest, reference: `${registry.host}/${repository}` }, { key: alice });
  await push(registry, repository, legacySignatures(digest, [layer]));
  return digest;
}

const slug = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replace(/-$/, '');
const entry = (mediaType = MANIFEST, n = 1) => ({ mediaType, digest: `sha256:${n.toString(16).padStart(64, '0')}`, size: 500 });
const image = (more: object = {}) => ({ schemaVersion: 2, mediaType: MANIFEST, config: entry('application/vnd.oci.image.config.v1+json'), layers: [entry('application/vnd.oci.image.layer.v1.tar+gzip')], ...more });
const index = (manifests: unknown, more: object = {}) => ({ schemaVersion: 2, mediaType: INDEX, manifests, ...more });

describe('X2: what a tag names is examined before its digest is believed, however well it is signed', () => {
  test.each<[string, string | object, string, string]>([
    ['D18 layers and manifests in one', image({ manifests: [entry()] }), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 manifests and layers in one', index([entry()], { layers: [entry()] }), INDEX, 'FETCH_MANIFEST_INVALID'],
    ['D18 an index with a config', index([entry()], { config: entry() }), INDEX, 'FETCH_MANIFEST_INVALID'],
    ['D18 a manifest that is text where an index has its list', image({ manifests: 'x' }), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 a Content-Type that contradicts the media type', image(), INDEX, 'FETCH_MANIFEST_INVALID'],
    ['D18 the same the other way round', index([entry()]), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 another manifest type of the same kind', image(), 'application/vnd.docker.distribution.manifest.v2+json', 'FETCH_MANIFEST_INVALID'],
    ['D18 a key twice', JSON.stringify(image()).replace('"layers":', '"layers":[],"layers":'), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 a key twice, once with an escape', JSON.stringify(image()).replace('"layers":', '"layers":[],"\\u006cayers":'), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 a key twice deep inside', JSON.stringify(image()).replace('"size":500', '"size":500,"size":501'), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['D18 a key named __proto__', JSON.stringify(image()).replace('"layers":', '"__proto__":{},"layers":'), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['E08 text for layers', image({ layers: 'x' }), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['E08 no layers', image({ layers: undefined }), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['E08 a layer without a digest', image({ layers: [{ mediaType: 'x', size: 1 }] }), MANIFEST, 'FETCH_MANIFEST_INVALID'],
    ['E08 an index without a list', index(undefined), INDEX, 'FETCH_MANIFEST_INVALID'],
    ['E08 an entry that is none', index([entry(), 7]), INDEX, 'FETCH_MANIFEST_INVALID'],
    ['E08 schema 1', { schemaVersion: 1, name: 'acme/app', fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v1+json', 'FETCH_MEDIA_TYPE'],
    ['E08 no schemaVersion', { ...image(), schemaVersion: undefined }, MANIFEST, 'FETCH_MEDIA_TYPE'],
    ['E08 an artifact manifest', { mediaType: 'application/vnd.oci.artifact.manifest.v1+json', blobs: [] }, 'application/vnd.oci.artifact.manifest.v1+json', 'FETCH_MEDIA_TYPE'],
    ['E07 an index in an index', index([entry(INDEX)]), INDEX, 'FETCH_INDEX_TOO_LARGE'],
    ['E07 an index of 5,000 children', index(Array.from({ length: 5_000 }, (_, n) => entry(MANIFEST, n))), INDEX, 'FETCH_INDEX_TOO_LARGE'],
    ['E07 of 1,001', index(Array.from({ length: 1_001 }, (_, n) => entry(MANIFEST, n))), INDEX, 'FETCH_INDEX_TOO_LARGE'],
    ['E07 a million layers', JSON.stringify(image()).replace('"layers":[', `"layers":[${'{},'.repeat(300_000)}`), MANIFEST, 'FETCH_INDEX_TOO_LARGE'],
  ])('X2: %s', async (title, content, mediaType, code) => {
    const repository = `acme/${slug(title)}`;
    const digest = await pushSigned(repository, 'v1', content, mediaType);
    expect(await ask(`${registry.host}/${repository}:v1`)).toMatchObject({ allowed: false, codes: [code], status: 403 });
    // By its full digest the evidence alone decides: nothing was read that could be misread (SECURITY.md).
    expect(await ask(`${registry.host}/${repository}@${digest}`)).toMatchObject({ allowed: true });
  });

  test.each<[string, object, string]>([
    ['an image', image(), MANIFEST],
    ['an image served as JSON', image(), 'application/json'],
    ['an index of 1,000', index(Array.from({ length: 1_000 }, (_, n) => entry(MANIFEST, n))), INDEX],
    ['an index with nulls where it has nothing', index([entry()], { annotations: null, subject: null }), INDEX],
  ])('X2: %s that is in order is admitted by its tag', async (title, content, mediaType) => {
    const repository = `acme/good-${slug(title)}`;
    await pushSigned(repository, 'v1', content, mediaType);
    expect(await ask(`${registry.host}/${repository}:v1`)).toMatchObject({ allowed: true });
  });

  test('X2: an index that is three deep is refused at its tag, and so is its middle', async () => {
    const inner = await pushSigned('acme/deep', 'inner', index([entry()]), INDEX);
    const middle = await pushSigned('acme/deep', 'middle', index([{ ...entry(INDEX), digest: inner }]), INDEX);
    await pushSigned('acme/deep', 'outer', index([{ ...entry(INDEX), digest: middle }]), INDEX);
    for (const tag of ['outer', 'middle']) expect(await ask(`${registry.host}/acme/deep:${tag}`)).toMatchObject({ allowed: false, codes: ['FETCH_INDEX_TOO_LARGE'] });
    expect(await ask(`${registry.host}/acme/deep:inner`)).toMatchObject({ allowed: true });
  });
});

describe('X3: what a server on the way answers instead says nothing about the artifact', () => {
  let turn = 0;
  /** An image whose only signature is a bundle among its referrers, in the registry with a token service. */
  async function signed(): Promise<{ made: Pushable; bundle: Pushable; repository: string }> {
    const made = makeImage({ seed: `answers ${(turn += 1)}` });
    const repository = `acme/answers${turn}`;
    const bundle = bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice }));
    await push(tokens, repository, made, ['v1']);
    await pushReferrer(tokens, repository, bundle);
    return { made, bundle, repository };
  }

  const ANSWERS: Readonly<Record<string, Behaviour>> = {
    endless: { kind: 'endless' },
    oversized: { kind: 'body', body: Buffer.alloc(5 * 1024 * 1024, 0x20) },
    'said to be oversized': { kind: 'body', body: '{}', headers: { 'content-length': '999999999' } },
    packed: { kind: 'body', body: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
    HTML: { kind: 'body', body: LOGIN_PAGE, headers: { 'content-type': 'text/html' } },
    'HTML without a type': { kind: 'body', body: LOGIN_PAGE },
    'a broken half': { kind: 'body', body: '{"schemaVersion":2,"la' },
  };
  const QUESTIONS: Readonly<Record<string, (one: Awaited<ReturnType<typeof signed>>) => { path: RegExp; says: string; byTag?: true }>> = {
    'the token service': ({ repository }) => ({ path: new RegExp(`^/token.*${repository.replace('/', '%2F')}`), says: 'token' }),
    'the manifest of a tag': ({ repository }) => ({ path: new RegExp(`${repository}/manifests/v1$`), says: 'the manifest v1', byTag: true }),
    'a referrer': ({ bundle }) => ({ path: new RegExp(`manifests/${bundle.digest}`), says: `the manifest ${bundle.digest}` }),
    'a blob': ({ repository }) => ({ path: new RegExp(`${repository}/blobs/`), says: 'the blob sha256:' }),
    'the list of referrers': ({ repository }) => ({ path: new RegExp(`${repository}/referrers/`), says: 'the referrers of sha256:' }),
  };
  const LISTS = ['HTML', 'HTML without a type', 'a broken half'];
  const cases = Object.keys(QUESTIONS).flatMap((question) => Object.keys(ANSWERS).filter((answer) => question !== 'the list of referrers' || !LISTS.includes(answer)).map((answer) => [question, answer] as const));

  test.each(cases)('X3: %s answers with %s', async (question, answer) => {
    const one = await signed();
    const { path, says, byTag } = QUESTIONS[question]?.(one) ?? { path: /nothing/, says: '' };
    const name = `${tokens.host}/${one.repository}${byTag ? ':v1' : `@${one.made.digest}`}`;
    const off = tokens.fault({ path, behaviour: ANSWERS[answer] ?? { kind: 'hang' } });
    const { allowed, status, message, codes: found } = await ask(name);
    off();
    expect({ allowed, status, undetermined: found.every((code) => ['FETCH_TOO_LARGE', 'FETCH_RESPONSE_INVALID', 'FETCH_SERVER_ERROR'].includes(code)) }).toEqual({ allowed: false, status: 503, undetermined: true });
    expect(message).toContain(tokens.host);
    expect(message.replaceAll(/\s+/g, ' ')).toContain(says);
    expect(message).not.toMatch(/raise the limit|raise limits/);
    // Nothing of it is remembered.
    expect(await ask(name)).toMatchObject({ allowed: true });
  });

  test.each<[string, Behaviour]>([
    ['null for its list', { kind: 'body', body: JSON.stringify(index(null)), headers: { 'content-type': INDEX } }],
    ['HTML', { kind: 'body', body: LOGIN_PAGE, headers: { 'content-type': 'text/html' } }],
    ['{}', { kind: 'body', body: '{}', headers: { 'content-type': 'application/json' } }],
    ['a JSON list', { kind: 'body', body: '[]', headers: { 'content-type': 'application/json' } }],
    ['text for its list', { kind: 'body', body: JSON.stringify(index('x')), headers: { 'content-type': INDEX } }],
    ['an image', { kind: 'body', body: JSON.stringify(image()), headers: { 'content-type': MANIFEST } }],
    ['half an index', { kind: 'body', body: '{"manifests":[', headers: { 'content-type': INDEX } }],
    ['an empty list', { kind: 'body', body: JSON.stringify(index([])), headers: { 'content-type': INDEX } }],
    ['404', { kind: 'status', status: 404 }],
  ])('F10: a referrers API that answers 200 with %s is not offered, and the fallback tag decides', async (_, behaviour) => {
    for (const fallbackTag of [true, false]) {
      const made = makeImage({ seed: `fallback ${(turn += 1)}` });
      const repository = `acme/fallback${turn}`;
      await push(registry, repository, made);
      if (fallbackTag) await pushReferrer(registry, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })), { fallbackTag });
      registry.fault({ path: new RegExp(`/${repository}/referrers/`), behaviour });
      expect(await ask(`${registry.host}/${repository}@${made.digest}`)).toMatchObject(fallbackTag ? { allowed: true } : { allowed: false, codes: ['FETCH_NONE_FOUND'], status: 403 });
    }
  });

  test.each(['application/json', 'text/plain', 'text/html', undefined])('F10: a list of referrers served as %s is one by its body', async (type) => {
    const made = makeImage({ seed: `typed ${(turn += 1)}` });
    const repository = `acme/typed${turn}`;
    await push(registry, repository, made);
    await pushReferrer(registry, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })));
    registry.fault({ path: /\/referrers\//, behaviour: { kind: 'headers', headers: { 'content-type': type } } });
    expect(await ask(`${registry.host}/${repository}@${made.digest}`)).toMatchObject({ allowed: true });
  });

  test.each(['application/vnd.oci.empty.v1+json', 'application/spdx+json', 'application/vnd.cncf.notary.signature', 'application/x-anything', undefined])('F10: a bundle that the list calls %s is found by its own manifest', async (artifactType) => {
    for (const where of ['api', 'fallback'] as const) {
      const made = makeImage({ seed: `called ${(turn += 1)}` });
      const repository = `acme/called${turn}`;
      const bundle = bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice }));
      await push(registry, repository, made);
      await push(registry, repository, bundle);
      const list = JSON.stringify(index([{ mediaType: bundle.mediaType, digest: bundle.digest, size: bundle.manifest.length, artifactType }]));
      if (where === 'api') registry.fault({ path: new RegExp(`/${repository}/referrers/`), behaviour: { kind: 'body', body: list, headers: { 'content-type': INDEX } } });
      else {
        registry.fault({ path: new RegExp(`/${repository}/referrers/`), behaviour: { kind: 'status', status: 404 } });
        registry.pushManifest(repository, made.digest.replace(':', '-'), Buffer.from(list), INDEX);
      }
      expect(await ask(`${registry.host}/${repository}@${made.digest}`)).toMatchObject({ allowed: true });
    }
  });

  test('X3: a later page of the list that is no list is not the end of the list', async () => {
    const made = makeImage({ seed: `pages ${(turn += 1)}` });
    await push(registry, 'acme/pages', made);
    const path = `/v2/acme/pages/referrers/${made.digest}`;
    registry.fault({ path: /\/referrers\/[^?]*$/, behaviour: { kind: 'body', body: JSON.stringify(index([])), headers: { 'content-type': INDEX, link: `<${path}?page=2>; rel="next"` } } });
    registry.fault({ path: /\/referrers\/.*page=2/, behaviour: { kind: 'body', body: LOGIN_PAGE, headers: { 'content-type': 'text/html' } } });
    const answer = await ask(`${registry.host}/acme/pages@${made.digest}`);
    expect(answer).toMatchObject({ allowed: false, codes: ['FETCH_RESPONSE_INVALID'], status: 503 });
  });

  test('X3: other bytes of the same kind are tampering and stay a violation; a login page in their place is none', async () => {
    const made = makeImage({ seed: 'tampered' });
    await push(registry, 'acme/tampered', made);
    const path = new RegExp(`/acme/tampered/manifests/${made.digest}`);
    const off = registry.fault({ path, behaviour: { kind: 'body', body: makeImage({ seed: 'other' }).manifest, headers: { 'content-type': MANIFEST } } });
    expect(await ask(`${registry.host}/acme/tampered@${made.digest}`)).toMatchObject({ codes: ['FETCH_DIGEST_MISMATCH'], status: 403 });
    off();
    registry.fault({ path, behaviour: { kind: 'body', body: LOGIN_PAGE, headers: { 'content-type': MANIFEST } } });
    expect(await ask(`${registry.host}/acme/tampered@${made.digest}`)).toMatchObject({ codes: ['FETCH_RESPONSE_INVALID'], status: 503 });
  });
});

describe('F13: the limit on evidence', () => {
  const big = (): Buffer => Buffer.from(JSON.stringify({ note: 'x'.repeat(2 * 1024 * 1024) }));

  /** An image with two megabytes under cosign's tag. */
  async function crowded(): Promise<string> {
    const made = makeImage();
    await push(registry, 'acme/crowded', made);
    const good = simpleSigningLayer(world, { digest: made.digest, reference: 'x' }, { key: alice });
    const padded = { ...good, bytes: big(), annotations: {} };
    await push(registry, 'acme/crowded', legacySignatures(made.digest, [padded]));
    return `${registry.host}/acme/crowded@${made.digest}`;
  }

  test('F13: evidence over limits.evidenceBytes is not known, the setting is named, and raising it helps', async () => {
    const documents = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }] });
    const name = await crowded();
    const tight = await startTestServer({ 'policies.yaml': documents }, { plainHttp: [registry.host], 'limits.evidenceBytes': '1MiB' });
    const answer = await tight.validate(podReview({ images: [name] }));
    await tight.close();
    expect([answer.allowed, codes(answer), answer.status?.code]).toEqual([false, ['FETCH_TOO_LARGE'], 503]);
    expect(answer.status?.message).toContain('limits.evidenceBytes');
    // Read, it is no signature: now that is known.
    expect(await ask(name)).toMatchObject({ allowed: false, status: 403 });
  });

  test('F13: one piece of more than 16 MiB is told as that, and no setting is offered that does not help', async () => {
    for (const alone of [true, false]) {
      const made = makeImage();
      await push(registry, 'acme/huge', made);
      registry.pushManifest('acme/huge', `${made.digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, layers: [{ ...entry('application/vnd.dev.cosign.simplesigning.v1+json'), size: 17 * 1024 * 1024 }] });
      // Beside a good signature it is nobody's concern.
      if (!alone) await pushReferrer(registry, 'acme/huge', bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })));
      const answer = await ask(`${registry.host}/acme/huge@${made.digest}`);
      expect(answer).toMatchObject(alone ? { allowed: false, codes: ['FETCH_TOO_LARGE'], status: 503 } : { allowed: true });
      if (alone) expect(answer.message).toContain('splitting');
      expect(answer.message).not.toContain('limits.evidenceBytes');
    }
  });
});
