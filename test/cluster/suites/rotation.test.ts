/** S9: certificates are rotated by the documented commands under load: no request is lost, and every replica is trusted at every moment. */
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { countCertificates } from '../../../certs/bundle.ts';
import { apiClient } from '../api.ts';
import type { Api } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { shippedDocument, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { commandsOf, OWN, shell } from '../installed.ts';
import { pod } from '../workloads.ts';

const HOOK = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gatehouse';
const [ROTATE = '', FINISH = ''] = commandsOf('docs/operate/certificates.md', '### Rotation');

let cluster: ControlPlane;
let api: Api;
/** The API server asks the first; the second gets its certificate late. */
let replicas: readonly Gatehouse[];

async function secret(): Promise<ServingCertificate> {
  const { data } = (await api('GET', `/api/v1/namespaces/${OWN}/secrets/gatehouse-tls`)).body as { data: Record<string, string> };
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString();
  return { ca: text('ca.crt'), certificate: text('tls.crt'), key: text('tls.key') };
}

async function trusted(): Promise<string> {
  const { webhooks } = (await api('GET', HOOK)).body as { webhooks: { clientConfig: { caBundle: string } }[] };
  return Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString();
}

/** A new connection with these authorities, as an API server without kept ones makes it: the serial number it was shown, or why not. */
function greet(gatehouse: Gatehouse, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(gatehouse.url).port), ca, servername: 'gatehouse.gatehouse-system.svc' });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', (error) => resolve(`refused: ${error.message}`));
  });
}

beforeAll(async () => {
  cluster = await startControlPlane();
  api = apiClient(cluster);
  await cluster.must(['create', 'namespace', OWN]);
  const made = await shell('npm run --silent certs -- --secret --name 127.0.0.1 | kubectl create -f -', cluster.kubeconfig);
  expect(made.code, made.stderr).toBe(0);
  const serving = await secret();
  const options = { config: { unmatched: 'allow', allowNoPolicies: true, drain: '0s', kubernetes: { enabled: false } }, policies: {}, serving };
  replicas = [await startGatehouse(options), await startGatehouse(options)];
  const shipped = shippedDocument('ValidatingWebhookConfiguration') as { webhooks: object[] };
  const clientConfig = { url: `${replicas[0]?.url}/validate`, caBundle: Buffer.from(serving.ca).toString('base64') };
  await cluster.must(['create', '-f', '-'], { ...shipped, webhooks: shipped.webhooks.map((webhook) => ({ ...webhook, clientConfig })) });
});
afterAll(async () => {
  for (const replica of replicas ?? []) await replica.stop();
  await cluster?.stop();
});

/** Asks without pause, over the API server and over connections of its own, and writes down what failed. */
function load(): { readonly failed: string[]; count: number; stop(): Promise<void> } {
  const running = { failed: [] as string[], count: 0, going: true };
  const creating = (async () => {
    for (; running.going; running.count += 1) {
      const answer = await api('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod('asked', 'example.com/app:1'));
      if (answer.status !== 201) running.failed.push(answer.text);
    }
  })();
  const greeting = (async () => {
    while (running.going) {
      const bundle = await trusted();
      for (const replica of replicas) {
        const shown = await greet(replica, bundle);
        if (shown.startsWith('refused')) running.failed.push(shown);
      }
      await sleep(20);
    }
  })();
  return Object.assign(running, { stop: async () => { running.going = false; await Promise.all([creating, greeting]); } });
}

describe('S9: rotation as documented', () => {
  test('S9: under load, with a replica that is late: no request is lost, from the first step to the last', async () => {
    const asking = load();
    try {
      await rotateUnder(asking);
    } finally {
      await asking.stop();
    }
  }, 180_000);

  async function rotateUnder(asking: ReturnType<typeof load>): Promise<void> {
    await vi.waitFor(async () => expect((await api('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod('first', 'NOT/A reference'))).status).not.toBe(201), { timeout: 10_000 });
    const before = await secret();
    const rotated = await shell(`${ROTATE} --wait 3`, cluster.kubeconfig);
    expect(rotated.code, rotated.stderr).toBe(0);
    const after = await secret();
    expect(after.certificate).not.toBe(before.certificate);
    expect(countCertificates(await trusted())).toBe(2);

    // Half way through, an upgrade is applied: it trusts both, as the gate does.
    const upgraded = await shell('npm run --silent certs -- --install', cluster.kubeconfig);
    expect(Buffer.from(/caBundle: (\S+)/.exec(upgraded.stdout)?.[1] ?? '', 'base64').toString()).toBe(await trusted());
    const early = await shell(FINISH, cluster.kubeconfig);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('wait ');

    // What kubelets do, one soon and one late.
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('two replicas');
    const old = await greet(second, before.ca);
    first.setCertificate(after);
    await vi.waitFor(async () => expect(await greet(first, after.ca)).not.toContain('refused'), { timeout: 45_000, interval: 200 });
    expect(await greet(second, before.ca)).toBe(old);
    second.setCertificate(after);
    await vi.waitFor(async () => expect(await greet(second, after.ca)).not.toContain('refused'), { timeout: 45_000, interval: 200 });

    const finished = await shell(`${FINISH} --wait 0`, cluster.kubeconfig);
    expect(finished.code, finished.stderr).toBe(0);
    expect(await trusted()).toBe(after.ca);
    await sleep(3000);
    expect(asking.failed).toEqual([]);
    expect(asking.count).toBeGreaterThan(50);
    expect(await greet(first, before.ca)).toContain('refused');
  }

  test('S9: the other order would have lost some: a new certificate under the old caBundle is refused', async () => {
    const hasty = await makeServingCertificate({ names: ['127.0.0.1', 'gatehouse.gatehouse-system.svc'], days: 1, now: Date.now() });
    const replica = await startGatehouse({ config: { unmatched: 'allow', allowNoPolicies: true, drain: '0s', kubernetes: { enabled: false } }, policies: {}, serving: hasty });
    try {
      expect(await greet(replica, await trusted())).toContain('refused');
    } finally {
      await replica.stop();
    }
  });

  test('S9: the private key never passes through what is printed', async () => {
    const { key } = await secret();
    const printed = await shell('npm run --silent certs -- --install', cluster.kubeconfig);
    expect(printed.stdout).not.toContain(Buffer.from(key).toString('base64'));
    expect(printed.stdout).not.toContain('PRIVATE KEY');
  });
});
