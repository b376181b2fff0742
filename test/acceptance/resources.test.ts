// Policies as objects of the cluster, from the API server to the answer: each is judged by itself, and what is broken denies what it speaks about.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { document, ownReview } from '../support/own.ts';
import type { Document } from '../support/own.ts';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { codes } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const [alice, bob] = [world.key(), world.key()];
let registry: TestRegistry;
let good = '';
let evil = '';
beforeAll(async () => {
  registry = await startRegistry();
  const [signed, unsigned] = [makeImage(), makeImage()];
  for (const image of [signed, unsigned]) await push(registry, 'acme/app', image);
  await pushReferrer(registry, 'acme/app', bundleReferrer(signed, keyBundle(world, { digest: signed.digest, key: alice })));
  [good, evil] = [`${registry.host}/acme/app@${signed.digest}`, `${registry.host}/acme/app@${unsigned.digest}`];
});
afterAll(() => registry.close());

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of ending.splice(0).toReversed()) await end(); });

const signer = (key = alice): object => ({ identities: [{ key: { data: key.publicKeyPem } }] });
const policy = (more: object = {}): object => ({ artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }], ...more });
const MISTAKE = { require: [{ name: 'signed', signature: { by: ['alice'], treshold: 2 } }] };

interface Scene {
  readonly api: PolicyApiServer;
  readonly server: TestServer;
  ask(image?: string, namespace?: string): Promise<AdmissionAnswer>;
  /** `admitted`, or the codes of the denial. */
  says(image?: string, namespace?: string): Promise<string>;
  ready(): Promise<string>;
}

async function start(fill: (api: PolicyApiServer) => void, config: Record<string, unknown> = {}, files?: Record<string, string>): Promise<Scene> {
  const api = new PolicyApiServer();
  await api.start();
  ending.push(() => api.stop());
  for (const name of ['default', 'shop', 'team']) api.put('/api/v1/namespaces', { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } });
  fill(api);
  const server = await startWithResources(api, { plainHttp: [registry.host], ...config }, files);
  ending.push(() => server.close());
  // The API server of the tests tells a watch what happens from now on.
  await until(() => api.refusals.size > 0 || api.watching === 8);
  const ask = (image = good, namespace = 'default'): Promise<AdmissionAnswer> => server.validate(podReview({ images: [image], namespace }));
  return {
    api, server, ask,
    async says(image, namespace) {
      const answer = await ask(image, namespace);
      return answer.allowed ? 'admitted' : codes(answer).filter((code) => code !== 'POLICY_SATISFIED').toSorted().join();
    },
    ready: async () => (await server.ops('/readyz')).text,
  };
}

/** Waits until that is what is said. */
async function comes(says: () => Promise<string>, wanted: string): Promise<void> {
  let last = '';
  await until(async () => (last = await says()) === wanted).catch(() => expect(last).toBe(wanted));
}

const usual = (api: PolicyApiServer): void => {
  api.apply('Signer', 'alice', signer());
  api.apply('ClusterArtifactPolicy', 'images', policy());
};

describe('a policy of the cluster decides', () => {
  test('I06 applied, changed, broken, mended and deleted', async () => {
    const { api, says, server } = await start(usual);
    expect([await says(), await says(evil)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
    // Broken: the last good form decides on.
    api.apply('ClusterArtifactPolicy', 'images', policy(MISTAKE));
    await until(() => server.log.some(({ msg }) => String(msg).includes('its last good form stays in force')));
    expect([await says(), await says(evil)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
    // Mended, and now bob must have signed.
    api.apply('Signer', 'bob', signer(bob));
    api.apply('ClusterArtifactPolicy', 'images', policy({ require: [{ name: 'signed', signature: { by: ['bob'] } }] }));
    await comes(says, 'VERIFY_SIGNER_UNTRUSTED');
    api.apply('ClusterArtifactPolicy', 'other', policy());
    api.delete('ClusterArtifactPolicy', 'images');
    await comes(says, 'admitted');
  });

  test('one that was never good leaves undetermined what it speaks about, and nothing else', async () => {
    const { api, says, ask } = await start((at) => {
      usual(at);
      at.apply('ClusterArtifactPolicy', 'typo', { ...policy(MISTAKE), artifacts: [{ image: 'other.example/**' }] });
    });
    expect(await says()).toBe('admitted');
    const denied = await ask('other.example/x@sha256:' + '1'.repeat(64));
    expect(codes(denied)).toEqual(['POLICY_BROKEN']);
    expect(denied.status).toMatchObject({ code: 503 });
    // A person mends it: kubectl tells it at once, and does not ask again by itself for twenty seconds.
    expect(denied.status).not.toHaveProperty('details');
    expect(denied.status?.message).toContain('unknown field "treshold"');
    // Its patterns cannot be read: it may speak about everything.
    api.apply('ClusterArtifactPolicy', 'typo', { ...policy(MISTAKE), artifacts: [{ image: 'not a name ' }] });
    await comes(says, 'POLICY_BROKEN');
    api.delete('ClusterArtifactPolicy', 'typo');
    await comes(says, 'admitted');
  });

  test.each(['warn', 'audit'])('mode %s of one that was never good is believed where it is exactly that', async (mode) => {
    const { api, says, ask } = await start((at) => {
      usual(at);
      at.apply('ClusterArtifactPolicy', 'typo', policy({ ...MISTAKE, mode }));
    });
    expect(await says()).toBe('admitted');
    expect((await ask()).warnings?.join() ?? '').toMatch(mode === 'warn' ? /POLICY_BROKEN/ : /^$/);
    api.apply('ClusterArtifactPolicy', 'typo', policy({ ...MISTAKE, mode: `${mode} ` }));
    await comes(says, 'POLICY_BROKEN');
  });

  test('status and managed fields change nothing, other unknown fields are refused', async () => {
    const { api, says, server } = await start(usual);
    const generations = (): number => server.log.filter(({ msg }) => msg === 'policies loaded').length;
    const before = generations();
    api.apply('ClusterArtifactPolicy', 'images', policy(), { top: { status: { conditions: [{ type: 'Ready' }] } } });
    api.apply('ClusterArtifactPolicy', 'extra', policy(), { top: { specs: {} } });
    await comes(says, 'POLICY_BROKEN');
    expect(generations()).toBe(before + 1);
  });
});

describe('what policies rely on', () => {
  test('a signer that is deleted, or was never good, makes those that name it undetermined, and is told', async () => {
    const { api, says, ask } = await start(usual);
    api.delete('Signer', 'alice');
    await comes(says, 'POLICY_BROKEN');
    api.apply('Signer', 'alice', { identities: [{ key: { data: 'no key' } }] });
    await until(async () => (await ask()).status?.message.includes('Signer alice cannot be used until it is mended') === true);
    api.apply('Signer', 'alice', signer());
    await comes(says, 'admitted');
  });

  test('what is broken is known to /validate as what it is, and not as missing', async () => {
    const { api, server } = await start((at) => {
      usual(at);
      at.apply('Signer', 'carl', { identities: [{ key: { data: 'no key' } }] });
      at.apply('ArtifactPolicy', 'mine', { artifacts: 'all of them' }, { namespace: 'shop' });
    }, { limits: { policiesPerNamespace: 1 } });
    const asked = async (one: Document): Promise<string> => {
      const { allowed, status, warnings = [] } = await server.validate(ownReview(one));
      return [allowed, status?.message ?? '', ...warnings].join(' ');
    };
    const naming = (by: string): Document => document('ClusterArtifactPolicy', 'new', policy({ require: [{ name: 'signed', signature: { by: [by] } }] }) as Record<string, unknown>);
    expect(await asked(naming('carl'))).toMatch(/^true .*Signer carl cannot be used until it is mended: /);
    expect(await asked(naming('dora'))).toMatch(/^true .*no Signer is named "dora"/);
    // The broken one counts.
    expect(await asked(document('ArtifactPolicy', 'more', policy() as Record<string, unknown>, 'shop'))).toMatch(/^false .*INPUT_POLICY_TOO_MANY/s);
    expect(await asked(document('ArtifactPolicy', 'more', policy() as Record<string, unknown>, 'team'))).toMatch(/^true/);
    api.delete('Signer', 'carl');
    await until(async () => (await asked(naming('carl'))).includes('no Signer is named "carl"'));
  });

  test('a signer that breaks keeps its last good form', async () => {
    const { api, says, server } = await start(usual);
    api.apply('Signer', 'alice', { identities: [{ key: { data: 'no key' } }] });
    await until(() => server.log.some(({ object }) => object === 'Signer alice'));
    expect([await says(), await says(evil)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
    // Deleted and made again it is another one, and was never good.
    api.delete('Signer', 'alice');
    api.apply('Signer', 'alice', { identities: [{ key: { data: 'no key' } }] }, { metadata: { uid: 'another' } });
    await comes(says, 'POLICY_BROKEN');
  });

  test('a list of revocations that was never good stops everything, one that breaks keeps what it revokes', async () => {
    const { api, says } = await start(usual);
    const digest = good.slice(good.indexOf('sha256:'));
    api.apply('RevocationList', 'incidents', { revocations: [{ digest }] });
    await comes(() => says(evil), 'FETCH_NONE_FOUND,POLICY_BROKEN');
    api.apply('RevocationList', 'incidents', { revocations: [{ digest, reason: 'stolen key' }] });
    await comes(says, 'POLICY_REVOKED');
    api.apply('RevocationList', 'incidents', { revocations: [{ digest, reason: 7 }] });
    api.apply('ClusterArtifactPolicy', 'later', { ...policy(), artifacts: [{ image: 'later.example/**' }] });
    await comes(() => says('later.example/x'), 'FETCH_UNREACHABLE');
    expect(await says()).toBe('POLICY_REVOKED');
    api.delete('RevocationList', 'incidents');
    await comes(says, 'admitted');
  });

  test('no exception lifts what a broken policy leaves open, and a broken exception lets nothing through', async () => {
    const today = { notBefore: new Date(Date.now() - 3_600_000).toISOString(), expiresAt: new Date(Date.now() + 86_400_000).toISOString(), requestedBy: 'dave', approvedBy: 'carol', reason: 'registry is down', namespaces: ['default'] };
    const { api, says } = await start((at) => {
      usual(at);
      at.apply('ClusterArtifactPolicy', 'typo', policy(MISTAKE));
      at.apply('AdmissionException', 'both', { ...today, digests: [evil.slice(evil.indexOf('sha256:'))], policies: [{ name: 'typo' }, { name: 'images' }] });
    });
    expect(await says(evil)).toBe('FETCH_NONE_FOUND,POLICY_BROKEN');
    api.delete('ClusterArtifactPolicy', 'typo');
    // It names a policy that is not there now.
    await comes(() => says(evil), 'FETCH_NONE_FOUND');
    api.apply('AdmissionException', 'both', { ...today, digests: [evil.slice(evil.indexOf('sha256:'))], policies: [{ name: 'images' }] });
    await comes(() => says(evil), 'admitted');
    api.apply('AdmissionException', 'both', { ...today, digests: [evil.slice(evil.indexOf('sha256:'))], policies: [{ name: 'images' }], spare: 1 });
    await comes(() => says(evil), 'FETCH_NONE_FOUND');
  });
});

describe('what is deleted and held by a finalizer', () => {
  const held = { finalizers: ['example.dev/holds'], deletionTimestamp: '2026-01-02T00:00:00Z' };
  const exception = (): object => ({
    notBefore: new Date(Date.now() - 3_600_000).toISOString(), expiresAt: new Date(Date.now() + 86_400_000).toISOString(), requestedBy: 'dave', approvedBy: 'carol',
    reason: 'registry is down', namespaces: ['default'], digests: [evil.slice(evil.indexOf('sha256:'))], policies: [{ name: 'images' }],
  });

  test('an exception lets nothing through any more, and a finalizer alone ends nothing', async () => {
    const { api, says } = await start((at) => {
      usual(at);
      at.apply('AdmissionException', 'night', exception(), { metadata: { uid: 'e', finalizers: held.finalizers } });
    });
    expect(await says(evil)).toBe('admitted');
    api.apply('AdmissionException', 'night', exception(), { metadata: { uid: 'e', ...held } });
    await comes(() => says(evil), 'FETCH_NONE_FOUND');
    // Gone, and there anew.
    api.delete('AdmissionException', 'night');
    api.apply('AdmissionException', 'night', exception(), { metadata: { uid: 'f' } });
    await comes(() => says(evil), 'admitted');
  });
  test('a signer vouches for nothing any more; a policy and a list of revocations hold until they are gone', async () => {
    const { api, says } = await start(usual);
    api.apply('ClusterArtifactPolicy', 'images', policy(), { metadata: held });
    const digest = good.slice(good.indexOf('sha256:'));
    api.apply('RevocationList', 'incidents', { revocations: [{ digest, reason: 'stolen key' }] }, { metadata: held });
    await comes(says, 'POLICY_REVOKED');
    api.delete('RevocationList', 'incidents');
    await comes(says, 'admitted');
    expect(await says(evil)).toBe('FETCH_NONE_FOUND');
    api.apply('Signer', 'alice', signer(), { metadata: held });
    await comes(says, 'POLICY_BROKEN');
    api.delete('Signer', 'alice');
    api.apply('Signer', 'alice', signer());
    await comes(says, 'admitted');
  });
});

describe('tenants', () => {
  test('a broken ArtifactPolicy stops its namespace and no other', async () => {
    const { says } = await start((at) => {
      usual(at);
      at.apply('ArtifactPolicy', 'mine', { artifacts: 'all of them' }, { namespace: 'shop' });
    });
    expect([await says(good, 'shop'), await says(good, 'team')]).toEqual(['POLICY_BROKEN', 'admitted']);
  });

  test('an ArtifactPolicy opens no private host, whatever it names', async () => {
    const { says } = await start((at) => {
      usual(at);
      at.apply('ClusterArtifactPolicy', 'images', policy({ artifacts: [{ image: '**' }] }));
      at.apply('ArtifactPolicy', 'mine', policy(), { namespace: 'shop' });
    }, { plainHttp: [] });
    expect(await says(good, 'shop')).toBe('FETCH_HOST_FORBIDDEN');
  });

  test('what the policies of a namespace demand of one request is bounded, and costs no other namespace anything', async () => {
    const require = Array.from({ length: 100 }, (_, n) => ({ name: `r${n}`, signature: { by: ['alice'] } }));
    const nested = Array.from({ length: 20 }, (_, n) => ({ name: `r${n}`, anyOf: Array.from({ length: 30 }, (_one, m) => ({ name: `a${n}-${m}`, signature: { by: ['alice'] } })) }));
    const { says, server } = await start((at) => {
      usual(at);
      for (let n = 0; n < 6; n += 1) at.apply('ArtifactPolicy', `p${n}`, policy({ require }), { namespace: 'shop' });
      at.apply('ArtifactPolicy', 'nested', policy({ require: nested }), { namespace: 'team' });
      for (let n = 0; n < 6; n += 1) at.apply('ArtifactPolicy', `p${n}`, policy({ require, mode: 'audit' }), { namespace: 'default' });
    });
    const images = async (count: number, namespace: string, image = good): Promise<string> => {
      const answer = await server.validate(podReview({ images: Array.from({ length: count }, () => image), namespace }));
      return answer.allowed ? 'admitted' : codes(answer).filter((code) => code !== 'POLICY_SATISFIED').toSorted().join();
    };
    for (const namespace of ['shop', 'team', 'default']) expect([await says(good, namespace), await says(good, namespace)]).toEqual(['admitted', 'admitted']);
    // One by one they are remembered; together they are too much.
    expect([await images(10, 'shop'), await images(8, 'shop')]).toEqual(['POLICY_BROKEN', 'admitted']);
    // Of alternatives each counts, and what is remembered of them is one finding.
    expect([await images(10, 'team'), await images(10, 'team', evil), await images(7, 'team', evil)]).toEqual(['admitted', expect.stringContaining('POLICY_BROKEN'), expect.not.stringContaining('POLICY_BROKEN')]);
    expect(await images(10, 'default')).toBe('admitted');
    expect(await images(10, 'shop', evil)).toBe('FETCH_NONE_FOUND,POLICY_BROKEN');
    const text = (await server.validate(podReview({ images: Array.from({ length: 10 }, () => good), namespace: 'shop' }))).status?.message;
    expect(text).toContain('demand more than 5000 things of the artifacts of this request');
  });

  test('of one namespace so many count as limits.policiesPerNamespace says; the youngest beyond leave it undetermined', async () => {
    const other = { ...policy(), artifacts: [{ image: 'other.example/**' }] };
    const { api, says, server } = await start((at) => {
      usual(at);
      at.apply('ArtifactPolicy', 'b', other, { namespace: 'shop', createdAt: '2026-01-02T00:00:00Z' });
      at.apply('ArtifactPolicy', 'a', policy(), { namespace: 'shop', createdAt: '2026-01-02T00:00:00Z' });
      at.apply('ArtifactPolicy', 'z', policy(), { namespace: 'shop', createdAt: '2026-01-01T00:00:00Z' });
      at.apply('ArtifactPolicy', 'a', other, { namespace: 'team' });
    }, { limits: { policiesPerNamespace: 2 } });
    expect([await says(good, 'shop'), await says('other.example/x', 'shop'), await says(good, 'team')]).toEqual(['admitted', 'POLICY_BROKEN,SELECT_NO_POLICY', 'admitted']);
    expect(server.log.filter(({ object }) => object !== undefined).map(({ object }) => object)).toEqual(['ArtifactPolicy shop/b']);
    api.delete('ArtifactPolicy', 'z', 'shop');
    await comes(() => says('other.example/x', 'shop'), 'FETCH_UNREACHABLE,SELECT_NO_POLICY');
  });
});

describe('sources', () => {
  const files = (): Record<string, string> => ({ 'p.json': JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, spec: signer() }) });

  test('an object may rely on a file, and no object breaks what files hold', async () => {
    const { api, says } = await start((at) => at.apply('ClusterArtifactPolicy', 'images', policy()), {}, files());
    expect([await says(), await says(evil)]).toEqual(['admitted', 'FETCH_NONE_FOUND']);
    // The name is taken: the object is refused, the file's key counts.
    api.apply('Signer', 'alice', signer(bob));
    api.apply('ClusterArtifactPolicy', 'later', { ...policy(), artifacts: [{ image: 'later.example/**' }] });
    await comes(() => says('later.example/x'), 'FETCH_UNREACHABLE');
    expect(await says()).toBe('admitted');
  });

  test('a cluster without a policy is not ready, as the pages about installing say, unless that is meant', async () => {
    const { api, says, ready, server } = await start(() => undefined, { unmatched: 'allow' });
    expect([await says(), (await server.ops('/readyz')).status, await ready()]).toEqual(['POLICY_UNAVAILABLE', 503, expect.stringContaining('allowNoPolicies: true')]);
    api.apply('Signer', 'alice', signer());
    api.apply('ClusterArtifactPolicy', 'images', policy());
    await comes(says, 'admitted');
    expect((await server.ops('/readyz')).status).toBe(200);
    // The last one that is deleted stays in force.
    api.delete('ClusterArtifactPolicy', 'images');
    await until(() => server.log.some(({ msg, problem }) => `${String(msg)} ${String(problem)} ${JSON.stringify(server.log.at(-1))}`.includes('allowNoPolicies')));
    expect(await says(evil)).toBe('FETCH_NONE_FOUND');
    const meant = await start(() => undefined, { unmatched: 'allow', allowNoPolicies: true });
    expect([await meant.says(evil), (await meant.server.ops('/readyz')).status]).toEqual(['admitted', 200]);
    for (const page of ['install', 'helm', 'resources']) expect(readFileSync(`docs/operate/${page}.md`, 'utf8'), page).toContain('allowNoPolicies: true');
  });

  test('without an answer of the API server nothing is ready, and nothing is admitted', async () => {
    const { api, says, ready } = await start((at) => {
      usual(at);
      at.refusals.set('/apis/gatehouse.dev/v1alpha1/revocationlists', 403);
    }, { unmatched: 'allow' });
    expect([await says(), await ready()]).toEqual(['POLICY_UNAVAILABLE', expect.stringContaining('policies')]);
    api.refusals.clear();
    await comes(says, 'admitted');
  });
});
