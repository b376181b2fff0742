/** Background re-verification: 5,000 running pods of 500 digests after a revocation, over real sockets to a registry and an API server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilePolicies } from '../../src/policy/index.ts';
import type { PolicySet } from '../../src/domain/policy/policy.ts';
import { createEvidenceSource } from '../../src/fetch/index.ts';
import type { RegistrySource } from '../../src/fetch/index.ts';
import { createMetrics } from '../../src/platform/metrics/metrics.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { reverifyTask } from '../../src/wiring/reverify/index.ts';
import type { OpenReverifier } from '../../src/wiring/reverify/index.ts';
import { RunningCluster } from '../support/running-cluster.ts';
import { timed } from '../support/patience.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { createWorld } from '../world/world.ts';

const PODS = 5000;
const DIGESTS = 500;
const WRITES_PER_SECOND = 25;
const world = createWorld({ now: Date.now() });
const key = world.key();
const cluster = new RunningCluster();
const state: { set?: PolicySet } = {};
let registry: TestRegistry;
let source: RegistrySource;
const leading = new AbortController();
let ended: Promise<void>;
let reverifier: OpenReverifier;
const metrics = createMetrics({ version: '0', node: '24' });

const verified = async (): Promise<number> => Number(/^gatehouse_verifications (\d+)$/m.exec((await metrics.scrape()).text)?.[1]);
const document = (kind: string, name: string, spec: unknown): object => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const adopt = (...documents: object[]): void => {
  const files = documents.map((one, index) => ({ path: `${index}.yaml`, text: JSON.stringify(one) }));
  const { set, problems } = compilePolicies(files, { trust: createTrustReader() });
  if (set === undefined) throw new Error(JSON.stringify(problems));
  state.set = set;
};
const signer = document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem } }] });
const policy = (): object => document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] });
const revocation = (): object => document('RevocationList', 'incident', { revocations: [{ key: key.keyId, reason: 'laptop lost' }] });

/** Ten pods of each digest, admitted by a tag that all of them share: what runs is known from the status alone. */
const podOf = (index: number, digest: string): Record<string, unknown> => {
  const [owner, namespace] = [Math.floor(index / 10), `team-${Math.floor(index / 10) % 10}`];
  return {
    metadata: {
      name: `app-${index}`, namespace, uid: `pod-${index}`, creationTimestamp: '2026-11-01T00:00:00Z',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `rs-${owner}`, uid: `rs-${owner}`, controller: true }],
    },
    spec: { containers: [{ name: 'app', image: `${registry.host}/acme/app:latest`, resources: {}, env: [{ name: 'A', value: 'b' }] }], nodeName: `node-${index % 50}` },
    status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID: `${registry.host}/acme/app@${digest}`, ready: true }] },
  };
};

/** Ends with the test's own time. */
async function waitFor(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((done) => setTimeout(done, 50));
}

beforeAll(async () => {
  registry = await startRegistry();
  const images = Array.from({ length: DIGESTS }, () => makeImage());
  for (const image of images) {
    await push(registry, 'acme/app', image);
    await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
  }
  // Spread, as a cluster has them: pods of one digest do not stand beside each other in a list.
  const ordered = Array.from({ length: PODS }, (_, index) => podOf(index, images[Math.floor(index / 10)]?.digest ?? ''));
  cluster.pods = ordered.map((_, index) => ordered[(index * 7919) % PODS] as Record<string, unknown>);
  adopt(signer, policy());
  const { api, writes } = await cluster.start();
  source = createEvidenceSource({ clock: Date, userAgent: 'test', plainHttp: [registry.host], literalHosts: () => state.set?.literalHosts ?? new Set(), cache: { absenceTTL: 300_000 } });
  registry.clearLog();
  const task = reverifyTask({
    policies: { current: () => (state.set === undefined ? { ready: false, problems: [] } : { ready: true, set: state.set }) },
    api, writes, source,
    engine: { namespaces: { labels: () => Promise.resolve({}) }, unmatched: 'warn', verification: { workers: 1 }, examination: { threads: 1 } },
    settings: { reports: true, events: true, instance: 'gatehouse-controller-0', writesPerSecond: WRITES_PER_SECOND, pauses: { settle: 100 } },
  }, { logger: { warn: () => undefined, error: () => undefined } as never, metrics });
  ended = task.run(leading.signal);
  reverifier = task.current() as OpenReverifier;
});
afterAll(async () => {
  leading.abort();
  await ended;
  await source.close();
  await cluster.stop();
  await registry.close();
});

describe('5,000 running pods of 500 digests', () => {
  test('are all well at first: nothing is written, and each digest is looked up once', { timeout: 400_000 }, async () => {
    await reverifier.settled();
    expect(reverifier.stats().last).toMatchObject({ pods: PODS, refused: 0, owners: 0 });
    expect([...cluster.written]).toEqual([]);
    expect(registry.requests(/\/referrers\//)).toHaveLength(DIGESTS);
    expect(await verified()).toBe(DIGESTS);
    // No tag is resolved: it names something else by now, or nothing.
    expect(registry.requests(/manifests\/latest/)).toEqual([]);
  });

  test('after a revocation are refused and told within a minute, one verification for each digest, and the API server is not flooded', { timeout: 400_000 }, async () => {
    registry.clearLog();
    cluster.asked.length = 0;
    adopt(signer, policy(), revocation());
    // By a clock that stands still while others have the processor.
    const { ms: judged } = await timed(() => waitFor(() => reverifier.stats().last?.refused === PODS));
    const { ms: after } = await timed(() => waitFor(() => reverifier.writer.pending === 0).then(() => reverifier.writer.idle()));
    const told = judged + after;
    const writes = cluster.asked.filter(({ method }) => method !== 'GET');
    console.log(`re-verified ${PODS} pods of ${DIGESTS} digests in ${(judged / 1000).toFixed(1)} s; told after ${(told / 1000).toFixed(1)} s; ${cluster.asked.length} requests to the API server, at most ${cluster.busiest()} in a second; ${registry.log.length} to the registry`);
    expect(judged).toBeLessThan(60_000);
    expect(told).toBeLessThan(60_000);
    // Evidence that is known is judged anew, not fetched anew.
    expect(registry.requests(/\/referrers\//).length).toBeLessThanOrEqual(DIGESTS);
    expect(await verified()).toBeLessThanOrEqual(2 * DIGESTS);
    expect(cluster.reports()).toHaveLength(PODS / 10);
    expect(cluster.events()).toHaveLength(60);
    expect(cluster.count('GET', '/api/v1/pods')).toBe(PODS / 500);
    expect(cluster.busiest(writes)).toBeLessThanOrEqual(WRITES_PER_SECOND + 2);
    expect(cluster.asked.every(({ method }) => ['GET', 'PATCH'].includes(method)), 'nothing is ended').toBe(true);
    expect(cluster.reports()[0]).toMatchObject({
      source: 'gatehouse', scope: { kind: 'ReplicaSet' }, summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
      results: [{ policy: 'acme', rule: 'signed', result: 'fail', properties: { reasonCode: 'POLICY_REVOKED', pods: '10', image: `${registry.host}/acme/app:latest` } }],
    });
    expect((await metrics.scrape()).text).toMatch(/gatehouse_reverified_pods_refused 5000/);
  });

  test('when the revocation is taken back the reports go', { timeout: 400_000 }, async () => {
    adopt(signer, policy());
    await waitFor(() => reverifier.stats().last?.refused === 0);
    await waitFor(() => reverifier.writer.pending === 0);
    await reverifier.writer.idle();
    expect(cluster.reports()).toEqual([]);
    expect(cluster.count('DELETE', '/apis/openreports.io/v1alpha1/namespaces/')).toBe(PODS / 10);
  });
});
