/** Policies as resources with a controller before a real API server: what kubectl shows after apply, break, mend and delete; two controllers; outages. */
import { networkInterfaces } from 'node:os';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/patience.ts';
import { ACCOUNT, auditLog, controllerIdentity, openWay, registerKinds, startControllerProcess } from '../controller.ts';
import type { Audit, ControllerProcess, Way } from '../controller.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { dataFolder } from '../processes.ts';
import { gateIsShut } from '../scene.ts';
import { pod } from '../workloads.ts';

const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMGFcYrF2lDLM7lPvjuGKjASZ0zXy
vWCvNXQgd26H/r9wRFF/l6ApexC1RnwBkZinx9GxnkXXhmvHi/6sMwiHYQ==
-----END PUBLIC KEY-----
`;
const signer = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: KEY } }] } };
const policy = (name: string, spec: object = {}, namespace?: string): object => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: namespace === undefined ? 'ClusterArtifactPolicy' : 'ArtifactPolicy',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: { artifacts: [{ image: 'registry.test/acme/**' }], requireDigest: true, require: [{ name: 'signed', signature: { by: ['release'] } }], ...spec },
});

let cluster: ControlPlane;
let audit: Audit;
let identity: string;
const running: ControllerProcess[] = [];
const ways: Way[] = [];

beforeAll(async () => {
  audit = auditLog();
  cluster = await startControlPlane({ flags: audit.flags });
  await shippedIdentity(cluster);
  await registerKinds(cluster);
  identity = await controllerIdentity(cluster);
  await cluster.must(['apply', '-f', '-'], signer);
});
afterEach(async () => {
  for (const way of ways.splice(0)) way.close();
  await Promise.all(running.splice(0).map(({ program }) => program.stop()));
  await cluster.must(['delete', 'clusterartifactpolicies.gatehouse.dev', '--all']);
});
afterAll(() => cluster?.stop());

async function control(kubeconfig = identity, section: Readonly<Record<string, unknown>> = {}): Promise<ControllerProcess> {
  const one = await startControllerProcess(kubeconfig, section);
  running.push(one);
  return one;
}

const KIND = 'clusterartifactpolicies.gatehouse.dev';
/** Of all policies of the cluster. */
const list = (path: string): Promise<string> => cluster.must(['get', KIND, '-o', `jsonpath=${path}`]);
const get = async (name: string, path: string, kind = KIND): Promise<string> => (await cluster.kubectl(['get', kind, name, '-o', `jsonpath=${path}`])).stdout;
const ready = (name: string, kind = KIND): Promise<string> => get(name, '{range .status.conditions[?(@.type=="Ready")]}{.status} {.reason}{end}', kind);
/** Waits as a user does. */
const waitReady = (name: string): Promise<string> => cluster.must(['wait', '--for=condition=Ready', '--timeout=40s', `${KIND}/${name}`]);

test('apply, break, mend and delete with kubectl: the status says at once whether it works, and of which generation', async () => {
  await control();
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  await waitReady('acme');
  expect(await get('acme', '{.status.observedGeneration} {.metadata.generation}')).toBe('1 1');
  expect(await ready('release', 'signers.gatehouse.dev')).toBe('True InForce');

  // Past every check of the client, and of the schema that keeps unknown fields.
  await cluster.must(['apply', '--validate=false', '-f', '-'], policy('acme', { treshold: 2 }));
  await until(async () => (await ready('acme')) === 'False LastGoodInForce');
  expect(await get('acme', '{.status.observedGeneration} {.status.problems[*].path}')).toBe('2 spec.treshold');
  expect(await get('acme', '{range .status.conditions[?(@.type=="Compiled")]}{.status} {.message}{end}')).toMatch(/^False spec\.treshold: /);

  await cluster.must(['apply', '--validate=false', '-f', '-'], policy('acme', { mode: 'warn' }));
  await waitReady('acme');
  expect(await get('acme', '{.status.observedGeneration} {.status.problems}')).toBe('3 ');

  // Whoever deletes what others rely on sees it there.
  await cluster.must(['delete', 'signers.gatehouse.dev', 'release']);
  await until(async () => (await ready('acme')).startsWith('False '));
  expect(await get('acme', '{.status.problems[0].path}')).toBe('spec.require[0].signature.by[0]');
  await cluster.must(['apply', '-f', '-'], signer);
  await waitReady('acme');

  await cluster.must(['delete', KIND, 'acme']);
  await cluster.must(['apply', '--validate=false', '-f', '-'], policy('acme', { treshold: 2 }));
  await until(async () => (await ready('acme')) === 'False NeverGood');
});

test('status starts no generation and no loop, is written by nobody else, and costs few requests', async () => {
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  const one = await control();
  await waitReady('acme');
  const managers = await get('acme', '{range .metadata.managedFields[?(@.subresource=="status")]}{.manager} {.operation}{end}');
  expect(managers).toBe('gatehouse-controller Apply');
  const [since, version] = [Date.now(), await get('acme', '{.metadata.resourceVersion}')];
  await sleep(15_000);
  expect(await get('acme', '{.metadata.resourceVersion} {.metadata.generation}')).toBe(`${version} 1`);
  const asked = audit.of(ACCOUNT, since);
  expect(asked.filter((line) => line.startsWith('patch '))).toEqual([]);
  // A look at the Lease and its renewal every two seconds, and nothing else but lists against watches that are quiet.
  expect(asked.filter((line) => line.endsWith(' leases')).length).toBeLessThanOrEqual(18);
  expect(asked.filter((line) => !line.endsWith(' leases')).length).toBeLessThanOrEqual(30);
  expect(await one.leads()).toBe(true);
});

test('two and a half quiet minutes: the bookmarks of the watches confirm what is known, and nothing of ours is listed again', async () => {
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  const one = await control();
  await waitReady('acme');
  const since = Date.now();
  await sleep(150_000);
  const ours = audit.of(ACCOUNT, since).filter((line) => /(?:policies|signers|trustroots|revocationlists|admissionexceptions)$/.test(line));
  expect(ours.filter((line) => line.startsWith('list '))).toEqual([]);
  expect(await one.leads()).toBe(true);
  await cluster.must(['delete', KIND, 'acme']);
}, 240_000);

test('what somebody else writes into a status under a name of ours goes; a condition of his own stays', async () => {
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  await control();
  await waitReady('acme');
  await cluster.must(['patch', KIND, 'acme', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { forecast: { wouldDeny: 77 }, warnings: ['a lie'] } })]);
  // Who writes over a status is answered once a minute.
  const lies = async (): Promise<boolean> => /77|a lie/.test(await get('acme', '{.status.forecast.wouldDeny} {.status.warnings}'));
  for (let waited = 0; waited < 150 && (await lies()); waited += 5) await sleep(5000);
  expect(await lies()).toBe(false);
}, 240_000);

test('200 policies at once: all have a status, with no more writes in a second than are allowed', async () => {
  await control(identity, { writesPerSecond: 20 });
  const since = Date.now();
  await cluster.must(['apply', '--validate=false', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: Array.from({ length: 200 }, (_, index) => policy(`many-${index}`, index % 10 === 0 ? { wrong: 1 } : {})) });
  await until(async () => (await list('{range .items[*]}{.status.observedGeneration}{end}')).length === 200);
  const seconds = (Date.now() - since) / 1000;
  const patches = audit.of(ACCOUNT, since).filter((line) => line === 'patch clusterartifactpolicies/status');
  expect(patches.length).toBeGreaterThanOrEqual(200);
  expect(patches.length).toBeLessThanOrEqual(Math.min(420, 20 * seconds + 20));
  expect((await list('{range .items[*].status.conditions[?(@.type=="Ready")]}{.status} {end}')).match(/False/g)).toHaveLength(20);
});

test('the leader is killed: the other one takes over, and tells what changed meanwhile', async () => {
  const [a, b] = [await control(), await control()];
  await until(async () => (await a.leads()) !== (await b.leads()));
  const [leader, other] = (await a.leads()) ? [a, b] : [b, a];
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  await waitReady('acme');
  process.kill(leader.program.pid, 'SIGKILL');
  await cluster.must(['apply', '--validate=false', '-f', '-'], policy('acme', { treshold: 2 }));
  await until(async () => other.leads());
  // It never saw the good form while it led, but it has followed all the time.
  await until(async () => (await ready('acme')) === 'False LastGoodInForce');
}, 120_000);

test('the API server cannot be reached for a minute: it stops leading, and nothing is lost', async () => {
  const way = await openWay(cluster, identity);
  ways.push(way);
  const one = await control(way.kubeconfig);
  await cluster.must(['apply', '-f', '-'], policy('acme'));
  await waitReady('acme');
  way.cut();
  await cluster.must(['apply', '--validate=false', '-f', '-'], policy('acme', { treshold: 2 }));
  await cluster.must(['apply', '-f', '-'], policy('new'));
  await sleep(60_000);
  expect([await one.leads(), await ready('acme'), await ready('new')]).toEqual([false, 'True InForce', '']);
  way.mend();
  await waitReady('new');
  await until(async () => (await ready('acme')) === 'False LastGoodInForce');
  expect(one.program.exitCode()).toBeUndefined();
}, 180_000);

/** EndpointSlices name no loopback. */
const outside = Object.values(networkInterfaces()).flat().find((one) => one !== undefined && !one.internal && one.family === 'IPv4')?.address;

test.skipIf(outside === undefined)('denials of real requests: counts in the status without names, few Events, none of a dry run', async () => {
  let gatehouse: Gatehouse | undefined;
  try {
    await cluster.must(['apply', '-f', 'deploy/manifests/decisions-access.yaml']);
    for (const namespace of ['shop', 'dry']) await cluster.must(['create', 'namespace', namespace]);
    gatehouse = await startGatehouse({
      policies: { 'policies.yaml': [signer, policy('acme'), policy('own', {}, 'shop')].map((one) => JSON.stringify(one)).join('\n---\n') },
      config: {
        host: '0.0.0.0', unmatched: 'allow', drain: '0s', kubernetes: { enabled: true, kubeconfig: await shippedIdentity(cluster), pullSecrets: false },
        operations: { tls: true }, decisions: { enabled: true, clusterTokens: true },
      },
    });
    await registerWebhook(cluster, gatehouse);
    await gateIsShut(cluster);
    await cluster.must(['apply', '-f', '-'], {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'gatehouse-1', namespace: 'gatehouse-system', labels: { 'kubernetes.io/service-name': 'gatehouse' } },
      addressType: 'IPv4', ports: [{ name: 'ops', port: Number(new URL(gatehouse.opsUrl).port), protocol: 'TCP' }], endpoints: [{ addresses: [outside] }],
    });
    await cluster.must(['apply', '-f', '-'], policy('acme'));
    await cluster.must(['apply', '-f', '-'], policy('own', {}, 'shop'));
    const create = (namespace: string, name: string, more: readonly string[] = []) => cluster.kubectl(['-n', namespace, 'create', ...more, '-f', '-'], pod(name, 'registry.test/acme/secret-name:1'));
    for (const name of ['a', 'b', 'c']) expect((await create('shop', name)).code).not.toBe(0);
    expect((await create('dry', 'd', ['--dry-run=server'])).code).not.toBe(0);
    const tokenFile = join(dataFolder('token'), 'token');
    writeFileSync(tokenFile, (await cluster.must(['-n', 'gatehouse-system', 'create', 'token', 'gatehouse-controller', '--audience', 'decisions.gatehouse.dev'])).trim(), { mode: 0o600 });
    await control(identity, { ca: gatehouse.caFile, tokenFile, serverName: 'localhost', ask: '1s' });

    await until(async () => (await get('acme', '{.status.activity.denied}')) !== '');
    expect(await get('acme', '{.status.activity.matched} {.status.activity.denied} {.status.activity.reasons[?(@.code=="POLICY_DIGEST_REQUIRED")].count}')).toBe('3 3 3');
    expect(await get('acme', '{.status}')).not.toMatch(/shop|dry|secret-name/);
    const events = async (): Promise<string[]> => (await cluster.must(['get', 'events.events.k8s.io', '-A', '-o', 'jsonpath={range .items[?(@.reportingController=="gatehouse.dev/controller")]}{.metadata.namespace} {.reason} {.regarding.kind} {.regarding.name}{"\\n"}{end}'])).trim().split('\n').toSorted();
    await until(async () => (await events()).length >= 3);
    await sleep(3000);
    expect(await events()).toEqual(['default PolicyViolation ClusterArtifactPolicy acme', 'shop ArtifactDenied Namespace shop', 'shop PolicyViolation ArtifactPolicy own']);
    expect(await cluster.must(['-n', 'default', 'get', 'events.events.k8s.io', '-o', 'jsonpath={.items[?(@.reason=="PolicyViolation")].note}'])).not.toMatch(/shop|dry|secret-name/);
    // As people look for it.
    expect(await cluster.must(['describe', KIND, 'acme'])).toContain('PolicyViolation');
    expect(await cluster.must(['-n', 'shop', 'events'])).toContain('was denied by');
  } finally {
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'gatehouse']);
    await gatehouse?.stop();
  }
}, 120_000);
