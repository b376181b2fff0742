import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeServingCertificate } from '../../certs/authority.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { Behaviour, RegistryOptions, TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** Attack rows F and G over HTTPS: the image is signed and good, and what its registry does on the way gains nothing and reaches nobody. */

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const CANARY = { user: 'canary-user', password: 'canary-password' };
const users = { [CANARY.user]: { password: CANARY.password } };
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rows-'));
const all: TestRegistry[] = [];
let [registry, closed, bearer, trap]: TestRegistry[] = [];
let [secure, unknown, expired]: TestRegistry[] = [];
let server: TestServer;
let turn = 0;

async function open(options: RegistryOptions = {}): Promise<TestRegistry> {
  const started = await startRegistry(options);
  all.push(started);
  return started;
}

beforeAll(async () => {
  const day = 24 * 3600 * 1000;
  const [good, stranger, old] = await Promise.all([
    makeServingCertificate({ names: ['127.0.0.1'], days: 30, now: Date.now() }),
    makeServingCertificate({ names: ['127.0.0.1'], days: 30, now: Date.now() }),
    makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() - 10 * day }),
  ]);
  [registry, trap] = [await open(), await open()];
  closed = await open({ auth: { kind: 'basic', users } });
  bearer = await open({ auth: { kind: 'bearer', users } });
  secure = await open({ tls: { key: good.key, cert: good.certificate } });
  unknown = await open({ tls: { key: stranger.key, cert: stranger.certificate } });
  expired = await open({ tls: { key: old.key, cert: old.certificate } });
  const config = join(folder, 'config.json');
  const entry = { auth: Buffer.from(`${CANARY.user}:${CANARY.password}`).toString('base64') };
  const portOf = (r: TestRegistry): string => r.host.split(':')[1] ?? '';
  writeFileSync(config, JSON.stringify({ auths: {
    [closed.host]: entry, [bearer.host]: entry,
    // Names that only resemble the registry's.
    '127.0.0.1': entry, [`0.0.1:${portOf(registry)}`]: entry, [`${registry.host}0`]: entry, [`x${registry.host}`]: entry, [`${registry.host}/acm`]: entry, [`*.0.1:${portOf(registry)}`]: entry, 'broken.example': { auth: '!' },
  } }));
  writeFileSync(join(folder, 'docker-credential-cloud'), `#!/bin/sh\ncat > ${join(folder, 'asked')}\necho '{"Username":"${CANARY.user}","Secret":"${CANARY.password}"}'\n`);
  chmodSync(join(folder, 'docker-credential-cloud'), 0o755);
  server = await startTestServer({
    'policies.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'acme', { artifacts: [...all.map(({ host }) => ({ image: `${host}/acme/**` }))], require: [{ name: 'signed', signature: { by: ['alice'] } }] }),
  }, {
    plainHttp: [registry.host, closed.host, bearer.host],
    registries: [{ host: secure.host, ca: good.ca }, { host: unknown.host }, { host: expired.host, ca: old.ca }, { host: 'cloud.example', credentialHelper: 'cloud' }],
    dockerConfig: config,
    credentialHelpers: folder,
    'cache.absenceTTL': '0s',
  });
});
afterAll(async () => {
  await server.close();
  for (const one of all) await one.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const one of all) {
    one.clearFaults();
    one.clearLog();
  }
});

/** An image of its own with alice's good signature, as a bundle or under cosign's tag. */
async function signed(r: TestRegistry, how: 'bundle' | 'tag' = 'bundle'): Promise<{ made: Pushable; repository: string; name: string }> {
  const made = makeImage({ seed: `network ${(turn += 1)}` });
  const repository = `acme/network${turn}`;
  await push(r, repository, made, ['v1']);
  if (how === 'bundle') await pushReferrer(r, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })));
  else await push(r, repository, legacySignatures(made.digest, [simpleSigningLayer(world, { digest: made.digest, reference: `${r.host}/${repository}` }, { key: alice })]));
  return { made, repository, name: `${r.host}/${repository}@${made.digest}` };
}

async function ask(image: string): Promise<{ allowed: boolean; codes: string[]; status: number | undefined }> {
  const answer = await server.validate(podReview({ images: [image] }));
  return { allowed: answer.allowed, codes: codes(answer), status: answer.status?.code };
}

/** Denied as "could not look" while the fault is on, admitted before and after it: the image was good all the time. */
async function held(r: TestRegistry, path: RegExp, behaviour: Behaviour, code: string, how: 'bundle' | 'tag' = 'bundle'): Promise<void> {
  const { name } = await signed(r, how);
  const off = r.fault({ path, behaviour });
  expect(await ask(name)).toEqual({ allowed: false, codes: [code], status: 503 });
  off();
  expect(await ask(name)).toMatchObject({ allowed: true });
}

const challenge = (realm: string): Behaviour => ({ kind: 'status', status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="x"` } });
const to = (prefix: () => string): Behaviour => ({ kind: 'custom', handle: (request, response) => response.writeHead(307, { location: `${prefix()}${request.url}` }).end() });

describe('F: where a registry leads', () => {
  test.each(['http://169.254.169.254/token', 'https://10.0.0.1/token', 'https://[::1]/token', 'https://[::ffff:127.0.0.1]/token', 'https://[64:ff9b::a9fe:a9fe]/token', 'https://0x7f000001/token', 'https://2130706433/token', 'file:///etc/passwd', 'https://user@10.0.0.1/token', ''])('F01 E11 a token realm at %j is not asked', async (realm) => {
    await held(registry!, /manifests|referrers/, challenge(realm), 'FETCH_HOST_FORBIDDEN');
  });

  test('F01 F08 a token realm at another port of this machine is not asked', async () => {
    await held(registry!, /manifests|referrers/, challenge(`${trap!.url}/token`), 'FETCH_HOST_FORBIDDEN');
    expect(trap!.connections()).toBe(0);
  });

  test('F02 a token service that redirects is not followed', async () => {
    const { name } = await signed(bearer!);
    const off = bearer!.fault({ path: /^\/token/, behaviour: { kind: 'redirect', location: `${registry!.url}/token`, status: 302 } });
    expect(await ask(name)).toEqual({ allowed: false, codes: ['FETCH_REDIRECT'], status: 503 });
    off();
    expect(registry!.log).toEqual([]);
    expect(await ask(name)).toMatchObject({ allowed: true });
  });

  test('F03 F10 a redirect to another host takes no credential along, and what comes from there is hashed', async () => {
    const { name, repository, made } = await signed(closed!, 'tag');
    for (const [digest, bytes] of closed!.store.repository(repository).blobs) registry!.putBlob(repository, digest, bytes);
    closed!.fault({ path: /\/blobs\//, behaviour: { kind: 'custom', handle: (request, response) => response.writeHead(request.headers.authorization === undefined ? 401 : 307, { 'www-authenticate': 'Basic realm="x"', location: `${registry!.url}${request.url}` }).end() } });
    expect(await ask(name)).toMatchObject({ allowed: true });
    expect(registry!.requests(/blobs/).length).toBeGreaterThan(0);
    expect(registry!.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(closed!.log.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(made.digest).toBeDefined();
  });

  test('F04 a realm at a host that is not named for it gets no credential', async () => {
    const tokens = registry!;
    const { name } = await signed(closed!);
    tokens.fault({ path: /^\/token/, behaviour: { kind: 'body', body: '{"token":"nothing"}' } });
    const off = closed!.fault({ path: /manifests|referrers/, behaviour: challenge(`${tokens.url}/token`) });
    expect(await ask(name)).toEqual({ allowed: false, codes: ['FETCH_UNAUTHORIZED'], status: 503 });
    off();
    expect(tokens.requests(/^\/token/).length).toBeGreaterThan(0);
    expect(tokens.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  test('F05 F13 keys that only resemble the registry\'s name send it nothing, and a broken entry of another costs nothing', async () => {
    const { name } = await signed(registry!);
    registry!.fault({ path: /./, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } });
    expect(await ask(name)).toMatchObject({ allowed: false, codes: ['FETCH_UNAUTHORIZED'] });
    expect(registry!.log.length).toBeGreaterThan(0);
    expect(registry!.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(await ask((await signed(bearer!)).name)).toMatchObject({ allowed: true });
  });

  test('F06 the helper of one registry is not run for another', async () => {
    expect(await ask((await signed(registry!)).name)).toMatchObject({ allowed: true });
    expect(existsSync(join(folder, 'asked'))).toBe(false);
  });

  test.each(['http://169.254.169.254/latest', 'https://evil.example/v2/x', '//evil.example/x', '/v2/other/referrers/x?n=1'])('F07 a next page at %s is not read', async (link) => {
    await held(registry!, /\/referrers\//, { kind: 'headers', headers: { link: `<${link}>; rel="next"` } }, 'FETCH_REDIRECT');
  });

  test.each(['http://ghcr.io', 'https://169.254.169.254', 'https://10.0.0.1', 'https://localhost', 'https://[::ffff:127.0.0.1]', 'https://[fd00:ec2::254]'])('F08 F01 a redirect to %s is not followed', async (prefix) => {
    await held(registry!, /manifests|referrers/, to(() => prefix), 'FETCH_HOST_FORBIDDEN');
  });

  test('F08 a redirect to a port of this machine that nobody named reaches nobody', async () => {
    await held(registry!, /manifests|referrers/, to(() => trap!.url.replace('http:', 'https:')), 'FETCH_HOST_FORBIDDEN');
    expect(trap!.connections()).toBe(0);
  });

  test.each([['an authority that nobody named', () => unknown], ['a certificate that has expired', () => expired]] as const)('F14 %s: not even a signed image is read', async (_, of) => {
    const { name } = await signed(of()!);
    expect(await ask(name)).toEqual({ allowed: false, codes: ['FETCH_TLS'], status: 503 });
    expect(of()!.log).toEqual([]);
    expect(await ask((await signed(secure!)).name)).toMatchObject({ allowed: true });
  });

  test('F14 a registry that nobody named for plain HTTP is not asked over it', async () => {
    const { name } = await signed(trap!);
    expect((await ask(name)).allowed).toBe(false);
    expect(trap!.log).toEqual([]);
  });

  test.each<[string, Behaviour, string]>([
    ['G06 a packed bomb', { kind: 'body', body: gzipSync(Buffer.alloc(64 * 1024 * 1024)), headers: { 'content-encoding': 'gzip' } }, 'FETCH_RESPONSE_INVALID'],
    ['a packed body', { kind: 'body', body: brotliCompressSync('{}'), headers: { 'content-encoding': 'br' } }, 'FETCH_RESPONSE_INVALID'],
    ['headers without end', { kind: 'custom', handle: (_request, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}\r\n`) }, 'FETCH_RESPONSE_INVALID'],
    ['no HTTP', { kind: 'custom', handle: (_request, response) => void response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n') }, 'FETCH_RESPONSE_INVALID'],
    ['a body shorter than it says', { kind: 'custom', handle: (_request, response) => void response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{}') }, 'FETCH_UNREACHABLE'],
  ])('F15 %s', async (_, behaviour, code) => {
    const { name } = await signed(registry!);
    const off = registry!.fault({ path: /manifests|referrers/, behaviour });
    const answer = await ask(name);
    off();
    expect(answer).toMatchObject({ allowed: false, status: 503 });
    expect(['FETCH_RESPONSE_INVALID', code]).toContain(answer.codes[0]);
    expect(await ask(name)).toMatchObject({ allowed: true });
  });
});

describe('E, G: what lies beside the good signature', () => {
  test.each([9e15, 2 ** 53, -1, '9', null, 17 * 1024 * 1024])('G03 G04 a layer of size %j is not waited for, and the signature beside it counts', async (size) => {
    const { name, repository, made } = await signed(registry!);
    const layer = { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest: registry!.pushBlob(repository, '{"bad":1}'), size };
    registry!.pushManifest(repository, `${made.digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, layers: [layer] });
    expect(await ask(name)).toMatchObject({ allowed: true });
    const twin = makeImage();
    await push(registry!, repository, twin);
    registry!.pushManifest(repository, `${twin.digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, layers: [layer] });
    expect(await ask(`${registry!.host}/${repository}@${twin.digest}`)).toMatchObject({ allowed: false });
  });

  test.each([
    ['a million layers', `{"schemaVersion":2,"mediaType":"${MANIFEST}","layers":[${'{},'.repeat(900_000)}{}]}`],
    ['ten thousand layers', `{"schemaVersion":2,"mediaType":"${MANIFEST}","layers":[${'{},'.repeat(10_000)}{}]}`],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('G02 %s under a tag are counted before they are read, and the signature beside them counts', async (_, text) => {
    const { name, repository, made } = await signed(registry!);
    registry!.pushManifest(repository, `${made.digest.replace(':', '-')}.sig`, Buffer.from(text), MANIFEST);
    expect(await ask(name)).toMatchObject({ allowed: true });
  });

  test('E04 a good signature that is about another image is not used, wherever the registry lists it', async () => {
    const one = await signed(registry!);
    const other = makeImage();
    await push(registry!, one.repository, other);
    const bundle = bundleReferrer(one.made, keyBundle(world, { digest: one.made.digest, key: alice }));
    await push(registry!, one.repository, bundle);
    const list = { schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: bundle.mediaType, digest: bundle.digest, size: bundle.manifest.length, artifactType: bundle.artifactType }] };
    registry!.fault({ path: new RegExp(`/referrers/${other.digest}`), behaviour: { kind: 'body', body: JSON.stringify(list), headers: { 'content-type': INDEX } } });
    expect(await ask(`${registry!.host}/${one.repository}@${other.digest}`)).toEqual({ allowed: false, codes: ['FETCH_MANIFEST_INVALID'], status: 403 });
    // The same bytes as a signature for it: the signature is sound, and about another digest.
    await push(registry!, one.repository, legacySignatures(other.digest, [simpleSigningLayer(world, { digest: one.made.digest, reference: 'x' }, { key: alice })]));
    expect((await ask(`${registry!.host}/${one.repository}@${other.digest}`)).allowed).toBe(false);
    expect(await ask(one.name)).toMatchObject({ allowed: true });
  });

  test('E06 a signature of an index is none of its platforms, and a signed platform is no signed index', async () => {
    const [first, second] = [makeImage(), makeImage()];
    const repository = `acme/index${(turn += 1)}`;
    for (const image of [first, second]) await push(registry!, repository, image);
    const entryOf = (image: Pushable) => ({ mediaType: image.mediaType, digest: image.digest, size: image.manifest.length, platform: { architecture: 'amd64', os: 'linux' } });
    const digest = registry!.pushManifest(repository, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests: [first, second].map(entryOf) }, INDEX) as Pushable['digest'];
    const sign = async (of: Pushable['digest']): Promise<void> => push(registry!, repository, legacySignatures(of, [simpleSigningLayer(world, { digest: of, reference: 'x' }, { key: alice })]));
    await sign(first.digest);
    expect(await ask(`${registry!.host}/${repository}@${first.digest}`)).toMatchObject({ allowed: true });
    for (const name of [`${repository}:v1`, `${repository}@${digest}`, `${repository}@${second.digest}`]) expect(await ask(`${registry!.host}/${name}`)).toMatchObject({ allowed: false });
    await sign(digest);
    expect(await ask(`${registry!.host}/${repository}:v1`)).toMatchObject({ allowed: true });
    expect(await ask(`${registry!.host}/${repository}@${second.digest}`)).toMatchObject({ allowed: false });
  });

  test.each([
    ['E09 a digest of another length', (name: string) => name.slice(0, -1)],
    ['E09 a digest in upper case', (name: string) => name.replace('@sha256:', '@SHA256:')],
    ['E09 another algorithm for the same digits', (name: string) => name.replace('@sha256:', '@sha512:')],
    ['E09 a path that climbs', (name: string) => name.replace('/acme/', '/acme/../acme/')],
    ['E09 two slashes', (name: string) => name.replace('/acme/', '/acme//')],
    ['E11 the host in upper case', (name: string) => name.replace('127.0.0.1', '127.0.0.1.')],
    ['E11 the host as one number', (name: string) => name.replace('127.0.0.1', '2130706433')],
    ['E11 the host in hexadecimal', (name: string) => name.replace('127.0.0.1', '0x7f000001')],
    ['E11 the host with a zero in front', (name: string) => name.replace('127.0.0.1', '0177.0.0.1')],
    ['E11 the host shortened', (name: string) => name.replace('127.0.0.1', '127.1')],
    ['E10 a host that begins like the hub', (name: string) => name.replace(/^[^/]*/, 'docker.io.evil.example')],
    ['E10 a host that ends like the hub', (name: string) => name.replace(/^[^/]*/, 'evildocker.io')],
  ])('%s is another name, and nobody is asked by it', async (_, change) => {
    const { name } = await signed(registry!);
    expect(await ask(name)).toMatchObject({ allowed: true });
    registry!.clearLog();
    expect((await ask(change(name))).allowed).toBe(false);
    expect(registry!.log).toEqual([]);
  });

  test('H23 a registry that hangs is not asked on when the caller has gone', async () => {
    const { name } = await signed(registry!);
    registry!.fault({ path: /manifests|referrers/, behaviour: { kind: 'hang' } });
    const answer = await server.validate(podReview({ images: [name] }), '?timeout=2s');
    expect(answer).toMatchObject({ allowed: false, status: { code: 503 } });
    await expect.poll(() => registry!.log.every(({ aborted }) => aborted), { timeout: 20_000 }).toBe(true);
  });
});
