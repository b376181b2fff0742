import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/cluster/api.ts';
import { evidenceFromFile, offlineSource } from '../../../src/fetch/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { forecastTask } from '../../../src/wiring/forecast/task.ts';
import type { PolicyForecast } from '../../../src/controller/forecast/by-policy.ts';
import type { ForecastTask } from '../../../src/wiring/forecast/task.ts';
import { until } from '../../support/patience.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeImage } from '../../world/image.ts';
import { workloadObject } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';
import { MemoryApiServer } from '../cluster/support.ts';

const DAY = 86_400_000;
const world = createWorld({ now: Date.now() });
const key = world.key();
const pem = key.publicKeyPem;
const IMAGE = `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`;
const SIGNED = makeImage().digest;
const { evidence } = evidenceFromFile('e.json', keyBundle(world, { digest: SIGNED, key }));
const nothing = offlineSource({ evidence: [], problems: [] });
let server: MemoryApiServer;
let api: KubeApi;
let task: ForecastTask;
const leading = { controller: new AbortController(), ended: Promise.resolve() };
const state: { set?: PolicySet } = {};

const document = (kind: string, name: string, spec: object, namespace?: string): string =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec });
const adopt = (...policies: string[]): void => take([document('Signer', 's', { identities: [{ key: { data: pem } }] }), ...policies]);
const take = (documents: readonly string[]): void => {
  const text = documents.join('\n---\n');
  state.set = compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() }).set as PolicySet;
};
const policy = (name: string, image: string, mode: string): string => document('ClusterArtifactPolicy', name, { artifacts: [{ image }], mode, require: [{ name: 'signed', signature: { by: ['s'] } }] });

beforeEach(async () => {
  server = new MemoryApiServer();
  server.kinds.splice(0, server.kinds.length, { groupVersion: 'v1', resource: 'pods', kind: 'Pod' }, { groupVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment' });
  api = await server.start();
  for (const name of ['a', 'b']) server.put('/apis/apps/v1/namespaces/shop/deployments', { ...workloadObject('Deployment', { images: [IMAGE] }, { name, namespace: 'shop' }) });
  task = forecastTask({
    api, source: { ...nothing, open: (artifact, scope) => (artifact.digest === SIGNED ? offlineSource({ evidence, problems: [] }) : nothing).open(artifact, scope) }, settle: 1,
    policies: { current: () => (state.set === undefined ? { ready: false, problems: [] } : { ready: true, set: state.set }) },
    engine: { namespaces: { labels: () => Promise.resolve({}) }, unmatched: 'warn', verification: { workers: 1 }, examination: { threads: 1 } },
  }, { logger: { warn: () => undefined, error: () => undefined } as never });
  leading.controller = new AbortController();
  leading.ended = task.run(leading.controller.signal);
});
afterEach(async () => {
  leading.controller.abort();
  await leading.ended;
  await server.stop();
  delete state.set;
});

test('each policy in audit or warn is told what it would refuse, anew when the set is another; a list that fails leaves what was known', async () => {
  expect(task.byPolicy()).toBeUndefined();
  adopt(policy('audited', 'ghcr.io/acme/**', 'audit'), policy('warned', 'ghcr.io/**', 'warn'), policy('other', 'quay.io/**', 'audit'));
  await until(() => task.byPolicy() !== undefined);
  const found = task.byPolicy();
  expect([...(found ?? [])].map(([name, { wouldDeny }]) => `${name.split(' ')[1]} ${wouldDeny}`).toSorted()).toEqual(['audited 2', 'other 0', 'warned 2']);
  expect(found?.get('ClusterArtifactPolicy audited')).toMatchObject({ wouldDeny: 2, items: [{ kind: 'Deployment', namespace: 'shop', name: 'a', reasons: ['FETCH_NONE_FOUND'] }, { name: 'b' }] });
  server.refusals.set('/apis', 500);
  adopt(policy('other', 'quay.io/**', 'audit'));
  await until(() => server.asked('/apis') > 1);
  expect(task.byPolicy()).toBe(found);
  server.refusals.clear();
  adopt(policy('warned', 'ghcr.io/**', 'warn'));
  await until(() => task.byPolicy() !== found);
  expect([...(task.byPolicy()?.keys() ?? [])]).toEqual(['ClusterArtifactPolicy warned']);
});

const iso = (at: number): string => new Date(at).toISOString();
const deploy = (name: string, images: readonly string[], namespace = 'shop'): void =>
  void server.put(`/apis/apps/v1/namespaces/${namespace}/deployments`, { ...workloadObject('Deployment', { images: [...images] }, { name, namespace }) });
const made = async (): Promise<ReadonlyMap<string, PolicyForecast>> => {
  await until(() => task.byPolicy() !== undefined);
  return task.byPolicy() as ReadonlyMap<string, PolicyForecast>;
};

test.each<[string, number, number | undefined]>([['in ten days', 10, 1], ['in forty days, which is too far ahead', 40, undefined]])(
  'a key that ends %s is told in the forecast of policies that rely on it', async (_, days, wouldDeny) => {
    deploy('signed', [`quay.io/acme/app@${SIGNED}`]);
    const end = Math.floor((Date.now() + days * DAY) / 1000) * 1000;
    take([
      document('Signer', 's', { identities: [{ key: { data: pem, notAfter: iso(end) } }] }),
      policy('signed', 'quay.io/acme/**', 'enforce'), policy('other', 'quay.io/other/**', 'enforce'),
      document('ArtifactPolicy', 'own', { artifacts: [{ image: 'quay.io/**' }], mode: 'audit', require: [{ name: 'signed', signature: { by: ['s'] } }] }, 'shop'),
    ]);
    const found = await made();
    const ends = wouldDeny === undefined ? undefined : [{ at: iso(end), what: [expect.stringMatching(/^key of s \(/)], wouldDeny }];
    expect(found.get('ClusterArtifactPolicy signed')).toMatchObject({ wouldDeny: 0 });
    expect(found.get('ClusterArtifactPolicy signed')?.ends).toEqual(ends);
    expect(found.get('ArtifactPolicy shop/own')?.ends).toEqual(ends);
    expect(found.get('ClusterArtifactPolicy other')?.ends).toBeUndefined();
  });

test('an exception that ends is told by name to a policy of the cluster, and without it to a tenant', async () => {
  const soon = Math.floor((Date.now() + 5 * DAY) / 1000) * 1000;
  take([
    document('Signer', 's', { identities: [{ key: { data: pem } }] }), policy('signed', 'ghcr.io/acme/**', 'enforce'),
    document('ArtifactPolicy', 'own', { artifacts: [{ image: 'ghcr.io/**' }], require: [{ name: 'signed', signature: { by: ['s'] } }] }, 'shop'),
    document('AdmissionException', 'team-secret', {
      artifacts: [{ image: 'ghcr.io/acme/**' }], policies: [{ name: 'signed' }, { name: 'shop/own' }], namespaces: ['shop'], reason: 'incident 42',
      requestedBy: 'ann', approvedBy: 'carol', notBefore: iso(Date.now() - DAY), expiresAt: iso(soon),
    }),
  ]);
  const found = await made();
  expect(found.get('ClusterArtifactPolicy signed')).toMatchObject({ wouldDeny: 0, ends: [{ what: ['exception team-secret'], wouldDeny: 2 }] });
  expect(found.get('ArtifactPolicy shop/own')).toMatchObject({ wouldDeny: 0, ends: [{ what: ['an exception'], wouldDeny: 2 }] });
});

test('policies of one name and other kinds are not mixed up, and counts are of all that would be refused', async () => {
  for (let index = 0; index < 24; index += 1) deploy(`many-${index}`, [IMAGE]);
  deploy('kube-proxy', [IMAGE]);
  adopt(policy('same', 'quay.io/**', 'audit'), policy('all', 'ghcr.io/**', 'audit'), document('PipelinePolicy', 'same', { mode: 'audit', namespaces: { matchLabels: { factory: 'true' } }, hygiene: 'baseline' }));
  const found = await made();
  expect([...found.keys()].toSorted()).toContain('ClusterArtifactPolicy same');
  expect(found.get('ClusterArtifactPolicy all')).toMatchObject({ wouldDeny: 27, repairs: 1, reasons: ['FETCH_NONE_FOUND'] });
  expect(found.get('ClusterArtifactPolicy all')?.items).toHaveLength(20);
  expect(found.get('ClusterArtifactPolicy same')).toMatchObject({ wouldDeny: 0, items: [] });
});

test('what is in a namespace that the webhook passes over is denied by nobody, and not counted', async () => {
  server.put('/apis/apps/v1/namespaces/kube-system/deployments', { ...workloadObject('Deployment', { images: [IMAGE] }, { name: 'coredns', namespace: 'kube-system' }) });
  adopt(policy('audited', 'ghcr.io/acme/**', 'audit'));
  expect((await made()).get('ClusterArtifactPolicy audited')).toMatchObject({ wouldDeny: 2, repairs: 0 });
});

test('a leader that begins anew says nothing before it has looked, not what it knew when it led before', async () => {
  adopt(policy('audited', 'ghcr.io/acme/**', 'audit'));
  await made();
  await until(() => task.isKnown);
  leading.controller.abort();
  await leading.ended;
  server.refusals.set('/apis', 500);
  leading.controller = new AbortController();
  leading.ended = task.run(leading.controller.signal);
  expect([task.byPolicy(), task.isKnown]).toEqual([undefined, false]);
  await until(() => task.isKnown);
  expect(task.byPolicy()).toBeUndefined();
});
