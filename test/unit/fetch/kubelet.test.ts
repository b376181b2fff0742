/** Credentials as the kubelet tries them: all of them, by its rules, also where a registry hides what it has; and what was sent is said. */
import { describe, expect, it } from 'vitest';
import type { DockerAuths, RegistryCredential } from '../../../src/domain/artifact/registry.ts';
import type { FetchProblem } from '../../../src/domain/ports.ts';
import { readDockerConfig } from '../../../src/fetch/index.ts';
import type { RegistrySource } from '../../../src/fetch/index.ts';
import { attachCosignTag, pushImage } from '../../world/registry.ts';
import type { RegistryAuth, TestRegistry } from '../../world/registry.ts';
import { SCOPE, SIMPLE, artifact, codes, drain, ref, registry, source, within } from './support.ts';

const users = { alice: { password: 'canary-wonder' } };
const GOOD: RegistryCredential = { username: 'alice', password: 'canary-wonder' };
const bad = (n: number): RegistryCredential => ({ username: `gone${n}`, password: 'canary-stale' });

function auths(entries: Record<string, RegistryCredential>): DockerAuths {
  return { auths: new Map(Object.entries(entries)), credHelpers: new Map() };
}

function secrets(r: TestRegistry, credentials: readonly RegistryCredential[]) {
  return { read: () => Promise.resolve({ auths: credentials.map((one) => auths({ [r.host]: one })), problems: [] }) };
}

async function problemOf(s: RegistrySource, name: string): Promise<FetchProblem | undefined> {
  const result = await s.resolve(ref(name, 'v1'), SCOPE, within(60_000));
  return result.ok ? undefined : result.problem;
}

async function closed(kind: RegistryAuth['kind'], more: Partial<RegistryAuth> = {}): Promise<TestRegistry> {
  const r = await registry({ auth: { kind, users, ...more } });
  pushImage(r, 'acme/app', 'v1');
  return r;
}

describe.each(['basic', 'bearer'] as const)('F1: every credential is tried (%s)', (kind) => {
  it.each([
    ['first of five, oldest', [GOOD, bad(1), bad(2), bad(3), bad(4)]],
    ['last of thirty', [...Array.from({ length: 29 }, (_, n) => bad(n)), GOOD]],
    ['in the middle', [bad(1), bad(2), bad(3), GOOD, bad(4), bad(5), bad(6)]],
  ])('F1: the good one is %s', async (_, credentials) => {
    const r = await closed(kind);
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{"good":1}' }]);
    const s = source([r], { pullSecrets: secrets(r, credentials) });
    const found = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect([found.evidence.length, found.problems]).toEqual([1, []]);
    // Which one it is was found out once.
    r.clearLog();
    expect(await problemOf(s, `${r.host}/acme/app`)).toBeUndefined();
    expect(r.log).toHaveLength(1);
  });

  it('F1: stale secrets of a pod do not shut out the server itself', async () => {
    const r = await closed(kind);
    const pullSecrets = secrets(r, Array.from({ length: 40 }, (_, n) => bad(n)));
    expect(await problemOf(source([r], { pullSecrets, dockerAuths: auths({ [r.host]: GOOD }) }), `${r.host}/acme/app`)).toBeUndefined();
  });

  it('F1: how many were refused, and how many were not tried, is said, and none is named', async () => {
    const r = await closed(kind);
    const problem = await problemOf(source([r], { pullSecrets: secrets(r, Array.from({ length: 35 }, (_, n) => bad(n))) }), `${r.host}/acme/app`);
    expect(problem?.code).toBe('FETCH_UNAUTHORIZED');
    expect(problem?.cause).toContain(`32 credentials were sent to ${r.host}`);
    expect(problem?.cause).toContain('3 credentials were not tried');
    expect(JSON.stringify(problem)).not.toMatch(/canary|gone/);
    const none = await problemOf(source([r]), `${r.host}/acme/app`);
    expect(none).toMatchObject({ code: 'FETCH_UNAUTHORIZED', cause: `no credential was tried: there is none for ${r.host}` });
  });

  it('F1: an unsigned image costs the search for the right credential once, not at every place', async () => {
    const r = await closed(kind);
    const s = source([r], { pullSecrets: secrets(r, [GOOD, bad(1), bad(2), bad(3), bad(4)]) });
    const image = artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1'));
    await s.diagnose(image, SCOPE, within(60_000));
    r.clearLog();
    expect(await drain(await s.open(image, SCOPE))).toMatchObject({ evidence: [], problems: [] });
    expect(r.log).toHaveLength(4);
  });
});

describe('F1: keys with wildcards', () => {
  it('F1: a key for every host of a domain reaches its registry, on its port only', async () => {
    const r = await closed('basic');
    const [host = '', port = ''] = r.host.split(':');
    const wild = host.replace(/^127\.0\.0/, '*.0.?');
    expect(await problemOf(source([r], { dockerAuths: auths({ [`${wild}:${port}`]: GOOD }) }), `${r.host}/acme/app`)).toBeUndefined();
    r.clearLog();
    expect(await problemOf(source([r], { dockerAuths: auths({ [wild]: GOOD }) }), `${r.host}/acme/app`)).toMatchObject({ code: 'FETCH_UNAUTHORIZED' });
    expect(r.log.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

describe('F2: a docker configuration with one bad entry', () => {
  const read = (text: string): DockerAuths => {
    const result = readDockerConfig(text);
    if (!result.ok) throw new Error('refused');
    return result.auths;
  };
  const auth = Buffer.from('alice:canary-wonder').toString('base64');

  it('F2: a line end in auth is no reason to be refused', async () => {
    const r = await closed('basic');
    const dockerAuths = read(JSON.stringify({ auths: { [r.host]: { auth: `${auth.slice(0, 8)}\r\n${auth.slice(8)}\n` } } }));
    expect(await problemOf(source([r], { dockerAuths }), `${r.host}/acme/app`)).toBeUndefined();
  });

  it('F2: the entry of another host costs nothing, the one of this host is told to whoever is refused', async () => {
    const r = await closed('basic');
    const other = read(JSON.stringify({ auths: { 'other.example': { auth: 'canary!' }, [r.host]: { auth } } }));
    expect(await problemOf(source([r], { dockerAuths: other }), `${r.host}/acme/app`)).toBeUndefined();
    const own = read(JSON.stringify({ auths: { [r.host]: { auth: 'canary!' } } }));
    const problem = await problemOf(source([r], { dockerAuths: own }), `${r.host}/acme/app`);
    expect(problem?.code).toBe('FETCH_CREDENTIALS');
    expect(JSON.stringify(problem)).not.toContain('canary');
    const beside = read(JSON.stringify({ auths: { [r.host]: { auth: 'canary!' }, [`https://${r.host}`]: { auth } } }));
    expect(await problemOf(source([r], { dockerAuths: beside }), `${r.host}/acme/app`)).toBeUndefined();
  });
});

describe('F3: a registry that hides what it has from strangers', () => {
  /** Answers strangers without a challenge, except at its door. */
  async function hiding(kind: RegistryAuth['kind'], status: number, more: Partial<RegistryAuth> = {}): Promise<TestRegistry> {
    const r = await closed(kind, more);
    const digest = pushImage(r, 'acme/app', 'v1');
    attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: '{"good":1}' }]);
    const authorized = kind === 'basic' ? `Basic ${Buffer.from('alice:canary-wonder').toString('base64')}` : undefined;
    r.fault({ path: /^\/v2\/acme\//, behaviour: { kind: 'custom', handle: (request, response) => {
      const { authorization } = request.headers;
      const known = authorized === undefined ? authorization?.startsWith('Bearer ') === true : authorization === authorized;
      const reference = (request.url ?? '').split('/').at(-1) ?? '';
      const manifest = r.store.getManifest('acme/app', reference);
      const blob = r.store.repository('acme/app').blobs.get(reference);
      if (!known) return void response.writeHead(status).end();
      response.writeHead(manifest === undefined && blob === undefined ? 404 : 200, manifest === undefined ? {} : { 'content-type': manifest.mediaType }).end(manifest?.bytes ?? blob);
    } } });
    return r;
  }

  const cases = (['basic', 'bearer'] as const).flatMap((kind) => [404, 403, 401].map((status) => [kind, status] as const));

  it.each(cases)('F3: %s, %i to strangers: the challenge is fetched at /v2/ and the credential used', async (kind, status) => {
    const r = await hiding(kind, status);
    const s = source([r], { dockerAuths: auths({ [r.host]: GOOD }) });
    const digest = pushImage(r, 'acme/app', 'v1');
    const found = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect([found.evidence.length, found.problems]).toEqual([1, []]);
    expect(await problemOf(s, `${r.host}/acme/app`)).toBeUndefined();
  });

  it.each([404, 403, 401])('F3: %i, and a credential that is refused: not known, never "not there"', async (status) => {
    const r = await hiding('basic', status);
    const s = source([r], { dockerAuths: auths({ [r.host]: bad(1) }) });
    r.fault({ path: /tags/, behaviour: { kind: 'status', status } });
    const image = artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1'));
    // This one hides from those it refuses as well: a credential that was sent and heard 404 is believed.
    const expected = status === 404 ? 'FETCH_NOT_FOUND' : 'FETCH_UNAUTHORIZED';
    expect(codes(await s.diagnose(image, SCOPE, within(60_000)))).toEqual([expected]);
  });

  it('F3: a registry that asks nobody is asked once at its door, not once for every credential', async () => {
    const r = await registry();
    const image = artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1'));
    const s = source([r], { pullSecrets: secrets(r, [bad(1), bad(2), bad(3)]) });
    expect(await drain(await s.open(image, SCOPE))).toMatchObject({ evidence: [], problems: [] });
    await s.resolve(ref(image.name, 'missing'), SCOPE, within(60_000));
    expect(r.requests(/^\/v2\/$/)).toHaveLength(1);
    expect(r.requests(/^\/v2\/acme/)).toHaveLength(5);
    expect(r.log.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('F3: a door that fails leaves it open whether there is something', async () => {
    const r = await hiding('basic', 404);
    r.fault({ path: /^\/v2\/$/, behaviour: { kind: 'status', status: 500 } });
    expect(await problemOf(source([r], { dockerAuths: auths({ [r.host]: GOOD }) }), `${r.host}/acme/app`)).toMatchObject({ code: 'FETCH_SERVER_ERROR' });
  });

  it('F3: without a credential for it a registry is not asked again: its 404 is an answer', async () => {
    const r = await hiding('basic', 404);
    expect(await problemOf(source([r]), `${r.host}/acme/app`)).toMatchObject({ code: 'FETCH_NOT_FOUND' });
    expect(r.log).toHaveLength(1);
  });
});

describe('F11: what was sent where is said', () => {
  it('F11: a credential withheld from a token service: which, and where to name it; a public image is found all the same', async () => {
    const tokens = await registry({ auth: { kind: 'bearer', users } });
    const r = await closed('bearer', { realm: `${tokens.url}/token` });
    const s = source([r, tokens], { dockerAuths: auths({ [r.host]: GOOD }) });
    const problem = await problemOf(s, `${r.host}/acme/app`);
    expect(problem).toMatchObject({ code: 'FETCH_UNAUTHORIZED', cause: `1 credential was not sent to the token service ${tokens.host}: authHosts of ${r.host} do not name it` });
    expect(problem?.fix).toContain(`named ${tokens.host} under registries[].authHosts of ${r.host}`);
  });

  it('F11: no challenge that can be read: that nothing was sent is said', async () => {
    const r = await closed('basic');
    r.fault({ path: /./, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Negotiate' } } });
    const problem = await problemOf(source([r], { dockerAuths: auths({ [r.host]: GOOD }) }), `${r.host}/acme/app`);
    expect(problem).toMatchObject({ code: 'FETCH_UNAUTHORIZED', cause: `1 credential was not sent: ${r.host} names no way to log in that can be read` });
  });

  it('F1: a public image beside a stale credential: unsigned is unsigned, at the first look', async () => {
    const r = await closed('bearer', { anonymous: (repository) => repository === 'open/app' });
    const digest = pushImage(r, 'open/app', 'v1');
    const s = source([r], { dockerAuths: auths({ [r.host]: bad(1) }) });
    expect(await drain(await s.open(artifact(`${r.host}/open/app`, digest), SCOPE))).toMatchObject({ evidence: [], problems: [] });
    // Its twin is not public: nobody says that there is nothing.
    const twin = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(new Set(codes(twin.problems))).toEqual(new Set(['FETCH_UNAUTHORIZED']));
  });

  it('F1: when a registry fails after it refused some, both are said', async () => {
    const r = await closed('basic');
    let turn = 0;
    r.fault({ path: /manifests/, behaviour: { kind: 'custom', handle: (_request, response) => {
      turn += 1;
      if (turn <= 2) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.socket?.resetAndDestroy();
    } } });
    const problem = await problemOf(source([r], { pullSecrets: secrets(r, [bad(1), bad(2)]), limits: { retries: 0 } }), `${r.host}/acme/app`);
    expect(problem?.code).toBe('FETCH_UNREACHABLE');
    expect(problem?.cause).toContain(`1 credential was sent to ${r.host}`);
    expect(problem?.cause).toContain('1 credential was not tried');
  });
});
