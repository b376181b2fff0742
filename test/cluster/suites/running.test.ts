/** What runs, on nodes that a kubelet without containers plays: resources, the gate, the controller and its re-verification as they are shipped. */
import { createHash, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { until } from '../../support/patience.ts';
import { controllerIdentity, registerKinds } from '../controller.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { openReportsCrd } from '../crds/open-reports.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { dataFolder, freePort, start, waitFor } from '../processes.ts';
import type { Running } from '../processes.ts';
import { gateIsShut } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';
import { toolPaths } from '../tools.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

let cluster: ControlPlane;
let registry: Registry;
let gatehouse: Gatehouse;
let release: CosignKey;
let former: CosignKey;
let signed: string;
let formerly: string;
let unsigned: string;
const programs: Running[] = [];

const apply = (object: object): Promise<string> => cluster.must(['apply', '-f', '-'], object);
const ours = (kind: string, name: string, spec: object): object => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const keyId = (pem: string): string => `sha256:${createHash('sha256').update(createPublicKey(pem).export({ type: 'spki', format: 'der' })).digest('hex')}`;
/** Nobody schedules here: pods name their node. */
const deployment = (name: string, image: string, replicas = 2): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' },
  spec: {
    replicas, selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { nodeName: 'node-1', containers: [{ name: 'app', image }] } },
  },
});
const running = async (app: string): Promise<number> =>
  (await cluster.must(['get', 'pods', '-n', 'shop', '-l', `app=${app}`, '--field-selector', 'status.phase=Running', '-o', 'name'])).split('\n').filter((line) => line !== '').length;
const failures = async (): Promise<string> =>
  cluster.must(['get', 'events', '-n', 'shop', '--field-selector', 'reason=FailedCreate', '-o', 'jsonpath={.items[*].message}']);
interface Report { readonly scope: { readonly kind: string; readonly name: string }; readonly results: readonly { readonly policy: string; readonly result: string; readonly properties: Readonly<Record<string, string>> }[] }
const reports = async (): Promise<readonly Report[]> => (JSON.parse(await cluster.must(['get', 'reports', '-n', 'shop', '-o', 'json'])) as { items: Report[] }).items;
const ready = (kind: string, name: string): Promise<string> => cluster.must(['wait', '--for=condition=Ready', '--timeout=60s', `${kind}.gatehouse.dev/${name}`]);

beforeAll(async () => {
  registry = await startRegistry(true);
  [release, former] = [await makeKey('release'), await makeKey('former')];
  signed = await pushImage(`${registry.host}/acme/app:good`);
  formerly = await pushImage(`${registry.host}/acme/app:former`);
  unsigned = await pushImage(`${registry.host}/acme/app:raw`);
  await sign(signed, release);
  await sign(formerly, former);
  cluster = await startControlPlane({ controllers: true });
  const server = await shippedIdentity(cluster);
  await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources/rbac.yaml')]);
  await registerKinds(cluster);
  await apply(openReportsCrd());
  await cluster.must(['create', 'namespace', 'shop']);
  await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { type: 'kwok' } } });
  programs.push(start({ name: 'kwok', command: toolPaths().kwok, args: ['--kubeconfig', cluster.kubeconfig, '--config', join(ROOT, 'test/cluster/kwok-stages.yaml'), '--manage-all-nodes=true', '--server-address', `127.0.0.1:${await freePort()}`] }));
  await cluster.must(['wait', '--for=condition=Ready', '--timeout=60s', 'node/node-1']);
  const identity = await controllerIdentity(cluster);
  gatehouse = await startGatehouse({
    policies: {},
    config: {
      unmatched: 'warn', plainHttp: [registry.host], drain: '0s', allowNoPolicies: true, policySources: [{ cluster: {} }],
      kubernetes: { enabled: true, kubeconfig: server, pullSecrets: false },
    },
  });
  await registerWebhook(cluster, gatehouse);
  await gateIsShut(cluster);
  const file = join(dataFolder('controller'), 'config.yaml');
  writeFileSync(file, stringify({
    host: '127.0.0.1', plainHttp: [registry.host], kubernetes: { kubeconfig: identity }, policySources: [{ cluster: {} }], allowNoPolicies: true, unmatched: 'warn',
    controller: { reverify: { reports: true } },
  }));
  const opsPort = await freePort();
  const controller = start({ name: 'controller', command: process.execPath, args: [join(ROOT, 'bin/gatehouse.js'), 'controller', '--config', file, '--ops-port', String(opsPort)] });
  programs.push(controller);
  await waitFor(controller, 'ready', async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).status === 200, 30_000);
}, 240_000);

afterAll(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  await gatehouse?.stop();
  await cluster?.stop();
  await registry?.program.stop();
});

describe('on nodes', () => {
  test('policies that kubectl applies are in force: what is signed runs, and what is not never starts', async () => {
    await apply(ours('Signer', 'release', { identities: [{ key: { data: release.pem } }, { key: { data: former.pem } }] }));
    await apply(ours('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }));
    await ready('clusterartifactpolicies', 'acme');
    await apply(deployment('good', signed));
    await apply(deployment('former', formerly));
    expect(await cluster.kubectl(['apply', '-f', '-'], deployment('raw', unsigned))).toMatchObject({ code: 1, stderr: expect.stringContaining('[FETCH_NONE_FOUND]') as string });
    await until(async () => (await running('good')) === 2 && (await running('former')) === 2, 'pods do not run');
    expect(await reports()).toEqual([]);
  });

  test('a key that is revoked: what it signed runs on, is told in reports, and is not started anew; lifted, the reports go', async () => {
    await apply(ours('RevocationList', 'incidents', { revocations: [{ key: keyId(former.pem), reason: 'laptop lost' }] }));
    await until(async () => (await reports()).some(({ results }) => results.some(({ properties }) => properties['reasonCode'] === 'POLICY_REVOKED')), 'no report of the revocation');
    const [report, ...more] = await reports();
    expect(more).toEqual([]);
    expect([report?.scope.kind, report?.scope.name.replace(/-[a-z0-9]+$/, ''), report?.results.map(({ policy: by, result }) => `${by} ${result}`)]).toEqual(['ReplicaSet', 'former', ['acme fail']]);
    expect([await running('former'), await running('good')]).toEqual([2, 2]);
    // Its pods are not made anew: the controller manager asks, and the gate refuses.
    await cluster.must(['delete', 'pods', '-n', 'shop', '-l', 'app=former', '--force', '--grace-period=0']);
    await until(async () => (await failures()).includes('[POLICY_REVOKED]'), 'nobody was refused');
    expect(await running('former')).toBe(0);
    await cluster.must(['delete', 'revocationlists.gatehouse.dev', 'incidents']);
    await until(async () => (await reports()).length === 0, 'the report is there still');
    await until(async () => (await running('former')) === 2, 'pods are not made anew');
  }, 180_000);

  test('a rollout to an image that is not signed stops where it is: what ran before runs on', async () => {
    const { code, stderr } = await cluster.kubectl(['set', 'image', 'deployment/good', '-n', 'shop', `app=${unsigned}`]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[FETCH_NONE_FOUND]')]);
    expect(await running('good')).toBe(2);
  });
});
