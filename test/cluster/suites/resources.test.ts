/** Policies that are applied, broken, mended and deleted with kubectl, and what becomes of pods each time; and an API server that is gone for a minute. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerKinds } from '../controller.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { ROOT } from '../installed.ts';
import { dataFolder } from '../processes.ts';
import { gateIsShut } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';
import { pod } from '../workloads.ts';

let cluster: ControlPlane;
let gatehouse: Gatehouse;
let registry: Registry;
let way: Way;
let [release, other]: CosignKey[] = [];
let [signed, unsigned] = ['', ''];

const object = (kind: string, name: string, spec: object, namespace?: string): object => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec });
const signer = (name: string, key: CosignKey | undefined): object => object('Signer', name, { identities: [{ key: { data: key?.pem } }] });
const policy = (name: string, spec: object = {}, namespace?: string): object => object(namespace === undefined ? 'ClusterArtifactPolicy' : 'ArtifactPolicy', name, {
  artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }], ...spec,
}, namespace);
const MISTAKE = { require: [{ name: 'signed', signature: { by: ['release'], treshold: 2 } }] };

beforeAll(async () => {
  registry = await startRegistry(true);
  [release, other] = [await makeKey('release'), await makeKey('other')];
  [signed, unsigned] = [await pushImage(`${registry.host}/acme/app:1`), await pushImage(`${registry.host}/acme/app:2`)];
  await sign(signed, release);
  cluster = await startControlPlane();
  await registerKinds(cluster);
  const kubeconfig = await shippedIdentity(cluster);
  await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources/rbac.yaml')]);
  way = await openWay(new URL(cluster.url).port);
  const through = join(dataFolder('way'), 'kubeconfig');
  writeFileSync(through, readFileSync(kubeconfig, 'utf8').replaceAll(cluster.url, `https://127.0.0.1:${way.port}`), { mode: 0o600 });
  gatehouse = await startGatehouse({
    policies: {},
    config: {
      policySources: [{ cluster: {} }], allowNoPolicies: true, unmatched: 'deny', plainHttp: [registry.host], drain: '0s',
      kubernetes: { enabled: true, kubeconfig: through, pullSecrets: false },
    },
  });
  await registerWebhook(cluster, gatehouse);
  await gateIsShut(cluster);
  await cluster.must(['create', 'namespace', 'shop']);
});
afterAll(async () => {
  await gatehouse?.stop();
  way?.close();
  await cluster?.stop();
  await registry?.program.stop();
});

/** What kubectl is told about a pod of this image: `admitted`, or the reason codes. */
async function says(image = signed, namespace = 'default'): Promise<string> {
  const { code, stderr } = await cluster.kubectl(['-n', namespace, 'create', '--dry-run=server', '-f', '-'], pod('app', image));
  return code === 0 ? 'admitted' : [...new Set([...stderr.matchAll(/\[([A-Z]+_[A-Z_]+)\]/g)].map(([, found]) => found))].join();
}

async function comes(wanted: string, image = signed, namespace = 'default', limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  let last = '';
  while ((last = await says(image, namespace)) !== wanted && performance.now() < end) await new Promise((done) => setTimeout(done, 100));
  expect(last).toBe(wanted);
}

const apply = (...objects: object[]): Promise<string> => cluster.must(['apply', '--validate=false', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
const metric = async (state: string): Promise<string | undefined> => new RegExp(`gatehouse_policy_documents\\{source="policies-cluster",state="${state}"\\} (\\d+)`).exec(await (await fetch(`${gatehouse.opsUrl}/metrics`)).text())?.[1];
const readiness = async (): Promise<{ readonly status: number; readonly text: string }> => {
  const answer = await fetch(`${gatehouse.opsUrl}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

describe('with kubectl', () => {
  test('without a policy everything is unmatched', async () => expect(await says()).toBe('SELECT_NO_POLICY'));

  test('applied: what it demands is demanded', async () => {
    await apply(signer('release', release), policy('acme'));
    await comes('admitted');
    expect(await says(unsigned)).toBe('FETCH_NONE_FOUND');
  });

  test('broken: its last good form stays in force, and the metrics say so', async () => {
    await apply(policy('acme', MISTAKE));
    await expect.poll(() => metric('lastGood'), { timeout: 20_000 }).toBe('1');
    expect([await says(), await says(unsigned)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
  });

  test('mended, by server-side apply: the new demand holds', async () => {
    await apply(signer('other', other));
    await cluster.must(['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', '-'], policy('acme', { require: [{ name: 'signed', signature: { by: ['other'] } }] }));
    await comes('VERIFY_SIGNER_UNTRUSTED');
    expect(await metric('lastGood')).toBe('0');
    await apply(policy('acme'));
    await comes('admitted');
  });

  test('a tenant’s policy that was never good stops its namespace and no other', async () => {
    await apply(policy('mine', MISTAKE, 'shop'));
    await comes('POLICY_BROKEN', signed, 'shop');
    expect(await says()).toBe('admitted');
    await cluster.must(['-n', 'shop', 'delete', 'artifactpolicy', 'mine']);
    await comes('admitted', signed, 'shop');
  });

  test('a signer that is deleted leaves what names him undetermined, until he is back', async () => {
    await cluster.must(['delete', 'signer', 'release']);
    await comes('POLICY_BROKEN');
    await apply(signer('release', release));
    await comes('admitted');
  });

  test('a status that is written changes nothing', async () => {
    const loaded = async (): Promise<string | undefined> => /gatehouse_feed_age_seconds\{feed="policies"\}/.exec(await (await fetch(`${gatehouse.opsUrl}/metrics`)).text())?.[0];
    expect(await loaded()).toBeDefined();
    await cluster.must(['patch', 'clusterartifactpolicy', 'acme', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { observedGeneration: 1 } })]);
    expect([await says(), await metric('good')]).toEqual(['admitted', '3']);
  });

  test('deleted: the policies that are left decide', async () => {
    await apply(policy('later', { require: [{ name: 'signed', signature: { by: ['other'] } }] }));
    await comes('VERIFY_SIGNER_UNTRUSTED');
    await cluster.must(['delete', 'clusterartifactpolicy', 'later']);
    await comes('admitted');
  });
});

describe('an API server that is out of reach for a minute', () => {
  test('what is known stays in force and is told to be old; what was written meanwhile holds after it', async () => {
    way.cut();
    await apply(policy('acme', { require: [{ name: 'signed', signature: { by: ['other'] } }] }));
    expect([await says(), await says(unsigned)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
    await expect.poll(async () => (await readiness()).status, { timeout: 130_000, interval: 1000 }).toBe(503);
    expect((await readiness()).text).toContain('policies-cluster was last confirmed');
    expect(await says(unsigned)).toBe('FETCH_NONE_FOUND');
    way.mend();
    await comes('VERIFY_SIGNER_UNTRUSTED', signed, 'default', 40_000);
    await expect.poll(async () => (await readiness()).status, { timeout: 20_000 }).toBe(200);
  }, 240_000);
});

/** A way to the API server that can be cut: open connections end, and new ones find nobody. */
interface Way {
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): void;
}

async function openWay(to: string): Promise<Way> {
  const open = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((client) => {
    if (isCut) return void client.destroy();
    const behind = connect(Number(to), '127.0.0.1');
    for (const [one, two] of [[client, behind], [behind, client]] as const) {
      open.add(one);
      one.pipe(two);
      one.on('error', () => two.destroy()).on('close', () => { open.delete(one); two.destroy(); });
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const end = (): void => { for (const one of open) one.destroy(); };
  return {
    port: (server.address() as AddressInfo).port,
    cut() { isCut = true; end(); },
    mend() { isCut = false; },
    close() { end(); server.close(); },
  };
}
