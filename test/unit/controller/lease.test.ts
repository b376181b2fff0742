/** One controller writes: whoever holds the Lease, and nobody while it is not known who does. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fenced, NotLeading } from '../../../src/controller/cluster/fenced.ts';
import { openWriter } from '../../../src/controller/cluster/client.ts';
import { runForLease } from '../../../src/controller/cluster/lease.ts';
import type { Election } from '../../../src/controller/cluster/lease.ts';
import type { ClusterWriter } from '../../../src/controller/cluster/writer.ts';
import { until } from '../../support/patience.ts';
import { WritableApiServer } from './api-server.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/gatehouse-system/leases';
const TIMES = { duration: 1500, renewWithin: 900, retry: 100 };
const PLACE = { group: 'gatehouse.dev', version: 'v1alpha1', plural: 'signers', name: 'alice' };

let server: WritableApiServer;
let writer: ClusterWriter;
const running: Election[] = [];
/** What was told, in its order. */
let told: string[] = [];

beforeEach(async () => {
  server = await new WritableApiServer().start();
  writer = await openWriter(server.kubeconfig());
  told = [];
});
afterEach(async () => {
  server.silent = false;
  await Promise.all(running.splice(0).map((one) => one.close()));
  await server.stop();
});

function candidate(identity: string, isCut = (): boolean => false): Election {
  const api = server.api();
  const one = runForLease({
    api: { get: (...args) => (isCut() ? Promise.reject(new Error('cut off')) : api.get(...args)) }, writer, namespace: 'gatehouse-system', name: 'gatehouse-controller', identity, times: TIMES,
    began: () => told.push(`${identity} began`), ended: () => told.push(`${identity} ended`), failed: () => undefined,
  });
  running.push(one);
  return one;
}
const holder = (): unknown => (server.get(LEASES, 'gatehouse-controller')?.spec as { holderIdentity?: unknown } | undefined)?.holderIdentity;

test('the first to come leads, the second waits, and never do both', async () => {
  const a = candidate('a');
  await until(() => a.leads());
  const b = candidate('b');
  let both = 0;
  const watch = setInterval(() => { both += Number(a.leads() && b.leads()); }, 5);
  await until(() => b.holder() === 'a' && server.wrote('leases').length >= 6);
  expect([a.leads(), b.leads(), holder()]).toEqual([true, false, 'a']);
  await a.close();
  await until(() => b.leads());
  clearInterval(watch);
  expect([both, told, holder()]).toEqual([0, ['a began', 'a ended', 'b began'], 'b']);
  expect(server.get(LEASES, 'gatehouse-controller')?.spec).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 2 });
});

test('one that dies without a word is followed when its Lease is over, and not before', async () => {
  // A Lease of somebody who does not renew it, however new or old its time says that it is.
  server.put(LEASES, { metadata: { name: 'gatehouse-controller' }, spec: { holderIdentity: 'dead', leaseDurationSeconds: 2, renewTime: '2020-01-01T00:00:00.000000Z' } });
  const began = performance.now();
  const b = candidate('b');
  await until(() => b.leads());
  expect(performance.now() - began).toBeGreaterThanOrEqual(TIMES.duration);
  expect(holder()).toBe('b');
});

test('one whose API server is silent stops leading before anybody else may begin, and begins again when it speaks', async () => {
  const a = candidate('a');
  await until(() => a.leads());
  const { signal } = a;
  server.silent = true;
  await until(() => signal?.aborted === true);
  expect([a.leads(), a.signal, told]).toEqual([false, undefined, ['a began', 'a ended']]);
  server.silent = false;
  await until(() => a.leads());
  expect([holder(), told]).toEqual(['a', ['a began', 'a ended', 'a began']]);
});

test('a Lease that somebody deletes makes no second leader while the first may believe that it is one', async () => {
  let isCut = false;
  const a = candidate('a', () => isCut);
  await until(() => a.leads());
  const b = candidate('b');
  await until(() => b.holder() === 'a');
  let both = 0;
  const watch = setInterval(() => { both += Number(a.leads() && b.leads()); }, 1);
  // The leader is cut off at the moment at which the Lease goes: it knows nothing of it.
  isCut = true;
  server.remove(LEASES, 'gatehouse-controller');
  await until(() => b.leads());
  clearInterval(watch);
  expect(both).toBe(0);
  // Without it having been there nobody waits for anything.
  server.remove(LEASES, 'gatehouse-controller');
  await until(() => holder() !== undefined);
});

test('somebody who took the Lease meanwhile is not pushed aside', async () => {
  const a = candidate('a');
  await until(() => a.leads());
  const before = server.get(LEASES, 'gatehouse-controller');
  server.put(LEASES, { metadata: { name: 'gatehouse-controller' }, spec: { ...(before?.spec as object), holderIdentity: 'z' } });
  await until(() => !a.leads());
  expect([holder(), a.holder()]).toEqual(['z', 'z']);
});

test('without leading nothing is written, also what has waited for its turn', async () => {
  server.put('/apis/gatehouse.dev/v1alpha1/signers', { metadata: { name: 'alice' }, spec: {} });
  let leads = true;
  const slow = fenced(writer, { leads: () => leads }, 2);
  const status = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, status: { observedGeneration: 1 } };
  await slow.apply(PLACE, status, { status: true });
  const waiting = [0, 1, 2].map(() => slow.apply(PLACE, status, { status: true }));
  await waiting[0];
  leads = false;
  for (const one of waiting.slice(1)) await expect(one).rejects.toBeInstanceOf(NotLeading);
  expect([server.wrote('/signers/alice/status').length, slow.sent()]).toEqual([2, 2]);
});

test('what is written says who wrote it, and a refusal is an error with its status', async () => {
  server.put('/apis/gatehouse.dev/v1alpha1/signers', { metadata: { name: 'alice' }, spec: {} });
  await writer.apply(PLACE, { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, status: { observedGeneration: 1 } }, { status: true });
  const [one] = server.wrote('/signers/alice/status');
  expect([one?.method, one?.contentType, one?.query.get('fieldManager'), one?.query.get('force')]).toEqual(['PATCH', 'application/apply-patch+yaml', 'gatehouse-controller', 'true']);
  await expect(writer.apply({ ...PLACE, name: 'bob' }, { metadata: { name: 'bob' } }, { status: true })).rejects.toMatchObject({ status: 404 });
  await server.stop();
  await expect(writer.merge(PLACE, {})).rejects.toMatchObject({ status: 0 });
});
