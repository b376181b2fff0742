import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRevocationFetcher } from '../../../src/fetch/index.ts';
import type { RevocationFetcher } from '../../../src/fetch/index.ts';

let server: Server;
let url = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const asked: string[] = [];
const open: RevocationFetcher[] = [];
const signal = new AbortController().signal;

beforeEach(async () => {
  asked.length = 0;
  answer = (_, response) => void response.end('a list');
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers['content-type'] ?? ''}`.trim());
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1.crl?a=b`;
});
afterEach(async () => {
  for (const fetcher of open.splice(0)) await fetcher.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function fetcher(options: Partial<Parameters<typeof createRevocationFetcher>[0]> = {}): RevocationFetcher {
  const made = createRevocationFetcher({ clock: Date, plainHttp: ['127.0.0.1'], ...options });
  open.push(made);
  return made;
}
const get = (options: Partial<Parameters<typeof createRevocationFetcher>[0]> = {}, from = url, maxBytes = 100): Promise<Uint8Array> =>
  fetcher(options).fetch(from, { maxBytes }, signal);

describe('what authorities publish', () => {
  test('is fetched over plain HTTP, and asked for by POST', async () => {
    expect(Buffer.from(await get()).toString()).toBe('a list');
    await fetcher().fetch(url, { maxBytes: 100, post: Buffer.from('question') }, signal);
    expect(asked).toEqual(['GET /1.crl?a=b', 'POST /1.crl?a=b application/ocsp-request']);
  });

  test.each([['loopback', '127.0.0.1'], ['private', '10.0.0.1'], ['metadata', '169.254.169.254']])('is not asked for at a %s address that a certificate names', async (_, address) => {
    await expect(get({ plainHttp: [], lookup: () => Promise.resolve([{ address, family: 4 }]) }, 'http://crl.acme.example/1.crl')).rejects.toThrow(/crl\.acme\.example/);
    expect(asked).toEqual([]);
  });

  test('may be private where a trust root names the host, and never metadata', async () => {
    const named = { plainHttp: [], named: () => new Set(['crl.acme.example']) };
    const at = (address: string): Promise<Uint8Array> => get({ ...named, lookup: () => Promise.resolve([{ address, family: 4 }]), limits: { requestTimeout: 300, retries: 0 } }, 'http://crl.acme.example/1.crl');
    await expect(at('169.254.169.254')).rejects.toThrow(/169\.254\.169\.254|not|forbidden/);
    // A private one is tried, and nobody answers there.
    await expect(at('10.255.255.1')).rejects.not.toThrow(/10\.255\.255\.1/);
  });

  test.each([
    ['http://crl.acme.example:80/1.crl', true], ['http://CRL.acme.example/1.crl', true], ['https://crl.acme.example:443/1.crl', true],
    ['http://crl.acme.example:8080/1.crl', false], ['http://crl.acme.example:443/1.crl', false], ['http://x.crl.acme.example/1.crl', false],
  ])('%s is the host that a trust root names: %s', async (from, isNamed) => {
    const tried: string[] = [];
    const lookup = (name: string): Promise<{ address: string; family: 4 }[]> => {
      tried.push(name);
      return Promise.resolve([{ address: '10.255.255.1', family: 4 }]);
    };
    const asking = get({ plainHttp: [], named: () => new Set(['crl.acme.example']), lookup, limits: { requestTimeout: 300, retries: 0 } }, from);
    const told = await asking.then(() => '', (error: unknown) => String(error));
    expect(tried.length).toBeGreaterThan(0);
    expect(told.includes('10.255.255.1')).toBe(!isNamed);
  });

  test('is not followed to another place', async () => {
    answer = (_, response) => void response.writeHead(302, { location: url }).end();
    await expect(get()).rejects.toThrow(`${url}: HTTP 302, redirects are not followed`);
    expect(asked).toHaveLength(1);
  });

  test('is bounded', async () => {
    answer = (_, response) => void response.end(Buffer.alloc(101));
    await expect(get()).rejects.toThrow(/100/);
    expect((await get({}, url, 101)).length).toBe(101);
  });

  test.each([404, 410, 500])('HTTP %i is told with its place', async (status) => {
    answer = (_, response) => void response.writeHead(status).end();
    await expect(get({ limits: { retries: 0 } })).rejects.toThrow(`${url}: HTTP ${status}`);
  });

  test('at what is no plain host is nothing', async () => {
    for (const bad of ['http://user@127.0.0.1/', 'http://2130706433/', 'file:///etc/passwd', 'http://127.0.0.1/#x'])
      await expect(get({}, bad)).rejects.toThrow(/expected a URL with a plain host/);
  });
});
