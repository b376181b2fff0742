import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTufMirror } from '../../../src/fetch/index.ts';
import type { TufMirror, OutwardOptions } from '../../../src/fetch/index.ts';
import { serveTuf } from '../../world/tuf.ts';
import type { TufServer } from '../../world/tuf.ts';
import { timed } from '../../support/patience.ts';

let server: TufServer;
const open: TufMirror[] = [];
const signal = new AbortController().signal;

beforeEach(async () => { server = await serveTuf((path) => (path === 'metadata/timestamp.json' ? Buffer.from('hello') : undefined)); });
afterEach(async () => {
  for (const mirror of open.splice(0)) await mirror.close();
  await server.close();
});

function mirror(options: Partial<OutwardOptions> = {}): TufMirror {
  const made = createTufMirror({ clock: Date, plainHttp: ['127.0.0.1'], ...options });
  open.push(made);
  return made;
}

const get = (options: Partial<OutwardOptions> = {}, path = 'timestamp.json', base = `${server.url}/metadata`): Promise<Uint8Array | undefined> => mirror(options).files(base, signal)(path, 1000);

describe('reading a TUF mirror', () => {
  test('gives the bytes, and undefined for what is not there', async () => {
    expect(Buffer.from(await get() ?? []).toString()).toBe('hello');
    expect(Buffer.from(await get({}, 'timestamp.json', `${server.url}/metadata/`) ?? []).toString()).toBe('hello');
    expect(await get({}, '2.root.json')).toBeUndefined();
  });

  test('403 means that it is not there: object stores say so', async () => {
    server.intercept = (_request, response) => { response.writeHead(403).end(); return true; };
    expect(await get()).toBeUndefined();
  });

  test.each([301, 302, 307, 308])('a redirect (%i) is refused and not followed', async (status) => {
    let requests = 0;
    server.intercept = (_request, response) => { requests += 1; response.writeHead(status, { location: `${server.url}/metadata/timestamp.json` }).end(); return true; };
    await expect(get()).rejects.toThrow('redirects are not followed');
    expect(requests).toBe(1);
  });

  test.each([401, 500])('HTTP %i is a failure that names the file', async (status) => {
    server.intercept = (_request, response) => { response.writeHead(status).end('x'); return true; };
    await expect(get()).rejects.toThrow(`metadata/timestamp.json: HTTP ${status}`);
  });

  test('J08 endless data is cut off at the limit', async () => {
    let sent = 0;
    server.intercept = (_request, response) => {
      const more = (): void => { while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384; };
      response.on('drain', more).on('error', () => undefined);
      more();
      return true;
    };
    await expect(get()).rejects.toThrow('FETCH_TOO_LARGE');
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test('J08 a length above the limit is refused before the body', async () => {
    server.intercept = (_request, response) => { response.writeHead(200, { 'content-length': 1_000_000_000 }).write('x'); return true; };
    await expect(get()).rejects.toThrow('FETCH_TOO_LARGE');
  });

  test('J08 a byte at a time ends with the time for one file', async () => {
    server.intercept = (_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer)).on('error', () => undefined);
      return true;
    };
    const { ms } = await timed(() => expect(get({ limits: { requestTimeout: 300 } })).rejects.toThrow('FETCH_TIMEOUT'));
    expect(ms).toBeLessThan(3000);
  });

  test('compressed bodies are refused', async () => {
    server.intercept = (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'); return true; };
    await expect(get()).rejects.toThrow('FETCH_RESPONSE_INVALID');
  });

  test('plain HTTP needs the host to be named', async () => {
    await expect(get({ plainHttp: [] })).rejects.toThrow('expected an https URL');
    await expect(get({ plainHttp: ['127.0.0.2'] })).rejects.toThrow('expected an https URL');
    expect(await get({ plainHttp: [`127.0.0.1:${server.port}`] })).toBeDefined();
  });

  test('the mirror may be a private address, but not this machine or a metadata service unless named', async () => {
    const resolving = (address: string): Partial<OutwardOptions> => ({ lookup: async () => [{ address, family: 4 }], limits: { requestTimeout: 500, retries: 0 } });
    for (const address of ['127.0.0.1', '169.254.169.254']) await expect(get(resolving(address), 'x', 'https://tuf.acme.example')).rejects.toThrow('FETCH_HOST_FORBIDDEN');
    await expect(get(resolving('198.51.100.1'), 'x', 'https://tuf.acme.example')).rejects.not.toThrow('FETCH_HOST_FORBIDDEN');
  });

  test('a mirror that is not there fails with its name', async () => {
    const gone = createServer();
    await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
    const { port } = gone.address() as AddressInfo;
    await new Promise((done) => gone.close(done));
    await expect(get({}, 'x', `http://127.0.0.1:${port}`)).rejects.toThrow(`127.0.0.1:${port}/x: FETCH_UNREACHABLE`);
  });

  test.each(['ftp://x', 'https://', 'https://user@x/', 'https://x/#a', 'x'])('the base URL %j is refused', async (base) => {
    await expect(get({}, 'x', base)).rejects.toThrow('expected an https URL');
  });
});
