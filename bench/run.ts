// `npm run bench`: measures and prints; results as JSON in results/bench.json. Ratios are taken within one run; every
// absolute figure depends on the machine, which is named beside it. `npm run bench -- --write` puts the figures into
// docs/performance.md; `--quick` is for trying out; `--only hostile`, `--only signers`, `--only pipelines`
// and `--only gate` measure those rows alone and print them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { startRegistry } from '../test/world/registry.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages, type Layout } from './images.ts';
import { hostileCosts } from './hostile.ts';
import { gateCosts } from './gate.ts';
import { largeAttestation } from './large-attestation.ts';
import { layoutCost } from './layouts.ts';
import { median, startLoad } from './load.ts';
import { manyAttestations } from './many-attestations.ts';
import { jailedPods } from './jailed-pods.ts';
import { matchingMicroseconds } from './matching.ts';
import { noisyTenant } from './noisy-tenant.ts';
import { writePage } from './page.ts';
import { extractionCost, pipelineCost } from './pipelines.ts';
import { startBare, startGatehouse } from './product.ts';
import { provenanceCost } from './provenance.ts';
import { buildShipped } from './shipped.ts';
import type { Shipped } from './shipped.ts';
import { signerCosts } from './signers.ts';
import { verificationCosts } from './verification.ts';

const quick = process.argv.includes('--quick');
/** Turns of the two servers, each as short as possible: the speed of a shared machine drifts within seconds, and a ratio is only as good as its two halves are alike. */
const ROUNDS = quick ? 3 : 31;
const SECONDS = 1;
/** Admissions before anything is measured. */
const WARM_UP = quick ? 100 : 1000;
const MANY = quick ? 1000 : 10_000;

const results: Record<string, unknown> = {
  machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
};
const note = (name: string, value: unknown): void => {
  results[name] = value;
  process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
};
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
/** The median of every figure. */
const middle = <T extends object>(rows: readonly T[]): Record<string, number> =>
  Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, round(median(rows.map((row) => Number(row[name as keyof T]))), 1)]));

async function hostileRows(): Promise<void> {
  for (const { name, ...cost } of await hostileCosts(quick ? 1 : 5)) {
    note(`hostile evidence, ${name}`, { kilobytes: cost.kilobytes, honestMs: round(cost.honestMs), hostileMs: round(cost.hostileMs), ratio: round(cost.ratio, 1) });
  }
}

/** Rows about signers that are neither keys nor keyless. */
async function signerRows(): Promise<void> {
  for await (const { format, ...cost } of signerCosts(quick ? 5 : 21)) note(`signer, ${format}`, cost);
}

/** Rows about builds: the jail, the reading, and a whole run at the server. */
async function pipelineRows(shipped: Shipped): Promise<void> {
  const { policies, ...jailMs } = jailedPods(10_000);
  note('jailed pods, ms', { policies, ...Object.fromEntries(Object.entries(jailMs).map(([name, value]) => [name, round(value, 3)])) });
  const { slowestMs, largestMs, runOf60ImagesMs, ...examples } = extractionCost(quick ? 20 : 200);
  note('extraction of builds', { ...examples, slowestMs: round(slowestMs, 3), largestMs: round(largestMs, 3), runOf60ImagesMs: round(runOf60ImagesMs, 3) });
  const { coldMs, p50, p99, ...run } = await pipelineCost(shipped, quick ? 200 : 2000);
  note('PipelineRun, warm', { ...run, coldMs: round(coldMs), p50ms: round(p50), p99ms: round(p99) });
}

/** Rows about the gate of build tasks. */
async function gateRows(shipped: Shipped): Promise<void> {
  note('gate', { ...(await gateCosts(shipped, quick ? 3 : 9)) });
}

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
if (only !== undefined) {
  if (only === 'hostile') await hostileRows();
  else if (only === 'signers') await signerRows();
  else if (only === 'pipelines') await pipelineRows(buildShipped());
  else if (only === 'gate') await gateRows(buildShipped());
  else throw new Error(`--only ${only}: expected hostile, signers, pipelines or gate`);
  process.exit();
}

const world = createWorld({ now: Date.now() });
const key = world.key();
const registry = await startRegistry();
const config = { plainHttp: [registry.host], registries: [{ host: registry.host, plainHttp: true }], workers: 2, unmatched: 'deny', limits: { maxInFlight: 1024 } };
const policy = policyFor(registry, world, key);
const load = startLoad();

note('matching', { policies: 10_000, ...matchingMicroseconds(10_000) });

for (const { format, ...cost } of await verificationCosts(quick ? 5 : 15)) note(`verification, ${format}`, cost);
await signerRows();
for (const type of ['ed25519', 'p256', 'rsa-2048'] as const) note(`layout, cold, ${type}`, await layoutCost(type, quick ? 3 : 9));
await hostileRows();
note('provenance, verified before', { ...(await provenanceCost(quick ? 3 : 9)) });
for (const condition of [false, true]) note(`SBOM attestation of 5 MB, cold${condition ? ', with a condition' : ''}`, { ...middle(await largeAttestation(5, quick ? 3 : 9, condition)) });

const shipped = buildShipped();
await pipelineRows(shipped);
const product = await startGatehouse(shipped, policy, config);
note('idle', { residentMiB: round(product.rss(), 0), workers: 2 });

/** Requests to the registry per admission of an image that was never seen, in a repository that was. */
async function coldLayout(layout: Layout, count: number): Promise<void> {
  const repository = layout === 'keyless' ? 'keyless/app' : `key/${layout}`;
  const images = await signedImages(registry, world, key, layout, WARM_UP + 300 + count, repository);
  const bodies = images.map(review);
  // The first admission of a repository asks everywhere; from then on the place that had evidence is asked first. And the
  // runtime compiles what is called often: a server that has been up for a minute is measured, not one that starts.
  await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: bodies.slice(0, WARM_UP), inFlight: 1, requests: WARM_UP });
  registry.clearLog();
  const alone = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: bodies.slice(WARM_UP, WARM_UP + 300), inFlight: 1, requests: 300 });
  const perAdmission = registry.requests().length / 300;
  const ten = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: bodies.slice(WARM_UP + 300), inFlight: 10, requests: count });
  note(`cold ${layout}`, { p50ms: round(alone.p50), p99ms: round(alone.p99), perSecondAt10: round(ten.perSecond, 0), registryRequestsPerAdmission: round(perAdmission), denied: alone.denied + ten.denied, failed: alone.failed + ten.failed, ...(ten.denied > 0 ? { sample: ten.sample } : {}) });
}
await coldLayout('legacy', quick ? 500 : 4000);
await coldLayout('referrer', quick ? 500 : 2000);

await product.metric('nodejs_eventloop_lag_p99_seconds');
/** The metric is the time from one sample to the next, of which so many milliseconds are the pause between them (perf_hooks, monitorEventLoopDelay). */
const SAMPLED_EVERY = 10;
const readyz: number[] = [];
const watch = setInterval(() => {
  const sent = performance.now();
  void fetch(`${product.ops}/readyz`).then((answer) => readyz.push(answer.ok ? performance.now() - sent : Infinity));
}, 50);
await coldLayout('keyless', quick ? 200 : 1000);
clearInterval(watch);
note('while cold keyless verifications run', { eventLoopDelayP99ms: round((await product.metric('nodejs_eventloop_lag_p99_seconds')) * 1000 - SAMPLED_EVERY), readyzMaxMs: round(Math.max(...readyz)), readyzAnswers: readyz.length });

const [herd = ''] = await signedImages(registry, world, key, 'keyless', 1, 'keyless/herd');
const before = await product.metric('gatehouse_verifications');
registry.clearLog();
const together = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: [review(herd)], inFlight: 200, requests: 200 });
const fetched = new Map<string, number>();
for (const { path } of registry.requests()) fetched.set(path, (fetched.get(path) ?? 0) + 1);
note('200 pods with one new image at once', { allowed: together.allowed, verifications: (await product.metric('gatehouse_verifications')) - before, mostFetchesOfOneObject: Math.max(...fetched.values()), p99ms: round(together.p99) });

const bare = await startBare();
const [warmImage = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/warm');
const warmBody = review(warmImage);
const ratios: number[] = [];
const warm: number[] = [];
for (let turn = -2; turn < ROUNDS; turn += 1) {
  const ours = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: [warmBody], inFlight: 10, seconds: SECONDS });
  const theirs = await load.send({ origin: bare.origin, path: '/', bodies: [warmBody], inFlight: 10, seconds: SECONDS });
  if (turn < 0) continue;
  ratios.push(ours.perSecond / theirs.perSecond);
  warm.push(ours.perSecond);
  if (ours.denied + ours.failed > 0) throw new Error(`warm round failed: ${ours.sample}`);
}
note('warm', { bodyBytes: warmBody.length, perSecond: round(median(warm), 0), ofBareHttps: round(median(ratios)), turns: ratios.length, middleHalf: [0.25, 0.75].map((share) => round([...ratios].sort((a, b) => a - b)[Math.floor(ratios.length * share)] ?? 0)) });
await bare.stop();

const many = (await signedImages(registry, world, key, 'legacy', MANY, 'key/many')).map(review);
const filling = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: many, inFlight: 10, requests: MANY });
note(`cold, ${MANY} distinct images`, { perSecondAt10: round(filling.perSecond, 0), denied: filling.denied, residentMiB: round(product.rss(), 0) });
// Once unmeasured: the first decision from memory about an image is the first that runs through this code in this state.
await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: many, inFlight: 10, requests: MANY });
const turns = await load.send({ origin: product.origin, path: '/validate?timeout=10s', bodies: many, inFlight: 10, requests: MANY * 2 });
note(`warm, ${MANY} images in turn`, { perSecond: round(turns.perSecond, 0), denied: turns.denied, residentMiB: round(product.rss(), 0) });

for (const count of [1000, quick ? 2000 : 10_000]) note(`${count} attestations on one artifact`, { ...(await manyAttestations({ product, load, registry, world, key }, count)) });

await product.stop();
note('one noisy tenant', { ...(await noisyTenant(shipped, quick ? 3 : 9)) });
await gateRows(shipped);
load.stop();
await registry.close();
mkdirSync(new URL('../results/', import.meta.url), { recursive: true });
writeFileSync(new URL('../results/bench.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
if (process.argv.includes('--write')) writePage(results);
