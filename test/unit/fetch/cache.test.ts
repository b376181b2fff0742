import { describe, expect, it } from 'vitest';
import type { DockerAuths } from '../../../src/domain/artifact/registry.ts';
import { attachCosignTag, attachReferrer, pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { BUNDLE, PATIENT, SCOPE, SIMPLE, artifact, codes, drain, manualClock, ref, registry, source, within } from './support.ts';
import { timed } from '../../support/patience.ts';

const ANNOTATIONS = { 'dev.cosignproject.cosign/signature': 'c2ln' };

function sign(r: TestRegistry, digest: string, content = '{"critical":1}'): void {
  attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content, annotations: ANNOTATIONS }]);
}

/** A source that has already seen one signed image of the repository. */
async function warmed(sign: (r: TestRegistry, digest: string) => void) {
  const r = await registry();
  const first = pushImage(r, 'acme/app', 'first');
  sign(r, first);
  const clock = manualClock();
  const s = source([r], { clock });
  await drain(await s.open(artifact(`${r.host}/acme/app`, first), SCOPE));
  r.clearLog();
  return { r, s, clock, name: `${r.host}/acme/app`, first };
}

describe('request budget', () => {
  it('asks all places at once for a repository never seen', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const lookup = await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE);
    expect(lookup.batches).toEqual([]);
    const found = await drain(lookup);
    expect(found).toMatchObject({ stages: 1, evidence: [{ format: 'cosign-simple' }] });
    expect(lookup.batches).toHaveLength(1);
  });

  it('costs two requests for a legacy signature in a known repository', async () => {
    const { r, s, name } = await warmed(sign);
    const digest = pushImage(r, 'acme/app', 'second');
    sign(r, digest, '{"critical":2}');
    const batch = await (await s.open(artifact(name, digest), SCOPE)).next(within(60_000));
    expect(batch?.evidence).toHaveLength(1);
    expect(r.requests()).toHaveLength(2);
  });

  it('costs three requests for a referrer in a known repository', async () => {
    const attach = (r: TestRegistry, digest: string): void => void attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: `{"for":"${digest}"}` }] });
    const { r, s, name } = await warmed(attach);
    const digest = pushImage(r, 'acme/app', 'second');
    attach(r, digest);
    const batch = await (await s.open(artifact(name, digest), SCOPE)).next(within(60_000));
    expect(batch?.evidence).toHaveLength(1);
    expect(r.requests()).toHaveLength(3);
  });

  it('costs three requests for a referrer under the fallback tag of a known repository', async () => {
    const attach = (r: TestRegistry, digest: string): void => {
      r.referrersApi = false;
      attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: `{"for":"${digest}"}` }] });
    };
    const { r, s, name } = await warmed(attach);
    const digest = pushImage(r, 'acme/app', 'second');
    attach(r, digest);
    const batch = await (await s.open(artifact(name, digest), SCOPE)).next(within(60_000));
    expect(batch?.evidence).toHaveLength(1);
    expect(r.requests()).toHaveLength(3);
  });

  it('looks at the other places together when the remembered one gave nothing', async () => {
    const { r, s, name } = await warmed(sign);
    const digest = pushImage(r, 'acme/app', 'second');
    attachReferrer(r, 'acme/app', digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: '{}' }] });
    const lookup = await s.open(artifact(name, digest), SCOPE);
    expect((await lookup.next(within(60_000)))?.evidence).toEqual([]);
    expect((await lookup.next(within(60_000)))?.evidence).toHaveLength(1);
    expect(await lookup.next(within(60_000))).toBeUndefined();
    expect(lookup.batches).toHaveLength(2);
  });
});

describe('sharing', () => {
  it('R12 200 concurrent look-ups fetch every object once', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const s = source([r]);
    const all = await Promise.all(Array.from({ length: 200 }, async () => drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE))));
    expect(all.every(({ evidence }) => evidence.length === 1)).toBe(true);
    const counts = Map.groupBy(r.requests(), ({ path }) => path);
    expect(Math.max(...[...counts.values()].map((list) => list.length))).toBe(1);
  });

  it('gives every caller every batch once, also those that came while it waited elsewhere', async () => {
    const { r, s, name } = await warmed(sign);
    const digest = pushImage(r, 'acme/app', 'second');
    sign(r, digest, '{"critical":2}');
    const [one, two] = [await s.open(artifact(name, digest), SCOPE), await s.open(artifact(name, digest), SCOPE)];
    await drain(one);
    expect(two.batches).toEqual([]);
    const found = await drain(two);
    expect(found).toMatchObject({ stages: 2, evidence: [{ format: 'cosign-simple' }] });
  });

  it('one caller who gives up does not disturb the others', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    r.fault({ path: /\/manifests\//, behaviour: { kind: 'delay', ms: 150 } });
    const s = source([r]);
    const impatient = drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE), within(30));
    const patient = drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(codes((await impatient).problems)).toEqual(['FETCH_TIMEOUT']);
    expect((await patient).evidence).toHaveLength(1);
    expect(r.requests().some(({ aborted }) => aborted)).toBe(false);
  });

  it('H23 stops outgoing requests within 100 ms when the last caller gives up, and starts over for the next', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const off = r.fault({ path: /./, behaviour: { kind: 'hang' } });
    const s = source([r]);
    const caller = new AbortController();
    const asked = drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE), caller.signal);
    await expect.poll(() => r.log.length, PATIENT).toBeGreaterThan(0);
    caller.abort();
    await asked;
    // It takes a few milliseconds; the rest is room for a machine that does everything in many turns.
    const { ms } = await timed(() => expect.poll(() => r.log.every(({ aborted }) => aborted), PATIENT).toBe(true));
    expect(ms).toBeLessThan(300);
    off();
    expect((await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE))).evidence).toHaveLength(1);
  });
});

describe('ages', () => {
  it('asks nobody while evidence is younger than evidenceTTL, and again afterwards', async () => {
    const { r, s, clock, name, first } = await warmed(sign);
    clock.tick(400_000);
    expect((await drain(await s.open(artifact(name, first), SCOPE))).evidence).toHaveLength(1);
    expect(r.requests()).toEqual([]);
    clock.tick(200_001);
    const lookup = await s.open(artifact(name, first), SCOPE);
    expect(lookup.batches).toEqual([]);
  });

  it('refreshes in the background from 80 % of the age on, without making anybody wait', async () => {
    const { r, s, clock, name, first } = await warmed(sign);
    sign(r, first, '{"critical":"later"}');
    clock.tick(500_000);
    expect((await drain(await s.open(artifact(name, first), SCOPE))).evidence).toHaveLength(1);
    await expect.poll(async () => (await s.open(artifact(name, first), SCOPE)).batches[0]?.evidence.length).toBe(2);
    clock.tick(200_000);
    expect((await s.open(artifact(name, first), SCOPE)).batches[0]?.evidence).toHaveLength(2);
  });

  it('keeps what it has when the refresh fails', async () => {
    const { r, s, clock, name, first } = await warmed(sign);
    r.fault({ path: /./, behaviour: { kind: 'status', status: 500 } });
    clock.tick(500_000);
    await drain(await s.open(artifact(name, first), SCOPE));
    await expect.poll(() => r.requests().length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const again = await drain(await s.open(artifact(name, first), SCOPE));
    expect(again).toMatchObject({ evidence: [{ format: 'cosign-simple' }], problems: [] });
  });

  it('believes in absence for absenceTTL only', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    const clock = manualClock();
    const s = source([r], { clock });
    const image = artifact(`${r.host}/acme/app`, digest);
    expect((await drain(await s.open(image, SCOPE))).evidence).toEqual([]);
    sign(r, digest);
    clock.tick(4_900);
    expect((await drain(await s.open(image, SCOPE))).evidence).toEqual([]);
    clock.tick(200);
    expect((await drain(await s.open(image, SCOPE))).evidence).toHaveLength(1);
  });

  it('fresh fetches again what is older than absenceTTL, and only that', async () => {
    const { r, s, clock, name, first } = await warmed(sign);
    sign(r, first, '{"critical":"later"}');
    clock.tick(5_000);
    expect((await drain(await s.open(artifact(name, first), SCOPE, { fresh: true }))).evidence).toHaveLength(1);
    clock.tick(1);
    expect((await drain(await s.open(artifact(name, first), SCOPE, { fresh: true }))).evidence).toHaveLength(2);
    // The payload known already is not fetched a second time.
    expect(r.requests(/\/blobs\//)).toHaveLength(1);
  });

  it('R16 a clock that jumps back makes nothing live longer', async () => {
    const { s, clock, name, first } = await warmed(sign);
    clock.tick(-3_600_000);
    expect((await s.open(artifact(name, first), SCOPE)).batches).toEqual([]);
  });

  it('R01 keeps answering from what it knows while the registry is down, and does not keep the failure', async () => {
    const { r, s, name, first } = await warmed(sign);
    const unknown = pushImage(r, 'acme/app', 'second');
    sign(r, unknown);
    const up = r.fault({ path: /./, behaviour: { kind: 'status', status: 500 } });
    expect((await drain(await s.open(artifact(name, first), SCOPE))).evidence).toHaveLength(1);
    const failed = await drain(await s.open(artifact(name, unknown), SCOPE));
    expect(new Set(codes(failed.problems))).toEqual(new Set(['FETCH_SERVER_ERROR']));
    up();
    expect(await drain(await s.open(artifact(name, unknown), SCOPE))).toMatchObject({ problems: [], evidence: [{ format: 'cosign-simple' }] });
  });

  it('keeps the sound part when one place fails, and looks again only at that one', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const up = r.fault({ path: /\/referrers\//, behaviour: { kind: 'status', status: 500 } });
    const s = source([r]);
    const image = artifact(`${r.host}/acme/app`, digest);
    const first = await drain(await s.open(image, SCOPE));
    expect(first.evidence).toHaveLength(1);
    expect(codes(first.problems)).toEqual(['FETCH_SERVER_ERROR']);
    up();
    r.clearLog();
    const second = await s.open(image, SCOPE);
    expect(second.batches[0]?.evidence).toHaveLength(1);
    expect(second.batches[0]?.problems).toEqual([]);
    await drain(second);
    expect(r.requests().map(({ path }) => path.split('/').at(-2))).toEqual(['referrers']);
  });

  it('stays within its bytes', async () => {
    const r = await registry();
    const s = source([r], { cache: { maxBytes: 50_000 } });
    for (let index = 0; index < 30; index += 1) {
      const digest = pushImage(r, 'acme/app', `v${index}`);
      sign(r, digest, `"${'x'.repeat(4000)}${index}"`);
      await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    }
    expect(s.stats().cacheBytes).toBeLessThanOrEqual(50_000);
    expect(s.stats().cacheEntries).toBeGreaterThan(3);
  });
});

describe('tenants', () => {
  const users = { alice: { password: 'wonder' } };

  it('F12 never shows private evidence to a namespace whose pull secrets do not reach it', async () => {
    const r = await registry({ auth: { kind: 'bearer', users } });
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const auths: DockerAuths = { auths: new Map([[r.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() };
    const s = source([r], { pullSecrets: { read: (scope) => Promise.resolve({ auths: scope.namespace === 'a' ? [auths] : [], problems: [] }) } });
    const image = artifact(`${r.host}/acme/app`, digest);
    expect((await drain(await s.open(image, { ...SCOPE, namespace: 'a' }))).evidence).toHaveLength(1);
    expect(await s.diagnose(image, { ...SCOPE, namespace: 'a' }, within(60_000))).toEqual([]);
    r.clearLog();
    const other = await drain(await s.open(image, { ...SCOPE, namespace: 'b' }));
    expect(other.evidence).toEqual([]);
    expect(new Set(codes(other.problems))).toEqual(new Set(['FETCH_UNAUTHORIZED']));
    expect(r.requests().some(({ headers }) => headers.authorization?.startsWith('Basic'))).toBe(false);
    const diagnosis = await s.diagnose(image, { ...SCOPE, namespace: 'b' }, within(60_000));
    expect(codes(diagnosis)).toEqual(['FETCH_UNAUTHORIZED']);
  });

  it.each([
    ['all', 1, true, ['ok', 'FETCH_NOT_FOUND']],
    ['own', 0, false, ['FETCH_UNAUTHORIZED', 'FETCH_UNAUTHORIZED']],
    ['none', 0, false, ['FETCH_UNAUTHORIZED', 'FETCH_UNAUTHORIZED']],
  ] as const)('S7: a namespace\'s pull secrets serve who may use them and nobody else, also from memory: %s', async (credentials, evidence, shown, tags) => {
    const r = await registry({ auth: { kind: 'bearer', users } });
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const auths: DockerAuths = { auths: new Map([[r.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() };
    const asked: string[] = [];
    const found = { auths: [auths], problems: [] };
    const s = source([r], { cache: { tagTTL: 60_000 }, pullSecrets: {
      read: () => (asked.push('read'), Promise.resolve(found)),
      known: () => (asked.push('known'), found),
    } });
    const image = artifact(`${r.host}/acme/app`, digest);
    // The API server has asked, and everything is remembered.
    await drain(await s.open(image, SCOPE));
    await s.diagnose(image, SCOPE, within(60_000));
    await s.resolve(ref(`${r.host}/acme/app`, 'v1'), SCOPE, within(60_000));
    r.clearLog();
    asked.length = 0;

    const scope = { ...SCOPE, credentials };
    expect((await drain(await s.open(image, scope))).evidence).toHaveLength(evidence);
    expect((await s.diagnose(image, scope, within(60_000))).length === 0).toBe(shown);
    const results = await Promise.all(['v1', 'v3'].map((tag) => s.resolve(ref(`${r.host}/acme/app`, tag), scope, within(60_000))));
    expect(results.map((result) => (result.ok ? 'ok' : result.problem.code))).toEqual(tags);
    expect(asked.length > 0).toBe(shown);
    expect(r.requests().some(({ headers }) => headers.authorization?.startsWith('Basic'))).toBe(false);
  });

  it.each([['all', 1], ['none', 5]] as const)('S7: in which order places are asked tells nothing of what others found: %s', async (credentials, together) => {
    const r = await registry({ auth: { kind: 'basic', users } });
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const auths: DockerAuths = { auths: new Map([[r.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() };
    const s = source([r], { pullSecrets: { read: () => Promise.resolve({ auths: [auths], problems: [] }) } });
    await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    r.clearLog();
    // Who is refused everywhere has the image itself asked about as well: whether it can be read says what a refusal means (F9).
    // Of another image below the same name: a place that gave something is asked alone at first.
    const lookup = await s.open(artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v2')), { ...SCOPE, credentials });
    await lookup.next(within(60_000));
    expect(new Set(r.requests().map(({ path }) => path.replace(/.*(referrers|\.sig|\.att|sha256-[0-9a-f]{64}$)/, '$1'))).size).toBe(together);
  });

  it.each([
    ['all', 'ok'],
    ['own', 'ok'],
    ['none', 'FETCH_UNAUTHORIZED'],
  ] as const)('S7: the server\'s own credentials serve who may use them: %s', async (credentials, expected) => {
    const r = await registry({ auth: { kind: 'basic', users } });
    pushImage(r, 'acme/app', 'v1');
    const s = source([r], { dockerAuths: { auths: new Map([[r.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() } });
    const result = await s.resolve(ref(`${r.host}/acme/app`, 'v1'), { ...SCOPE, credentials }, within(60_000));
    expect(result.ok ? 'ok' : result.problem.code).toBe(expected);
  });

  it('shares evidence between namespaces with the same credentials', async () => {
    const r = await registry({ auth: { kind: 'basic', users } });
    const digest = pushImage(r, 'acme/app', 'v1');
    sign(r, digest);
    const fresh = (): DockerAuths => ({ auths: new Map([[r.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() });
    const s = source([r], { pullSecrets: { read: () => Promise.resolve({ auths: [fresh()], problems: [] }) } });
    const image = artifact(`${r.host}/acme/app`, digest);
    await drain(await s.open(image, { ...SCOPE, namespace: 'a' }));
    r.clearLog();
    expect((await drain(await s.open(image, { ...SCOPE, namespace: 'b' }))).evidence).toHaveLength(1);
    expect(r.log).toEqual([]);
  });

  it('F13 says that credentials could not be read only where they were missed', async () => {
    const r = await registry({ auth: { kind: 'basic', users, anonymous: (repository) => repository === 'acme/open' } });
    const problem = { code: 'FETCH_CREDENTIALS', source: 'secret prod/pull', cause: 'not JSON' } as const;
    const s = source([r], { pullSecrets: { read: () => Promise.resolve({ auths: [], problems: [problem] }) } });
    const open = await drain(await s.open(artifact(`${r.host}/acme/open`, pushImage(r, 'acme/open', 'v1')), SCOPE));
    expect(open.problems).toEqual([]);
    const closed = await drain(await s.open(artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1')), SCOPE));
    expect(closed.problems).toContainEqual(problem);
    expect(closed.problems.some(({ code }) => code === 'FETCH_UNAUTHORIZED')).toBe(true);
  });
});
