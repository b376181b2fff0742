// Memory is shared out among namespaces: what one has looked up does not cost another what it knows. Over HTTPS.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { keyBundle } from '../world/bundle.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { attachCosignTag, pushImage, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const world = createWorld({ now: Date.now() });
const key = world.key();
let registry: TestRegistry;
beforeAll(async () => { registry = await startRegistry(); });
afterAll(() => registry.close());

const policies = (): string => [
  { kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } },
  { kind: 'ClusterArtifactPolicy', metadata: { name: 'all' }, spec: { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] } },
].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');

test.each([['another namespace', 'loud', true], ['the twin: its own', 'shop', false]])('nothing has to be looked up anew for what %s has looked up', async (_, filler, isKept) => {
  const server = await startTestServer({ 'policies.yaml': policies() }, { plainHttp: [registry.host], 'cache.evidenceBytes': '1MiB' });
  try {
    const allowed = async (namespace: string, image: string): Promise<boolean> => (await server.validate(podReview({ images: [image], namespace }))).allowed;
    const image = makeImage({ seed: filler });
    await push(registry, 'shop/app', image);
    await pushReferrer(registry, 'shop/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
    const mine = `${registry.host}/shop/app@${image.digest}`;
    expect(await allowed('shop', mine)).toBe(true);
    for (let index = 0; index < 30; index += 1) {
      const digest = pushImage(registry, 'loud/app', `${filler}${index}`, `${filler}${index}`);
      attachCosignTag(registry, 'loud/app', digest, 'sig', [{ mediaType: SIMPLE, content: `{"filling":"${String(index).repeat(60_000)}"}` }]);
      expect(await allowed(filler, `${registry.host}/loud/app@${digest}`)).toBe(false);
    }
    registry.clearLog();
    expect(await allowed('shop', mine)).toBe(true);
    expect(registry.log.length === 0).toBe(isKept);
  } finally {
    await server.close();
  }
});
