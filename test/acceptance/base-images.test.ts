import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry, type TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { makeStatement, slsaProvenanceV1, slsaProvenanceV02 } from '../world/statement.ts';
import type { Predicate } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { codes, startTestServer, type TestServer } from '../support/server.ts';

const world = createWorld({ now: Date.now() });
const [builder, platform] = [world.key(), world.key()];

function signer(name: string, pem: string): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: pem } }] } });
}
function policy(name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name }, spec });
}
const POLICIES = {
  'builder.yaml': signer('builder', builder.publicKeyPem),
  'platform.yaml': signer('platform', platform.publicKeyPem),
  'apps.yaml': policy('apps', { artifacts: [{ image: 'registry.example/app/*' }], require: [{ name: 'built on our base', provenance: { by: ['builder'], source: { uri: 'git+https://github.com/acme/*' }, dependencies: { images: { admitted: true } } } }] }),
  'base.yaml': policy('base', { artifacts: [{ image: 'registry.example/base/*' }], usedAs: ['baseImage', 'dependency'], require: [{ name: 'released', signature: { by: ['platform'] } }] }),
};

describe('images with base images, through HTTPS and a registry', () => {
  let registry: TestRegistry;
  let server: TestServer;
  const apps = new Map<string, Pushable>();

  /** An application whose provenance says that it was built on these images. */
  async function app(name: string, bases: readonly { readonly uri: string; readonly image: Pushable }[], make: typeof slsaProvenanceV1 = slsaProvenanceV1): Promise<void> {
    const image = makeImage();
    apps.set(name, image);
    await push(registry, `app/${name}`, image);
    const said: Predicate = make({ dependencies: bases.map(({ uri, image: { digest } }) => ({ uri, digest: { sha256: digest.slice(7) } })) });
    await pushReferrer(registry, `app/${name}`, bundleReferrer(image, keyBundle(world, { statement: makeStatement(image.digest, said), key: builder })), { fallbackTag: true });
  }

  beforeAll(async () => {
    registry = await startRegistry();
    const [good, bad, foreign] = [makeImage(), makeImage(), makeImage()];
    for (const image of [good, bad]) await push(registry, 'base/node', image);
    await push(registry, 'elsewhere/node', foreign);
    await pushReferrer(registry, 'base/node', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: platform })), { fallbackTag: true });
    await pushReferrer(registry, 'base/node', bundleReferrer(bad, keyBundle(world, { digest: bad.digest, key: builder })), { fallbackTag: true });
    await app('good', [{ uri: 'pkg:docker/registry.example/base/node@24?platform=linux%2Famd64', image: good }]);
    await app('good-v02', [{ uri: 'oci://registry.example/base/node', image: good }], slsaProvenanceV02);
    await app('bad', [{ uri: 'pkg:docker/registry.example/base/node@24?platform=linux%2Famd64', image: bad }]);
    await app('half', [{ uri: 'oci://registry.example/base/node', image: good }, { uri: 'oci://registry.example/base/node', image: bad }]);
    await app('foreign', [{ uri: 'oci://registry.example/elsewhere/node', image: foreign }]);
    server = await startTestServer(POLICIES, { registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }] });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
  });

  const pod = (...names: readonly string[]): Parameters<TestServer['validate']>[0] => podReview({ images: names.map((name) => `registry.example/app/${name}@${apps.get(name)?.digest ?? ''}`) });

  test.each([['good', 'POLICY_SATISFIED'], ['good-v02', 'POLICY_SATISFIED'], ['bad', 'POLICY_IMAGE_DENIED'], ['half', 'POLICY_IMAGE_DENIED'], ['foreign', 'POLICY_IMAGE_UNMATCHED']])('%s: %s', async (name, code) => {
    const answer = await server.validate(pod(name));
    expect(codes(answer)).toEqual([code]);
    expect(answer.allowed).toBe(code === 'POLICY_SATISFIED');
  });

  test('the denial names the base image, its policy and what is wrong with it', async () => {
    expect((await server.validate(pod('bad'))).status?.message).toContain('image pkg:docker/registry.example/base/node@24?platform=linux%2Famd64: policy base / released: VERIFY_SIGNER_UNTRUSTED');
  });

  test('nothing is fetched for an image without a policy, and nothing at all the second time', async () => {
    expect(registry.requests(/elsewhere/)).toEqual([]);
    registry.clearLog();
    expect((await server.validate(pod('good', 'good-v02'))).allowed).toBe(true);
    expect(registry.log).toEqual([]);
  });
});
