import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { compileProxies } from '../../../src/net/proxy.ts';
import { parseHttpUrl } from '../../../src/net/host.ts';
import { attachCosignTag, pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { startProxy } from '../../world/registry/proxy.ts';
import type { ProxyOptions, TestProxy } from '../../world/registry/proxy.ts';
import { PATIENT, SCOPE, SIMPLE, artifact, codes, drain, registry, source, within } from '../fetch/support.ts';

const open: TestProxy[] = [];
afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.close();
});
async function proxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const started = await startProxy(options);
  open.push(started);
  return started;
}

const nobody = (): Promise<never> => Promise.reject(new Error('no name is resolved here'));

let certificate: Awaited<ReturnType<typeof makeServingCertificate>>;
beforeAll(async () => {
  certificate = await makeServingCertificate({ names: ['127.0.0.1', 'registry.test'], days: 3650, now: Date.now() });
});

/** A signed image in a registry that speaks TLS as `registry.test`, and what it takes to reach it. */
async function behindTls() {
  const r = await registry({ tls: { key: certificate.key, cert: certificate.certificate } });
  const digest = pushImage(r, 'acme/app', 'v1');
  attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{}' }]);
  const host = `registry.test:${r.host.split(':')[1] ?? ''}`;
  return { r, image: artifact(`${host}/acme/app`, digest), registries: [{ host, ca: certificate.ca }], host };
}

function sign(r: TestRegistry): ReturnType<typeof artifact> {
  const digest = pushImage(r, 'acme/app', 'v1');
  attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{}' }]);
  return artifact(`${r.host}/acme/app`, digest);
}

describe('F14 HTTPS through a proxy', () => {
  it('opens a tunnel, lets the proxy resolve the name, and still checks the registry\'s certificate', async () => {
    const { image, registries, host, r } = await behindTls();
    const p = await proxy({ resolvesTo: '127.0.0.1' });
    const s = source([], { registries, proxy: { httpsProxy: p.url }, lookup: nobody });
    const found = await drain(await s.open(image, SCOPE));
    expect(found).toMatchObject({ problems: [], evidence: [{ format: 'cosign-simple' }] });
    expect(new Set(p.log.map(({ line }) => line))).toEqual(new Set([`CONNECT ${host}`]));
    expect(r.log.every(({ headers }) => headers.host === host)).toBe(true);
    const stranger = source([], { registries: registries.map(({ host: name }) => ({ host: name })), proxy: { httpsProxy: p.url }, lookup: nobody });
    expect(new Set(codes((await drain(await stranger.open(image, SCOPE))).problems))).toEqual(new Set(['FETCH_TLS']));
  });

  it('goes through a proxy that itself speaks TLS only when the system trusts it', async () => {
    const { image, registries } = await behindTls();
    const p = await proxy({ resolvesTo: '127.0.0.1', tls: { key: certificate.key, cert: certificate.certificate } });
    const found = await drain(await source([], { registries, proxy: { httpsProxy: p.url }, lookup: nobody }).open(image, SCOPE));
    expect(new Set(codes(found.problems))).toEqual(new Set(['FETCH_TLS']));
    expect(p.log).toEqual([]);
  });

  it('shows the proxy its own credentials, and neither of the two the other\'s', async () => {
    const { r, image, registries } = await behindTls();
    const p = await proxy({ resolvesTo: '127.0.0.1', authorization: `Basic ${Buffer.from('proxy user:canary/proxy').toString('base64')}` });
    const uri = p.url.replace('http://', 'http://proxy%20user:canary%2Fproxy@');
    const dockerAuths = { auths: new Map([[registries[0]?.host ?? '', { username: 'alice', password: 'canary-registry' }]]), credHelpers: new Map() };
    r.fault({ path: /./, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } });
    const told = JSON.stringify(await drain(await source([], { registries, dockerAuths, proxy: { httpsProxy: uri }, lookup: nobody }).open(image, SCOPE)));
    expect(p.log.length).toBeGreaterThan(0);
    expect(r.log.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(r.log.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
    expect(p.log.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(told).not.toContain('canary');
  });

  it.each([
    ['refuses the tunnel', { refuse: 403 }, 'the proxy answers 403'],
    ['wants credentials', { authorization: 'Basic x' }, 'the proxy answers 407'],
    ['redirects', { refuse: 302 }, 'the proxy answers 302'],
    ['speaks in the place of the registry', { early: 'HTTP/1.1 200 OK\r\n\r\n' }, 'the proxy answers 200'],
  ])('says so when the proxy %s', async (_, options, found) => {
    const { image, registries } = await behindTls();
    const p = await proxy({ resolvesTo: '127.0.0.1', ...options });
    const [problem] = await source([], { registries, proxy: { httpsProxy: p.url }, lookup: nobody }).diagnose(image, SCOPE, within(60_000));
    expect(problem).toMatchObject({ code: 'FETCH_UNREACHABLE', found, cause: `asked through the proxy ${p.host}` });
  });

  it('names the proxy when that cannot be reached', async () => {
    const { image, registries } = await behindTls();
    const p = await proxy();
    await p.close();
    const [problem] = await source([], { registries, proxy: { httpsProxy: p.url.replace('//', '//user:canary@') }, lookup: nobody }).diagnose(image, SCOPE, within(60_000));
    expect(problem).toMatchObject({ code: 'FETCH_UNREACHABLE', found: 'connection refused', cause: `asked through the proxy ${p.host}` });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  it('H23 gives a tunnel up that is being opened when the caller leaves', async () => {
    const { image, registries } = await behindTls();
    const p = await proxy({ hang: true });
    const s = source([], { registries, proxy: { httpsProxy: p.url }, lookup: nobody, limits: { requestTimeout: 60_000 } });
    const caller = new AbortController();
    const asked = s.diagnose(image, SCOPE, caller.signal);
    await expect.poll(() => p.connections(), PATIENT).toBe(1);
    caller.abort();
    expect(codes(await asked)).toEqual(['FETCH_TIMEOUT']);
    await expect.poll(() => p.connections(), PATIENT).toBe(0);
  });
});

describe('F14 plain HTTP through a proxy', () => {
  it('asks for whole URLs and gives the proxy its credentials', async () => {
    const r = await registry();
    const image = sign(r);
    const p = await proxy({ authorization: `Basic ${Buffer.from('u:').toString('base64')}` });
    const found = await drain(await source([r], { proxy: { httpProxy: p.url.replace('//', '//u@') } }).open(image, SCOPE));
    expect(found).toMatchObject({ problems: [], evidence: [{ format: 'cosign-simple' }] });
    expect(p.log.every(({ line }) => line.startsWith(`GET http://${r.host}/v2/acme/app/`))).toBe(true);
    const refused = await source([r], { proxy: { httpProxy: p.url } }).diagnose(image, SCOPE, within(60_000));
    expect(refused).toMatchObject([{ code: 'FETCH_SERVER_ERROR', found: 'status 407' }]);
  });
});

describe('F08 behind a proxy', () => {
  it.each(['169.254.169.254', '[fd00:ec2::254]', '[::ffff:169.254.169.254]'])('addresses written out are checked all the same: %s', async (host) => {
    const p = await proxy();
    const s = source([], { registries: [{ host }], plainHttp: [host], proxy: { httpProxy: p.url, httpsProxy: p.url } });
    expect(new Set(codes((await drain(await s.open(artifact(`${host}/acme/app`, `sha256:${'0'.repeat(64)}`), SCOPE))).problems))).toEqual(new Set(['FETCH_HOST_FORBIDDEN']));
    expect(p.log).toEqual([]);
  });
});

describe('proxy settings', () => {
  const at = (url: string) => parseHttpUrl(url)?.origin ?? parseHttpUrl('https://x.example')!.origin; // the last URL is a constant that parses

  it.each([
    ['ghcr.io', 'https://ghcr.io/', true],
    ['.ghcr.io', 'https://ghcr.io/', true],
    ['*.ghcr.io', 'https://pkg.ghcr.io/', true],
    ['ghcr.io', 'https://evilghcr.io/', false],
    ['ghcr.io:443', 'https://ghcr.io/', true],
    ['ghcr.io:8443', 'https://ghcr.io/', false],
    ['a.example, GHCR.io', 'https://ghcr.io/', true],
    ['10.0.0.1', 'https://10.0.0.1/', true],
    ['0.0.1', 'https://10.0.0.1/', false],
    ['*', 'https://ghcr.io/', true],
    ['', 'https://ghcr.io/', false],
    ['10.0.0.0/8', 'https://10.0.0.1/', false],
  ])('noProxy %j for %s: direct is %s', (noProxy, url, direct) => {
    const proxyFor = compileProxies({ httpsProxy: 'http://proxy.example:3128', noProxy });
    expect(proxyFor(at(url)) === undefined).toBe(direct);
  });

  it('takes the proxy of the scheme, written with or without scheme of its own', () => {
    const proxyFor = compileProxies({ httpsProxy: 'proxy.example:3128' });
    expect(proxyFor(at('https://ghcr.io/'))?.href).toBe('http://proxy.example:3128/');
    expect(proxyFor(at('http://ghcr.io/'))).toBeUndefined();
  });

  it.each(['socks5://user:canary@proxy.example', 'http://', 'file:///canary', 'http://%ff:canary@proxy.example'])('refuses %s without repeating it', (httpsProxy) => {
    expect(() => compileProxies({ httpsProxy })).toThrow(/^HTTPS_PROXY: expected the URL of an HTTP proxy(?!.*canary)/);
  });
});
