// `npm run bench:beside -- CHECKOUT [--quick] [--warm] [--events]`: this checkout beside another one (the commit before), in alternating turns of one run.
// With `--events` this one writes decision events into a file, which the other does not.
// Every ratio is this one against the other, so that 1 is "the same" and more is better; costs are turned round for that.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startRegistry } from '../test/world/registry.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages } from './images.ts';
import type { Layout } from './images.ts';
import { median, startLoad } from './load.ts';
import { startBare, startGatehouse } from './product.ts';
import type { Process } from './product.ts';
import { buildShipped } from './shipped.ts';
import type { FormatCost } from './verification.ts';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const other = process.argv[2];
if (other === undefined) throw new Error('name the other checkout: npm run bench:beside -- CHECKOUT');
const quick = process.argv.includes('--quick');
const [TURNS, COLD_TURNS, COLD_BATCH, COST_TURNS] = quick ? [5, 4, 100, 2] : [31, 16, 200, 7];

const world = createWorld({ now: Date.now() });
const key = world.key();
const registry = await startRegistry();
const config = { plainHttp: [registry.host], registries: [{ host: registry.host, plainHttp: true }], workers: 2, unmatched: 'deny', limits: { maxInFlight: 1024 } };
const policy = policyFor(registry, world, key);
const load = startLoad();
const events = process.argv.includes('--events') ? { decisions: { events: { file: '/dev/null' } } } : {};
const shipped = [HERE, resolve(other)].map((root) => buildShipped(root));
const startPair = (): Promise<Process[]> => Promise.all(shipped.map((one, index) => startGatehouse(one, policy, index === 0 ? { ...config, ...events } : config)));
let pair = await startPair();

const note = (name: string, pairs: readonly (readonly [number, number])[], unit: string): void => {
  const ratios = pairs.map(([a, b]) => a / b).sort((a, b) => a - b);
  const at = (share: number): string => (ratios[Math.floor(ratios.length * share)] ?? NaN).toFixed(3);
  const [mine, theirs] = [0, 1].map((side) => median(pairs.map((both) => both[side as 0 | 1])).toFixed(1));
  process.stdout.write(`${name}: ratio ${at(0.5)} (middle half ${at(0.25)} to ${at(0.75)}, ${pairs.length} turns); ${mine} beside ${theirs} ${unit}\n`);
};

/** One turn of both, the first of the two changing from turn to turn. */
async function turn(index: number, measure: (process: Process) => Promise<number>): Promise<readonly [number, number]> {
  const [mine, theirs] = pair as [Process, Process];
  if (index % 2 === 0) return [await measure(mine), await measure(theirs)];
  const second = await measure(theirs);
  return [await measure(mine), second];
}

async function rate(process: Process, bodies: readonly string[], limit: { readonly seconds: number } | { readonly requests: number }): Promise<number> {
  const result = await load.send({ origin: process.origin, path: '/validate?timeout=10s', bodies: [...bodies], inFlight: 10, ...limit });
  if (result.denied + result.failed > 0) throw new Error(`a turn failed: ${result.sample}`);
  return result.perSecond;
}

async function cold(layout: Layout, turns: number, batch: number): Promise<void> {
  const repository = layout === 'keyless' ? 'keyless/beside' : `key/beside-${layout}`;
  const bodies = (await signedImages(registry, world, key, layout, batch * (turns + 2), repository)).map(review);
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index < turns + 2; index += 1) {
    const part = bodies.slice(index * batch, (index + 1) * batch);
    const both = await turn(index, (process) => rate(process, part, { requests: batch }));
    if (index >= 2) pairs.push(both);
  }
  note(`cold, ${layout}`, pairs, 'per second at 10 in flight');
}

await new Promise((done) => setTimeout(done, 3000));
note('idle memory', [[1 / (pair[0]?.rss() ?? 0), 1 / (pair[1]?.rss() ?? 0)]], 'per MiB');
process.stdout.write(`idle memory: ${pair.map((one) => one.rss().toFixed(0)).join(' beside ')} MiB\n`);

const [image = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/warm');
const warm: (readonly [number, number])[] = [];
const ofBare: (readonly [number, number])[] = [];
const bare = await startBare();
// Of two processes of the same program one may be a tenth slower for as long as it lives: each few turns have a pair of their own.
const OF_PAIR = 4;
for (let index = -2; index < TURNS; index += 1) {
  if (index > 0 && index % OF_PAIR === 0) {
    for (const process of pair) await process.stop();
    pair = await startPair();
    for (let warmUp = 0; warmUp < 2; warmUp += 1) await turn(warmUp, (process) => rate(process, [review(image)], { seconds: 1 }));
  }
  const both = await turn(index + 2, (process) => rate(process, [review(image)], { seconds: 1 }));
  const { perSecond } = await load.send({ origin: bare.origin, path: '/', bodies: [review(image)], inFlight: 10, seconds: 1 });
  if (index < 0) continue;
  warm.push(both);
  ofBare.push([both[0], perSecond]);
}
await bare.stop();
note('warm', warm, 'per second at 10 in flight');
note('warm, this one beside a bare node:https server', ofBare, 'per second at 10 in flight');
if (!process.argv.includes('--warm')) {
  await cold('legacy', COLD_TURNS, COLD_BATCH);
  await cold('referrer', COLD_TURNS, COLD_BATCH);
  await cold('keyless', COLD_TURNS, COLD_BATCH / 2);
}
for (const process of pair) await process.stop();
load.stop();
await registry.close();

/** Costs of verification by format, measured in a process of their own over the sources of a checkout. */
function costs(root: string): readonly FormatCost[] {
  const module = pathToFileURL(resolve(root, 'bench/verification.ts')).href;
  const script = `const { verificationCosts } = await import(${JSON.stringify(module)}); console.log(JSON.stringify(await verificationCosts(3)))`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as FormatCost[];
}
const rows = new Map<string, [number, number][]>();
for (let index = 0; index < (process.argv.includes('--warm') ? 0 : COST_TURNS); index += 1) {
  const [mine, theirs] = [costs(HERE), costs(resolve(other))];
  for (const { format, microseconds } of mine) {
    const before = theirs.find((row) => row.format === format)?.microseconds;
    if (before !== undefined) rows.set(format, [...(rows.get(format) ?? []), [1e6 / microseconds, 1e6 / before]]);
  }
}
for (const [format, pairs] of rows) note(`verification, ${format}`, pairs, 'per second and core');
