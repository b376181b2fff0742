// What the others notice while one tenant fills every place there is: their rate and p99, beside those alone, in one run.
// `node bench/noisy-tenant.ts` measures this row alone.
import { randomBytes } from 'node:crypto';
import { podReview } from '../test/world/review.ts';
import { startRegistry } from '../test/world/registry.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages } from './images.ts';
import { median, startLoad } from './load.ts';
import type { LoadResult } from './load.ts';
import { startGatehouse } from './product.ts';
import { buildShipped } from './shipped.ts';
import type { Shipped } from './shipped.ts';

/** Reviews that the noisy tenant has under way: more than one namespace has places for. */
const NOISE = 300;
/** Milliseconds after which its registry answers. */
const SLOW_MS = 1000;

/** Figures of the others; ratios are beside to alone, so below 1 for rates and above 1 for latencies where they notice. */
export interface NoisyTenant {
  readonly warmPerSecondAlone: number;
  readonly warmPerSecondBeside: number;
  readonly warmRateRatio: number;
  readonly warmP99Ratio: number;
  readonly coldPerSecondAlone: number;
  readonly coldPerSecondBeside: number;
  readonly coldRateRatio: number;
  readonly coldP99Ratio: number;
  readonly turnedAway: number;
}

/**
 * Measures admissions of other namespaces, warm (one image from memory, 10 at a time) and cold (images never seen, 10 at a time),
 * in turns with and without a tenant whose 300 pods name images of a registry that answers after a second. The settings are
 * those that are shipped. `turnedAway` counts answers to the others that are not admissions: it must be 0.
 */
export async function noisyTenant(shipped: Shipped, turns: number): Promise<NoisyTenant> {
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const registry = await startRegistry();
  const slow = await startRegistry();
  slow.fault({ path: /^\/v2\//, behaviour: { kind: 'delay', ms: SLOW_MS } });
  const policy = `${policyFor(registry, world, key)}\n---\n${policyFor(slow, world, key).replaceAll('"name":"', '"name":"slow-').replaceAll('["release"]', '["slow-release"]').replaceAll('["workflow"]', '["slow-workflow"]').replaceAll('"trustRoot":"bench"', '"trustRoot":"slow-bench"')}`;
  const hosts = [registry.host, slow.host];
  const product = await startGatehouse(shipped, policy, { plainHttp: hosts, registries: hosts.map((host) => ({ host, plainHttp: true })), workers: 2 });
  const [others, noise] = [startLoad(), startLoad()];
  const at = { origin: product.origin, path: '/validate?timeout=10s' };
  const [warmImage = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/warm');
  const cold = (await signedImages(registry, world, key, 'legacy', 200 * (2 * turns + 2), 'key/cold')).map(review);
  const noisy = Array.from({ length: 3000 }, () => JSON.stringify(podReview({ images: [`${slow.host}/key/app@sha256:${randomBytes(32).toString('hex')}`], namespace: 'noisy', username: 'mallory', dryRun: true })));
  const warmTurn = (): Promise<LoadResult> => others.send({ ...at, bodies: [review(warmImage)], inFlight: 10, seconds: 1 });
  const coldTurn = (): Promise<LoadResult> => others.send({ ...at, bodies: cold.splice(0, 200), inFlight: 10, requests: 200 });
  await warmTurn();
  await coldTurn();
  const rows = { warm: { alone: [] as LoadResult[], beside: [] as LoadResult[] }, cold: { alone: [] as LoadResult[], beside: [] as LoadResult[] } };
  for (let turn = 0; turn < turns; turn += 1) {
    rows.warm.alone.push(await warmTurn());
    rows.cold.alone.push(await coldTurn());
    const shouting = noise.send({ ...at, bodies: noisy, inFlight: NOISE, seconds: 4 });
    // Until it has all that it can get.
    while ((await product.metric('gatehouse_requests_in_flight')) < NOISE - 10) await new Promise((done) => setTimeout(done, 20));
    rows.warm.beside.push(await warmTurn());
    rows.cold.beside.push(await coldTurn());
    await shouting;
  }
  others.stop();
  noise.stop();
  await product.stop();
  await registry.close();
  await slow.close();
  const of = (results: readonly LoadResult[], figure: 'perSecond' | 'p99'): number => median(results.map((result) => result[figure]));
  const ratio = ({ alone, beside }: (typeof rows)['warm'], figure: 'perSecond' | 'p99'): number => Number((of(beside, figure) / of(alone, figure)).toFixed(2));
  const all = [...rows.warm.alone, ...rows.warm.beside, ...rows.cold.alone, ...rows.cold.beside];
  return {
    warmPerSecondAlone: Math.round(of(rows.warm.alone, 'perSecond')),
    warmPerSecondBeside: Math.round(of(rows.warm.beside, 'perSecond')),
    warmRateRatio: ratio(rows.warm, 'perSecond'),
    warmP99Ratio: ratio(rows.warm, 'p99'),
    coldPerSecondAlone: Math.round(of(rows.cold.alone, 'perSecond')),
    coldPerSecondBeside: Math.round(of(rows.cold.beside, 'perSecond')),
    coldRateRatio: ratio(rows.cold, 'perSecond'),
    coldP99Ratio: ratio(rows.cold, 'p99'),
    turnedAway: all.reduce((sum, { denied, failed }) => sum + denied + failed, 0),
  };
}

if (import.meta.main) process.stdout.write(`one noisy tenant: ${JSON.stringify(await noisyTenant(buildShipped(), 9))}\n`);
