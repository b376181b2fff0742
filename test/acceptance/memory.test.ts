import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { until } from '../support/patience.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** The server as it is shipped, in a process of its own with the manifest's settings of the heap, against all the memory one tenant can make it take. */

const MANIFESTS = fileURLToPath(new URL('../../deploy/manifests/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url));
const MIB = 1024 * 1024;

interface Container { readonly env?: readonly { readonly name: string; readonly value: string }[]; readonly resources: { readonly limits: { readonly memory: string } } }
function shippedContainer(): Container {
  const documents = parseAllDocuments(readFileSync(join(MANIFESTS, 'install.yaml'), 'utf8')).map((document) => document.toJS() as { kind?: string; spec?: { template?: { spec?: { containers: Container[] } } } } | null);
  const container = documents.find((document) => document?.kind === 'Deployment')?.spec?.template?.spec?.containers[0];
  if (container === undefined) throw new Error('the manifest has no Deployment with a container');
  return container;
}

interface Shipped { readonly child: ChildProcess; readonly port: number; readonly opsPort: number; peakMiB(): number; stop(): Promise<void> }

async function startShipped(policies: string, registries: readonly string[]): Promise<Shipped> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-memory-'));
  writeFileSync(join(folder, 'policies.yaml'), policies);
  const ops = 20_000 + (process.pid % 20_000);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ host: '127.0.0.1', port: 0, opsPort: ops, drain: '0s', plainHttp: registries, kubernetes: { enabled: false } }));
  const environment = Object.fromEntries((shippedContainer().env ?? []).map(({ name, value }) => [name, value]));
  const log = join(folder, 'log.jsonl');
  const out = openSync(log, 'w');
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--config', join(folder, 'config.json'), '-p', join(folder, 'policies.yaml'), '--dev-cert'], { stdio: ['ignore', out, out], env: { ...process.env, ...environment } });
  const serving = (): { port: number } | undefined => {
    const line = readFileSync(log, 'utf8').split('\n').find((text) => text.includes('"serving"'));
    return line === undefined ? undefined : JSON.parse(line) as { port: number };
  };
  await until(() => serving() !== undefined || child.exitCode !== null, 'the server did not start');
  return {
    child,
    port: serving()?.port ?? 0,
    opsPort: ops,
    peakMiB: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    async stop() {
      child.kill('SIGKILL');
      await until(() => child.exitCode !== null || child.signalCode !== null);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const world = createWorld({ now: Date.now() });
const key = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => { for (const close of closing.splice(0).reverse()) await close(); });

function sized(bytes: number, host: string, more: { namespace: string; filler?: string; escaped?: boolean; kind?: 'enforced' | 'audited' }): Buffer {
  const images = Array.from({ length: 41 }, () => `${host}/${more.kind ?? 'enforced'}/app@sha256:${randomBytes(32).toString('hex')}`);
  const empty = JSON.stringify(podReview({ images, namespace: more.namespace, username: 'mallory', dryRun: true, annotations: { filler: '' } }));
  const filler = (more.filler ?? 'x').repeat(Math.floor((bytes - empty.length) / Buffer.byteLength(more.filler ?? 'x')));
  const text = empty.replace('"filler":""', `"filler":"${filler}"`);
  return Buffer.from(more.escaped === true ? text.replace('"filler"', '"\\u0066iller"') : text);
}

/** Sends and gives the status, or 0 when the connection broke; `allowed` is that of a review that was answered. */
function post(port: number, body: Buffer): { readonly done: Promise<{ readonly status: number; readonly allowed?: boolean }>; leave(): void } {
  const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/validate?timeout=30s', headers: { 'content-type': 'application/json', 'content-length': body.length }, rejectUnauthorized: false, agent: false });
  const done = new Promise<{ status: number; allowed?: boolean }>((resolve) => {
    call.on('error', () => resolve({ status: 0 }));
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve({ status: response.statusCode ?? 0, allowed: text.includes('"allowed":true') })).on('error', () => resolve({ status: 0 }));
    });
  });
  call.end(body);
  return { done, leave: () => void call.destroy() };
}

async function inFlight({ opsPort }: Shipped): Promise<number> {
  return Number(/^gatehouse_requests_in_flight (\d+)$/m.exec(await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text())?.[1]);
}

describe('S4: what waits does not fill the memory', () => {
  test('S4: reviews of 41 slow images at 7.5 MB and at 2.85 MB, enforced and audited: it lives, within the container, and answers the others', async () => {
    const registry: TestRegistry = await startRegistry();
    const hanging: TestRegistry = await startRegistry();
    hanging.fault({ path: /^\/v2\//, behaviour: { kind: 'hang' } });
    closing.push(() => registry.close(), () => hanging.close());
    const image = makeImage();
    await push(registry, 'acme/app', image);
    await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
    const require = [{ name: 'signed', signature: { by: ['alice'] } }];
    const server = await startShipped(
      document('Signer', 'alice', { identities: [{ key: { data: key.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'enforced', { artifacts: [{ image: `${registry.host}/acme/**` }, { image: `${hanging.host}/enforced/**` }], require })
      + document('ClusterArtifactPolicy', 'audited', { artifacts: [{ image: `${hanging.host}/audited/**` }], require, mode: 'audit' }),
      [registry.host, hanging.host],
    );
    closing.push(() => server.stop());
    const victim = Buffer.from(JSON.stringify(podReview({ images: [`${registry.host}/acme/app@${image.digest}`], namespace: 'team' })));
    const others = async (): Promise<void> => { expect(await post(server.port, victim).done).toEqual({ status: 200, allowed: true }); };
    await others();

    const bodies = [
      ...Array.from({ length: 4 }, (_, index) => sized(7.5 * MIB, hanging.host, { namespace: `evil-${index}` })),
      // A key that is written with an escape is read in another way, which cuts its texts out of the body; and letters of two bytes.
      sized(7.5 * MIB, hanging.host, { namespace: 'evil-0', escaped: true }),
      sized(7.5 * MIB, hanging.host, { namespace: 'evil-1', filler: 'ж' }),
      sized(2.85 * MIB, hanging.host, { namespace: 'evil-2' }),
      sized(2.85 * MIB, hanging.host, { namespace: 'evil-3', kind: 'audited' }),
    ];
    const calls: ReturnType<typeof post>[] = [];
    let waited = 0;
    for (let wave = 0; wave < 15; wave += 1) {
      const sent = bodies.map((body) => post(server.port, body));
      calls.push(...sent);
      // The next ones come when these have been read, or refused.
      await others();
      waited = Math.max(waited, await inFlight(server));
    }
    expect([server.child.exitCode, server.child.signalCode]).toEqual([null, null]);
    expect(server.peakMiB()).toBeLessThan(1024);
    expect(shippedContainer().resources.limits.memory).toBe('1Gi');
    expect(shippedContainer().env).toContainEqual({ name: 'NODE_OPTIONS', value: expect.stringContaining('--max-old-space-size=256') as string });
    // They do wait: nothing of this is so because all were refused.
    expect(waited).toBeGreaterThan(10);
    for (const { leave } of calls) leave();
    await until(async () => (await inFlight(server)) === 0);
    await others();
  });
});
