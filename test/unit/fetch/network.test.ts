import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { attachCosignTag, attachReferrer, pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { BUNDLE, PATIENT, SCOPE, SIMPLE, artifact, codes, drain, ref, registry, source, text, within } from './support.ts';
import { timed } from '../../support/patience.ts';

const ANY = `sha256:${'0'.repeat(64)}`;
const portOf = (r: TestRegistry): string => r.host.split(':')[1] ?? '';
const loopback = (): Promise<{ address: string; family: 4 }[]> => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

async function problemsFor(s: ReturnType<typeof source>, name: string): Promise<string[]> {
  return [...new Set(codes((await drain(await s.open(artifact(name, ANY), SCOPE))).problems))];
}

function sign(r: TestRegistry, digest: string, content = '{"critical":1}'): void {
  attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content, annotations: {} }]);
}

describe('addresses', () => {
  it.each(['169.254.169.254', '[fe80::1]', '[::ffff:169.254.169.254]', '[fd00:ec2::254]', '0.0.0.0', '[::]'])('F08 never contacts %s, not even when it is named', async (host) => {
    const s = source([], { registries: [{ host }], plainHttp: [host], literalHosts: () => new Set([host]) });
    expect(await problemsFor(s, `${host}/acme/app`)).toEqual(['FETCH_HOST_FORBIDDEN']);
  });

  it('F08 contacts loopback only when registries or plainHttp name it, not when a policy does', async () => {
    const r = await registry();
    const policy = source([], { literalHosts: () => new Set([r.host]) });
    expect(await problemsFor(policy, `${r.host}/acme/app`)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect(r.connections()).toBe(0);
    expect(await problemsFor(source([r]), `${r.host}/acme/app`)).toEqual([]);
    expect(await problemsFor(source([], { registries: [{ host: r.host, plainHttp: true }] }), `${r.host}/acme/app`)).toEqual([]);
  });

  it('F08 refuses a name as soon as one of its addresses is not allowed', async () => {
    const r = await registry();
    const s = source([], { lookup: () => Promise.resolve([{ address: '93.184.216.34', family: 4 }, { address: '127.0.0.1', family: 4 }]) });
    expect(await problemsFor(s, `rebind.example:${portOf(r)}/acme/app`)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect(r.connections()).toBe(0);
  });

  it('F08 allows a private address to hosts that a policy names literally, and to no others', async () => {
    const lookup = (): Promise<{ address: string; family: 4 }[]> => Promise.resolve([{ address: '10.255.255.1', family: 4 }]);
    const hosts = new Set(['private.example:1']);
    const s = source([], { lookup, literalHosts: () => hosts, limits: { requestTimeout: 200 } });
    expect(await problemsFor(s, 'private.example:1/acme/app')).not.toContain('FETCH_HOST_FORBIDDEN');
    expect(await problemsFor(s, 'other.example:1/acme/app')).toEqual(['FETCH_HOST_FORBIDDEN']);
  });

  it('looks names up through the resolver it was given', async () => {
    const r = await registry();
    const s = source([], { lookup: loopback, plainHttp: ['registry.test'] });
    expect(await problemsFor(s, `registry.test:${portOf(r)}/acme/app`)).toEqual([]);
    expect(r.requests()[0]?.headers.host).toBe(`registry.test:${portOf(r)}`);
  });

  it('R04 says that a name cannot be resolved', async () => {
    const s = source([], { lookup: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) });
    const found = await drain(await s.open(artifact('missing.example/acme/app', ANY), SCOPE));
    expect(found.problems[0]).toMatchObject({ code: 'FETCH_UNREACHABLE', found: 'name cannot be resolved (ENOTFOUND)' });
  });

  it('R04 a resolver that never answers costs its own registry only', async () => {
    const r = await registry();
    const lookup = (): Promise<never> => new Promise(() => undefined);
    const s = source([r], { lookup });
    const caller = new AbortController();
    const stuck = s.diagnose(artifact('stuck.example/acme/app', ANY), SCOPE, caller.signal);
    expect(await problemsFor(s, `${r.host}/acme/app`)).toEqual([]);
    caller.abort();
    expect(codes(await stuck)).toEqual(['FETCH_TIMEOUT']);
    expect(await problemsFor(source([], { lookup, limits: { requestTimeout: 100 } }), 'stuck.example/acme/app')).toEqual(['FETCH_TIMEOUT']);
  });
});

describe('redirects', () => {
  async function redirected(location: (target: TestRegistry) => string, named = true) {
    const [r, target] = [await registry(), await registry()];
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    target.pushBlob('acme/app', '{"critical":1}');
    r.fault({ path: /\/blobs\//, behaviour: { kind: 'custom', handle: (request, response) => response.writeHead(307, { location: location(target) + (request.url ?? '') }).end() } });
    const found = await drain(await source(named ? [r, target] : [r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    return { found, target };
  }

  it('follows a blob to a host that is named, and hashes what it gets there', async () => {
    const { found } = await redirected((target) => target.url);
    expect(found.evidence.map(text)).toEqual(['{"critical":1}']);
  });

  it('F02 F08 does not follow to a host that is private and not named', async () => {
    const { found, target } = await redirected((t) => t.url.replace('http:', 'https:'), false);
    expect(codes(found.problems)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect(target.connections()).toBe(0);
  });

  it('does not follow to plain HTTP unless that host is named for it', async () => {
    const { found, target } = await redirected((t) => t.url, false);
    expect(codes(found.problems)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect(target.connections()).toBe(0);
  });

  it.each(['file://', 'https://user:pw@127.0.0.1', '//evil.example', 'gopher://x', ''])('F01 does not follow to %j', async (prefix) => {
    const { found } = await redirected(() => prefix);
    // An empty prefix is the same path again: a loop.
    expect(codes(found.problems)).toEqual(['FETCH_REDIRECT']);
  });

  it.each([
    ['https://0x7f000001', 'FETCH_REDIRECT'],
    ['https://2130706433', 'FETCH_REDIRECT'],
    ['https://0177.0.0.1', 'FETCH_REDIRECT'],
    ['https://127.1', 'FETCH_REDIRECT'],
    ['https://127.0.0.1.', 'FETCH_REDIRECT'],
    ['https://[::ffff:127.0.0.1]', 'FETCH_HOST_FORBIDDEN'],
    ['https://[64:ff9b::7f00:1]', 'FETCH_HOST_FORBIDDEN'],
    ['https://[::ffff:0:127.0.0.1]', 'FETCH_HOST_FORBIDDEN'],
    ['https://169.254.169.254', 'FETCH_HOST_FORBIDDEN'],
    ['https://10.0.0.1', 'FETCH_HOST_FORBIDDEN'],
    ['https://localhost', 'FETCH_HOST_FORBIDDEN'],
    ['http://ghcr.io', 'FETCH_HOST_FORBIDDEN'],
  ])('F01 F08 does not follow to %s, however loopback and metadata are written', async (prefix, code) => {
    const { found } = await redirected(() => prefix);
    expect(codes(found.problems)).toEqual([code]);
  });

  it('F08 does not follow a chain that turns inward at its last step', async () => {
    const [r, target] = [await registry(), await registry()];
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    r.fault({ path: /\/blobs\//, behaviour: { kind: 'redirect', location: '/hop' } });
    r.fault({ path: /\/hop$/, behaviour: { kind: 'redirect', location: '/hop2' } });
    r.fault({ path: /\/hop2/, behaviour: { kind: 'redirect', location: `${target.url.replace('http', 'https')}/x` } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(codes(found.problems)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect([r.requests(/hop/).length, target.connections()]).toEqual([2, 0]);
  });

  it('follows three redirects and not a fourth', async () => {
    const r = await registry();
    pushImage(r, 'acme/app', 'v1');
    const s = source([r]);
    const hop = (n: number) => r.fault({ path: new RegExp(`manifests/hop${n}$`), behaviour: { kind: 'redirect', location: `/v2/acme/app/manifests/${n === 0 ? 'v1' : `hop${n - 1}`}` } });
    [0, 1, 2, 3].forEach(hop);
    expect(await s.resolve(ref(`${r.host}/acme/app`, 'hop2'), SCOPE, within(60_000))).toMatchObject({ ok: true });
    expect(await s.resolve(ref(`${r.host}/acme/app`, 'hop3'), SCOPE, within(60_000))).toMatchObject({ ok: false, problem: { code: 'FETCH_REDIRECT' } });
  });

  it('F03 leaves the credential behind when the origin changes, also when the other host asks for it', async () => {
    const auth = { kind: 'basic', users: { alice: { password: 'canary' } } } as const;
    const [r, thief] = [await registry({ auth }), await registry({ auth })];
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /manifests\/sha256:/, behaviour: { kind: 'custom', handle: (request, response) => response.writeHead(request.headers.authorization === undefined ? 401 : 307, { 'www-authenticate': 'Basic realm="x"', location: `${thief.url}${request.url}` }).end() } });
    const s = source([r, thief], { dockerAuths: { auths: new Map([[r.host, { username: 'alice', password: 'canary' }]]), credHelpers: new Map() } });
    expect(codes(await s.diagnose(artifact(`${r.host}/acme/app`, digest), SCOPE, within(60_000)))).toEqual(['FETCH_UNAUTHORIZED']);
    expect(r.log.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(thief.log.length).toBeGreaterThan(0);
    expect(thief.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});

describe('pagination', () => {
  async function attached(count: number, options: object = {}) {
    const r = await registry({ referrersPageSize: 2, ...options });
    const digest = pushImage(r, 'acme/app', 'v1');
    for (let index = 0; index < count; index += 1) attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: `{"n":${index}}` }] });
    return { r, digest, image: artifact(`${r.host}/acme/app`, digest) };
  }

  it('reads all pages', async () => {
    const { r, image } = await attached(5);
    expect((await drain(await source([r]).open(image, SCOPE))).evidence).toHaveLength(5);
    expect(r.requests(/\/referrers\//)).toHaveLength(3);
  });

  it('F07 stops a list that leads back to where it was', async () => {
    const { r, image } = await attached(1);
    r.fault({ path: /\/referrers\//, behaviour: { kind: 'headers', headers: { link: `</v2/acme/app/referrers/${image.digest}?start=0>; rel="next"` } } });
    const found = await drain(await source([r]).open(image, SCOPE));
    expect(found.evidence).toHaveLength(1);
    // Nobody knows what stands on the pages that were not read.
    expect(codes(found.problems)).toEqual(['FETCH_TOO_LARGE']);
    expect(r.requests(/\/referrers\//)).toHaveLength(2);
  });

  it('F07 stops a list that never ends, and keeps what it has', async () => {
    const { r, image } = await attached(1);
    const page = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: r.store.referrers('acme/app', image.digest) }));
    let turn = 0;
    r.fault({
      path: /\/referrers\//,
      behaviour: { kind: 'custom', handle: (_request, response) => response.writeHead(200, { link: `</v2/acme/app/referrers/${image.digest}?start=${(turn += 1)}>; rel="next"` }).end(page) },
    });
    const found = await drain(await source([r], { limits: { referrerPages: 5 } }).open(image, SCOPE));
    expect(found.evidence).toHaveLength(1);
    expect(codes(found.problems)).toEqual(['FETCH_TOO_LARGE']);
    expect(r.requests(/\/referrers\//)).toHaveLength(5);
  });

  it.each(['http://169.254.169.254/latest', 'https://evil.example/v2/acme/app/referrers/x?n=1', '/v2/other/referrers/x?n=1', '/v2/acme/app/referrers/../../x?n=1', '//evil.example/x'])('F07 does not follow a next page at %s', async (link) => {
    const { r, image } = await attached(1);
    r.fault({ path: /\/referrers\//, behaviour: { kind: 'headers', headers: { link: `<${link}>; rel="next"` } } });
    const found = await drain(await source([r]).open(image, SCOPE));
    expect(codes(found.problems)).toEqual(['FETCH_REDIRECT']);
    expect(r.requests(/\/referrers\//)).toHaveLength(1);
  });
});

describe('hostile and failing answers', () => {
  async function faulty(behaviour: Parameters<TestRegistry['fault']>[0]['behaviour'], limits: object = {}) {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /manifests/, behaviour });
    const problems = await source([r], { limits }).diagnose(artifact(`${r.host}/acme/app`, digest), SCOPE, within(60_000));
    return { r, codes: codes(problems), problems };
  }

  it.each([
    [401, 'FETCH_UNAUTHORIZED'],
    [403, 'FETCH_UNAUTHORIZED'],
    [404, 'FETCH_NOT_FOUND'],
    [429, 'FETCH_RATE_LIMITED'],
    [500, 'FETCH_SERVER_ERROR'],
    [503, 'FETCH_SERVER_ERROR'],
    [204, 'FETCH_SERVER_ERROR'],
    [418, 'FETCH_SERVER_ERROR'],
  ])('R03 status %i is %s', async (status, code) => {
    expect((await faulty({ kind: 'status', status })).codes).toEqual([code]);
  });

  it('R02 R03 never answering, trickling and resetting', async () => {
    expect((await faulty({ kind: 'hang' }, { requestTimeout: 400 })).codes).toEqual(['FETCH_TIMEOUT']);
    expect((await faulty({ kind: 'trickle', everyMs: 50 }, { requestTimeout: 400 })).codes).toEqual(['FETCH_TIMEOUT']);
    expect((await faulty({ kind: 'reset' })).codes).toEqual(['FETCH_UNREACHABLE']);
  });

  it('R03 what is not HTTP is said to be that', async () => {
    for (const text of ['\u0000\u0001garbage', 'SSH-2.0-OpenSSH_9.6\r\n', 'HTTP/1.1 2000 OK\r\n\r\n']) {
      const { problems } = await faulty({ kind: 'custom', handle: (_request, response) => void response.socket?.end(text) });
      expect(problems).toMatchObject([{ code: 'FETCH_RESPONSE_INVALID', found: 'an answer that is not HTTP/1.1' }]);
    }
  });

  it('R02 closes the connection of a request that took too long', async () => {
    const { r } = await faulty({ kind: 'hang' }, { requestTimeout: 400 });
    await expect.poll(() => r.connections()).toBe(0);
  });

  it('R01 a registry that is down is reported within 2 s', async () => {
    const r = await registry();
    await r.close();
    const { value, ms } = await timed(() => problemsFor(source([r]), `${r.host}/acme/app`));
    expect(value).toEqual(['FETCH_UNREACHABLE']);
    expect(ms).toBeLessThan(2000);
  });

  it('R03 tries once more after 503 and after a reset, and not more often', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const image = artifact(`${r.host}/acme/app`, digest);
    for (const behaviour of [{ kind: 'status', status: 503 }, { kind: 'reset' }] as const) {
      r.fault({ path: /manifests/, times: 1, behaviour });
      expect(await source([r]).diagnose(image, SCOPE, within(60_000))).toEqual([]);
      r.clearLog();
      const off = r.fault({ path: /manifests/, behaviour });
      await source([r]).diagnose(image, SCOPE, within(60_000));
      expect(r.log).toHaveLength(2);
      off();
    }
  });

  it('R03 waits as long as Retry-After says when that is short, and does not try again when it is long', async () => {
    const r = await registry();
    const image = artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1'));
    r.fault({ path: /manifests/, times: 1, behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } });
    const started = Date.now();
    expect(await source([r]).diagnose(image, SCOPE, within(60_000))).toEqual([]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    r.fault({ path: /manifests/, behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
    r.clearLog();
    expect(codes(await source([r]).diagnose(image, SCOPE, within(60_000)))).toEqual(['FETCH_RATE_LIMITED']);
    expect(r.log).toHaveLength(1);
  });

  it('H23 gives up with the caller while waiting to try again', async () => {
    const r = await registry();
    const image = artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1'));
    r.fault({ path: /manifests/, behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '2' } } });
    const caller = new AbortController();
    const asked = source([r]).diagnose(image, SCOPE, caller.signal);
    await expect.poll(() => r.log.length, PATIENT).toBe(1);
    caller.abort();
    const { value, ms } = await timed(() => asked);
    expect(codes(value)).toEqual(['FETCH_TIMEOUT']);
    expect(ms).toBeLessThan(500);
  });

  it('F15 stops reading at the limit, declared or not', async () => {
    const endless = await faulty({ kind: 'endless' });
    expect(endless.codes).toEqual(['FETCH_TOO_LARGE']);
    await expect.poll(() => endless.r.connections()).toBe(0);
    expect((await faulty({ kind: 'body', body: Buffer.alloc(5 * 1024 * 1024, 0x20) })).codes).toEqual(['FETCH_TOO_LARGE']);
    expect((await faulty({ kind: 'body', body: '{}', headers: { 'content-length': '999999999' } })).codes).toEqual(['FETCH_TOO_LARGE']);
  });

  it('F15 refuses packed bodies without unpacking them', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    expect((await faulty({ kind: 'body', body: bomb, headers: { 'content-encoding': 'gzip' } })).codes).toEqual(['FETCH_RESPONSE_INVALID']);
    expect((await faulty({ kind: 'body', body: brotliCompressSync(Buffer.alloc(1024)), headers: { 'content-encoding': 'br' } })).codes).toEqual(['FETCH_RESPONSE_INVALID']);
    const { r } = await faulty({ kind: 'status', status: 404 });
    expect(r.log[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('F15 a body shorter than declared, headers without end and floods of 100-continue are errors, not hangs', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort',
      `HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(70_000)}\r\n\r\n`,
      `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(10_000)}`,
      'nonsense\r\n\r\n',
    ];
    for (const answer of answers) {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).once('data', () => socket.end(answer));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const problems = await source([], { plainHttp: [host], limits: { requestTimeout: 500 } }).diagnose(artifact(`${host}/acme/app`, ANY), SCOPE, within(60_000));
      expect(['FETCH_RESPONSE_INVALID', 'FETCH_UNREACHABLE', 'FETCH_TIMEOUT']).toContain(problems[0]?.code);
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('F15 R02 headers that trickle in, and headers without number, end the request', async () => {
    const say = async (requestTimeout: number, talk: (socket: Socket) => void): Promise<string[]> => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined).once('data', () => talk(socket));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const problems = await source([], { plainHttp: [host], limits: { requestTimeout, retries: 0 } }).diagnose(artifact(`${host}/acme/app`, ANY), SCOPE, within(60_000));
      server.close();
      return codes(problems);
    };
    expect(await say(300, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-a: b\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    })).toEqual(['FETCH_TIMEOUT']);
    expect(await say(60_000, (socket) => socket.end(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}\r\n`))).toEqual(['FETCH_RESPONSE_INVALID']);
  });

  it('a blob of another size or other bytes than its descriptor says is no evidence, and hides nothing', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest, '{"good":1}');
    sign(r, digest, '{"swapped":1}');
    const swapped = [...r.store.repository('acme/app').blobs].find(([, bytes]) => Buffer.from(bytes).includes('swapped'));
    r.fault({ path: new RegExp(`blobs/${swapped?.[0] ?? ''}`), behaviour: { kind: 'body', body: '{"changed":1}' } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"good":1}']);
    expect(codes(found.problems)).toEqual(['FETCH_DIGEST_MISMATCH']);
  });

  it('F10 sends nothing but what a registry needs', async () => {
    const { r } = await faulty({ kind: 'status', status: 404 });
    expect(Object.keys(r.log[0]?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });
});

describe('TLS', () => {
  const day = 24 * 3600 * 1000;
  let good: Awaited<ReturnType<typeof makeServingCertificate>>;
  let expired: typeof good;
  let elsewhere: typeof good;
  beforeAll(async () => {
    [good, expired, elsewhere] = await Promise.all([
      makeServingCertificate({ names: ['127.0.0.1', 'registry.test'], days: 3650, now: Date.now() }),
      makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() - 10 * day }),
      makeServingCertificate({ names: ['other.test'], days: 3650, now: Date.now() }),
    ]);
  });
  const serve = async (cert: typeof good): Promise<TestRegistry> => registry({ tls: { key: cert.key, cert: cert.certificate } });

  it('accepts a registry under the authority configured for it', async () => {
    const r = await serve(good);
    expect(await problemsFor(source([], { registries: [{ host: r.host, ca: good.ca }] }), `${r.host}/acme/app`)).toEqual([]);
  });

  it('F14 refuses an unknown authority, an expired certificate, and one for another host', async () => {
    const [self, old, other] = [await serve(good), await serve(expired), await serve(elsewhere)];
    expect(await problemsFor(source([], { registries: [{ host: self.host }] }), `${self.host}/acme/app`)).toEqual(['FETCH_TLS']);
    expect(await problemsFor(source([], { registries: [{ host: old.host, ca: expired.ca }] }), `${old.host}/acme/app`)).toEqual(['FETCH_TLS']);
    expect(await problemsFor(source([], { registries: [{ host: other.host, ca: elsewhere.ca }] }), `${other.host}/acme/app`)).toEqual(['FETCH_TLS']);
  });

  it('F14 the authority of one registry does not vouch for another', async () => {
    const [one, two] = [await serve(good), await serve(good)];
    const s = source([], { registries: [{ host: one.host, ca: good.ca }, { host: two.host }] });
    expect(await problemsFor(s, `${one.host}/acme/app`)).toEqual([]);
    expect(await problemsFor(s, `${two.host}/acme/app`)).toEqual(['FETCH_TLS']);
  });

  it('F14 speaks plain HTTP only where it is allowed by name', async () => {
    const r = await registry();
    expect(await problemsFor(source([], { registries: [{ host: r.host }] }), `${r.host}/acme/app`)).toEqual(['FETCH_TLS']);
    expect(r.log).toEqual([]);
  });

  it('follows an https registry to plain HTTP storage only when that host is named for plain HTTP', async () => {
    const [r, storage] = [await serve(good), await registry()];
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    storage.pushBlob('acme/app', '{"critical":1}');
    r.fault({ path: /\/blobs\//, behaviour: { kind: 'custom', handle: (request, response) => response.writeHead(307, { location: `${storage.url}${request.url}` }).end() } });
    const registries = [{ host: r.host, ca: good.ca }, { host: storage.host }];
    expect(codes((await drain(await source([], { registries }).open(artifact(`${r.host}/acme/app`, digest), SCOPE))).problems)).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect((await drain(await source([storage], { registries }).open(artifact(`${r.host}/acme/app`, digest), SCOPE))).evidence).toHaveLength(1);
  });
});

describe('mirrors and proxies', () => {
  it('asks the mirror under its prefix instead of the registry', async () => {
    const r = await registry();
    const digest = pushImage(r, 'ghcr/acme/app', 'v1');
    attachCosignTag(r, 'ghcr/acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{}' }]);
    const s = source([r], { registries: [{ host: 'ghcr.io', mirror: `${r.host}/ghcr` }], lookup: () => Promise.reject(new Error('nobody else is asked')) });
    expect((await drain(await s.open(artifact('ghcr.io/acme/app', digest), SCOPE))).evidence).toHaveLength(1);
  });

  it('E10 asks the hub at its registry host', async () => {
    const asked: string[] = [];
    const s = source([], { lookup: (host) => (asked.push(host), Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))) });
    await problemsFor(s, 'docker.io/library/nginx');
    await problemsFor(s, 'docker.io.evil.example/library/nginx');
    expect([...new Set(asked)]).toEqual(['registry-1.docker.io', 'docker.io.evil.example']);
  });

  it('F14 goes through the proxy, except to hosts that noProxy lists', async () => {
    const r = await registry();
    const proxy = await registry();
    const image = `${r.host}/acme/app`;
    await problemsFor(source([r], { proxy: { httpProxy: proxy.url } }), image);
    expect(proxy.log.length).toBeGreaterThan(0);
    expect(r.log).toEqual([]);
    await problemsFor(source([r], { proxy: { httpProxy: proxy.url, noProxy: 'x.example, 127.0.0.1' } }), image);
    expect(r.log.length).toBeGreaterThan(0);
  });
});
