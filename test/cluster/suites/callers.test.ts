import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeClientCertificate, makeServingCertificate } from '../../../certs/authority.ts';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';
import { until } from '../../support/patience.ts';
import { createWorld } from '../../world/world.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { dataFolder, freePort } from '../processes.ts';
import { toolPaths } from '../tools.ts';
import { pod } from '../workloads.ts';

/** Who asks is known: the API server shows a client certificate, or a token in the path, and everybody else is a stranger. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const world = createWorld({ now: Date.now() });
const key = world.key();
const image = makeImage();
const clientCertificate: Promise<ServingCertificate> = makeClientCertificate({ names: ['kube-apiserver'], days: 1, now: Date.now() });

let registry: TestRegistry;
let cluster: ControlPlane;
let identity: string;
let port: number;
let folder: string;
let serving: ServingCertificate;
let gatehouse: Gatehouse | undefined;
const logs: string[] = [];

beforeAll(async () => {
  registry = await startRegistry({ auth: { kind: 'basic', users: { alice: { password: 'wonder' } } } });
  await push(registry, 'team/app', image, ['v1']);
  await pushReferrer(registry, 'team/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })), { fallbackTag: true });
  port = await freePort();
  folder = dataFolder('callers');
  serving = await makeServingCertificate({ names: ['127.0.0.1', 'localhost'], days: 1, now: Date.now() });
  const client = await clientCertificate;
  writeFileSync(join(folder, 'client-ca.crt'), client.ca);
  cluster = await startControlPlane({
    // The shipped files, with paths and an address of this machine.
    admissionFiles: {
      'admission.yaml': read('deploy/api-server/admission.yaml').replaceAll('/etc/kubernetes/gatehouse', 'FOLDER'),
      'webhooks.yaml': read('deploy/api-server/webhooks.yaml').replaceAll('/etc/kubernetes/gatehouse', 'FOLDER').replace('gatehouse.gatehouse-system.svc', `127.0.0.1:${port}`),
      'client.crt': client.certificate,
      'client.key': client.key,
    },
  });
  identity = await shippedIdentity(cluster);
  await cluster.must(['create', 'namespace', 'team-b']);
  await cluster.must(['-n', 'team-b', 'create', 'serviceaccount', 'default']);
  await cluster.must(['-n', 'team-b', 'create', 'secret', 'docker-registry', 'registry-credentials', `--docker-server=${registry.host}`, '--docker-username=alice', '--docker-password=wonder']);
  await cluster.must(['-n', 'team-b', 'apply', '-f', join(ROOT, 'deploy/manifests/pull-secrets.yaml')]);
});
afterAll(async () => {
  await gatehouse?.stop();
  await cluster?.stop();
  await registry?.close();
});

/** Puts a Gatehouse with this configuration behind the webhook, in the place of the one before. */
async function serve(config: Readonly<Record<string, unknown>>): Promise<Gatehouse> {
  await gatehouse?.stop();
  const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
  gatehouse = await startGatehouse({
    port,
    serving,
    config: { plainHttp: [registry.host], drain: '0s', kubernetes: { enabled: true, kubeconfig: identity }, ...config },
    policies: {
      'policies.yaml': document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem } }] })
        + document('ClusterArtifactPolicy', 'team', { artifacts: [{ image: `${registry.host}/team/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    },
  });
  logs.push(gatehouse.program.log);
  return gatehouse;
}

/** As at an installation. */
async function registerAnew(server: Gatehouse): Promise<void> {
  await cluster.must(['delete', 'validatingwebhookconfiguration', 'gatehouse', '--ignore-not-found']);
  await registerWebhook(cluster, server);
}

const reference = (): string => `${registry.host}/team/app@${image.digest}`;
const create = (name: string) => cluster.kubectl(['-n', 'team-b', 'create', '--dry-run=server', '-f', '-'], pod(name, reference(), { imagePullSecrets: [{ name: 'registry-credentials' }] }));
const proofs = (): readonly string[] => readFileSync(logs.at(-1) ?? '', 'utf8').split('\n').filter((line) => line.includes('"msg":"decision"')).map((line) => (JSON.parse(line) as { proof: string }).proof);

/** Asks as somebody who is not the API server. */
function ask(path: string, from: Gatehouse, client: { cert?: string; key?: string } = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${from.url}${path}`, { method: 'POST', ca: from.ca, agent: false, headers: { 'content-type': 'application/json' }, ...client }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on('error', reject);
    call.end(JSON.stringify(podReview({ namespace: 'team-b', images: [reference()], pullSecrets: ['registry-credentials'] })));
  });
}

describe('S7: a client certificate', () => {
  beforeAll(async () => {
    await registerAnew(await serve({ tls: { clientCA: join(folder, 'client-ca.crt') } }));
    await until(async () => (await create('certificate-0')).code === 0 && proofs().includes('certificate'));
  });

  test('the API server shows it, and has the namespace\'s pull secrets used', async () => {
    const result = await create('certificate-1');
    expect(result).toMatchObject({ code: 0 });
    expect(new Set(proofs())).toEqual(new Set(['certificate']));
  });

  test('a stranger who claims the namespace gets nothing of them, right after', async () => {
    const other = await makeClientCertificate({ names: ['kube-apiserver'], days: 1, now: Date.now() });
    for (const client of [{}, { cert: other.certificate, key: other.key }]) {
      const { status, text } = await ask('/validate', gatehouse as Gatehouse, client);
      expect([status, text.includes('FETCH_UNAUTHORIZED'), text.includes('"allowed":true')]).toEqual([200, true, false]);
    }
    expect((await create('certificate-2')).code).toBe(0);
  });
});

describe('S7: a token in the path', () => {
  const file = (): string => join(folder, 'tokens');
  let mirror: { stop: boolean; done: Promise<void> };
  beforeAll(async () => {
    const config = { callers: { pathTokens: file(), pullSecretsByPathToken: true } };
    await registerAnew(await serve(config));
    // What a kubelet does: the Secret, as a file.
    const state = { stop: false };
    mirror = Object.assign(state, { done: (async () => {
      for (let last = ''; !state.stop; await sleep(200)) {
        const { stdout } = await cluster.kubectl(['-n', 'gatehouse-system', 'get', 'secret', 'gatehouse-path-tokens', '--ignore-not-found', '-o', 'jsonpath={.data.tokens}']);
        if (stdout !== last) writeFileSync(file(), Buffer.from(stdout, 'base64'));
        last = stdout;
      }
    })() });
  });
  afterAll(async () => {
    mirror.stop = true;
    await mirror.done;
    rmSync(file(), { force: true });
  });

  /** `npm run token`, as an operator runs it; there are no pods here to ask, so it waits. */
  function token(...args: readonly string[]): Promise<{ code: number; told: string }> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [join(ROOT, 'certs/token.ts'), ...args, '--kubeconfig', cluster.kubeconfig, '--kubectl', toolPaths().kubectl, '--wait', '10']);
      let told = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { told += String(chunk); });
      child.once('close', (code) => resolve({ code: code ?? 1, told }));
    });
  }
  const url = async (): Promise<string> => cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[0].clientConfig.url}']);
  const tokenOf = (text: string): string => /\/validate\/([A-Za-z0-9_-]{22,64})/.exec(text)?.[1] ?? '';

  test('is made, failed with, read out of kubectl\'s error, rotated, and then dead', async () => {
    const told: string[] = [];
    const run = async (...args: readonly string[]): Promise<void> => {
      const result = await token(...args);
      told.push(result.told);
      expect(result).toMatchObject({ code: 0 });
    };
    expect(await create('token-0')).toMatchObject({ code: 1, stderr: expect.stringContaining('FETCH_UNAUTHORIZED') as string });
    await run('--rotate');
    await expect.poll(async () => (await create('token-1')).code, { timeout: 30_000 }).toBe(0);
    await expect.poll(proofs, { timeout: 10_000 }).toContain('pathToken');
    const first = tokenOf(await url());
    expect(first).not.toBe('');

    // A call fails, and whoever made it is told the URL.
    await gatehouse?.stop();
    const failed = await create('token-2');
    expect(failed.code).toBe(1);
    const stolen = tokenOf(failed.stderr);
    expect(stolen).toBe(first);
    await serve({ callers: { pathTokens: file(), pullSecretsByPathToken: true } });
    expect((await ask(`/validate/${stolen}`, gatehouse as Gatehouse)).text).toContain('"allowed":true');

    await run('--rotate');
    await run('--rotate');
    const second = tokenOf(await url());
    expect(second).not.toBe(first);
    // Both are valid meanwhile, for API servers that have not seen the change yet.
    expect((await ask(`/validate/${stolen}`, gatehouse as Gatehouse)).status).toBe(200);
    await run('--finish');
    await expect.poll(async () => (await ask(`/validate/${stolen}`, gatehouse as Gatehouse)).status, { timeout: 30_000 }).toBe(404);
    expect((await ask('/validate', gatehouse as Gatehouse)).text).toContain('FETCH_UNAUTHORIZED');
    await expect.poll(async () => (await create('token-3')).code, { timeout: 30_000 }).toBe(0);
    await run('--status');

    // An upgrade applies the configuration as it lies in a repository; the command puts the same token back.
    await registerWebhook(cluster, gatehouse as Gatehouse);
    expect(tokenOf(await url())).toBe('');
    await run('--rotate');
    expect(tokenOf(await url())).toBe(second);

    // Nobody was told either of them but by the API server itself.
    const metrics = await (await fetch(`${(gatehouse as Gatehouse).opsUrl}/metrics`)).text();
    const kept = JSON.parse(await cluster.must(['-n', 'gatehouse-system', 'get', 'secret', 'gatehouse-path-tokens', '-o', 'json'])) as { metadata: { annotations?: object } };
    const applied = await cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.metadata.annotations}']);
    for (const secret of [first, second]) {
      for (const log of logs) expect(readFileSync(log, 'utf8')).not.toContain(secret);
      for (const text of [...told, metrics, applied]) expect(text).not.toContain(secret);
    }
    expect(kept.metadata.annotations).toBeUndefined();
  }, 180_000);
});

describe('S8: decisions by the cluster\'s rights', () => {
  beforeAll(async () => {
    await cluster.must(['apply', '-f', join(ROOT, 'deploy/manifests/decisions-access.yaml')]);
    for (const namespace of ['team-a', 'team-b']) {
      if (namespace === 'team-a') await cluster.must(['create', 'namespace', namespace]);
      await cluster.must(['-n', namespace, 'create', 'serviceaccount', 'reader']);
      await cluster.must(['-n', namespace, 'create', 'rolebinding', 'read-decisions', '--clusterrole=gatehouse-decisions-reader', `--serviceaccount=${namespace}:reader`]);
    }
    const server = await serve({ tls: { clientCA: join(folder, 'client-ca.crt') }, operations: { tls: true }, decisions: { enabled: true, clusterTokens: true } });
    await registerAnew(server);
    await until(async () => {
      const result = await cluster.kubectl(['-n', 'team-b', 'create', '-f', '-'], pod('unsigned', `${registry.host}/nobody/knows:1`));
      return result.stderr.includes('SELECT_NO_POLICY') && proofs().includes('certificate');
    });
  });

  const issue = async (namespace: string, ...args: readonly string[]): Promise<string> => (await cluster.must(['-n', namespace, 'create', 'token', 'reader', ...args])).trim();
  function decisions(path: string, bearer?: string): Promise<{ status: number; text: string }> {
    const server = gatehouse as Gatehouse;
    return new Promise((resolve, reject) => {
      request(`${server.opsUrl}${path}`, { ca: server.ca, agent: false, headers: { accept: 'application/json', ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) } }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      }).on('error', reject).end();
    });
  }

  test('holders of the right see their namespace, and no other', async () => {
    const [a, b] = [await issue('team-a', '--audience=decisions.gatehouse.dev'), await issue('team-b', '--audience=decisions.gatehouse.dev')];
    const seen = await decisions('/decisions?namespace=team-b', b);
    expect([seen.status, seen.text.includes('"proof":"certificate"')]).toEqual([200, true]);
    const statuses = [];
    for (const [path, bearer] of [['/decisions?namespace=team-b', a], ['/decisions', b], ['/decisions?namespace=team-a', a], ['/decisions', undefined]] as const) statuses.push((await decisions(path, bearer)).status);
    expect(statuses).toEqual([403, 403, 200, 401]);
  });

  test('a token for the API server itself does not count', async () => {
    expect((await decisions('/decisions?namespace=team-b', await issue('team-b'))).status).toBe(401);
  });
});
