import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerAuths, RegistryCredential } from '../../../src/domain/artifact/registry.ts';
import { createKeychain } from '../../../src/fetch/credentials/keychain.ts';
import { compileReachability, mayReceiveCredentials } from '../../../src/net/reachability.ts';
import { parseHttpUrl } from '../../../src/net/host.ts';
import { pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { SCOPE, artifact, codes, manualClock, ref, registry, source, within } from './support.ts';

const ALICE: RegistryCredential = { username: 'alice', password: 'canary-wonder' };
const users = { alice: { password: 'canary-wonder' }, bob: { password: 'canary-builder', repositories: ['bob/app'] } };

function auths(entries: Record<string, RegistryCredential>, helpers: Record<string, string> = {}): DockerAuths {
  return { auths: new Map(Object.entries(entries)), credHelpers: new Map(Object.entries(helpers)) };
}

async function resolves(s: ReturnType<typeof source>, name: string, tag = 'v1'): Promise<string> {
  const result = await s.resolve(ref(name, tag), SCOPE, within(60_000));
  return result.ok ? 'ok' : result.problem.code;
}

function seen(r: TestRegistry): (string | undefined)[] {
  return r.log.map(({ headers }) => headers.authorization);
}

describe('authorization', () => {
  it('basic: only after the registry asked, and then at once', async () => {
    const r = await registry({ auth: { kind: 'basic', users } });
    pushImage(r, 'acme/app', 'v1');
    const s = source([r], { dockerAuths: auths({ [r.host]: ALICE }) });
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(seen(r).map((header) => header?.split(' ')[0])).toEqual([undefined, 'Basic']);
    r.clearLog();
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(seen(r).map((header) => header?.split(' ')[0])).toEqual(['Basic']);
  });

  it('basic without credentials, and with wrong ones, is refused', async () => {
    const r = await registry({ auth: { kind: 'basic', users } });
    pushImage(r, 'acme/app', 'v1');
    expect(await resolves(source([r]), `${r.host}/acme/app`)).toBe('FETCH_UNAUTHORIZED');
    expect(await resolves(source([r], { dockerAuths: auths({ [r.host]: { username: 'alice', password: 'x' } }) }), `${r.host}/acme/app`)).toBe('FETCH_UNAUTHORIZED');
  });

  it('bearer: one token per repository, kept until it expires', async () => {
    const r = await registry({ auth: { kind: 'bearer', users, tokenLife: 120 } });
    pushImage(r, 'acme/app', 'v1');
    const clock = manualClock();
    const s = source([r], { clock, dockerAuths: auths({ [r.host]: ALICE }) });
    await Promise.all(Array.from({ length: 10 }, (_, index) => resolves(s, `${r.host}/acme/app`, index === 0 ? 'v1' : `missing${index}`)));
    expect(r.requests(/^\/token/)).toHaveLength(1);
    expect(r.requests(/^\/token/)[0]?.path).toBe('/token?service=test-registry&scope=repository%3Aacme%2Fapp%3Apull');
    clock.tick(109_000);
    await resolves(s, `${r.host}/acme/app`);
    expect(r.requests(/^\/token/)).toHaveLength(1);
    clock.tick(2_000);
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(r.requests(/^\/token/)).toHaveLength(2);
  });

  it('bearer without credentials gets an anonymous token', async () => {
    const r = await registry({ auth: { kind: 'bearer', users, anonymous: (repository) => repository === 'acme/app' } });
    pushImage(r, 'acme/app', 'v1');
    pushImage(r, 'acme/secret', 'v1');
    const s = source([r]);
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(await resolves(s, `${r.host}/acme/secret`)).toBe('FETCH_UNAUTHORIZED');
    expect(r.requests(/^\/token/).every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it.each([
    ['moved', 'http://127.0.0.1:1/token', 'FETCH_HOST_FORBIDDEN'],
    ['failed once', '', 'FETCH_SERVER_ERROR'],
  ])('a token service that %s is asked for anew, not for ever', async (_name, realm, code) => {
    const r = await registry({ auth: { kind: 'bearer', users, tokenLife: 5 } });
    pushImage(r, 'acme/app', 'v1');
    const s = source([r], { dockerAuths: auths({ [r.host]: ALICE }) });
    if (realm === '') r.fault({ path: /^\/token/, times: 1, behaviour: { kind: 'status', status: 404 } });
    else r.fault({ path: /manifests/, times: 1, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } } });
    expect([await resolves(s, `${r.host}/acme/app`), await resolves(s, `${r.host}/acme/app`)]).toEqual([code, 'ok']);
  });

  it('a token that the registry no longer accepts is replaced once', async () => {
    const r = await registry({ auth: { kind: 'bearer', users, tokenLife: 3600 } });
    pushImage(r, 'acme/app', 'v1');
    const s = source([r], { dockerAuths: auths({ [r.host]: ALICE }) });
    await resolves(s, `${r.host}/acme/app`);
    r.clearLog();
    r.fault({ path: /manifests/, times: 1, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': `Bearer realm="${r.url}/token",service="test-registry"` } } });
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(r.log.map(({ path }) => path.split('?')[0])).toEqual(['/v2/acme/app/manifests/v1', '/token', '/v2/acme/app/manifests/v1']);
  });

  it('an identity token is exchanged, a registry token is used as it is', async () => {
    const r = await registry({ auth: { kind: 'bearer', users, identityTokens: { alice: 'canary-refresh' } } });
    pushImage(r, 'acme/app', 'v1');
    expect(await resolves(source([r], { dockerAuths: auths({ [r.host]: { identityToken: 'canary-refresh' } }) }), `${r.host}/acme/app`)).toBe('ok');
    expect(r.requests(/^\/token/)[0]?.method).toBe('POST');
    r.clearLog();
    await resolves(source([r], { dockerAuths: auths({ [r.host]: { registryToken: 'canary-token' } }) }), `${r.host}/acme/app`);
    expect(seen(r)[0]).toBe('Bearer canary-token');
  });

  it('tries the next credential, and at last none, when one is refused', async () => {
    const r = await registry({ auth: { kind: 'bearer', users, anonymous: (repository) => repository === 'open/app' } });
    pushImage(r, 'bob/app', 'v1');
    pushImage(r, 'open/app', 'v1');
    const pullSecrets = { read: () => Promise.resolve({ auths: [auths({ [r.host]: { username: 'bob', password: 'canary-builder' } }), auths({ [r.host]: { username: 'gone', password: 'x' } })], problems: [] }) };
    const s = source([r], { pullSecrets });
    expect(await resolves(s, `${r.host}/bob/app`)).toBe('ok');
    expect(await resolves(s, `${r.host}/open/app`)).toBe('ok');
  });

  it('a token service that fails is no refusal of the registry', async () => {
    const r = await registry({ auth: { kind: 'bearer', users } });
    pushImage(r, 'acme/app', 'v1');
    r.fault({ path: /^\/token/, behaviour: { kind: 'status', status: 500 } });
    expect(await resolves(source([r]), `${r.host}/acme/app`)).toBe('FETCH_SERVER_ERROR');
    r.clearFaults();
    r.fault({ path: /^\/token/, behaviour: { kind: 'body', body: '{"token":"a\\r\\nx: y"}' } });
    expect(await resolves(source([r]), `${r.host}/acme/app`)).toBe('FETCH_SERVER_ERROR');
  });
});

describe('token realms', () => {
  /** A registry that sends its clients to a realm of its choice. */
  async function sending(realm: string) {
    const r = await registry({ auth: { kind: 'bearer', users, realm } });
    pushImage(r, 'acme/app', 'v1');
    return r;
  }

  it.each(['http://169.254.169.254/token', 'https://0.0.0.0:1/token', 'https://10.0.0.1/token', 'https://[::1]/token', 'file:///etc/passwd', 'gopher://x/', 'https://metadata.example/token', 'https://0x7f000001/token', 'https://2130706433/token', 'https://0177.0.0.1/token', 'https://127.1/token', 'https://[::ffff:127.0.0.1]/token', 'https://[::ffff:a9fe:a9fe]/token', 'https://[64:ff9b::a9fe:a9fe]/token', 'https://[fd00:ec2::254]/token', 'https://user@10.0.0.1/token', ''])('F01 does not ask a realm at %j', async (realm) => {
    const r = await sending(realm);
    const s = source([r], { dockerAuths: auths({ [r.host]: ALICE }), lookup: () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]) });
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('FETCH_HOST_FORBIDDEN');
  });

  it('F01 does not ask another port of the same loopback address', async () => {
    const other = await registry();
    const r = await sending(`${other.url}/token`);
    expect(await resolves(source([r], { dockerAuths: auths({ [r.host]: ALICE }) }), `${r.host}/acme/app`)).toBe('FETCH_HOST_FORBIDDEN');
    expect(other.connections()).toBe(0);
  });

  it('F02 does not follow redirects of the token service', async () => {
    const [r, other] = [await registry({ auth: { kind: 'bearer', users } }), await registry()];
    r.fault({ path: /^\/token/, behaviour: { kind: 'redirect', location: `${other.url}/token`, status: 302 } });
    expect(await resolves(source([r, other]), `${r.host}/acme/app`)).toBe('FETCH_REDIRECT');
    expect(other.log).toEqual([]);
  });

  it('F04 gives another host an anonymous request, and its authHosts the credential', async () => {
    const tokens = await registry({ auth: { kind: 'bearer', users } });
    const r = await sending(`${tokens.url}/token`);
    const dockerAuths = auths({ [r.host]: ALICE });
    await resolves(source([r, tokens], { dockerAuths }), `${r.host}/acme/app`);
    expect(new Set(seen(tokens))).toEqual(new Set([undefined]));
    tokens.clearLog();
    await resolves(source([r, tokens], { dockerAuths, registries: [{ host: r.host, authHosts: [tokens.host] }] }), `${r.host}/acme/app`);
    expect(seen(tokens)[0]).toMatch(/^Basic /);
  });

  it('F04 an https registry cannot lead its credentials to plain HTTP', () => {
    const reach = compileReachability({ registries: [{ host: 'r.example', authHosts: ['auth.example'] }], plainHttp: ['auth.example'] }, () => new Set());
    const repository = reach.repository('r.example/acme/app');
    const at = (url: string) => parseHttpUrl(url)?.origin ?? repository.origin;
    expect(mayReceiveCredentials(repository, at('https://auth.example/token'))).toBe(true);
    expect(mayReceiveCredentials(repository, at('https://auth.example:443/token'))).toBe(true);
    expect(mayReceiveCredentials(repository, at('https://auth.example:8443/token'))).toBe(false);
    expect(mayReceiveCredentials(repository, at('http://auth.example/token'))).toBe(false);
    expect(() => reach.elsewhere(at('http://auth.example/token'), repository.origin, 'realm')).toThrow('FETCH_HOST_FORBIDDEN');
  });

  it('E10 the hub shares its credentials with its own token service only', () => {
    const reach = compileReachability({ registries: [], plainHttp: [] }, () => new Set());
    const at = (url: string) => parseHttpUrl(url)?.origin;
    const may = (name: string, url: string): boolean => {
      const origin = at(url);
      return origin !== undefined && mayReceiveCredentials(reach.repository(name), origin);
    };
    expect(may('docker.io/library/nginx', 'https://auth.docker.io/token')).toBe(true);
    expect(may('docker.io/library/nginx', 'https://auth.docker.io.evil.example/token')).toBe(false);
    expect(may('evildocker.io/library/nginx', 'https://auth.docker.io/token')).toBe(false);
    expect(may('ghcr.io/acme/app', 'https://auth.docker.io/token')).toBe(false);
  });
});

describe('which credential', () => {
  const chain = (entries: Record<string, RegistryCredential>) => createKeychain({ pullSecrets: undefined, dockerAuths: auths(entries), helpers: () => Promise.resolve(undefined) });
  const reach = compileReachability({ registries: [{ host: 'mirrored.example', mirror: 'mirror.example/m' }], plainHttp: [] }, () => new Set());
  const users = (entries: Record<string, RegistryCredential>, name: string) => chain(entries).access(reach.repository(name), SCOPE, within(60_000)).then(({ candidates }) => candidates.map(({ username }) => username));
  const as = (username: string): RegistryCredential => ({ username, password: 'x' });

  it.each([
    ['ghcr.io', 'ghcr.io/acme/app', true],
    ['https://ghcr.io', 'ghcr.io/acme/app', true],
    ['https://ghcr.io/v2/', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app', true],
    ['ghcr.io/acm', 'ghcr.io/acme/app', false],
    ['ghcr.io/acme/app/x', 'ghcr.io/acme/app', false],
    ['ghcr.io', 'cr.io/acme/app', false],
    ['cr.io', 'ghcr.io/acme/app', false],
    ['ghcr.io', 'ghcr.io.evil.example/acme/app', false],
    ['ghcr.io', 'ghcr.io:5000/acme/app', false],
    ['ghcr.io:5000', 'ghcr.io/acme/app', false],
    // Wildcards as kubelet has them: within a label, as many labels, the same port (F1).
    ['*.io', 'ghcr.io/acme/app', true],
    ['*.io', 'a.ghcr.io/acme/app', false],
    ['*', 'ghcr.io/acme/app', false],
    ['*.example.com', 'registry.example.com/acme/app', true],
    ['*.example.com', 'example.com/acme/app', false],
    ['*.example.com', 'a.b.example.com/acme/app', false],
    ['*.example.com', 'registry.example.com.evil.example/acme/app', false],
    ['*.example.com', 'registry.example.com:5000/acme/app', false],
    ['*.example.com:5000', 'registry.example.com:5000/acme/app', true],
    ['*.example.com:5000', 'registry.example.com:5001/acme/app', false],
    ['*', 'localhost:5000/acme/app', false],
    ['*:5000', 'localhost:5000/acme/app', true],
    ['*-docker.pkg.dev', 'us-docker.pkg.dev/acme/app', true],
    ['?s-docker.pkg.dev', 'us-docker.pkg.dev/acme/app', true],
    ['https://*.example.com/v2/', 'registry.example.com/acme/app', true],
    ['*.example.com/acme', 'registry.example.com/acme/app', true],
    ['*.example.com/acme', 'registry.example.com/acme-evil/app', false],
    ['https://ghcr.io/v2/acme', 'ghcr.io/acme/app', true],
    ['https://ghcr.io/v2/acme', 'ghcr.io/other/app', false],
    ['https://index.docker.io/v1/', 'docker.io/library/nginx', true],
    ['index.docker.io', 'docker.io/library/nginx', true],
    ['docker.io', 'docker.io/library/nginx', true],
    ['docker.io/library', 'docker.io/library/nginx', true],
    ['https://index.docker.io/v1/', 'docker.io.evil.example/library/nginx', false],
    ['mirrored.example', 'mirrored.example/acme/app', false],
    ['mirror.example', 'mirrored.example/acme/app', true],
    ['', 'ghcr.io/acme/app', false],
  ])('F05 key %j for %s: %s', async (key, name, applies) => {
    expect(await users({ [key]: as('u') }, name)).toEqual(applies ? ['u'] : []);
  });

  it('takes the longest path first', async () => {
    expect(await users({ 'ghcr.io': as('host'), 'ghcr.io/acme/app': as('repository'), 'ghcr.io/acme': as('organisation') }, 'ghcr.io/acme/app')).toEqual(['repository', 'organisation', 'host']);
  });

  it('F1: takes hosts written out before patterns, whatever their order, and the same credential once', async () => {
    const entries = { '*.example': as('pattern'), 'r.example': as('host'), 'https://r.example': as('host'), '*.example/acme': as('pattern and path') };
    expect(await users(entries, 'r.example/acme/app')).toEqual(['host', 'pattern and path', 'pattern']);
  });

  it('F1: of thirty-two the server has eight of its own, however many a pod brings, and says how many are left', async () => {
    const many = Array.from({ length: 40 }, (_, n) => auths({ 'ghcr.io': as(`pod${n}`) }));
    const own = auths({ 'ghcr.io': as('own') });
    const keychain = createKeychain({ pullSecrets: { read: () => Promise.resolve({ auths: many, problems: [] }) }, dockerAuths: own, helpers: () => Promise.resolve(undefined) });
    const { candidates, untried } = await keychain.access(reach.repository('ghcr.io/acme/app'), SCOPE, within(60_000));
    expect([candidates.length, candidates.at(-1)?.username, untried]).toEqual([32, 'own', 9]);
  });

  it('has the same key for the same credentials and another for others', async () => {
    const key = (username: string) => chain({ 'ghcr.io': as(username) }).access(reach.repository('ghcr.io/acme/app'), SCOPE, within(60_000)).then((access) => access.key);
    expect(await key('a')).toBe(await key('a'));
    expect(await key('a')).not.toBe(await key('b'));
    expect(await chain({}).access(reach.repository('ghcr.io/acme/app'), SCOPE, within(60_000))).toEqual({ candidates: [], ofSecrets: 0, untried: 0, key: 'anonymous', problems: [] });
    expect(await key('a')).not.toContain('a:x');
  });
});

describe('credential helpers', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'helpers-'));
    const program = (name: string, script: string): void => {
      writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, `docker-credential-${name}`), 0o755);
    };
    program('good', `read server; echo "$1 $server" >> ${folder}/calls; echo '{"ServerURL":"x","Username":"alice","Secret":"canary-wonder"}'`);
    program('none', 'echo "credentials not found in native keychain"; exit 1');
    program('broken', 'echo canary-output; exit 3');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function protectedRegistry(): Promise<TestRegistry> {
    const r = await registry({ auth: { kind: 'basic', users } });
    pushImage(r, 'acme/app', 'v1');
    return r;
  }

  it('asks the helper of the registry or of the docker configuration, once', async () => {
    const r = await protectedRegistry();
    const s = source([r], { helperDir: folder, registries: [{ host: r.host, credentialHelper: 'good' }] });
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    expect(await resolves(s, `${r.host}/acme/app`)).toBe('ok');
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(`get ${r.host}\n`);
    const configured = source([r], { helperDir: folder, dockerAuths: auths({}, { [r.host]: 'good' }) });
    expect(await resolves(configured, `${r.host}/acme/app`)).toBe('ok');
  });

  it.each([
    ['none', 'FETCH_UNAUTHORIZED'],
    ['broken', 'FETCH_CREDENTIALS'],
    ['missing', 'FETCH_CREDENTIALS'],
    ['../docker-credential-good', 'FETCH_CREDENTIALS'],
  ])('helper %s gives %s, and its output is not repeated', async (helper, code) => {
    const r = await protectedRegistry();
    const s = source([r], { helperDir: folder, registries: [{ host: r.host, credentialHelper: helper }] });
    const problems = await s.diagnose(artifact(`${r.host}/acme/app`, `sha256:${'0'.repeat(64)}`), SCOPE, within(60_000));
    expect(codes(problems)).toEqual([code]);
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  it.each([
    ['x.azurecr.io/acme/app', ['x.azurecr.io']],
    ['x.azurecr.io.evil.example/acme/app', []],
    ['evilx.azurecr.io/acme/app', []],
    ['azurecr.io/acme/app', []],
    ['x.azurecr.io:5000/acme/app', []],
  ])('F06 a cloud\'s helper is asked for exactly the registry it is configured for: %s', async (name, expected) => {
    const asked: string[] = [];
    const helpers = (_helper: string, server: string): Promise<undefined> => (asked.push(server), Promise.resolve(undefined));
    for (const how of [{ registries: [{ host: 'x.azurecr.io', credentialHelper: 'acr-env' }], dockerAuths: undefined }, { registries: [], dockerAuths: auths({}, { 'x.azurecr.io': 'acr-env' }) }]) {
      asked.length = 0;
      const reach = compileReachability({ registries: how.registries, plainHttp: [] }, () => new Set());
      await createKeychain({ pullSecrets: undefined, dockerAuths: how.dockerAuths, helpers }).access(reach.repository(name), SCOPE, within(60_000));
      expect(asked).toEqual(expected);
    }
  });

  it('never runs a helper that a pull secret names', async () => {
    const r = await protectedRegistry();
    const pullSecrets = { read: () => Promise.resolve({ auths: [{ ...auths({}, { [r.host]: 'good' }), credsStore: 'good' }], problems: [] }) };
    expect(await resolves(source([r], { helperDir: folder, pullSecrets }), `${r.host}/acme/app`)).toBe('FETCH_UNAUTHORIZED');
  });
});

describe('secrecy', () => {
  it('F16 no problem carries a credential', async () => {
    const r = await registry({ auth: { kind: 'bearer', users } });
    const digest = pushImage(r, 'acme/app', 'v1');
    const s = source([r], { dockerAuths: auths({ [r.host]: { username: 'alice', password: 'canary-wrong' } }) });
    const image = artifact(`${r.host}/acme/app`, digest);
    const lookup = await s.open(image, SCOPE);
    await lookup.next(within(60_000));
    const told = JSON.stringify([lookup.batches, await s.diagnose(image, SCOPE, within(60_000)), await s.resolve(ref(image.name, 'v1'), SCOPE, within(60_000)), s.stats()]);
    expect(told).toContain('FETCH_UNAUTHORIZED');
    expect(told).not.toMatch(/canary|YWxpY2U/);
  });
});
