// `npm run bench:peers`: Gatehouse beside Kyverno and policy-controller, in alternating turns on one machine in one run;
// results as JSON in results/peers.json. `--write` puts the table into docs/performance.md; `--quick` is for trying out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { startControlPlane, type ControlPlane } from '../../test/cluster/control-plane.ts';
import { ensureTools } from '../../test/cluster/tools.ts';
import { createWorld } from '../../test/world/world.ts';
import { startLoad } from '../load.ts';
import { buildShipped } from '../shipped.ts';
import { buildPeer, KYVERNO, POLICY_CONTROLLER } from './build.ts';
import { mustVerify, pushProbes } from './check.ts';
import { startGatehouseContender, type Contender } from './contender.ts';
import { createKyvernoPolicy, installKyverno, startKyverno } from './kyverno.ts';
import { cold, many, settle, warm, type Bench, type Extent } from './measure.ts';
import { writePeersTable } from './page.ts';
import { installPolicyController, startPolicyController } from './policy-controller.ts';
import { startBenchRegistry } from './registry.ts';
import { machine, report, type Row } from './report.ts';

const EXTENT: Extent = process.argv.includes('--quick')
  ? { warmUp: 100, warm: { turns: 3, seconds: 1 }, alone: { turns: 3, images: 50 }, ten: { turns: 3, images: 150 }, many: { images: 1000, turns: 3, seconds: 1 } }
  : { warmUp: 1000, warm: { turns: 15, seconds: 1 }, alone: { turns: 9, images: 100 }, ten: { turns: 9, images: 300 }, many: { images: 10_000, turns: 7, seconds: 3 } };
/** Sizes of Kyverno's verify cache: as shipped, which holds 17 images; and large enough for all of them (an image costs 57). */
const CACHE = { asShipped: 1000, raised: 1_000_000 };

const say = (line: string): void => void process.stderr.write(`bench:peers: ${line}\n`);
/** What has been started; ended in reverse. */
const started: (() => unknown)[] = [];
const keep = <T extends { stop(): unknown }>(thing: T): T => {
  started.push(() => thing.stop());
  return thing;
};

async function main(): Promise<void> {
  await ensureTools(say, ['etcd', 'apiserver', 'kubectl', 'registry']);
  const built = { kyverno: await buildPeer(KYVERNO, say), policyController: await buildPeer(POLICY_CONTROLLER, say) };
  const shipped = buildShipped();
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const bench: Bench = { registry: keep(await startBenchRegistry()), load: keep(startLoad()), world, key };
  const probes = await pushProbes(bench);

  say('starting an API server, and the three');
  const cluster = keep(await startControlPlane());
  await createNamespace(cluster);
  await installPolicyController(cluster, built.policyController, bench.registry.host, key.publicKeyPem);
  await installKyverno(cluster, built.kyverno);
  const ours = keep(await startGatehouseContender(shipped, bench.registry.host, key.publicKeyPem));
  const kyverno = keep(await startKyverno(cluster, built.kyverno, 'Kyverno', CACHE.raised));
  await createKyvernoPolicy(cluster, bench.registry.host, key.publicKeyPem);
  const policyController = keep(await startPolicyController(cluster, built.policyController));
  const contenders: readonly Contender[] = [ours, kyverno, policyController];
  for (const contender of contenders) await mustVerify(contender, bench.load, probes);
  say('all three admit what is signed, and deny what is unsigned or signed by another key');
  const idle = new Map(contenders.map((contender) => [contender, contender.rss()]));

  say('measuring cold');
  const { alone, ten } = await cold(bench, contenders, EXTENT);
  say('measuring warm');
  const one = await warm(bench, contenders, EXTENT.warm);
  say(`measuring ${EXTENT.many.images} images in turn`);
  const small = keep(await startKyverno(cluster, built.kyverno, 'Kyverno, cache as shipped', CACHE.asShipped));
  await mustVerify(small, bench.load, probes);
  idle.set(small, small.rss());
  await settle(bench, small, EXTENT.warmUp);
  const all = [...contenders, small];
  const turns = await many(bench, all, EXTENT.many);
  const end = new Map(all.map((contender) => [contender, contender.rss()]));
  for (const contender of all) await mustVerify(contender, bench.load, probes);

  const rows = report(ours, [kyverno, policyController], { alone, ten, warm: one, many: turns, images: EXTENT.many.images, idle, end });
  publish({ machine: machine(), versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])), extent: EXTENT, rows });
}

/** The namespace of the pods, as a cluster has it: with a service account, for which policy-controller asks every time. */
async function createNamespace(cluster: ControlPlane): Promise<void> {
  const metadata = { name: 'bench', labels: { 'policy.sigstore.dev/include': 'true' } };
  await cluster.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata });
  await cluster.must(['create', 'serviceaccount', 'default', '-n', 'bench']);
}

function publish(results: { readonly rows: readonly Row[]; readonly versions: Readonly<Record<string, string>>; readonly machine: unknown; readonly extent: Extent }): void {
  for (const { turns: _inTheFile, ...row } of results.rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  mkdirSync(new URL('../../results/', import.meta.url), { recursive: true });
  writeFileSync(new URL('../../results/peers.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
  if (process.argv.includes('--write')) writePeersTable(results.rows, results.versions);
}

try {
  await main();
} finally {
  for (const stop of started.reverse()) await stop();
}
