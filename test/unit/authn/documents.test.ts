// Fetching key sets and bundles: discovery that names the issuer, redirects that lead nowhere they must not, addresses that are guarded.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDocumentFetcher } from '../../../src/authn/index.ts';

let answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {};
const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(request.url ?? '');
  const answer = answers[request.url ?? ''];
  if (answer === undefined) response.writeHead(404).end();
  else answer(request, response);
});
let origin = '';
let port = 0;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => void server.close());
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  answers = {};
  requests.length = 0;
  for (const one of open.splice(0)) await one.close();
});

function fetcher(plainHttp: readonly string[] = [`127.0.0.1:${port}`]) {
  const made = createDocumentFetcher({ clock: Date, plainHttp });
  open.push(made);
  return made;
}

const signal = new AbortController().signal;
const json = (value: unknown) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const redirect = (location: string, status = 302) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(status, { location }).end();
const keys = { keys: [] };
const text = async (bytes: Promise<Uint8Array>): Promise<string> => Buffer.from(await bytes).toString();

describe('a key set by discovery', () => {
  const found = (issuer: string, jwks_uri = `${origin}/keys`): void => {
    answers = { '/.well-known/openid-configuration': json({ issuer, jwks_uri }), '/a/.well-known/openid-configuration': json({ issuer, jwks_uri }), '/keys': json(keys) };
  };

  test('is where the document of the issuer says, with a path or without one', async () => {
    found(origin);
    expect(await text(fetcher().keySet(origin, signal))).toBe('{"keys":[]}');
    found(`${origin}/a`);
    expect(await text(fetcher().keySet(`${origin}/a`, signal))).toBe('{"keys":[]}');
    expect(requests).toEqual(['/.well-known/openid-configuration', '/keys', '/a/.well-known/openid-configuration', '/keys']);
  });

  test.each<[string, () => void, RegExp]>([
    ['of another issuer', () => found('https://evil.example'), /expected a document of this very issuer/],
    ['of an issuer that differs by a slash', () => found(`${origin}/`), /expected a document of this very issuer/],
    ['without keys', () => found(origin, ''), /jwks_uri of .*: expected an https URL/],
    ['whose keys are elsewhere over plain HTTP', () => found(origin, 'http://keys.example/'), /expected an https URL, or a host that plainHttp names/],
    ['whose keys are at a loopback address', () => found(origin, `https://127.0.0.2:${port}/keys`), /FETCH_HOST_FORBIDDEN/],
    ['whose keys are at a metadata service', () => found(origin, 'https://169.254.169.254/keys'), /FETCH_HOST_FORBIDDEN/],
    ['that is not there', () => { answers = {}; }, /HTTP 404/],
    ['that is elsewhere', () => { answers = { '/.well-known/openid-configuration': redirect('/x'), '/x': json({ issuer: origin, jwks_uri: `${origin}/keys` }) }; }, /HTTP 302, redirects are not followed/],
    ['whose keys are moved', () => { found(origin); answers['/keys'] = redirect('/x', 301); }, /HTTP 301, redirects are not followed/],
    ['with a key twice', () => { answers = { '/.well-known/openid-configuration': (_, response) => void response.end(`{"issuer":"x","issuer":"${origin}"}`) }; }, /expected a document of this very issuer/],
    ['without end', () => { found(origin); answers['/keys'] = (_, response) => void response.writeHead(200).end(Buffer.alloc(1024 * 1024 + 1, 32)); }, /FETCH_TOO_LARGE/],
  ])('is not taken by a document %s', async (_, prepare, message) => {
    prepare();
    await expect(fetcher().keySet(origin, signal)).rejects.toThrow(message);
  });

  test('over plain HTTP only from hosts that are named for it', async () => {
    found(origin);
    await expect(fetcher([]).keySet(origin, signal)).rejects.toThrow('expected an https URL, or a host that plainHttp names');
    expect(requests).toEqual([]);
  });
});

describe('a bundle', () => {
  test('comes as it is', async () => {
    answers = { '/bundle': json(keys) };
    expect(await text(fetcher().bundle(`${origin}/bundle`, signal))).toBe('{"keys":[]}');
  });

  test.each([301, 302, 303, 307, 308])('redirects (%i) are followed for the moment and never remembered', async (status) => {
    answers = { '/bundle': redirect('/x', status), '/x': json(keys) };
    const one = fetcher();
    for (let time = 0; time < 2; time += 1) expect(await text(one.bundle(`${origin}/bundle`, signal))).toBe('{"keys":[]}');
    expect(requests).toEqual(['/bundle', '/x', '/bundle', '/x']);
  });

  test.each<[string, string, RegExp]>([
    ['in a circle', '/bundle', /expected at most 3 redirects/],
    ['to plain HTTP that nobody named', 'http://bundles.example/', /expected an https URL, or a host that plainHttp names/],
    ['to a private address', 'https://10.0.0.1/bundle', /FETCH_HOST_FORBIDDEN/],
    ['to a metadata service', 'https://169.254.169.254/', /FETCH_HOST_FORBIDDEN/],
    ['to nowhere', 'ftp://bundles.example/', /HTTP 302/],
  ])('a redirect %s is not', async (_, location, message) => {
    answers = { '/bundle': redirect(location) };
    await expect(fetcher().bundle(`${origin}/bundle`, signal)).rejects.toThrow(message);
  });

  test('a loopback address that is not named is never asked', async () => {
    await expect(createDocumentFetcher({ clock: Date, plainHttp: [] }).bundle(`https://127.0.0.1:${port}/`, signal)).rejects.toThrow('FETCH_HOST_FORBIDDEN');
  });
});
