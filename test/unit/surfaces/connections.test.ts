import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:https';
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Connections } from '../../../src/surfaces/http/shares/connections.ts';
import type { ConnectionRules } from '../../../src/surfaces/http/shares/connections.ts';
import { until } from '../../support/patience.ts';
import { admission, podReview, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const running: TestServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of running.splice(0)) { server.app.server.closeAllConnections(); await server.app.close(); }
});

interface Scene extends TestServer { readonly connections: Connections; readonly clock: { ms: number } }

async function serve(rules: Partial<ConnectionRules> = {}, over: Parameters<typeof serveSurfaces>[1] = {}): Promise<Scene> {
  const clock = { ms: 0 };
  const connections = new Connections({ most: 64, ageMs: 30_000, now: () => clock.ms, random: () => 0.5, ...rules });
  const server = await serveSurfaces((review) => Promise.resolve(admission(review)), { ...over, connections });
  running.push(server);
  return { ...server, connections, clock };
}

/** A connection that says nothing, not even hello; `from` is any address of the loopback interface. */
function silent(port: number, from = '127.0.0.1'): Socket {
  const socket = connectPlain({ port, host: '127.0.0.1', localAddress: from }).on('error', () => undefined);
  sockets.push(socket);
  return socket.resume();
}

/** A review over a new connection from an address: the status, or 0 when nobody answered. */
function postFrom(port: number, from: string): Promise<number> {
  const body = JSON.stringify(podReview());
  return new Promise((resolve) => {
    const plain = connectPlain({ port, host: '127.0.0.1', localAddress: from }).on('error', () => resolve(0));
    const socket = connect({ socket: plain, rejectUnauthorized: false }).on('error', () => resolve(0)).on('close', () => resolve(0));
    sockets.push(socket);
    socket.on('data', (chunk) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(String(chunk))?.[1] ?? 0)));
    socket.write(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}

describe('M7: one address does not take the port from the others', () => {
  it('M7: 4300 silent connections of one address leave room for new callers', async () => {
    const { port, connections } = await serve({ most: 4096 });
    for (let batch = 0; batch < 43; batch += 1) {
      const hundred = Array.from({ length: 100 }, () => silent(port, '127.0.0.9'));
      await Promise.all(hundred.map((socket) => once(socket, 'connect').catch(() => undefined)));
    }
    await until(() => connections.open + connections.refused === 4300);
    expect([connections.open, connections.full]).toEqual([3072, false]);
    const callers = await Promise.all(Array.from({ length: 15 }, (_, index) => postFrom(port, `127.0.1.${index + 1}`)));
    expect(callers).toEqual(callers.map(() => 200));
    // It has its share, whether it speaks or not.
    expect(await postFrom(port, '127.0.0.9')).toBe(0);
  });

  it('M7: as long as there is room an address may have it', async () => {
    const { port, connections } = await serve();
    for (let index = 0; index < 47; index += 1) silent(port);
    await until(() => connections.open === 47);
    expect([await postFrom(port, '127.0.0.1'), connections.refused]).toEqual([200, 0]);
  });

  it('M7: three addresses together leave room for a fourth', async () => {
    const { port, connections } = await serve();
    for (let index = 0; index < 64 * 3; index += 1) silent(port, `127.0.0.${2 + Math.floor(index / 64)}`);
    await until(() => connections.open + connections.refused === 64 * 3);
    expect(connections.full).toBe(false);
    expect(await postFrom(port, '127.0.0.5')).toBe(200);
  });

  it('M7: when it is nearly full whoever says nothing for two seconds leaves, and whoever asked something stays', async () => {
    const { port, connections, clock, post } = await serve({ most: 16 });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    expect((await post(podReview(), { agent })).status).toBe(200);
    const quiet = Array.from({ length: 10 }, (_, index) => silent(port, `127.0.0.${10 + index}`));
    await until(() => connections.open === 11);
    clock.ms += 2001;
    connections.sweep();
    expect(quiet.every((socket) => !socket.destroyed), 'there is room').toBe(true);
    const late = silent(port, '127.0.0.30');
    await until(() => connections.open === 12);
    connections.sweep();
    // The one that asked, and the one that came a moment ago.
    await until(() => connections.open === 2);
    expect([quiet.every((socket) => socket.destroyed), late.destroyed]).toEqual([true, false]);
    expect((await post(podReview(), { agent })).headers.connection).toBe('keep-alive');
    agent.destroy();
  });

  /** What many addresses hold: each as many as the ones before have left, and all of them in the middle of a question. */
  async function crowd(port: number, addresses: number, each: number): Promise<readonly Socket[]> {
    const all: Socket[] = [];
    for (let address = 0; address < addresses; address += 1) {
      const some = Array.from({ length: each }, () => {
        const plain = connectPlain({ port, host: '127.0.0.1', localAddress: `127.0.2.${address + 1}` }).on('error', () => undefined);
        const socket = connect({ socket: plain, rejectUnauthorized: false }).on('error', () => undefined);
        sockets.push(plain);
        socket.write('POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{');
        return socket.resume();
      });
      all.push(...some);
      await Promise.all(some.map((socket) => Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined)));
    }
    return all;
  }

  it('M7: many addresses that each take what is left keep out nobody who has fewer connections', async () => {
    const { port, connections } = await serve();
    await crowd(port, 8, 64);
    expect(connections.open).toBeGreaterThanOrEqual(62);
    for (let index = 1; index <= 6; index += 1) expect(await postFrom(port, `127.0.3.${index}`)).toBe(200);
    // Nobody has a place for having many addresses: whoever has as many as the others waits for one of them to leave.
    const before = connections.refused;
    await crowd(port, 1, 64);
    expect(connections.refused).toBeGreaterThan(before);
  });

  it('M7: connections of proven callers never have to leave, however many there are', async () => {
    const callers = { provable: true, opened: () => undefined, hasPathToken: () => false, of: ({ socket }: { socket: { remoteAddress?: string } }) => ({ proof: socket.remoteAddress === '127.0.0.1' ? 'certificate' : 'none', credentials: 'none' }) } as never;
    const { port, connections, post } = await serve({}, { callers });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    await Promise.all(Array.from({ length: 40 }, () => post(podReview(), { agent })));
    const open = connections.open;
    await crowd(port, 12, 24);
    expect(connections.refused).toBeGreaterThan(0);
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(podReview(), { agent })));
    expect([answers.map(({ status }) => status), connections.open >= open]).toEqual([answers.map(() => 200), true]);
    agent.destroy();
  });

  it('M7: when all are taken it says so, to readiness too', async () => {
    const { port, connections } = await serve({ most: 16 });
    for (let index = 0; index < 32; index += 1) silent(port, `127.0.0.${10 + index}`);
    await until(() => connections.open + connections.refused === 32);
    expect([connections.open, connections.full]).toEqual([16, true]);
    for (const socket of sockets.splice(0, 20)) socket.destroy();
    await until(() => !connections.full);
    expect(await postFrom(port, '127.0.0.99')).toBe(200);
  });
});

describe('a connection has an age', () => {
  it('each of two servers behind one pool of kept connections has its share within a minute', async () => {
    const servers = [await serve({ random: Math.random }), await serve({ random: Math.random })] as const;
    const served = [0, 0];
    // The second replica comes later: by then all connections are kept to the first one.
    let reachable = 1;
    let turn = 0;
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 8 });
    const choose = agent.createConnection.bind(agent);
    agent.createConnection = ((options: object, done: () => void) => choose({ ...options, port: servers[turn++ % reachable]?.port } as never, done)) as never;
    const second = async (): Promise<void> => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => servers[0].post(podReview(), { agent })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      for (const { clock } of servers) clock.ms += 1000;
    };
    const count = (): number[] => servers.map(({ connections }) => connections.open);
    await second();
    expect(count()).toEqual([8, 0]);
    reachable = 2;
    for (let passed = 0; passed < 60; passed += 1) {
      await second();
      if (passed >= 30) count().forEach((open, index) => { served[index] = (served[index] ?? 0) + open; });
    }
    const [one = 0, two = 0] = served;
    expect(Math.min(one, two) / (one + two)).toBeGreaterThan(0.25);
    agent.destroy();
  });

  it('ends not before half of it, and then with an answer that says so', async () => {
    const { post, clock } = await serve({ random: () => 0 });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    const kept = async (): Promise<string | undefined> => (await post(podReview(), { agent })).headers.connection;
    expect(await kept()).toBe('keep-alive');
    clock.ms = 14_999;
    expect(await kept()).toBe('keep-alive');
    clock.ms = 15_000;
    expect(await kept()).toBe('close');
    expect(await kept(), 'a new one').toBe('keep-alive');
    agent.destroy();
  });

  it.each([['a refusal', '/nowhere', 404], ['what is on another port', '/decisions', 404], ['a review that is none', '/validate', 400]])('ends with %s as well, also while draining', async (_what, path, status) => {
    const draining = { now: false };
    const { post, clock } = await serve({}, { draining: () => draining.now });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    const ask = async (): Promise<unknown> => { const answer = await post('{}', { path, agent }); return [answer.status, answer.headers.connection]; };
    expect(await ask()).toEqual([status, 'keep-alive']);
    clock.ms = 30_000;
    expect(await ask()).toEqual([status, 'close']);
    expect(await ask()).toEqual([status, 'keep-alive']);
    draining.now = true;
    expect(await ask()).toEqual([status, 'close']);
    agent.destroy();
  });

  /** Connections from addresses that the loopback interface does not have. */
  function pretended(): { readonly connections: Connections; arrive(remoteAddress: string, times: number): void } {
    const connections = new Connections({ most: 16, ageMs: 30_000 });
    const server = new EventEmitter();
    connections.guard(server as never);
    server.emit('close');
    let remotePort = 0;
    return {
      connections,
      arrive(remoteAddress, times) {
        for (let time = 0; time < times; time += 1) server.emit('connection', Object.assign(new EventEmitter(), { remoteAddress, remotePort: remotePort += 1, destroy: () => undefined }));
      },
    };
  }

  it('IPv6 neighbours of one /64 count together', () => {
    const { connections, arrive } = pretended();
    for (let host = 1; host <= 20; host += 1) arrive(`2001:db8::${host}`, 1);
    expect([connections.open, connections.refused]).toEqual([12, 8]);
    arrive('2001:db8:0:1::1', 1);
    expect(connections.open).toBe(13);
    arrive('2001:db8:0:0:9:9:9:9', 1);
    expect([connections.open, connections.refused]).toEqual([13, 9]);
  });

  it.each([['10.0.0.1', 1], ['10.0.0.2', 0]])('both ways to write an IPv4 address count together: ::ffff:10.0.0.1 and %s', (address, refused) => {
    const { connections, arrive } = pretended();
    arrive('::ffff:10.0.0.1', 12);
    arrive(address, 1);
    expect(connections.refused).toBe(refused);
  });
});
