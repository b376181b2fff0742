import { describe, expect, test } from 'vitest';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../../world/cosign.ts';
import { digestOf } from '../../world/encode.ts';
import { makeImage, makeIndex } from '../../world/image.ts';
import { fallbackTag, push, pushReferrer } from '../../world/push.ts';
import type { RegistryTarget } from '../../world/push.ts';
import { createWorld } from '../../world/world.ts';

const world = createWorld({ now: Date.UTC(2026, 2, 1) });
const key = world.key();

function memoryTarget(readable: boolean): RegistryTarget & { readonly blobs: Map<string, Uint8Array>; readonly manifests: Map<string, Uint8Array> } {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, Uint8Array>();
  return {
    blobs,
    manifests,
    putBlob: (repo, digest, bytes) => void blobs.set(`${repo}@${digest}`, bytes),
    putManifest: (repo, reference, bytes) => void manifests.set(`${repo}:${reference}`, bytes),
    ...(readable && { getManifest: (repo: string, reference: string) => manifests.get(`${repo}:${reference}`) }),
  };
}

describe('images', () => {
  test('the same seed gives the same digest, another or none gives another', () => {
    expect(makeImage({ seed: 'a' }).digest).toBe(makeImage({ seed: 'a' }).digest);
    expect(makeImage({ seed: 'a' }).digest).not.toBe(makeImage({ seed: 'b' }).digest);
    expect(makeImage().digest).not.toBe(makeImage().digest);
    expect(makeIndex({ seed: 'a' }).digest).toBe(makeIndex({ seed: 'a' }).digest);
  });

  test.each(['oci', 'docker'] as const)('%s index lists its children with size and platform', (format) => {
    const index = makeIndex({ seed: 'x', format, architectures: ['amd64', 's390x'] });
    const { manifests } = JSON.parse(index.manifest.toString()) as { manifests: { digest: string; size: number; platform: { architecture: string } }[] };
    expect(manifests.map((m) => [m.digest, m.size])).toEqual(index.children.map((c) => [c.digest, c.manifest.byteLength]));
    expect(manifests.map((m) => m.platform.architecture)).toEqual(['amd64', 's390x']);
    for (const blob of index.children.flatMap((child) => child.blobs)) expect(digestOf(blob.bytes)).toBe(blob.digest);
  });
});

describe('push', () => {
  test('index with children, blobs, digest and tags', async () => {
    const target = memoryTarget(false);
    const index = makeIndex();
    await push(target, 'acme/app', index, ['v1', 'latest']);
    for (const reference of [index.digest, 'v1', 'latest', ...index.children.map((child) => child.digest)]) expect(target.manifests.has(`acme/app:${reference}`)).toBe(true);
    expect(target.blobs.size).toBe(4);
  });

  test('legacy signatures go to their own tag', async () => {
    const target = memoryTarget(false);
    const { digest } = makeImage();
    await push(target, 'acme/app', legacySignatures(digest, [simpleSigningLayer(world, { digest, reference: 'x' }, { key })]));
    expect(target.manifests.has(`acme/app:${fallbackTag(digest)}.sig`)).toBe(true);
  });

  test.each([true, false])('fallback index collects referrers without repeating them (readable target: %s)', async (readable) => {
    const target = memoryTarget(readable);
    const image = makeImage();
    const referrers = [1, 2].map(() => bundleReferrer(image, keyBundle(world, { key, digest: image.digest })));
    for (const thing of [...referrers, ...referrers]) await pushReferrer(target, 'acme/app', thing, { fallbackTag: true });
    const index = JSON.parse(Buffer.from(target.manifests.get(`acme/app:${fallbackTag(image.digest)}`) ?? '').toString()) as { manifests: { digest: string; artifactType: string }[] };
    expect(index.manifests.map((m) => m.digest)).toEqual(referrers.map((thing) => thing.digest));
    expect(index.manifests.every((m) => m.artifactType.includes('bundle.v0.3'))).toBe(true);
  });

  test('no fallback tag unless asked for; an image is no referrer', async () => {
    const target = memoryTarget(true);
    const image = makeImage();
    await pushReferrer(target, 'acme/app', bundleReferrer(image, keyBundle(world, { key, digest: image.digest })));
    expect(target.manifests.has(`acme/app:${fallbackTag(image.digest)}`)).toBe(false);
    await expect(pushReferrer(target, 'acme/app', image)).rejects.toThrow('subject');
  });
});
