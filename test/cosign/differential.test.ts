/** The same image and evidence for the real cosign and for us: what it verifies, we verify, unless a row says why not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder } from '../cluster/processes.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';
import { BY, verifies } from './cosign.ts';
import { IDENTITY } from './keyless-oddities.ts';
import { ODDITIES, oursOf } from './oddities.ts';
import type { Oddity } from './oddities.ts';
import { oddityPolicies, pushOddity } from './our-side.ts';

const world = createWorld({ now: Date.now() });
const keys = new Map<string, SigningKey>([...new Set(ODDITIES.map(({ keyType }) => keyType))].map((type) => [type, makeKey(type)]));
const stranger = makeKey();
const folder = dataFolder('oddities');
let registry: TestRegistry;
let server: TestServer;

beforeAll(async () => {
  registry = await startRegistry();
  for (const [type, { publicKeyPem }] of keys) writeFileSync(join(folder, `${type}.pub`), publicKeyPem);
  writeFileSync(join(folder, 'root.json'), JSON.stringify(world.trustedRoot()));
  server = await startTestServer({ 'policies.yaml': oddityPolicies(world, keys.values(), registry.host) }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

/** Whether the real program and we take the evidence of a row. */
async function judged(oddity: Oddity, index: number): Promise<{ readonly cosign: string; readonly ours: string }> {
  const { keyType, layout, flags = [] } = oddity;
  const reference = await pushOddity(registry, oddity, index, { world, key: keys.get(keyType) ?? stranger, stranger });
  const by = oddity.by === 'certificate' ? BY.identity(IDENTITY) : BY.key(join(folder, `${keyType}.pub`));
  const theirs = await verifies(reference, by, { layout, trustedRoot: join(folder, 'root.json'), flags });
  const answer = await server.validate(podReview({ images: [reference] }));
  return { cosign: theirs ? 'verifies' : 'refuses', ours: answer.allowed ? 'verifies' : 'refuses' };
}

it('the table has at least 40 rows, each with a name of its own', () => {
  expect(new Set(ODDITIES.map(({ name }) => name)).size).toBe(ODDITIES.length);
  expect(ODDITIES.length).toBeGreaterThanOrEqual(40);
});

describe('what cosign verifies, we verify', () => {
  it.each(ODDITIES.map((oddity, index) => [oddity.name, oddity, index] as const))('%s', async (_name, oddity, index) => {
    const { cosign, ours } = await judged(oddity, index);
    expect({ cosign, ours }).toEqual({ cosign: oddity.cosign, ours: oursOf(oddity) });
  });
});
