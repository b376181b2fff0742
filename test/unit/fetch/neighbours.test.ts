/** Nobody stops the others: a broken repository, token scope or blob host is its own misfortune, and turns are shared. */
import { describe, expect, it } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { currentAsker, onBehalfOf } from '../../../src/flow/asker.ts';
import type { RegistrySource } from '../../../src/fetch/index.ts';
import { attachCosignTag, pushImage } from '../../world/registry.ts';
import type { Behaviour, TestRegistry } from '../../world/registry.ts';
import { SCOPE, SIMPLE, artifact, codes, drain, manualClock, ref, registry, source, within } from './support.ts';

const BROKEN: Behaviour = { kind: 'status', status: 502 };

/** A signed image in a repository. */
function signed(r: TestRegistry, repository: string, seed = 'v1') {
  const digest = pushImage(r, repository, seed);
  attachCosignTag(r, repository, digest, 'sig', [{ mediaType: SIMPLE, content: `{"for":"${seed}"}` }]);
  return artifact(`${r.host}/${repository}`, digest);
}

async function look(s: RegistrySource, image: ReturnType<typeof artifact>): Promise<{ pieces: number; problems: string[] }> {
  const found = await drain(await s.open(image, SCOPE));
  return { pieces: found.evidence.length, problems: codes(found.problems) };
}

/** Asks for many images of a repository, as the pods of one tenant would. */
async function insist(s: RegistrySource, r: TestRegistry, repository: string, times = 8): Promise<void> {
  for (let n = 0; n < times; n += 1) await look(s, signed(r, repository, `v${n}`));
}

const GOOD = { pieces: 1, problems: [] };

describe('S5 X1: a repository that fails is paused, its neighbours are not', () => {
  it.each<[string, Behaviour]>([
    ['502', BROKEN],
    ['504', { kind: 'status', status: 504 }],
    ['reset', { kind: 'reset' }],
  ])('S5: one that answers %s denies no image of another repository on its host', async (_, behaviour) => {
    const r = await registry();
    const s = source([r]);
    r.fault({ path: /^\/v2\/tenant\/app\//, behaviour });
    await insist(s, r, 'tenant/app');
    expect(await look(s, signed(r, 'acme/app'))).toEqual(GOOD);
    r.clearLog();
    expect((await look(s, signed(r, 'tenant/app', 'again'))).problems).toHaveLength(4);
    expect([r.log, s.stats().pausedRepositories, s.stats().pausedHosts]).toEqual([[], 1, 0]);
  });

  it('X1: the pause of a broken repository ends by its own request, and whoever comes meanwhile waits for that one', async () => {
    const r = await registry();
    const clock = manualClock();
    const s = source([r], { clock });
    const well = r.fault({ path: /^\/v2\/tenant\/app\//, behaviour: BROKEN });
    await insist(s, r, 'tenant/app');
    well();
    r.fault({ path: /./, behaviour: { kind: 'delay', ms: 20 } });
    clock.tick(31_000);
    // Four places at once: one is the probe, three wait for it, none is refused.
    expect(await look(s, signed(r, 'tenant/app', 'well'))).toEqual(GOOD);
    expect(s.stats().pausedRepositories).toBe(0);
  });

  it('X1: when several repositories fail the host is in trouble: others are asked once, and one good answer outweighs', async () => {
    const r = await registry();
    const s = source([r]);
    r.fault({ path: /^\/v2\/(?:a|b|c|d)\/app\//, behaviour: BROKEN });
    for (const repository of ['a/app', 'b/app']) await insist(s, r, repository);
    expect(s.stats().pausedHosts).toBe(0);
    await insist(s, r, 'c/app');
    expect(s.stats().pausedHosts).toBe(1);
    r.clearLog();
    expect((await look(s, signed(r, 'd/app'))).problems).toHaveLength(4);
    // One request, tried twice as any.
    expect(r.log.length).toBeLessThanOrEqual(2);
    expect(await look(s, signed(r, 'good/app'))).toEqual(GOOD);
    expect(s.stats().pausedHosts).toBe(0);
  });

  it('S5: a host that cannot be reached at all is paused for all its repositories, its neighbour is not, and one answer opens it', async () => {
    const [down, up] = [await registry(), await registry()];
    const clock = manualClock();
    const s = source([down, up], { clock });
    const port = Number(down.host.split(':')[1]);
    await down.close();
    for (let n = 0; n < 6; n += 1) await look(s, artifact(`${down.host}/acme/app${n}`, `sha256:${'0'.repeat(64)}`));
    const before = s.stats().requests;
    expect((await look(s, artifact(`${down.host}/other/app`, `sha256:${'0'.repeat(64)}`))).problems).toContain('FETCH_UNREACHABLE');
    expect([s.stats().requests - before, s.stats().pausedHosts]).toEqual([0, 1]);
    expect(await look(s, signed(up, 'acme/app'))).toEqual(GOOD);
    const back = await registry({ port });
    back.fault({ path: /^\/v2\/tenant\/app\//, behaviour: BROKEN });
    clock.tick(31_000);
    // The broken repository reaches the host: that is all a host has to prove.
    await look(s, signed(back, 'tenant/app'));
    expect(await look(s, signed(back, 'acme/app'))).toEqual(GOOD);
  });

  it('S5: a token service that fails for one scope keeps nobody else from a token', async () => {
    const users = { alice: { password: 'x' } };
    const tokens = await registry({ auth: { kind: 'bearer', users, anonymous: () => true } });
    const r = await registry({ auth: { kind: 'bearer', users, anonymous: () => true, realm: `${tokens.url}/token` } });
    const s = source([r, tokens]);
    tokens.fault({ path: /^\/token.*tenant/, behaviour: BROKEN });
    for (let n = 0; n < 12; n += 1) await s.resolve(ref(`${r.host}/tenant/app`, `v${n}`), SCOPE, within(60_000));
    tokens.clearLog();
    await s.resolve(ref(`${r.host}/tenant/app`, 'v'), SCOPE, within(60_000));
    expect(tokens.log).toEqual([]);
    // This registry knows no tokens of the other service: being refused by it is an answer.
    expect(await s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toMatchObject({ problem: { code: 'FETCH_UNAUTHORIZED' } });
    expect(tokens.requests(/token.*acme/).length).toBeGreaterThan(0);
  });

  it('S5: a blob host that fails for one repository serves the others', async () => {
    const [r, storage] = [await registry(), await registry()];
    const s = source([r, storage]);
    r.fault({ path: /\/blobs\//, behaviour: { kind: 'custom', handle: (request, response) => response.writeHead(307, { location: `${storage.url}${request.url}` }).end() } });
    storage.fault({ path: /^\/v2\/tenant\//, behaviour: BROKEN });
    await insist(s, r, 'tenant/app', 25);
    const image = signed(r, 'acme/app');
    storage.pushBlob('acme/app', '{"for":"v1"}');
    expect(await look(s, image)).toEqual(GOOD);
  });

  it('S5: who has no authority for a host fails alone: its certificate is as good as before for who has', async () => {
    const cert = await makeServingCertificate({ names: ['127.0.0.1'], days: 3650, now: Date.now() });
    const storage = await registry({ tls: { key: cert.key, cert: cert.certificate } });
    const [r, tenant] = [await registry(), await registry()];
    for (const one of [r, tenant]) {
      one.fault({ path: /\/manifests\//, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': `Bearer realm="${storage.url}/token",service="x"` } } });
    }
    storage.fault({ path: /^\/token/, behaviour: { kind: 'status', status: 403 } });
    const s = source([], { registries: [{ host: r.host, plainHttp: true, ca: cert.ca, authHosts: [storage.host] }, { host: tenant.host, plainHttp: true }] });
    for (let n = 0; n < 30; n += 1) await s.resolve(ref(`${tenant.host}/tenant/app${n}`, 'v1'), SCOPE, within(60_000));
    expect(await s.resolve(ref(`${tenant.host}/tenant/app`, 'v1'), SCOPE, within(60_000))).toMatchObject({ problem: { code: 'FETCH_TLS' } });
    expect(await s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toMatchObject({ problem: { code: 'FETCH_UNAUTHORIZED' } });
  });

  it('S5: credentials that make a registry fail pause their owner, not the repository', async () => {
    const r = await registry();
    const bad = { auths: new Map([[r.host, { registryToken: 'poison' }]]), credHelpers: new Map<string, string>() };
    const pullSecrets = { read: (scope: typeof SCOPE) => Promise.resolve({ auths: scope.namespace === 'evil' ? [bad] : [], problems: [] }) };
    const s = source([r], { pullSecrets });
    r.fault({ path: /./, behaviour: { kind: 'custom', handle: (request, response) => {
      if (request.headers.authorization !== undefined) return void response.writeHead(500).end();
      const manifest = r.store.getManifest('acme/app', (request.url ?? '').split('/').at(-1) ?? '');
      response.writeHead(manifest === undefined ? 404 : 200, { 'content-type': manifest?.mediaType ?? 'text/plain' }).end(manifest?.bytes);
    } } });
    const digest = pushImage(r, 'acme/app', 'v1');
    for (let n = 0; n < 30; n += 1) await s.resolve(ref(`${r.host}/acme/app`, 'v1'), { ...SCOPE, namespace: 'evil' }, within(60_000));
    expect(await s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000))).toEqual({ ok: true, digest });
  });
});

describe('S6: turns are shared', () => {
  /** Requests that `loud` had answered between the moment `quiet` asked and the moment it had what it asked for. */
  async function waitedFor(loud: { namespace: string; caller: string }, quiet: { namespace: string; caller: string }): Promise<number> {
    const r = await registry();
    r.fault({ path: /./, behaviour: { kind: 'delay', ms: 5 } });
    const s = source([r]);
    const many = Array.from({ length: 100 }, (_, n) => signed(r, 'loud/app', `v${n}`));
    const all = onBehalfOf({ ...loud }, () => Promise.all(many.map((image) => look(s, image))));
    await expect.poll(() => r.log.length).toBeGreaterThan(8);
    const before = r.requests(/^\/v2\/loud\//).length;
    expect(await onBehalfOf({ ...quiet }, () => look(s, signed(r, 'quiet/app')))).toEqual(GOOD);
    const between = r.requests(/^\/v2\/loud\//).length - before;
    expect(await all).toEqual(many.map(() => GOOD));
    return between;
  }

  it.each([
    ['another namespace', { namespace: 'loud', caller: 'a' }, { namespace: 'quiet', caller: 'a' }],
    ['another caller', { namespace: 'team', caller: 'a' }, { namespace: 'team', caller: 'b' }],
    ['another pod of the same caller', { namespace: 'team', caller: 'controller' }, { namespace: 'team', caller: 'controller' }],
  ])('S6: %s asks for one image and waits for a few of a hundred', async (_, loud, quiet) => {
    // Five requests of its own, eight at a time, in turn: 500 wait before it when nobody shares.
    expect(await waitedFor(loud, quiet)).toBeLessThan(60);
  });

  it('S6: who asks for the very image that another asked for before does not stand in his queue', async () => {
    const r = await registry();
    r.fault({ path: /./, behaviour: { kind: 'delay', ms: 5 } });
    const s = source([r]);
    const many = Array.from({ length: 100 }, (_, n) => signed(r, 'loud/app', `v${n}`));
    const popular = signed(r, 'popular/app');
    const all = onBehalfOf({ namespace: 'loud', caller: 'a' }, () => Promise.all([...many, popular].map((image) => look(s, image))));
    await expect.poll(() => r.log.length).toBeGreaterThan(8);
    const before = r.requests(/^\/v2\/loud\//).length;
    expect(await onBehalfOf({ namespace: 'quiet', caller: 'a' }, () => look(s, popular))).toEqual(GOOD);
    expect(r.requests(/^\/v2\/loud\//).length - before).toBeLessThan(60);
    await all;
    expect(r.requests(/^\/v2\/popular\//)).toHaveLength(5);
  });
});

describe('S5: how a repository wants to be asked is its own word', () => {
  it.each([
    ['a token service elsewhere that does not answer', (hanging: TestRegistry) => `${hanging.url}/token`],
    ['a path of the host that is no token service', (_: TestRegistry, r: TestRegistry) => `${r.url}/v2/tenant/token`],
    ['a realm that is no URL', () => 'nonsense'],
  ])('S5: one that names %s denies no image of another repository on its host', async (_, realm) => {
    const [r, hanging] = [await registry(), await registry()];
    hanging.fault({ path: /./, behaviour: { kind: 'hang' } });
    const s = source([r, hanging], { limits: { requestTimeout: 500 } });
    r.fault({ path: /^\/v2\/tenant\/token/, behaviour: { kind: 'status', status: 500 } });
    r.fault({ path: /^\/v2\/tenant\//, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': `Bearer realm="${realm(hanging, r)}"` } } });
    for (let n = 0; n < 3; n += 1) {
      expect((await look(s, signed(r, 'tenant/app', `v${n}`))).pieces).toBe(0);
      expect(await look(s, signed(r, 'acme/app', `v${n}`))).toEqual(GOOD);
    }
  });
});

describe('S6: whoever waits for what another has begun waits in its own turn', () => {
  const as = <Result>(namespace: string, work: () => Result): Result => onBehalfOf({ namespace, caller: 'somebody' }, work);

  it.each([
    ['with several credentials, one of which has to be found out', [['u', 'p'], ['u', 'q']]],
    ['with one credential', [['u', 'p']]],
  ])('S6: %s', async (_, pairs) => {
    const r = await registry();
    const auths = pairs.map(([username, password], index) => [index === 0 ? r.host : `${r.host}/acme`, { username, password }] as const);
    const s = source([r], { dockerAuths: { auths: new Map(auths), credHelpers: new Map(), problems: [] } as never });
    const [image, another] = [signed(r, 'acme/app'), signed(r, 'acme/app', 'another')];
    r.fault({ path: /^\/v2\/slow\//, behaviour: { kind: 'hang' } });
    const stop = new AbortController();
    // Six of eight turns are held, and a hundred wait; behind them the tenant asks for an image of the other's repository as well.
    const flood = Array.from({ length: 30 }, (__, index) => as('evil', async () => drain(await s.open(artifact(`${r.host}/slow/app`, `sha256:${index.toString(16).padStart(64, '0')}`), SCOPE), stop.signal)));
    await expect.poll(() => r.requests(/\/slow\//).length, { timeout: 40_000 }).toBe(6);
    const theirs = as('evil', async () => drain(await s.open(another, SCOPE), stop.signal));
    await new Promise((next) => setImmediate(next));
    expect(await as('team', () => look(s, image))).toEqual(GOOD);
    stop.abort();
    await Promise.all([...flood, theirs]);
  });

  it('S6: a name is resolved on behalf of whoever asks', async () => {
    const r = await registry();
    const seen: string[] = [];
    const s = source([r], { lookup: () => { seen.push(currentAsker().namespace); return Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })); } });
    await as('team', () => look(s, artifact('registry.example/acme/app', `sha256:${'ab'.repeat(32)}`)));
    expect(new Set(seen)).toEqual(new Set(['team']));
  });
});

describe('what is kept is shared out', () => {
  const asked = async (filler: string, options: Parameters<typeof source>[1], ask: (s: RegistrySource, image: ReturnType<typeof artifact>) => Promise<unknown>): Promise<number> => {
    const r = await registry();
    const s = source([r], options);
    const by = (namespace: string, image: ReturnType<typeof artifact>) => onBehalfOf({ namespace, caller: 'someone' }, () => ask(s, image));
    const image = signed(r, 'shop/app');
    await by('shop', image);
    for (let n = 0; n < 8; n += 1) await by(filler, signed(r, 'loud/app', `v${n}`));
    r.clearLog();
    await by('shop', image);
    return r.log.length;
  };

  it.each([['another namespace', 'loud', true], ['the twin: its own', 'shop', false]])('evidence is not pushed out by all that is looked up for %s', async (_, filler, isKept) => {
    expect((await asked(filler, { cache: { maxEntries: 4 } }, look)) === 0).toBe(isKept);
  });

  it.each([['another namespace', 'loud', true], ['the twin: its own', 'shop', false]])('nor is a manifest by what is read for %s', async (_, filler, isKept) => {
    // A quarter of it is for manifests: five of them.
    const manifest = (s: RegistrySource, image: ReturnType<typeof artifact>) => s.manifest?.(image, SCOPE, within(60_000)) ?? Promise.resolve();
    expect((await asked(filler, { cache: { maxBytes: 16_000 } }, manifest)) === 0).toBe(isKept);
  });
});
