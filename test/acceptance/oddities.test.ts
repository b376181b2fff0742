/** The oddities that the differential suite shows to the real cosign, where there is none: our verdict about each is the same there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ODDITIES, oursOf } from '../cosign/oddities.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { makeImage } from '../world/image.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const keys = new Map<string, SigningKey>([...new Set(ODDITIES.map(({ keyType }) => keyType))].map((type) => [type, makeKey(type)]));
const stranger = makeKey();
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
let registry: TestRegistry;
let server: TestServer;

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({
    'policies.yaml': [
      document('Signer', 'odd', { identities: [...keys.values()].map(({ publicKeyPem }) => ({ key: { data: publicKeyPem } })) }),
      document('ClusterArtifactPolicy', 'odd', { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['odd'] } }] }),
    ].join('\n---\n'),
  }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

it.each(ODDITIES.map((oddity, index) => [oddity.name, oursOf(oddity), oddity, index] as const))('%s: %s', async (name, ours, { keyType, layout, evidence }, index) => {
  const [path, image] = [`odd/n${index}`, makeImage({ seed: name })];
  await push(registry, path, image, ['v1']);
  for (const thing of evidence({ world, image, repository: `${registry.host}/${path}`, key: keys.get(keyType) ?? stranger, stranger })) {
    if (layout === 'tag') await push(registry, path, thing);
    else await pushReferrer(registry, path, thing);
  }
  const answer = await server.validate(podReview({ images: [`${registry.host}/${path}@${image.digest}`] }));
  expect(answer.allowed ? 'verifies' : 'refuses').toBe(ours);
});
