/** The controller before an API server that takes writes: what kubectl would show after apply, break, mend and delete. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OWN_KINDS } from '../../../src/domain/own-kinds.ts';
import { loadConfig } from '../../../src/platform/config/config.ts';
import { startController } from '../../../src/wiring/controller/index.ts';
import type { ControllerOverrides, RunningController } from '../../../src/wiring/controller/index.ts';
import { startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { until } from '../../support/patience.ts';
import { podObject, podReview } from '../../world/review.ts';
import { WritableApiServer } from './api-server.ts';
import type { Stored } from './api-server.ts';

const OURS = '/apis/gatehouse.dev/v1alpha1';
const POLICIES = `${OURS}/clusterartifactpolicies`;
const SIGNERS = `${OURS}/signers`;
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/gatehouse-system/endpointslices';
const EVENTS = '/apis/events.k8s.io/v1/events';
const LEASE = { duration: 1500, renewWithin: 900, retry: 100 };
const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMGFcYrF2lDLM7lPvjuGKjASZ0zXy
vWCvNXQgd26H/r9wRFF/l6ApexC1RnwBkZinx9GxnkXXhmvHi/6sMwiHYQ==
-----END PUBLIC KEY-----
`;

const signer = (name: string, more: object = {}): Stored => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: KEY, ...more } }] },
});
const policy = (name: string, spec: object = {}): Stored => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name },
  spec: { artifacts: [{ image: 'registry.test/acme/**' }], requireDigest: true, require: [{ name: 'signed', signature: { by: ['release'] } }], ...spec },
});

let api: WritableApiServer;
const running: RunningController[] = [];
const servers: TestServer[] = [];

beforeEach(async () => { api = await new WritableApiServer().start(); });
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await Promise.all(servers.splice(0).map((one) => one.close()));
  await api.stop();
});

async function control(over: ControllerOverrides = {}, config: object = {}): Promise<RunningController> {
  const loaded = loadConfig(undefined, { host: '127.0.0.1', opsPort: 0, kubernetes: { kubeconfig: api.kubeconfig() }, log: { level: 'silent' }, ...config });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const one = await startController(loaded.config, { anyOpsPort: true, leaseTimes: LEASE, ...over });
  running.push(one);
  return one;
}

interface Status {
  readonly observedGeneration: number;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string; readonly lastTransitionTime: string; readonly observedGeneration: number }[];
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
  readonly warnings?: readonly string[];
  readonly expires?: readonly { readonly what: string; readonly at: string }[];
  readonly activity?: Readonly<Record<string, unknown>>;
}
const statusOf = (list: string, name: string): Status | undefined => api.get(list, name)?.status as Status | undefined;
const condition = (list: string, name: string, type = 'Ready') => statusOf(list, name)?.conditions.find((one) => one.type === type);
const reads = (list: string, name: string): string => `${condition(list, name)?.status ?? ''} ${condition(list, name)?.reason ?? ''}`;
const statusWrites = (): number => api.wrote('/status').length;
/** Nothing is written while the controller could have looked several times. */
async function quiet(): Promise<void> {
  const [before, reading] = [statusWrites(), api.wrote('leases').length];
  await until(() => api.wrote('leases').length >= reading + 30);
  expect(statusWrites()).toBe(before);
}

test('apply, break, mend, delete: conditions say what is so, of which generation, and since when', async () => {
  api.put(SIGNERS, signer('release'));
  api.put(POLICIES, policy('acme'));
  await control();
  await until(() => reads(POLICIES, 'acme') === 'True InForce');
  const good = statusOf(POLICIES, 'acme');
  expect([good?.observedGeneration, good?.problems, good?.warnings]).toEqual([1, undefined, undefined]);
  expect(good?.conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([['Ready', 'True', 'InForce'], ['Compiled', 'True', 'Compiled'], ['TrustRootFresh', 'True', 'NoTrustRoot']]);
  expect(reads(SIGNERS, 'release')).toBe('True InForce');

  api.put(POLICIES, policy('acme', { treshold: 2 }));
  await until(() => reads(POLICIES, 'acme') === 'False LastGoodInForce');
  const broken = statusOf(POLICIES, 'acme');
  expect([broken?.observedGeneration, broken?.problems?.map(({ path }) => path)]).toEqual([2, ['spec.treshold']]);
  expect(condition(POLICIES, 'acme', 'Compiled')).toMatchObject({ status: 'False', reason: 'Invalid', message: expect.stringContaining('spec.treshold') as string });
  expect(condition(POLICIES, 'acme', 'TrustRootFresh')?.lastTransitionTime).toBe(good?.conditions[2]?.lastTransitionTime);
  // The neighbour is not held up.
  expect(reads(SIGNERS, 'release')).toBe('True InForce');

  api.put(POLICIES, policy('acme', { mode: 'warn' }));
  await until(() => reads(POLICIES, 'acme') === 'True InForce');
  expect([statusOf(POLICIES, 'acme')?.observedGeneration, statusOf(POLICIES, 'acme')?.problems]).toEqual([3, undefined]);

  api.remove(POLICIES, 'acme');
  api.put(POLICIES, policy('acme', { require: [{ name: 'signed', signature: { by: ['nobody'] } }] }));
  await until(() => reads(POLICIES, 'acme') === 'False NeverGood');
  expect(statusOf(POLICIES, 'acme')?.problems?.[0]).toMatchObject({ path: 'spec.require[0].signature.by[0]' });
});

test('its own writes start nothing: no loop, no new generation, and a restart writes nothing that is there', async () => {
  api.put(SIGNERS, signer('release'));
  api.put(POLICIES, policy('acme'));
  api.put(POLICIES, policy('broken', { require: [] }));
  const first = await control();
  await until(() => [POLICIES].every((list) => api.all(list).every(({ status }) => status !== undefined)) && reads(SIGNERS, 'release') === 'True InForce');
  await quiet();
  expect(statusWrites()).toBe(3);
  expect(api.all(POLICIES).map(({ metadata: { generation } }) => generation)).toEqual([1, 1]);
  await first.close();
  const second = await control();
  await until(() => second.leads());
  await quiet();
  expect(statusWrites()).toBe(3);
});

test('what somebody writes over a status is mended, and he who does it again and again starts no race', async () => {
  api.put(SIGNERS, signer('release'));
  await control();
  await until(() => reads(SIGNERS, 'release') === 'True InForce');
  const before = statusWrites();
  for (let round = 0; round < 5; round += 1) {
    const object = api.get(SIGNERS, 'release') as Stored;
    api.put(SIGNERS, { ...object, status: { conditions: [{ type: 'Ready', status: 'False', reason: `Lie${round}` }] } });
    const looks = api.wrote('leases').length;
    await until(() => api.wrote('leases').length >= looks + 12);
  }
  expect(statusWrites() - before).toBe(0);
  const mending = await control({ statusRestMs: 300 });
  await running[0]?.close();
  await until(() => mending.leads() && reads(SIGNERS, 'release') === 'True InForce');
});

test('each kind is listed and watched once: policies and their status are told by the same watch', async () => {
  api.put(SIGNERS, signer('release'));
  await control({}, { controller: { reverify: { enabled: false }, forecast: false } });
  await until(() => reads(SIGNERS, 'release') === 'True InForce');
  await quiet();
  const ours = api.readOf.filter((one) => one.includes(OURS)).toSorted();
  expect(ours).toEqual([...OWN_KINDS.map(({ plural }) => `list ${OURS}/${plural}`), ...OWN_KINDS.map(({ plural }) => `watch ${OURS}/${plural}`)].toSorted());
});

test('a broken Signer breaks what names it, by name, and an exception that is broken is left out', async () => {
  api.put(SIGNERS, signer('release', { data: 'no key' }));
  api.put(POLICIES, policy('acme'));
  api.put(`${OURS}/admissionexceptions`, { metadata: { name: 'hurry' }, spec: { reason: 'x' } });
  await control();
  await until(() => reads(SIGNERS, 'release') === 'False NeverGood' && reads(POLICIES, 'acme') === 'False NeverGood');
  expect(condition(POLICIES, 'acme')?.message).toContain('release');
  expect(condition(SIGNERS, 'release')?.message).toContain('policies that name it are undetermined');
  await until(() => reads(`${OURS}/admissionexceptions`, 'hurry') === 'False LeftOut');
});

test('an exception says whether it acts: it waits for somebody else, is in force, or is over', async () => {
  const at = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  const exception = (name: string, spec: object): void => void api.put(`${OURS}/admissionexceptions`, {
    metadata: { name }, spec: { artifacts: [{ image: 'registry.test/acme/app' }], policies: [{ name: 'acme' }], namespaces: ['shop'], reason: 'incident 42', requestedBy: 'ann', notBefore: at(-3), expiresAt: at(5), ...spec },
  });
  api.put(SIGNERS, signer('release'));
  api.put(POLICIES, policy('acme'));
  exception('waits', {});
  exception('acts', { approvedBy: 'carol' });
  exception('over', { approvedBy: 'carol', expiresAt: at(-1) });
  await control();
  const all = (): string[] => ['waits', 'acts', 'over'].map((name) => reads(`${OURS}/admissionexceptions`, name));
  await until(() => all().every((text) => text !== ' '));
  expect(all()).toEqual(['False WaitsForApproval', 'True InForce', 'False Expired']);
  expect(condition(`${OURS}/admissionexceptions`, 'acts', 'Expiring')?.reason).toBe('EndsSoon');
});

test('what ends within 30 days is told ahead, in status and metrics', async () => {
  const soon = new Date(Date.now() + 10 * 86_400_000).toISOString();
  api.put(SIGNERS, signer('release', { notAfter: soon }));
  api.put(SIGNERS, signer('lasting'));
  const one = await control();
  await until(() => condition(SIGNERS, 'release', 'Expiring')?.reason === 'EndsSoon' && condition(SIGNERS, 'lasting', 'Expiring') !== undefined);
  expect(condition(SIGNERS, 'lasting', 'Expiring')).toMatchObject({ status: 'False', reason: 'NothingEnds' });
  expect(statusOf(SIGNERS, 'release')?.expires).toEqual([{ what: expect.stringMatching(/^key /) as string, at: soon.replace(/\.\d+Z/, 'Z') }]);
  expect(statusOf(SIGNERS, 'release')?.warnings?.[0]).toContain(' ends ');
  const ops = `http://127.0.0.1:${one.opsPort}`;
  const metrics = await (await fetch(`${ops}/metrics`)).text();
  expect(metrics).toMatch(/gatehouse_trust_expiry_seconds\{kind="key",name="release"\} 8\d{5}/);
  expect(metrics).toMatch(/^gatehouse_controller_leader 1$/m);
  expect([(await fetch(`${ops}/livez`)).status, (await fetch(`${ops}/readyz`)).status]).toEqual([200, 200]);
});

test('the API server goes away and comes back: nothing is lost, and what changed meanwhile is told', async () => {
  api.put(SIGNERS, signer('release'));
  const one = await control();
  await until(() => reads(SIGNERS, 'release') === 'True InForce');
  await api.stop();
  await until(() => !one.leads());
  api.put(POLICIES, policy('acme'));
  await api.start();
  await until(() => one.leads() && reads(POLICIES, 'acme') === 'True InForce');
  await quiet();
});

test('a leader that dies is followed by another one, which goes on where it was', async () => {
  api.put(SIGNERS, signer('release'));
  const [a, b] = [await control(), await control()];
  await until(() => a.leads() !== b.leads() && reads(SIGNERS, 'release') === 'True InForce');
  const [leader, other] = a.leads() ? [a, b] : [b, a];
  await leader.close();
  await until(() => other.leads());
  api.put(POLICIES, policy('acme', { bad: true }));
  await until(() => reads(POLICIES, 'acme') === 'False NeverGood');
});

/** A replica of the server that says over TLS, to whoever has the token, what it did. */
async function replica(token: string): Promise<{ readonly server: TestServer; readonly ca: string; readonly tokenFile: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-controller-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const documents = JSON.stringify({ ...signer('release') }) + '\n---\n' + JSON.stringify(policy('acme')) + '\n---\n' + JSON.stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ArtifactPolicy', metadata: { name: 'own', namespace: 'shop' }, spec: { artifacts: [{ image: '**' }], requireDigest: true, require: [{ name: 'signed', signature: { by: ['release'] } }] },
  });
  const server = await startTestServer({ 'policies.yaml': documents }, { operations: { tls: true }, decisions: { enabled: true, tokenFile } });
  servers.push(server);
  const ca = join(folder, 'ca.crt');
  writeFileSync(ca, server.running.developmentCertificate ?? '');
  return { server, ca, tokenFile };
}
const slice = (name: string, port: number): Stored => ({
  metadata: { name, namespace: 'gatehouse-system' , labels: { 'kubernetes.io/service-name': 'gatehouse' } } as never, addressType: 'IPv4',
  ports: [{ name: 'ops', port }], endpoints: [{ addresses: ['127.0.0.1'] }],
});

test('activity of all replicas is summed up without names, and denials become few Events at owners, namespaces and policies', async () => {
  const token = randomBytes(24).toString('base64url');
  const { server, ca, tokenFile } = await replica(token);
  api.put(SLICES, slice('one', server.running.opsPort));
  api.put(SIGNERS, signer('release'));
  api.put(POLICIES, policy('acme'));
  api.put(`${OURS}/namespaces/shop/artifactpolicies`, { metadata: { name: 'own', namespace: 'shop' }, spec: { artifacts: [{ image: '**' }], requireDigest: true, require: [{ name: 'signed', signature: { by: ['release'] } }] } });
  const image = 'registry.test/acme/secret-name:1';
  const owned = podReview({ images: [image], namespace: 'shop', name: 'web-1' }) as unknown as { request: { object: { metadata: Record<string, unknown> } } };
  owned.request.object.metadata['ownerReferences'] = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web', controller: true }];
  for (let round = 0; round < 3; round += 1) await server.validate(owned);
  await server.validate(podReview({ images: [image], namespace: 'lab', name: 'bare' }));
  await server.validate(podReview({ images: [image], namespace: 'dry', name: 'dry', dryRun: true }));
  await server.validate({ ...(podReview({ images: [image], namespace: 'lab', name: 'old', operation: 'UPDATE', oldObject: podObject({ images: ['registry.test/acme/x:1'] }) }) as object) });

  await control({ statusRestMs: 500 }, { controller: { ca, tokenFile, serverName: 'localhost', ask: '1s' } });
  await until(() => statusOf(POLICIES, 'acme')?.activity !== undefined && api.all(EVENTS).length >= 4);
  expect(statusOf(POLICIES, 'acme')?.activity).toMatchObject({ matched: 5, admitted: 0, denied: 5, undetermined: 0, reasons: expect.arrayContaining([{ code: 'POLICY_DIGEST_REQUIRED', count: 5 }]) as unknown[] });
  expect(JSON.stringify(statusOf(POLICIES, 'acme'))).not.toMatch(/shop|lab|secret-name/);
  await quiet();

  const events = api.all(EVENTS) as unknown as { metadata: { namespace: string }; reason: string; note: string; type: string; regarding: Record<string, string> }[];
  const told = events.map(({ metadata: { namespace }, reason, regarding: { kind, name } }) => `${namespace} ${reason} ${kind ?? ''} ${name ?? ''}`).toSorted();
  expect(told).toEqual([
    'default PolicyViolation ClusterArtifactPolicy acme', 'lab ArtifactDenied Namespace lab', 'shop ArtifactDenied ReplicaSet web', 'shop PolicyViolation ArtifactPolicy own',
  ]);
  const ofCluster = events.find(({ metadata: { namespace } }) => namespace === 'default');
  expect(JSON.stringify(ofCluster)).not.toMatch(/shop|lab|web|secret-name/);
  expect(events.every(({ type }) => type === 'Warning')).toBe(true);
  expect(events.find(({ regarding: { kind } }) => kind === 'ReplicaSet')).toMatchObject({ regarding: { apiVersion: 'apps/v1', uid: 'uid-of-web', namespace: 'shop' }, note: expect.stringContaining('Pod web-1 was denied by') as string });
  // One who takes over hears all of it again, and tells nothing twice.
  await running[0]?.close();
  const next = await control({ statusRestMs: 500 }, { controller: { ca, tokenFile, serverName: 'localhost', ask: '1s' } });
  await until(() => next.leads() && api.writes.filter(({ path, status }) => path.endsWith('/events') && status === 409).length >= 4);
  expect(api.all(EVENTS)).toHaveLength(4);
});

test.each<[string, object, number | undefined]>([
  ['a token that does not count', { token: 'another-token-of-somebody-else' }, undefined],
  ['a certificate of somebody else', { serverName: 'other.test' }, undefined],
  ['the right one', {}, 1],
])('a replica is asked with %s', async (_, over: { token?: string; serverName?: string }, matched) => {
  const token = randomBytes(24).toString('base64url');
  const { server, ca } = await replica(token);
  const ours = join(mkdtempSync(join(tmpdir(), 'gatehouse-token-')), 'token');
  writeFileSync(ours, over.token ?? token);
  api.put(SLICES, slice('one', server.running.opsPort));
  api.put(SIGNERS, signer('release'));
  api.put(POLICIES, policy('acme'));
  await server.validate(podReview({ images: ['registry.test/acme/x:1'], namespace: 'shop' }));
  const one = await control({ statusRestMs: 300 }, { controller: { ca, tokenFile: ours, serverName: over.serverName ?? 'localhost', ask: '1s' } });
  const answered = `gatehouse_controller_replicas{state="answered"} ${matched === undefined ? 0 : 1}`;
  const there = 'gatehouse_controller_replicas{state="there"} 1';
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${one.opsPort}/metrics`)).text();
  await until(async () => {
    const text = await metrics();
    return text.includes(answered) && text.includes(there);
  });
  await until(() => reads(POLICIES, 'acme') === 'True InForce' && statusOf(POLICIES, 'acme')?.activity?.['matched'] === matched);
  await quiet();
  expect(statusOf(POLICIES, 'acme')?.activity?.['matched']).toBe(matched);
});
