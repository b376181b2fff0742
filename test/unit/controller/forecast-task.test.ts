import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/cluster/api.ts';
import { offlineSource } from '../../../src/fetch/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { forecastTask } from '../../../src/wiring/forecast/task.ts';
import type { ForecastTask } from '../../../src/wiring/forecast/task.ts';
import { until } from '../../support/patience.ts';
import { workloadObject } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';
import { MemoryApiServer } from '../cluster/support.ts';

const pem = createWorld({ now: 0 }).key().publicKeyPem;
const IMAGE = `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`;
let server: MemoryApiServer;
let api: KubeApi;
let task: ForecastTask;
const leading = { controller: new AbortController(), ended: Promise.resolve() };
const state: { set?: PolicySet } = {};

const document = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const adopt = (...policies: string[]): void => {
  const text = [document('Signer', 's', { identities: [{ key: { data: pem } }] }), ...policies].join('\n---\n');
  state.set = compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() }).set as PolicySet;
};
const policy = (name: string, image: string, mode: string): string => document('ClusterArtifactPolicy', name, { artifacts: [{ image }], mode, require: [{ name: 'signed', signature: { by: ['s'] } }] });

beforeEach(async () => {
  server = new MemoryApiServer();
  server.kinds.splice(0, server.kinds.length, { groupVersion: 'v1', resource: 'pods', kind: 'Pod' }, { groupVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment' });
  api = await server.start();
  for (const name of ['a', 'b']) server.put('/apis/apps/v1/namespaces/shop/deployments', { ...workloadObject('Deployment', { images: [IMAGE] }, { name, namespace: 'shop' }) });
  task = forecastTask({
    api, source: offlineSource({ evidence: [], problems: [] }), settle: 1,
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
  expect([...(found ?? [])].map(([name, { wouldDeny }]) => `${name} ${wouldDeny}`).toSorted()).toEqual(['audited 2', 'other 0', 'warned 2']);
  expect(found?.get('audited')).toMatchObject({ wouldDeny: 2, items: [{ kind: 'Deployment', namespace: 'shop', name: 'a', reasons: ['FETCH_NONE_FOUND'] }, { name: 'b' }] });
  server.refusals.set('/apis', 500);
  adopt(policy('other', 'quay.io/**', 'audit'));
  await until(() => server.asked('/apis') > 1);
  expect(task.byPolicy()).toBe(found);
  server.refusals.clear();
  adopt(policy('warned', 'ghcr.io/**', 'warn'));
  await until(() => task.byPolicy() !== found);
  expect([...(task.byPolicy()?.keys() ?? [])]).toEqual(['warned']);
});
