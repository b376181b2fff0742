/** The oddities that the differential suite shows to the real cosign, where there is none: our verdict about each is the same there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ODDITIES, oursOf } from '../cosign/oddities.ts';
import { oddityPolicies, pushOddity } from '../cosign/our-side.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const keys = new Map<string, SigningKey>([...new Set(ODDITIES.map(({ keyType }) => keyType))].map((type) => [type, makeKey(type)]));
const stranger = makeKey();
let registry: TestRegistry;
let server: TestServer;

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({ 'policies.yaml': oddityPolicies(world, keys.values(), registry.host) }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

it.each(ODDITIES.map((oddity, index) => [oddity.name, oursOf(oddity), oddity, index] as const))('%s: %s', async (_name, ours, oddity, index) => {
  const reference = await pushOddity(registry, oddity, index, { world, key: keys.get(oddity.keyType) ?? stranger, stranger });
  const answer = await server.validate(podReview({ images: [reference] }));
  expect(answer.allowed ? 'verifies' : 'refuses').toBe(ours);
});
