/** Replicas are exchanged one by one under load, while policies and configuration change: no request fails, and nothing unsigned comes in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { apiClient } from '../api.ts';
import type { Api } from '../api.ts';
import { openBalancer } from '../balancer.ts';
import type { Balancer, Endpoint } from '../balancer.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerWebhook, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { documents, gateIsShut, policy, signer } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';
import { pod } from '../workloads.ts';

/** What a Service is late by, small; the drain is longer than both, as the shipped ten seconds are. */
const LATE = { probeMs: 500, spreadMs: 700 };
const DRAIN = '3s';

interface Replica extends Endpoint {
  readonly gatehouse: Gatehouse;
}

let cluster: ControlPlane;
let registry: Registry;
let balancer: Balancer;
let api: Api;
let serving: ServingCertificate;
let keys: readonly [CosignKey, CosignKey];
let images: { readonly good: string; readonly unsigned: string; readonly later: string };
/** In order of age. */
const replicas: Replica[] = [];
const started: Gatehouse[] = [];
const policies = { current: {} as Readonly<Record<string, string>> };
const config = { current: {} as Readonly<Record<string, unknown>> };

/** A new pod of the Deployment: it is ready, and the Service leads to it. */
async function addReplica(): Promise<void> {
  const gatehouse = await startGatehouse({ config: config.current, policies: policies.current, serving });
  started.push(gatehouse);
  // Written while it was starting: its kubelet mounts what is there now.
  gatehouse.setPolicies(policies.current);
  const replica: Replica = {
    gatehouse, port: Number(new URL(gatehouse.url).port),
    isReady: () => fetch(`${gatehouse.opsUrl}/readyz`).then(({ status }) => status === 200, () => false),
  };
  replicas.push(replica);
  balancer.add(replica);
  await balancer.leadsTo(replica, true);
}

/** The oldest is told to end, as a kubelet does, whoever still has connections to it; gives its exit code. */
async function endOldest(): Promise<number | null> {
  const oldest = replicas.shift();
  if (oldest === undefined) throw new Error('no replica is left');
  const code = await oldest.gatehouse.stop();
  balancer.remove(oldest);
  return code;
}

beforeAll(async () => {
  [cluster, registry, balancer, serving] = await Promise.all([
    startControlPlane(), startRegistry(true), openBalancer(LATE), makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() }),
  ]);
  api = apiClient(cluster);
  keys = [await makeKey('release'), await makeKey('next')];
  images = { good: await pushImage(`${registry.host}/app:1`), unsigned: await pushImage(`${registry.host}/bad:1`), later: await pushImage(`${registry.host}/later:1`) };
  await sign(images.good, keys[0]);
  await sign(images.later, keys[1]);
  policies.current = { 'policies.yaml': documents(signer('release', keys[0]), policy('all', [`${registry.host}/**`], 'release')) };
  config.current = { unmatched: 'deny', plainHttp: [registry.host], drain: DRAIN, kubernetes: { enabled: false } };
  for (let count = 0; count < 3; count += 1) await addReplica();
  await registerWebhook(cluster, { ...(started[0] as Gatehouse), url: `https://127.0.0.1:${balancer.port}` });
  await gateIsShut(cluster);
});
afterAll(async () => {
  await Promise.all(started.map((gatehouse) => gatehouse.stop()));
  await balancer?.close();
  await registry?.program.stop();
  await cluster?.stop();
});

interface Asked {
  readonly what: keyof typeof images;
  readonly at: number;
  readonly status: number;
  readonly text: string;
}

/** Asks without a pause until it is told to stop: pods that are made, by eight at once, every third of them good. */
function load(run: string): { readonly asked: readonly Asked[]; stop(): Promise<void> } {
  const asked: Asked[] = [];
  let running = true;
  const kinds = ['good', 'unsigned', 'later'] as const;
  const worker = async (index: number): Promise<void> => {
    for (let number = index; running; number += 1) {
      const what = kinds[number % 3] ?? 'good';
      const at = performance.now();
      const { status, text } = await api('POST', '/api/v1/namespaces/default/pods', pod(`${run}-${what}-${index}-${number}`, images[what]));
      asked.push({ what, at, status, text });
    }
  };
  const workers = Array.from({ length: 8 }, (_, index) => worker(index));
  return { asked, async stop() { running = false; await Promise.all(workers); } };
}

/** What one was told: that it came in, by which reason it was denied, or what went wrong. */
function told({ status, text }: Asked): string {
  if (status === 201) return 'created';
  return text.includes('admission webhook \\"validate.gatehouse.dev\\" denied') ? /\[([A-Z_]+)\]/.exec(text)?.[1] ?? text : `failed: ${text}`;
}

describe('a rolling upgrade under load', () => {
  test('no request fails, nothing unsigned comes in, and what a new policy lets in comes in everywhere', async () => {
    const { asked, stop } = load('roll');
    const codes: (number | null)[] = [];
    await sleep(500);
    await addReplica();
    codes.push(await endOldest());
    // In the middle of it, on old and new at the same time: another signer, and another answer where no policy speaks.
    policies.current = { 'policies.yaml': documents(signer('release', keys[0]), signer('next', keys[1]),
      policy('all', [`${registry.host}/**`], 'release', { require: [{ name: 'signed', signature: { by: ['release', 'next'], threshold: 1 } }] })) };
    config.current = { ...config.current, unmatched: 'warn' };
    const next = addReplica();
    for (const { gatehouse } of replicas) {
      gatehouse.setPolicies(policies.current);
      gatehouse.setConfig({ unmatched: 'warn' });
    }
    await next;
    codes.push(await endOldest());
    await addReplica();
    codes.push(await endOldest());
    const settled = performance.now();
    await sleep(1000);
    await stop();

    const answers = Object.groupBy(asked, ({ what }) => what);
    const counts = (what: Asked['what']): readonly string[] => [...new Set((answers[what] ?? []).map(told))].toSorted();
    expect(balancer.failures).toEqual([]);
    expect(counts('good')).toEqual(['created']);
    expect(counts('unsigned')).toEqual(['FETCH_NONE_FOUND']);
    expect(counts('later')).toEqual(['VERIFY_SIGNER_UNTRUSTED', 'created']);
    expect([...new Set((answers.later ?? []).filter(({ at }) => at > settled).map(told))]).toEqual(['created']);
    expect(codes).toEqual([0, 0, 0]);
    // The first three were asked, and of those that took their places some: which ones, chance says.
    expect([...balancer.connections.values()].filter((count) => count > 0).length).toBeGreaterThanOrEqual(4);
    expect(asked.length).toBeGreaterThan(100);
    const stored = (await api('GET', '/api/v1/namespaces/default/pods?limit=10000')).body as { items: { spec: { containers: { image: string }[] } }[] };
    expect(stored.items.filter(({ spec }) => spec.containers.some(({ image }) => image === images.unsigned))).toEqual([]);
    expect(stored.items.length).toBe(asked.filter(({ status }) => status === 201).length);
  }, 120_000);

  test('the twin: a replica that is killed fails requests, and the load sees it', async () => {
    const { asked, stop } = load('kill');
    await sleep(500);
    await replicas[0]?.gatehouse.program.stop('SIGKILL');
    await sleep(700);
    await stop();
    expect(asked.some((one) => told(one).startsWith('failed')) || balancer.failures.length > 0).toBe(true);
    expect(asked.filter(({ what }) => what === 'unsigned').map(({ status }) => status)).not.toContain(201);
  });
});
