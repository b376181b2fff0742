import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Load } from '../../../src/surfaces/http/shares/load.ts';
import { HTTP_TIMES } from '../../../src/surfaces/http/server.ts';
import { createOpsServer } from '../../../src/surfaces/ops/index.ts';
import { until } from '../../support/patience.ts';
import { admission, podReview, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const running: TestServer[] = [];
afterEach(async () => { for (const server of running.splice(0)) { server.app.server.closeAllConnections(); await server.app.close(); } });

async function serve(over: Parameters<typeof serveSurfaces>[1] = {}): Promise<TestServer> {
  const server = await serveSurfaces((review) => Promise.resolve(admission(review)), over);
  running.push(server);
  return server;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function open(port: number, from = '127.0.0.1'): TLSSocket {
  const socket = connectPlain({ port, host: '127.0.0.1', localAddress: from }).on('error', () => undefined);
  return connect({ socket, rejectUnauthorized: false }).on('error', () => undefined);
}

describe('limits of the server', () => {
  it('R18 idle connections above the limit are closed, and service recovers when they leave', async () => {
    const { port, app, post } = await serve();
    app.server.maxConnections = 20;
    const idle = Array.from({ length: 60 }, () => open(port));
    await until(() => idle.filter((socket) => !socket.destroyed).length <= 20);
    for (const socket of idle) socket.destroy();
    await until(() => post(podReview()).then(({ status }) => status === 200, () => false));
  });

  it('R18 connections on which nobody speaks are closed: without a handshake, within one, and after it', async () => {
    const { port } = await serve();
    const whole = open(port);
    const sockets = [connectPlain({ port, host: '127.0.0.1' }), connectPlain({ port, host: '127.0.0.1' }), whole];
    sockets[1]?.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    const closed = sockets.map(async (socket) => {
      socket.resume().on('error', () => undefined);
      await once(socket, 'close');
    });
    await expect(Promise.race([Promise.all(closed), new Promise((_, late) => setTimeout(() => late(new Error('still open')), HTTP_TIMES.handshake + HTTP_TIMES.check + 60_000))])).resolves.toHaveLength(3);
  });

  it('R11 bodies are not read once too many bytes are announced, and the budget is given back', async () => {
    const { port, post, deps } = await serve();
    const head = `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${deps.limits.bodyBytes}\r\n\r\n`;
    const large = podReview({ object: { padding: 'x'.repeat(deps.limits.bodyBytes / 2) } });
    const slow = Array.from({ length: 24 }, () => open(port));
    await Promise.all(slow.map((socket) => once(socket, 'secureConnect')));
    for (const socket of slow) socket.write(head);
    // Three quarters of what fits: all that one address gets.
    await until(() => deps.load.bufferedBytes === 24 * deps.limits.bodyBytes);
    const answer = await post(large);
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'ENGINE_OVERLOADED' });
    // S4: small ones of the same address still fit, and large ones of another.
    expect((await post(podReview())).status).toBe(200);
    const other = open(port, '127.0.0.2');
    await once(other, 'secureConnect');
    other.write(head);
    await until(() => deps.load.bufferedBytes === 25 * deps.limits.bodyBytes);
    for (const socket of [...slow, other]) socket.destroy();
    await until(() => deps.load.bufferedBytes === 0);
    expect((await post(large)).status).toBe(200);
  });

  it('S4: half bodies of many addresses keep out nobody who sends little', async () => {
    const { post, deps, port } = await serve();
    const most = 32 * deps.limits.bodyBytes;
    const sockets: TLSSocket[] = [];
    // Each takes nearly all that the ones before have left, down to bodies of a few bytes.
    for (let address = 1; address <= 8; address += 1) {
      const some = Array.from({ length: 40 }, () => open(port, `127.0.4.${address}`));
      await Promise.all(some.map((socket) => once(socket, 'secureConnect')));
      const [left, refused] = [most - deps.load.bufferedBytes, { count: 0 }];
      const bytes = Math.max(2, Math.floor(Math.min(deps.limits.bodyBytes, left / 24)));
      for (const socket of some) {
        socket.once('data', () => { refused.count += 1; });
        socket.write(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n{`);
      }
      sockets.push(...some);
      // All of them have been counted, or have made others leave, or have been told that there is no room.
      await until(() => most - deps.load.bufferedBytes < left || refused.count > 0);
    }
    await until(() => deps.load.bufferedBytes / most > 0.9);
    for (let time = 0; time < 5; time += 1) expect((await post(podReview({ object: { padding: 'x'.repeat(2000) } }))).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(() => deps.load.bufferedBytes === 0);
  });

  it('S4: whoever gives way to others is told so, and what it goes on to send is forgotten', async () => {
    const { deps, port } = await serve();
    const slow = open(port, '127.0.4.1');
    await once(slow, 'secureConnect');
    const body = JSON.stringify(podReview({ object: { padding: 'x'.repeat(deps.limits.bodyBytes / 2) } }));
    const answered = once(slow, 'data');
    slow.write(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`);
    await until(() => deps.load.bufferedBytes === body.length);
    // Senders of a little less each, until there is no room: it is the one with most that gives way.
    const others = Array.from({ length: 80 }, (_, index) => deps.load.read(`10.0.0.${index}`, body.length - 1, () => undefined));
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 503 /);
    const after = once(slow, 'data');
    slow.write(`${body.slice(-1)}POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n`);
    expect(String((await after)[0]), 'the next request of its connection').toMatch(/^HTTP\/1\.1 415 /);
    slow.destroy();
    // Who would have as much as everybody else finds no room, and pushes nobody out.
    expect([others[0] !== undefined, others.at(-1)]).toEqual([true, undefined]);
    for (const end of others) end?.();
    expect(deps.load.bufferedBytes).toBe(0);
  });

  it.each([[20, false], [3, true]])('S4: what waits in %i lanes leaves an eighth for reading', (lanes, more) => {
    const load = new Load(64 * 1024);
    for (let lane = 0; lane < lanes; lane += 1) while (load.wait(`lane ${lane}`, 32 * 1024) !== undefined);
    expect(load.bufferedBytes).toBeLessThanOrEqual(28 * 64 * 1024);
    expect(load.wait('another', 32 * 1024) !== undefined).toBe(more);
    expect(load.read('an address', 64 * 1024, () => undefined)).toBeDefined();
  });

  it('a header that never ends, and a body that is cut short, cost nothing for long', async () => {
    const { port, deps } = await serve();
    const socket = open(port);
    await once(socket, 'secureConnect');
    socket.write(`POST /validate HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 431/);
    const cut = open(port);
    await once(cut, 'secureConnect');
    cut.resume().end('POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    await once(cut, 'close');
    await until(() => deps.load.inFlight === 0 && deps.load.bufferedBytes === 0);
  });
});

describe('operations port', () => {
  it.each([1, 40])('M7: connections of %i addresses that say nothing keep no probe out, and take no more of the process than a few', async (addresses) => {
    const server = createOpsServer({ fault: () => undefined, conditions: () => [], scrape: () => Promise.resolve({ text: '', contentType: 'text/plain' }) });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const sockets = Array.from({ length: 800 }, (_, index) => connectPlain({ port, host: '127.0.0.1', localAddress: `127.0.5.${1 + (index % addresses)}` }).on('error', () => undefined).resume());
    const open = (): number => sockets.filter((socket) => !socket.destroyed).length;
    await until(() => open() <= 256);
    const probe = await new Promise<string>((done) => {
      const socket = connectPlain({ port, host: '127.0.0.1', localAddress: '127.0.6.1' }).on('error', () => done('')).on('close', () => done(''));
      socket.on('data', (chunk) => done(String(chunk))).write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    expect(probe).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of sockets) socket.destroy();
    await server.close();
  });

  const ops = createOpsServer({ fault: () => undefined, conditions: () => [{ name: 'policies', ok: false, reason: 'none' }, { name: 'serving', ok: true }], scrape: () => Promise.resolve({ text: 'm 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' }) });

  it('is alive while it is not ready, and says why it is not', async () => {
    expect((await ops.inject('/livez')).statusCode).toBe(200);
    const ready = await ops.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ ready: false, conditions: [{ name: 'policies', ok: false, reason: 'none' }, { name: 'serving', ok: true }] });
    expect((await ops.inject('/metrics')).body).toBe('m 1\n');
  });

  it.each(['/validate', '/decisions', '/debug/pprof', '/', '/livez/', '//livez', '/env'])('L06 %s is not there', async (path) => {
    expect((await ops.inject({ method: 'POST', url: path })).statusCode).toBe(404);
    expect((await ops.inject(path)).statusCode).toBe(404);
  });
});

describe('process', () => {
  const script = (body: string): string => {
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-process-')), 'run.ts');
    writeFileSync(file, `
import { serve } from '${root}src/main.ts';
import { checkConfig } from '${root}src/platform/config/config.ts';
const checked = checkConfig('host: 127.0.0.1\\nport: 0\\nopsPort: 0\\ndrain: 0\\n', '', { policies: ['${root}policies'] });
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
await serve(checked.config, { devCert: [], compile: () => ({ problems: [] }), admit: () => { ${body} return () => Promise.reject(new Error('never')); } });
process.exit(0);
`);
    return file;
  };

  it.each([
    ['an exception nobody caught', "setTimeout(() => { throw new Error('boom'); }, 100);"],
    ['a rejection nobody handled', "void Promise.reject(new Error('boom'));"],
  ])('L07 %s ends it with 1 and a reason', (_name, body) => {
    const run = spawnSync(process.execPath, [script(body)], { encoding: 'utf8', timeout: 100_000 });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('boom');
  });

  it('R19 a log pipe (FIFO) that nobody reads does not keep it from ending', async () => {
    const file = script("setInterval(() => { if (process.listenerCount('SIGTERM') > 0) process.getBuiltinModule('node:fs').writeFileSync(import.meta.filename + '.up', ''); }, 50);");
    const child = spawn('sh', ['-c', `"$0" "$1" | sleep 120`, process.execPath, file], { stdio: 'ignore', detached: true });
    try {
      await until(() => existsSync(`${file}.up`), 'the server did not start');
      // The group was started by this test: node and sleep.
      const pid = Number(spawnSync('pgrep', ['-g', String(child.pid), '-f', file.replaceAll('.', '\\.')], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1));
      expect(pid).toBeGreaterThan(0);
      process.kill(pid, 'SIGTERM');
      await until(() => !isAlive(pid), 'the server is still running');
    } finally {
      process.kill(-Number(child.pid), 'SIGKILL');
    }
  });

  it('bin/gatehouse.js tells an old Node what is needed', () => {
    const bin = `${root}bin/gatehouse.js`;
    const run = spawnSync(process.execPath, ['-e', `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } }); process.env.GATEHOUSE_NODE = 'own'; await import('${bin}');`, '--input-type=module'], { encoding: 'utf8' });
    expect(run.stderr).toContain('needs Node 24.15');
    expect(run.status).toBe(64);
  });
});
