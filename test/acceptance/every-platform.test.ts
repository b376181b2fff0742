import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { blob, describe as descriptor, descriptorOf, makeImage, makeIndex, MEDIA_TYPES, pushable } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { cosignSignStatement, makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

/** `everyPlatform`: what an index lists is judged image by image, over the product's own registry client. */

const world = createWorld({ now: Date.now() });
const [release, stranger] = [world.key(), world.key()];
const SBOM = 'https://spdx.dev/Document';
let registry: TestRegistry;
beforeAll(async () => { registry = await startRegistry(); });
afterAll(() => registry.close());

const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const policy = (spec: object, name = 'p'): string => document('ClusterArtifactPolicy', name, { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'sbom', attestation: { type: SBOM, by: ['release'] } }], ...spec });
const SIGNED = { require: [{ name: 'signed', signature: { by: ['release'] } }] };

async function ask(policies: string, image: Pushable): Promise<AdmissionAnswer> {
  const signers = document('Signer', 'release', { identities: [{ key: { data: release.publicKeyPem } }] });
  const server = await startTestServer({ 'p.yaml': signers + policies }, { plainHttp: [registry.host] });
  try {
    return await server.validate(podReview({ images: [`${registry.host}/acme/app@${image.digest}`] }));
  } finally {
    await server.close();
  }
}
const verdict = async (policies: string, image: Pushable): Promise<string> => {
  const answer = await ask(policies, image);
  return [answer.allowed ? 'admit' : 'deny', ...codes(answer)].join(' ');
};

const attach = (to: Pushable, by = release, statement = makeStatement(to.digest, { predicateType: SBOM, predicate: {} })) =>
  pushReferrer(registry, 'acme/app', bundleReferrer(to, keyBundle(world, { statement, key: by })));
const sign = (to: Pushable) => attach(to, release, cosignSignStatement(to.digest));

async function pushed(index: Pushable): Promise<Pushable> {
  for (const child of index.children ?? []) await push(registry, 'acme/app', child);
  await push(registry, 'acme/app', index);
  return index;
}
async function withChildren(architectures = ['amd64', 'arm64']): Promise<{ index: Pushable; children: readonly Pushable[] }> {
  const index = makeIndex({ architectures });
  await pushed(index);
  return { index, children: index.children };
}

/** An index with entries as they are given. */
function indexOf(entries: readonly { readonly of: Pushable; readonly platform?: Record<string, string>; readonly annotations?: Record<string, string> }[]): Pushable {
  const manifests = entries.map(({ of, platform, annotations }) => ({ ...descriptorOf(of), ...(platform && { platform }), ...(annotations && { annotations }) }));
  return { ...pushable(MEDIA_TYPES.oci.index, [], { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests }), children: entries.map(({ of }) => of) };
}
const LINUX = { os: 'linux', architecture: 'amd64' };
const NOWHERE = { os: 'unknown', architecture: 'unknown' };
const attests = (digest: Digest): Record<string, string> => ({ 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest });
/** What BuildKit lists beside an image. */
function statements(): Pushable {
  const [config, layer] = [blob(Buffer.from('{}')), blob(Buffer.from(`{"x":${Math.random()}}`))];
  return pushable(MEDIA_TYPES.oci.manifest, [config, layer], {
    schemaVersion: 2, mediaType: MEDIA_TYPES.oci.manifest, config: descriptor(MEDIA_TYPES.oci.config, config.bytes), layers: [descriptor('application/vnd.in-toto+json', layer.bytes)],
  });
}

const EVERY = { everyPlatform: true };

describe('everyPlatform: each image that an index lists', () => {
  test('everyPlatform: all must have it, the index need not, and who lacks it is named', async () => {
    const { index, children: [amd, arm] } = await withChildren();
    if (amd === undefined || arm === undefined) throw new Error('no children');
    expect(await verdict(policy(EVERY), index)).toBe('deny FETCH_NONE_FOUND');
    await attach(amd);
    const answer = await ask(policy(EVERY), index);
    expect(codes(answer)).toEqual(['FETCH_NONE_FOUND']);
    expect(answer.status?.message).toContain(`linux/arm64 (${arm.digest})`);
    expect(answer.status?.message).not.toContain(amd.digest);
    await attach(arm);
    expect(await verdict(policy(EVERY), index)).toBe('admit POLICY_SATISFIED');
    expect(await verdict(policy({}), index)).toBe('deny FETCH_NONE_FOUND');
  });

  test('everyPlatform: evidence of the index speaks for none, a stranger for nobody', async () => {
    const { index, children: [amd, arm] } = await withChildren();
    await attach(index);
    expect(await verdict(policy({}), index)).toBe('admit POLICY_SATISFIED');
    expect(await verdict(policy(EVERY), index)).toBe('deny FETCH_NONE_FOUND');
    await attach(amd as Pushable);
    await attach(arm as Pushable, stranger);
    expect(await verdict(policy(EVERY), index)).toBe('deny VERIFY_SIGNER_UNTRUSTED');
  });

  test('everyPlatform: beside a policy about the index both hold, each by its own', async () => {
    const { index, children } = await withChildren();
    for (const child of children) await attach(child);
    const both = policy(EVERY) + policy(SIGNED, 'index');
    expect((await verdict(both, index)).split(' ').toSorted()).toEqual(['FETCH_NONE_FOUND', 'POLICY_SATISFIED', 'deny']);
    await sign(index);
    expect(await verdict(both, index)).toBe('admit POLICY_SATISFIED');
  });

  test('everyPlatform: many that lack it are folded', async () => {
    const { index } = await withChildren(['amd64', 'arm64', 's390x', 'ppc64le', 'riscv64']);
    const { status } = await ask(policy(EVERY), index);
    expect(status?.message).toContain('and 2 more, of 5 platforms');
    expect(status?.message.length).toBeLessThan(1500);
  });

  test('everyPlatform: an image that is no index is judged itself', async () => {
    const image = await pushed(makeImage());
    expect(await verdict(policy(EVERY), image)).toBe('deny FETCH_NONE_FOUND');
    await attach(image);
    expect(await verdict(policy(EVERY), image)).toBe('admit POLICY_SATISFIED');
  });

  test('everyPlatform: a revocation of the index falls on all that it lists', async () => {
    const { index, children } = await withChildren();
    for (const child of children) await attach(child);
    const list = (digest: string): string => document('RevocationList', 'l', { revocations: [{ digest, reason: 'r' }] });
    expect(await verdict(policy(EVERY) + list(index.digest), index)).toBe('deny POLICY_REVOKED');
    expect(await verdict(policy(EVERY) + list(children[1]?.digest ?? ''), index)).toBe('deny POLICY_REVOKED');
    expect(await verdict(policy(EVERY) + list(makeImage().digest), index)).toBe('admit POLICY_SATISFIED');
  });
});

describe('everyPlatform: what an index may hold', () => {
  test('everyPlatform: statements of BuildKit are no image, and an image that calls itself one is', async () => {
    const image = makeImage();
    const beside = await pushed(indexOf([{ of: image, platform: LINUX }, { of: statements(), platform: NOWHERE, annotations: attests(image.digest) }]));
    await attach(image);
    expect(await verdict(policy(EVERY), beside)).toBe('admit POLICY_SATISFIED');
    // Anybody who makes an index can write the annotation: it must not hide what a node would run.
    for (const hidden of [
      { of: makeImage(), platform: LINUX, annotations: attests(image.digest) },
      { of: makeImage(), platform: NOWHERE, annotations: attests(image.digest) },
      { of: statements(), platform: LINUX, annotations: attests(image.digest) },
      { of: statements(), platform: NOWHERE, annotations: attests(makeImage().digest) },
      { of: statements(), annotations: attests(image.digest) },
    ]) expect(await verdict(policy(EVERY), await pushed(indexOf([{ of: image, platform: LINUX }, hidden])))).toBe('deny FETCH_NONE_FOUND');
  });

  test('everyPlatform: an index without an image, and one within another, are refused', async () => {
    expect(await verdict(policy(EVERY), await pushed(indexOf([])))).toBe('deny FETCH_MANIFEST_INVALID');
    const { index: inner, children } = await withChildren();
    for (const child of children) await attach(child);
    expect(await verdict(policy(EVERY), await pushed({ ...indexOf([{ of: inner }]), children: [] }))).toMatch(/^deny FETCH_/);
  });

  test('everyPlatform: more than 64 images are refused, 64 are not', async () => {
    const image = makeImage();
    await attach(image);
    const many = (count: number): Promise<Pushable> => pushed(indexOf(Array.from({ length: count }, (_, at) => ({ of: image, platform: { os: 'linux', architecture: `v${at}` } }))));
    expect(await verdict(policy(EVERY), await many(64))).toBe('admit POLICY_SATISFIED');
    expect(await verdict(policy(EVERY), await many(65))).toBe('deny FETCH_INDEX_TOO_LARGE');
  });

  test('everyPlatform: a child that is not there denies, whatever the others have', async () => {
    const [here, gone] = [makeImage(), makeImage()];
    await attach(here);
    await attach(gone);
    const index = indexOf([{ of: here, platform: LINUX }, { of: gone, platform: { os: 'linux', architecture: 'arm64' } }]);
    await pushed({ ...index, children: [here] });
    expect(await verdict(policy(EVERY), index)).toBe('deny FETCH_NOT_FOUND');
    await push(registry, 'acme/app', gone);
    expect(await verdict(policy(EVERY), index)).toBe('admit POLICY_SATISFIED');
  });
});
