import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange, GivenUp } from '../../../src/net/exchange.ts';
import type { Bounds, HttpReply } from '../../../src/net/exchange.ts';

let server: Server | undefined;
let agent: Agent | undefined;
afterEach(async () => {
  await agent?.destroy();
  server?.closeAllConnections();
  server?.close();
});

const NEVER = new AbortController().signal;

/** Serves with one connection; gives the way to ask for a path. */
async function serve(listener: RequestListener): Promise<(path: string, bounds?: Partial<Bounds>, signal?: AbortSignal) => Promise<HttpReply>> {
  const own = (server = createServer(listener).listen(0, '127.0.0.1'));
  await new Promise((ready) => own.once('listening', ready));
  const origin = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
  const dispatcher = (agent = new Agent({ connections: 1, pipelining: 1 }));
  return (path, bounds = {}, signal = NEVER) => exchange(dispatcher, { origin, path, method: 'GET' }, { maxBytes: 100, ms: 60_000, source: 'registry', ...bounds }, signal);
}

describe('one exchange', () => {
  it('gives status, headers and body; a body of exactly the limit is whole, one byte more is refused', async () => {
    const ask = await serve((request, response) => void response.setHeader('x-path', String(request.url)).end('x'.repeat(Number(request.url?.slice(1)))));
    expect(await ask('/100')).toMatchObject({ status: 200, headers: { 'x-path': '/100' }, body: Buffer.from('x'.repeat(100)) });
    await expect(ask('/101')).rejects.toMatchObject({ problem: { code: 'FETCH_TOO_LARGE' } });
    expect((await ask('/99')).body).toHaveLength(99);
  });

  it('takes the final answer, not the informational ones before it', async () => {
    const ask = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeProcessing();
      response.end('final');
    });
    expect(await ask('/')).toMatchObject({ status: 200, body: Buffer.from('final') });
  });

  it('does not wait for the end of a refusal that has none', async () => {
    const ask = await serve((_request, response) => {
      response.writeHead(404);
      const more = setInterval(() => response.write('x'.repeat(16 * 1024)), 1);
      response.once('close', () => clearInterval(more));
    });
    expect(await ask('/')).toEqual({ status: 404, headers: expect.any(Object), body: new Uint8Array() });
  });

  it.each([['its caller leaves', false], ['its time is up', true]])('ends when %s, and says which', async (_name, late) => {
    const ask = await serve(() => undefined);
    const caller = new AbortController();
    const asked = ask('/', late ? { ms: 20 } : {}, caller.signal);
    if (!late) setTimeout(() => caller.abort(), 20);
    const error: unknown = await asked.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GivenUp);
    expect((error as GivenUp).late).toBe(late);
  });

  it('never sends what was given up while it waited for a connection', async () => {
    const seen: string[] = [];
    let release = (): void => undefined;
    const ask = await serve((request, response) => {
      seen.push(String(request.url));
      if (request.url === '/first') release = () => void response.end('1');
      else response.end('2');
    });
    const first = ask('/first');
    while (seen.length === 0) await new Promise((turn) => setTimeout(turn, 5));
    await expect(ask('/given-up', { ms: 20 })).rejects.toBeInstanceOf(GivenUp);
    await expect(ask('/left', {}, AbortSignal.abort())).rejects.toBeInstanceOf(GivenUp);
    release();
    expect((await first).status).toBe(200);
    expect((await ask('/last')).status).toBe(200);
    expect(seen).toEqual(['/first', '/last']);
  });
});
