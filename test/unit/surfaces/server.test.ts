import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../../src/platform/config/config.ts';
import type { ConfigFlags } from '../../../src/platform/config/config.ts';
import { startServer } from '../../../src/main.ts';
import type { RunningServer, ServerOverrides } from '../../../src/main.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { createWorld } from '../../world/world.ts';
import { writeCertificate } from '../platform/support/certificates.ts';
import { admission, podReview } from './support.ts';
import { until } from '../../support/patience.ts';

const world = createWorld({ now: Date.now() });
const key = world.key();
const image = makeImage();
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await push(registry, 'acme/app', image, ['v1']);
  await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })), { fallbackTag: true });
  return () => registry.close();
});

const running: RunningServer[] = [];
afterEach(async () => { for (const server of running.splice(0)) await server.close(); });

const policy = (mode: string, pem = key.publicKeyPem): string => `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: release}
spec:
  identities:
    - key:
        data: |
${pem.trim().split('\n').map((line) => `          ${line}`).join('\n')}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: acme}
spec:
  artifacts: [{image: "${registry.host}/acme/**"}]
  mode: ${mode}
  require:
    - {name: signed by release, signature: {by: [release]}}
`;

function folderWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-server-'));
  writeFileSync(join(folder, 'policy.yaml'), text);
  return folder;
}

async function start(folder: string, flags: ConfigFlags = {}, overrides: ServerOverrides = {}) {
  const checked = checkConfig(`host: 127.0.0.1\nport: 0\nopsPort: 0\ndrain: 0\nworkers: 1\nplainHttp: ["${registry.host}"]\n`, '', { policies: [folder], ...flags });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const lines: string[] = [];
  const logStream = new Writable({ write: (chunk, _encoding, done) => { lines.push(String(chunk)); done(); } });
  const server = await startServer(checked.config, { devCert: [], logStream, pollMs: 50, anyOpsPort: true, ...overrides });
  running.push(server);
  const ops = async (path: string, headers: Record<string, string> = {}) => { const answer = await fetch(`http://127.0.0.1:${server.opsPort}${path}`, { headers }); return { status: answer.status, text: await answer.text() }; };
  return { server, ops, lines, review: (options: { dryRun?: boolean; image?: string; agent?: Agent } = {}) => review(server, options) };
}

function review(server: RunningServer, { dryRun = false, image: reference = `${registry.host}/acme/app@${image.digest}`, agent }: { dryRun?: boolean; image?: string; agent?: Agent }): Promise<any> {
  const body = JSON.stringify(podReview({ dryRun, object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: reference }] } } }));
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/validate?timeout=30s', headers: { 'content-type': 'application/json' }, ...(server.developmentCertificate === undefined ? { rejectUnauthorized: false } : { ca: server.developmentCertificate }), agent: agent ?? false }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve(JSON.parse(text).response));
    });
    call.on('error', reject);
    call.end(body);
  });
}

describe('server', () => {
  it('admits what is signed, denies what is not, and says so in log, metrics and pages', async () => {
    const { review: ask, ops, lines, server } = await start(folderWith(policy('enforce')));
    expect(await ask()).toMatchObject({ allowed: true });
    const denied = await ask({ image: `${registry.host}/other/app@${image.digest}` });
    expect(denied).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(denied.status.message).toContain('SELECT_NO_POLICY');
    const log = lines.map((line) => JSON.parse(line) as { msg: string; outcome?: string }).filter((line) => line.msg === 'decision');
    expect(log.map((line) => line.outcome)).toEqual(['admit', 'deny']);
    const metrics = (await ops('/metrics')).text;
    expect(metrics).toMatch(/gatehouse_admission_decisions_total\{surface="webhook",decision="admit",verdict="satisfied",kind="Pod"\} 1/);
    for (const name of ['gatehouse_policy_ready 1', 'gatehouse_build_info{', 'gatehouse_policy_generation_info{', 'nodejs_eventloop_lag_seconds', 'gatehouse_evidence_requests']) expect(metrics).toContain(name);
    expect(metrics).not.toContain(registry.host);
    expect((await ops('/livez')).status).toBe(200);
    expect(JSON.parse((await ops('/readyz')).text)).toMatchObject({ ready: true });
    expect((await ops('/decisions')).status).toBe(404);
    const page = await new Promise<number>((resolve) => httpsRequest({ host: '127.0.0.1', port: server.port, path: '/decisions', rejectUnauthorized: false, agent: false }, (response) => { response.resume(); resolve(response.statusCode ?? 0); }).end());
    expect(page).toBe(404);
  });

  it('S8: shows decisions on the operations port once they are switched on, with the mark of callers who showed nothing', async () => {
    const { review: ask, ops, lines } = await start(folderWith(policy('enforce')), { decisions: { enabled: true } });
    await ask();
    expect((await ops('/decisions')).text).toContain('unverified');
    expect(lines.some((line) => line.includes('"msg":"decision"') && line.includes('"proof":"none"'))).toBe(true);
    expect((await ops('/metrics')).text).toContain('gatehouse_callers_total{surface="webhook",proof="none"} 1');
  });

  it('H13 a dry run is decided alike and logged, but not kept', async () => {
    const { review: ask, lines, ops } = await start(folderWith(policy('enforce')), { decisions: { enabled: true } });
    expect(await ask({ dryRun: true })).toMatchObject({ allowed: true });
    expect(lines.some((line) => line.includes('"dryRun":true'))).toBe(true);
    const list = (await ops('/decisions', { accept: 'application/json' })).text;
    expect(JSON.parse(list)).toMatchObject({ items: [] });
  });

  it('takes up changed policies without restart and keeps the last good ones when they break', async () => {
    const folder = folderWith(policy('enforce', world.key().publicKeyPem));
    const { review: ask, ops, lines } = await start(folder);
    expect((await ask()).status.message).toContain('VERIFY_SIGNER_UNTRUSTED');
    writeFileSync(join(folder, 'policy.yaml'), policy('enforce'));
    await until(async () => (await ask()).allowed === true);
    writeFileSync(join(folder, 'policy.yaml'), 'kind: Nonsense\n');
    await until(async () => (await ops('/metrics')).text.includes('gatehouse_policy_reload_failures_total 1'));
    expect((await ask()).allowed).toBe(true);
    expect((await ops('/readyz')).status).toBe(200);
    expect(lines.some((line) => line.includes('new policies refused') && line.includes('policy.yaml'))).toBe(true);
  });

  it('R08 R20 started with a broken set it is up, not ready, undetermined, and recovers', async () => {
    const folder = folderWith(policy('enforce').replace('mode: enforce', 'mode: enforce\n  forbidEverything: true'));
    const { review: ask, ops } = await start(folder);
    expect(await ask()).toMatchObject({ allowed: false, status: { code: 503 } });
    expect((await ops('/readyz')).status).toBe(503);
    expect((await ops('/readyz')).text).toContain('policies');
    expect((await ops('/livez')).status).toBe(200);
    writeFileSync(join(folder, 'policy.yaml'), policy('enforce'));
    await until(async () => (await ops('/readyz')).status === 200);
    expect((await ask()).allowed).toBe(true);
  });

  it('L09 replaces its certificate without restart, and reports its expiry', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    await writeCertificate(files);
    const { server, ops } = await start(folderWith(policy('enforce')), { tls: files }, { devCert: undefined as never });
    const serial = () => new Promise<string>((resolve, reject) => {
      const call = httpsRequest({ host: '127.0.0.1', port: server.port, path: '/decisions', rejectUnauthorized: false, agent: false }, (response) => {
        resolve((response.socket as import('node:tls').TLSSocket).getPeerX509Certificate()?.serialNumber ?? '');
        response.destroy();
      });
      call.on('error', reject).end();
    });
    const before = await serial();
    expect((await ops('/metrics')).text).toMatch(/gatehouse_tls_expiry_seconds 2[0-9]{6}/);
    await writeCertificate(files);
    await until(async () => (await serial()) !== before);
  });

  it('refuses to start without a certificate, and with a port in use', async () => {
    await expect(start(folderWith(policy('enforce')), {}, { devCert: undefined as never })).rejects.toThrow(/tls/);
    const { server } = await start(folderWith(policy('enforce')));
    await expect(start(folderWith(policy('enforce')), { port: server.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('R13 stops under load without a failed request: unready at once, then drained', async () => {
    const { server, ops } = await start(folderWith(policy('enforce')), { drain: '4s' }, {
      admit: () => async (asked) => { await new Promise((done) => setTimeout(done, 20)); return admission(asked); },
    });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    const failures: unknown[] = [];
    let answered = 0;
    let stop = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!stop) await review(server, { agent }).then(() => { answered += 1; }, (cause: NodeJS.ErrnoException) => { if (!stop) failures.push(cause); });
    });
    await new Promise((done) => setTimeout(done, 200));
    // The endpoint is gone from the load balancer after 200 ms: callers stop then, well inside the drain time.
    running.splice(running.indexOf(server), 1);
    const closing = server.close();
    await until(async () => (await ops('/readyz')).status === 503);
    await new Promise((done) => setTimeout(done, 200));
    stop = true;
    await Promise.all(load);
    await closing;
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(8);
    agent.destroy();
    await expect(review(server, {})).rejects.toThrow();
  });

  it('a roll loses no request: callers with kept connections are sent on, for longer than it takes the endpoints to change', async () => {
    const admit: ServerOverrides['admit'] = () => async (asked) => { await new Promise((done) => setTimeout(done, 10)); return admission(asked); };
    const { server: old } = await start(folderWith(policy('enforce')), { drain: '2s' }, { admit });
    const endpoints = [old.port];
    const ports: number[] = [];
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    const choose = agent.createConnection.bind(agent);
    agent.createConnection = ((options: object, done: () => void) => {
      const port = endpoints[ports.length % endpoints.length] ?? 0;
      ports.push(port);
      return choose({ ...options, port } as never, done);
    }) as never;
    const failures: unknown[] = [];
    let answered = 0;
    let stop = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!stop) await review(old, { agent }).then(() => { answered += 1; }, (cause: unknown) => { failures.push(cause); });
    });
    await until(() => answered > 50);
    const { server: fresh } = await start(folderWith(policy('enforce')), {}, { admit });
    endpoints.push(fresh.port);
    running.splice(running.indexOf(old), 1);
    const closing = old.close();
    // The endpoint goes a while after the server was told to stop: until then callers still choose it.
    await new Promise((done) => setTimeout(done, 500));
    endpoints.shift();
    await closing;
    const before = answered;
    await until(() => answered > before + 50);
    stop = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(ports).toContain(fresh.port);
    agent.destroy();
  });

  it('M7: it is not ready while it lets nobody in, and ready when there is room', async () => {
    const { ops, server } = await start(folderWith(policy('enforce')), { 'limits.connections': 16 });
    const sockets = Array.from({ length: 24 }, (_, index) => connect({ port: server.port, host: '127.0.0.1', localAddress: `127.0.0.${2 + index}` }).on('error', () => undefined));
    await until(async () => (await ops('/readyz')).text.includes('limits.connections'));
    expect((await ops('/readyz')).status).toBe(503);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await ops('/readyz')).status === 200);
    expect((await ops('/metrics')).text).toMatch(/^gatehouse_connections_refused_total [1-9]/m);
  });
});
