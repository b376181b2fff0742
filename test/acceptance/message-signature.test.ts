/** Message signatures over an image's manifest are verified over its bytes, which the registry has: whatever the key signs with. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, codes } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { makeKey } from '../world/keys.ts';
import type { KeyType, SignOptions, SigningKey } from '../world/keys.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const TYPES: readonly KeyType[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-pss', 'ml-dsa-65'];
const world = createWorld({ now: Date.now() });
const keys = new Map(TYPES.map((type) => [type, makeKey(type)]));
const keyOf = (type: KeyType): SigningKey => keys.get(type) ?? makeKey(type);
const IDENTITY = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com', claims: { runnerEnvironment: 'github-hosted' } } as const;
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
let registry: TestRegistry;
let server: TestServer;

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({
    'policies.yaml': [
      document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } }),
      document('Signer', 'release', { identities: [
        ...TYPES.map((type) => ({ key: { data: keyOf(type).publicKeyPem, ...(type === 'ml-dsa-65' ? { algorithm: type } : {}) } })),
        { keyless: { issuer: IDENTITY.issuer, subject: IDENTITY.san, trustRoot: 'world' } },
      ] }),
      document('ClusterArtifactPolicy', 'signed', { artifacts: [{ image: `${registry.host}/**` }, { image: 'mirror.example/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    ].join('\n---\n'),
  }, { plainHttp: [registry.host], evidenceSources: [{ image: `${registry.host}/apart/**`, repository: `${registry.host}/signatures` }], 'cache.absenceTTL': '0s' });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

const ADMITTED = { allowed: true, codes: ['POLICY_SATISFIED'] };

async function ask(image: string): Promise<{ allowed: boolean; codes: string[]; status: unknown }> {
  const answer = await server.validate(podReview({ images: [image] }));
  return { allowed: answer.allowed, codes: codes(answer), status: (answer as { status?: { code?: number } }).status?.code };
}

interface Change {
  readonly sign?: SignOptions;
  readonly over?: (manifest: Buffer) => Buffer;
  readonly map?: (bundle: Record<string, never>) => unknown;
  readonly in?: string;
}

/** An image with one message signature beside it; gives its reference and how often its manifest was asked for. */
async function signed(path: string, key: SigningKey, { sign, over, map, in: repository = path }: Change = {}): Promise<{ reference: string; manifestPath: string }> {
  const image = makeImage({ seed: path });
  await push(registry, path, image, ['v1']);
  const artifact = over?.(image.manifest) ?? image.manifest;
  const bundle = keyBundle(world, { artifact, key, ...(sign === undefined ? {} : { override: { sign } }), ...(map === undefined ? {} : { map: map as never }) });
  await pushReferrer(registry, repository, bundleReferrer(image, bundle));
  return { reference: `${registry.host}/${path}@${image.digest}`, manifestPath: `/v2/${path}/manifests/${image.digest}` };
}

const asked = (path: string): number => registry.requests().filter((one) => one.path === path && one.method === 'GET').length;
const withoutDigest = (bundle: Record<string, never>): unknown => {
  const { messageDigest: _, ...rest } = bundle['messageSignature'] as unknown as Record<string, unknown>;
  return { ...bundle, messageSignature: rest };
};

describe('fine: a message signature over an image\'s manifest', () => {
  it.each<[string, KeyType, Change]>([
    ['Ed25519', 'ed25519', { map: withoutDigest }],
    ['Ed25519, which names the SHA-256 digest', 'ed25519', {}],
    ['Ed25519ph', 'ed25519', { sign: { prehashed: true } }],
    ['RSA-PSS', 'rsa-pss', {}],
    ['an RSA key by PSS', 'rsa-2048', { sign: { encoding: 'pss' } }],
    ['ML-DSA-65', 'ml-dsa-65', { map: withoutDigest }],
    ['P-384 with its own hash', 'p384', {}],
    ['P-521 with its own hash', 'p521', {}],
    ['P-256 with SHA-512', 'p256', { sign: { hash: 'sha512' } }],
    ['RSA with SHA-384', 'rsa-2048', { sign: { hash: 'sha384' } }],
    ['P-256 with SHA-256, which needed no manifest', 'p256', {}],
  ])('%s', async (name, type, change) => {
    const path = `good/${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    const { reference } = await signed(path, keyOf(type), change);
    expect(await ask(reference)).toMatchObject(ADMITTED);
    const other = await signed(`${path}-other`, keyOf(type), { ...change, over: (manifest) => Buffer.concat([manifest, Buffer.from(' ')]) });
    expect(await ask(other.reference)).toMatchObject({ allowed: false });
    const stranger = await signed(`${path}-stranger`, makeKey(type), change);
    expect(await ask(stranger.reference)).toMatchObject({ allowed: false });
  });

  it('keyless, with a key that signs the message itself', async () => {
    const image = makeImage({ seed: 'keyless' });
    await push(registry, 'good/keyless', image, ['v1']);
    const bundle = keylessBundle(world, { artifact: image.manifest, identity: IDENTITY, keyType: 'ed25519' });
    await pushReferrer(registry, 'good/keyless', bundleReferrer(image, bundle));
    expect(await ask(`${registry.host}/good/keyless@${image.digest}`)).toMatchObject(ADMITTED);
  });

  it('evidence elsewhere: the manifest is read where the image is', async () => {
    const { reference } = await signed('apart/app', keyOf('ed25519'), { map: withoutDigest, in: 'signatures' });
    expect(await ask(reference)).toMatchObject(ADMITTED);
  });
});

describe('fine: what the manifest costs', () => {
  it('one request, however many bundles hold a message signature', async () => {
    const { reference, manifestPath } = await signed('cost/many', makeKey('ed25519'), { map: withoutDigest });
    const image = makeImage({ seed: 'cost/many' });
    for (let i = 0; i < 5; i += 1) await pushReferrer(registry, 'cost/many', bundleReferrer(image, keyBundle(world, { artifact: image.manifest, key: i === 4 ? keyOf('ed25519') : makeKey('ed25519'), map: withoutDigest as never })));
    const before = asked(manifestPath);
    expect(await ask(reference)).toMatchObject(ADMITTED);
    expect(asked(manifestPath) - before).toBe(1);
  });

  it('none, where no bundle holds one', async () => {
    const image = makeImage({ seed: 'cost/none' });
    await push(registry, 'cost/none', image, ['v1']);
    await pushReferrer(registry, 'cost/none', bundleReferrer(image, keyBundle(world, { digest: image.digest, key: keyOf('ed25519') })));
    const before = asked(`/v2/cost/none/manifests/${image.digest}`);
    expect(await ask(`${registry.host}/cost/none@${image.digest}`)).toMatchObject(ADMITTED);
    expect(asked(`/v2/cost/none/manifests/${image.digest}`)).toBe(before);
  });
});

describe('fine: when the manifest cannot be read', () => {
  it('what needs it is undetermined, and good as soon as it can', async () => {
    const { reference, manifestPath } = await signed('broken/app', keyOf('ed25519'), { map: withoutDigest });
    const stop = registry.fault({ path: new RegExp(`${manifestPath}$`), behaviour: { kind: 'status', status: 500 } });
    const answer = await ask(reference);
    expect(answer).toMatchObject({ allowed: false, status: 503 });
    expect(answer.codes.join()).toMatch(/^FETCH_/);
    stop();
    expect(await ask(reference)).toMatchObject(ADMITTED);
  });

  it('what needs only its digest is admitted without it', async () => {
    const { reference, manifestPath } = await signed('broken/p256', keyOf('p256'));
    const stop = registry.fault({ path: new RegExp(`${manifestPath}$`), behaviour: { kind: 'status', status: 500 } });
    expect(await ask(reference)).toMatchObject(ADMITTED);
    stop();
  });
});
