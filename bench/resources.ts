// node bench/resources.ts [COUNT]: policies as resources beside the same policies in files: start, memory, and the longest that anybody waits while they are compiled anew.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createKubeApi } from '../src/cluster/api.ts';
import { openComposedStore } from '../src/feeds/policies/composed/store.ts';
import { clusterSource } from '../src/feeds/policies/sources/cluster.ts';
import { openPolicyStore } from '../src/feeds/policies/store.ts';
import { inSlices } from '../src/flow/slices.ts';
import { compilePolicySetSteps, lostPolicies } from '../src/policy/index.ts';
import { createTrustReader } from '../src/trust/index.ts';

const COUNT = Number(process.argv[2] ?? (workerData as { count: number } | null)?.count ?? 10_000);
const KEY = (workerData as { key: string } | null)?.key ?? generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

interface Stored { readonly apiVersion: string; readonly kind: string; readonly metadata: Readonly<Record<string, unknown>>; readonly spec: unknown }

const requirement = (by: string): object => ({ name: 'signed', signature: { by: [by] } });
const object = (kind: string, metadata: Readonly<Record<string, unknown>>, spec: unknown): Stored => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata, spec });

/** One signer for a hundred policies, half of them of namespaces. */
function documents(): readonly Stored[] {
  return Array.from({ length: COUNT }, (_, index): Stored => {
    const by = `team-${index - (index % 100)}`;
    const meta = { uid: `uid-${index}`, resourceVersion: String(index + 1), generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
    if (index % 100 === 0) return object('Signer', { name: by, ...meta }, { identities: [{ key: { data: KEY } }] });
    const spec = { artifacts: [{ image: `registry.example/team-${index}/**` }], require: [requirement(by), { name: 'sbom', attestation: { type: 'https://spdx.dev/Document', by: [by] } }] };
    return index % 2 === 0
      ? object('ClusterArtifactPolicy', { name: `policy-${index}`, ...meta }, spec)
      : object('ArtifactPolicy', { name: `policy-${index}`, namespace: `team-${index}`, ...meta }, spec);
  });
}

const PLURALS: Readonly<Record<string, string>> = { Signer: 'signers', ClusterArtifactPolicy: 'clusterartifactpolicies', ArtifactPolicy: 'artifactpolicies' };

/** An API server on a thread of its own: lists in pages, and watches that are told what the main thread says. */
function serve(): void {
  const all = Map.groupBy(documents(), ({ kind }) => PLURALS[kind] ?? '');
  const watches = new Map<string, ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://kube');
    const plural = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.has('watch')) {
      watches.set(plural, response);
      return response.flushHeaders();
    }
    const [items, from, limit] = [all.get(plural) ?? [], Number(url.searchParams.get('continue') ?? 0), Number(url.searchParams.get('limit') ?? 500)];
    const next = from + limit < items.length ? { continue: String(from + limit) } : {};
    response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '100000', ...next }, items: items.slice(from, from + limit) }));
  }).listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
  parentPort?.on('message', (one: Stored) => void watches.get(PLURALS[one.kind] ?? '')?.write(`${JSON.stringify({ type: 'MODIFIED', object: one })}\n`));
}

const trust = createTrustReader();
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const heap = (): number => { globalThis.gc?.(); globalThis.gc?.(); return process.memoryUsage().heapUsed; };

/** Does something, and says how long it took and how long the event loop was held up at most. */
async function measured(what: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(20);
  delay.enable();
  const began = performance.now();
  await work();
  const took = performance.now() - began;
  delay.disable();
  process.stdout.write(`${what.padEnd(46)} ${took.toFixed(0).padStart(6)} ms, longest wait ${(delay.max / 1e6 - 1).toFixed(1).padStart(5)} ms\n`);
}

async function main(): Promise<void> {
  const quiet = { changed: () => undefined, refused: (problems: readonly { readonly message: string }[]) => void process.stdout.write(`refused: ${problems[0]?.message}\n`) };
  const before = heap();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const chunks = Map.groupBy(documents().map((one, index) => [index, one] as const), ([index]) => Math.floor(index / 100));
  for (const [chunk, some] of chunks) writeFileSync(join(folder, `${chunk}.yaml`), some.map(([, { metadata: { name, namespace }, ...one }]) => JSON.stringify({ ...one, metadata: { name, namespace } })).join('\n---\n'));
  const compileFiles = (files: readonly { readonly path: string; readonly text: string }[], signal: AbortSignal) => inSlices(compilePolicySetSteps(files, { trust }), { signal });
  let files: Awaited<ReturnType<typeof openPolicyStore>> | undefined;
  await measured(`${COUNT} documents in files: start`, async () => { files = await openPolicyStore({ folders: [folder], compile: compileFiles, events: quiet, lost: lostPolicies }); });
  process.stdout.write(`  heap ${mib(heap() - before)}\n`);
  await measured('  one changed', async () => {
    writeFileSync(join(folder, 'z.yaml'), JSON.stringify(object('Signer', { name: 'z' }, { identities: [{ key: { data: KEY } }] })));
    await files?.refresh();
  });
  files?.close();
  files = undefined;
  rmSync(folder, { recursive: true });

  const worker = new Worker(new URL(import.meta.url), { workerData: { count: COUNT, key: KEY } });
  const port = await new Promise<number>((done) => worker.once('message', done));
  const api = createKubeApi({ server: `http://127.0.0.1:${port}`, options: () => Promise.resolve({}) });
  const empty = heap();
  const open = () => openComposedStore({
    whole: [], cluster: clusterSource(api, { policiesPerNamespace: 100 }), firstWithinMs: 120_000, lost: lostPolicies,
    composing: (work) => work((some, signal, extras) => inSlices(compilePolicySetSteps(some, { trust, ...extras }), { signal })),
    events: { ...quiet, broken: () => undefined },
  });
  let store: Awaited<ReturnType<typeof open>> | undefined;
  await measured(`${COUNT} resources: start`, async () => { store = await open(); });
  process.stdout.write(`  heap ${mib(heap() - empty)}\n`);
  const change = (spec: unknown, version: number): Promise<void> => new Promise((done) => {
    const leave = store?.changed(() => { leave?.(); done(); });
    worker.postMessage(object('ClusterArtifactPolicy', { name: 'policy-2', uid: 'uid-2', resourceVersion: String(version), generation: version }, spec));
  });
  await measured('  one changed', () => change({ artifacts: [{ image: 'registry.example/other/**' }], require: [requirement('team-0')] }, 200_001));
  await measured('  one broken, its last good form in force', () => change({ artifacts: [{ image: 'registry.example/other/**' }], require: [requirement('nobody')] }, 200_002));
  await measured('  mended', () => change({ artifacts: [{ image: 'registry.example/other/**' }], require: [requirement('team-100')] }, 200_003));
  await measured('  the signer of a hundred is broken and back', () => {
    worker.postMessage(object('Signer', { name: 'team-0', uid: 'other', resourceVersion: '200004', generation: 2 }, { identities: [] }));
    return change({ artifacts: [{ image: 'registry.example/another/**' }], require: [requirement('team-100')] }, 200_005);
  });
  await measured('  states of all documents', () => Promise.resolve(store?.documents()));
  store?.close();
  await worker.terminate();
}

if (isMainThread) await main();
else serve();
