// The gate: a single question beside a bare route of fastify, a lock file in one call, receipts, and what admission notices of a flood of
// questions. `node bench/gate.ts` measures these rows alone, `npm run bench -- --only gate` as well.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReceiptOrder } from '../src/domain/gate/receipt.ts';
import { createReceipts } from '../src/vouch/index.ts';
import { createTokenIssuer } from '../test/support/tokens.ts';
import { NPM_WORKFLOW, startNpm } from '../test/world/packages/npm.ts';
import { startRegistry } from '../test/world/registry.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages } from './images.ts';
import { median, startLoad } from './load.ts';
import type { LoadResult } from './load.ts';
import { startBareFastify, startGatehouse } from './product.ts';
import { buildShipped } from './shipped.ts';
import type { Shipped } from './shipped.ts';

/** Entries of the lock file. */
const ENTRIES = 1000;
/** Questions that the flood has under way, of as many callers. */
const FLOOD = 64;
const ISSUER = 'https://ci.example';

/** Figures of the gate; times in milliseconds, ratios above 1 where the gate costs more, or admission notices. */
export interface GateCosts {
  readonly singleP50: number;
  readonly bareP50: number;
  readonly singleOfBare: number;
  /** The same without a receipt: what judging costs, and not the signature. */
  readonly unsignedP50: number;
  readonly unsignedOfBare: number;
  readonly lockFileEntries: number;
  readonly lockFileColdMs: number;
  readonly lockFileWarmMs: number;
  readonly receiptsPerSecond: number;
  readonly validateP99Alone: number;
  readonly validateP99Beside: number;
  readonly validateP99Ratio: number;
  readonly questionsPerSecondInFlood: number;
}

/** Measures with the settings that are shipped, but budgets of callers that a flood does not exhaust; `turns` of each pair. */
export async function gateCosts(shipped: Shipped, turns: number): Promise<GateCosts> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-gate-'));
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const [registry, npm] = [await startRegistry(), await startNpm(world)];
  const issuer = createTokenIssuer(ISSUER);
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(issuer.jwks()));
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(folder, 'receipts.pem'), signing);
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  const policy = [
    policyFor(registry, world, key),
    document('Signer', 'npm', { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subject: NPM_WORKFLOW, trustRoot: 'bench' } }] }),
    document('ClusterArtifactPolicy', 'npm', { artifacts: [{ package: 'pkg:npm/@acme/*' }], require: [{ name: 'built', provenance: { by: ['npm'], profile: 'npm', level: 2, source: { uri: 'https://github.com/acme/lib' } } }] }),
  ].join('\n---\n');
  const product = await startGatehouse(shipped, policy, {
    plainHttp: [registry.host, '127.0.0.1'], registries: [{ host: registry.host, plainHttp: true }], workers: 2, packages: [{ ecosystem: 'npm', url: npm.url }],
    gate: {
      port: await freePort(), callerPerMinute: 1_000_000, callers: { ci: [{ issuer: ISSUER, kind: 'generic', jwksFile: join(folder, 'jwks.json'), namespace: 'bench', run: ['job'] }] },
      receipts: { keys: join(folder, 'receipts.pem') },
    },
  });
  const [one, others] = [startLoad(), startLoad()];
  const as = (caller: number): Readonly<Record<string, string>> => ({ authorization: `Bearer ${issuer.sign({ aud: 'gatehouse', sub: `caller-${caller}`, job: `job-${caller}` })}` });
  const gate = { origin: product.gate, path: '/v1/admit', headers: [as(0)] };
  const checked = (result: LoadResult): LoadResult => {
    if (result.failed > 0 || !/"time":"[^"]+","decision":"admit"/.test(result.sample)) throw new Error(`questions failed: ${result.sample}`);
    return result;
  };

  const [image = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/gate');
  const single = JSON.stringify({ artifacts: [{ kind: 'image', uri: image }] });
  const { sample } = checked(await one.send({ ...gate, bodies: [single], inFlight: 1, requests: 300 }));
  const bare = await startBareFastify(sample);
  const unsigned = JSON.stringify({ artifacts: [{ kind: 'image', uri: image }], receipts: 'none' });
  const pairs: { readonly ours: number; readonly judged: number; readonly theirs: number }[] = [];
  for (let turn = -1; turn < turns; turn += 1) {
    const ours = checked(await one.send({ ...gate, bodies: [single], inFlight: 1, requests: 500 })).p50;
    const judged = checked(await one.send({ ...gate, bodies: [unsigned], inFlight: 1, requests: 500 })).p50;
    const theirs = (await one.send({ origin: bare.origin, path: '/v1/admit', headers: [as(0)], bodies: [single], inFlight: 1, requests: 500 })).p50;
    if (turn >= 0) pairs.push({ ours, judged, theirs });
  }
  await bare.stop();

  const artifacts = Array.from({ length: ENTRIES }, (_, index) => {
    const [name, version] = [`@acme/lib-${index}`, '1.0.0'];
    return { kind: 'package', uri: `pkg:npm/${name}@${version}`, digest: npm.publish({ name, version }) };
  });
  const lock = { ...gate, bodies: [JSON.stringify({ artifacts })], inFlight: 1, requests: 1 };
  const cold = checked(await one.send(lock)).p50;
  const warm: number[] = [];
  for (let turn = 0; turn < turns + 1; turn += 1) warm.push(checked(await one.send(lock)).p50);

  const callers = Array.from({ length: FLOOD }, (_, caller) => as(caller + 1));
  const validate = { origin: product.origin, path: '/validate?timeout=10s', bodies: [review(image)], inFlight: 10, seconds: 1 };
  await others.send(validate);
  const rows = { alone: [] as number[], beside: [] as number[], questions: [] as number[] };
  for (let turn = 0; turn < turns; turn += 1) {
    rows.alone.push((await others.send(validate)).p99);
    const flood = one.send({ ...gate, headers: callers, bodies: [single], inFlight: FLOOD, seconds: 2 });
    await new Promise((done) => setTimeout(done, 400));
    rows.beside.push((await others.send(validate)).p99);
    rows.questions.push(checked(await flood).perSecond);
  }
  one.stop();
  others.stop();
  await product.stop();
  await registry.close();
  await npm.close();
  rmSync(folder, { recursive: true, force: true });
  const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
  return {
    singleP50: round(median(pairs.map(({ ours }) => ours)), 3), bareP50: round(median(pairs.map(({ theirs }) => theirs)), 3),
    singleOfBare: round(median(pairs.map(({ ours, theirs }) => ours / theirs))),
    unsignedP50: round(median(pairs.map(({ judged }) => judged)), 3),
    unsignedOfBare: round(median(pairs.map(({ judged, theirs }) => judged / theirs))),
    lockFileEntries: ENTRIES, lockFileColdMs: round(cold, 0), lockFileWarmMs: round(median(warm), 0),
    receiptsPerSecond: receiptsPerSecond(String(signing)),
    validateP99Alone: round(median(rows.alone)), validateP99Beside: round(median(rows.beside)),
    validateP99Ratio: round(median(rows.beside) / median(rows.alone)), questionsPerSecondInFlood: round(median(rows.questions), 0),
  };
}

/** Receipts that one core signs in a second: this process does nothing else meanwhile. */
function receiptsPerSecond(pem: string): number {
  const receipts = createReceipts({ verifier: 'https://gatehouse.dev/verifier', version: 'bench', lastsMs: 3_600_000, now: Date.now });
  receipts.take([{ name: 'key.pem', text: pem }]);
  const order = (index: number): ReceiptOrder => ({
    purpose: 'gate', id: `id-${index}`, at: Date.now(), subjects: [{ name: 'ghcr.io/acme/app', digest: `sha256:${'a'.repeat(64)}` }], resource: 'oci://ghcr.io/acme/app',
    usage: 'dependency', caller: 'system:serviceaccount:ci:fetcher', run: 'run', policies: 'b'.repeat(64), inputs: [], levels: ['SLSA_BUILD_LEVEL_2'],
  });
  for (let index = 0; index < 500; index += 1) if (receipts.issuer.issue(order(index)).state !== 'signed') throw new Error('no receipt was signed');
  const began = process.cpuUsage();
  const count = 3000;
  for (let index = 0; index < count; index += 1) receipts.issuer.issue(order(index));
  const { user, system } = process.cpuUsage(began);
  return Math.round(count / ((user + system) / 1e6));
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

if (import.meta.main) process.stdout.write(`gate: ${JSON.stringify(await gateCosts(buildShipped(), process.argv.includes('--quick') ? 3 : 9))}\n`);
