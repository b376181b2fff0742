// Bundle endpoints over TLS: by https_web the server has the certificate of its host, by https_spiffe the SVID of the endpoint and no other.
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createDocumentFetcher } from '../../../src/authn/index.ts';
import { createBundleSource } from '../../../src/trust/index.ts';
import type { Holder, HolderOptions } from '../../world/own-pki.ts';
import { createTrustDomain } from '../../world/spiffe.ts';

const NOW = Date.now();
const [prod, dev] = [createTrustDomain('prod.example', NOW), createTrustDomain('dev.example', NOW)];
const ID = 'spiffe://prod.example/spire/server';
const server = (more: HolderOptions = {}): Holder => prod.svid('/spire/server', more);
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Serves the bundle with this certificate and those above it. */
async function serve(holder: Holder, chain: readonly Holder[] = [], answer: (path: string) => { status: number; location?: string } = () => ({ status: 200 })) {
  const cert = [holder, ...chain].map(({ certificate }) => certificate.pem).join('');
  const tls: Server = createServer({ cert, key: holder.key.privateKey.export({ type: 'pkcs8', format: 'pem' }) }, (request, response) => {
    const { status, location } = answer(request.url ?? '');
    response.writeHead(status, location === undefined ? {} : { location }).end(JSON.stringify(prod.bundle()));
  });
  await new Promise<void>((done) => tls.listen(0, '127.0.0.1', done));
  open.push({ close: () => { tls.closeAllConnections(); tls.close(); } });
  return `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
}

/** What the source of a trust root makes of the endpoint: its sequence number, or why it is not believed. */
async function read(url: string, endpointSpiffeId = ID, domain = prod, root = domain.root): Promise<string> {
  const fetcher = createDocumentFetcher({ clock: Date, plainHttp: ['127.0.0.1'] });
  open.push(fetcher);
  const anchors = [Buffer.from(root.certificate.der).toString('base64')];
  const from = { url: `${url}/bundle`, profile: 'https_spiffe', endpointSpiffeId, anchors } as const;
  const source = createBundleSource({ trustDomain: 'prod.example', from, refresh: 1, maxStale: 1 }, {
    store: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
    file: () => Promise.reject(new Error('no file')),
    endpoint: (address, proof, signal) => fetcher.bundle(address, signal, proof),
  });
  return source.refresh(NOW, AbortSignal.timeout(20_000)).then(({ versions }) => `sequence ${versions['sequence']}`, (cause: unknown) => (cause as Error).message);
}

describe('by https_spiffe', () => {
  test('the endpoint is believed by its SVID, whatever its host is called', async () => {
    expect(await read(await serve(server()))).toBe('sequence 1');
  });

  test('an authority below that of the bundle comes along', async () => {
    const below = prod.issue({ subject: [['O', 'SPIRE'], ['CN', 'below']], ca: true, issuer: prod.root });
    expect(await read(await serve(server({ issuer: below }), [below]))).toBe('sequence 1');
    expect(await read(await serve(server({ issuer: below })))).toMatch(/TLS|certificate/i);
  });

  test('an authority of the bundle need not be self-signed', async () => {
    const below = prod.issue({ subject: [['O', 'SPIRE'], ['CN', 'below']], ca: true, issuer: prod.root });
    expect(await read(await serve(server({ issuer: below })), ID, prod, below)).toBe('sequence 1');
  });

  test('the endpoint of another domain is believed by the authorities of that one alone', async () => {
    const url = await serve(dev.svid('/spire/server'));
    expect(await read(url, 'spiffe://dev.example/spire/server', dev)).toBe('sequence 1');
    expect(await read(url, 'spiffe://dev.example/spire/server', prod)).toMatch(/TLS|certificate/i);
  });

  test.each<[string, () => Holder, RegExp]>([
    ['another workload', () => prod.svid('/ns/a'), /expected the endpoint spiffe:\/\/prod\.example\/spire\/server, found spiffe:\/\/prod\.example\/ns\/a/],
    ['the ID by a stranger of the same name', () => createTrustDomain('prod.example', NOW).svid('/spire/server'), /TLS|certificate/i],
    ['the ID by another domain', () => server({ issuer: dev.root }), /TLS|certificate/i],
    ['the name of its host', () => prod.issue({ names: [{ type: 'ip', value: '7f000001' }], usages: ['serverAuth'], issuer: prod.root }), /no X\.509-SVID/],
    ['two IDs', () => server({ names: [{ type: 'uri', value: ID }, { type: 'uri', value: `${ID}/x` }] }), /no X\.509-SVID/],
    ['an SVID that is over', () => server({ notBefore: NOW - 7_200_000, notAfter: NOW - 3_600_000 }), /expired/],
    ['an SVID for clients alone', () => server({ usages: ['clientAuth'] }), /TLS|certificate|purpose/i],
  ])('the endpoint is not believed with %s', async (_, holder, message) => {
    const said = await read(await serve(holder()));
    expect(said).toMatch(message);
  });

  test('where it redirects to, the same endpoint has to be', async () => {
    const [same, other] = [await serve(server()), await serve(prod.svid('/ns/a'))];
    const to = (base: string) => () => ({ status: 302, location: `${base}/bundle` });
    expect(await read(await serve(server(), [], to(same)))).toBe('sequence 1');
    expect(await read(await serve(server(), [], to(other)))).toMatch(/expected the endpoint/);
    expect(await read(await serve(server(), [], to('http://127.0.0.1:1')))).toMatch(/no redirect to plain HTTP/);
  });

  test('plain HTTP is not asked at all', async () => {
    expect(await read('http://127.0.0.1:1')).toMatch(/expected an https URL/);
  });

  test('a connection to one endpoint serves no other on the same host', async () => {
    const url = await serve(server());
    const fetcher = createDocumentFetcher({ clock: Date, plainHttp: ['127.0.0.1'] });
    open.push(fetcher);
    const proof = (name: string) => ({ name, ca: [prod.root.certificate.pem], problem: () => (name === ID ? undefined : 'another endpoint') });
    const signal = AbortSignal.timeout(20_000);
    await fetcher.bundle(`${url}/bundle`, signal, proof(ID));
    await expect(fetcher.bundle(`${url}/bundle`, signal, proof(`${ID}/x`))).rejects.toThrow(/another endpoint/);
    await expect(fetcher.bundle(`${url}/bundle`, signal)).rejects.toThrow(/TLS|certificate/i);
  });
});

test('by https_web the SVID of an endpoint proves nothing', async () => {
  const url = await serve(server());
  const fetcher = createDocumentFetcher({ clock: Date, plainHttp: ['127.0.0.1'] });
  open.push(fetcher);
  await expect(fetcher.bundle(`${url}/bundle`, AbortSignal.timeout(20_000))).rejects.toThrow(/TLS|certificate/i);
});
