import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { request } from 'node:https';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../src/main.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { plainAddress } from '../../../src/domain/ip-address.ts';
import { addressFor, listen } from '../../../src/wiring/listen.ts';

/** A server that listens as ours do; a Fastify instance in the product. */
function listener(server: Server): Parameters<typeof listen>[0] {
  return { listen: ({ host, port }) => new Promise((done, fail) => void server.once('error', fail).listen({ host, port }, () => done(undefined))) };
}

/** Whether this system has IPv6: some containers have none. */
async function hasIPv6(): Promise<boolean> {
  return (await addressFor('::')) === '::';
}

describe('M6: listening', () => {
  it('M6: on both families by default, and on IPv4 where the system has no IPv6', async () => {
    const config = checkConfig('{}', '');
    expect(config).toMatchObject({ ok: true, config: { host: '::' } });
    expect(await addressFor('::', () => Promise.resolve(true))).toBe('::');
    expect(await addressFor('::', () => Promise.resolve(false))).toBe('0.0.0.0');
    // An address that somebody chose is never another one.
    for (const host of ['::1', '0.0.0.0', '127.0.0.1', 'localhost']) expect(await addressFor(host, () => Promise.resolve(false))).toBe(host);
  });

  it('M6: the server started without an address answers over IPv4, and over IPv6 where there is any', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-listen-'));
    writeFileSync(join(folder, 'p.yaml'), '# none\n');
    const checked = checkConfig('port: 0\nopsPort: 0\ndrain: 0\nworkers: 1\nkubernetes: {enabled: false}\n', '', { policies: [folder] });
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const server = await startServer(checked.config, { devCert: [], anyOpsPort: true, logStream: { write: () => undefined } });
    const status = (host: string): Promise<number> => new Promise((done, fail) => {
      request({ host, port: server.port, path: '/validate', rejectUnauthorized: false, agent: false }, (response) => done(response.resume().statusCode ?? 0)).on('error', fail).end();
    });
    try {
      for (const host of ['127.0.0.1', ...((await hasIPv6()) ? ['::1'] : [])]) {
        expect(await status(host)).toBe(405);
        expect((await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${server.opsPort}/livez`)).status).toBe(200);
      }
    } finally {
      await server.close();
    }
  });

  it('M6: a caller over IPv4 is shown by a socket for both as a mapped address, which counts as IPv4', async () => {
    const server = createServer();
    await listen(listener(server), await addressFor('::'), 0, 'port');
    const seen = new Promise<string>((done) => { server.once('connection', (socket) => { done(socket.remoteAddress ?? ''); socket.destroy(); }); });
    const { port } = server.address() as { port: number };
    const caller = (await import('node:net')).connect(port, '127.0.0.1').on('error', () => undefined);
    expect(plainAddress(await seen)).toBe('127.0.0.1');
    caller.destroy();
    await new Promise((done) => server.close(done));
  });

  it('M6: a port in use is told with its address', async () => {
    const [first, second] = [createServer(), createServer()];
    await listen(listener(first), await addressFor('::'), 0, 'port');
    const { port } = first.address() as { port: number };
    await expect(listen(listener(second), await addressFor('::'), port, 'port')).rejects.toThrow(/EADDRINUSE.*--port/);
    await new Promise((done) => first.close(done));
  });
});
