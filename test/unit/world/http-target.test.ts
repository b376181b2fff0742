import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../world/encode.ts';
import { httpTarget } from '../../world/http-target.ts';
import { makeImage } from '../../world/image.ts';
import { push } from '../../world/push.ts';

const stored = new Map<string, Buffer>();
const authorizations = new Set<string | undefined>();
let server: Server;
let base: string;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const body = await bodyOf(request);
      authorizations.add(request.headers.authorization);
      if (request.method === 'POST') return response.writeHead(202, { location: '/upload/1?state=s' }).end();
      if (request.method === 'GET') return stored.has(url.pathname) ? response.writeHead(200).end(stored.get(url.pathname)) : response.writeHead(404).end();
      if (url.pathname.endsWith('/forbidden')) return response.writeHead(403).end('no');
      stored.set(url.searchParams.get('digest') ?? url.pathname, body);
      return response.writeHead(201).end();
    })();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

describe('HTTP target', () => {
  test('sends blobs and manifests as they are, with the authorization', async () => {
    const image = makeImage();
    await push(httpTarget(base, 'Bearer t'), 'acme/app', image, ['v1']);
    for (const { digest } of image.blobs) expect(digestOf(stored.get(digest) ?? '')).toBe(digest);
    expect(stored.get('/v2/acme/app/manifests/v1')).toEqual(image.manifest);
    expect([...authorizations]).toEqual(['Bearer t']);
  });

  test('reads manifests back, tells what is not there, and says when it is refused', async () => {
    const target = httpTarget(base);
    expect(Buffer.from((await target.getManifest?.('acme/app', 'v1')) ?? '').byteLength).toBeGreaterThan(0);
    expect(await target.getManifest?.('acme/app', 'v2')).toBeUndefined();
    await expect(target.putManifest('acme/app', 'forbidden', Buffer.from('{}'), 'x')).rejects.toThrow('403');
  });
});
