// Evidence of our own is pushed beside an image, found again by our own readers, and nothing of anybody else is written over.
import { describe, expect, it } from 'vitest';
import { makeImage } from '../../../world/image.ts';
import { fallbackTag, push } from '../../../world/push.ts';
import type { RegistryOptions, TestRegistry } from '../../../world/registry.ts';
import { artifact, drain, registry, SCOPE, source, within } from '../support.ts';

const VSA = 'https://slsa.dev/verification_summary/v1';
const TEXT = JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload: 'e30=', signatures: [{ keyid: 'k', sig: 'c2ln' }] });
const OWN = { username: 'gatehouse', password: 'secret' };

async function standing(options: RegistryOptions = {}, more: Parameters<typeof source>[1] = {}) {
  const [reg, image] = [await registry(options), makeImage()];
  await push(reg, 'acme/app', image);
  const from = source([reg], more);
  const it = artifact(`${reg.host}/acme/app`, image.digest);
  return { reg, it, from, publish: (text = TEXT) => from.publish(it, { text, predicateType: VSA }, within(60_000)), found: () => texts(from, it) };
}

async function texts(from: ReturnType<typeof source>, it: ReturnType<typeof artifact>): Promise<string[]> {
  const { evidence, problems } = await drain(await from.open(it, SCOPE, { fresh: true }));
  expect(problems).toEqual([]);
  return evidence.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
}

const auth = (kind: 'basic' | 'bearer'): RegistryOptions => ({ auth: { kind, users: { gatehouse: { password: OWN.password } } } });
const withOwn = (reg: () => string): Parameters<typeof source>[1] => ({
  dockerAuths: { auths: new Map([[reg(), OWN]]), credHelpers: new Map() } as never,
});

describe('a referrer of our own', () => {
  it('is found by our own readers at once, also after it was looked for in vain', async () => {
    const { publish, found } = await standing();
    expect(await found()).toEqual([]);
    expect(await publish()).toMatchObject({ ok: true });
    expect(await found()).toEqual([TEXT]);
  });

  it('is the same manifest when it is pushed twice', async () => {
    const { publish, found } = await standing();
    const [first, second] = [await publish(), await publish()];
    expect(second).toEqual(first);
    expect(await found()).toEqual([TEXT]);
  });

  it('is listed under the fallback tag where the registry has no referrers API, beside what others listed there', async () => {
    const { reg, it: image, publish, found } = await standing({ referrersApi: false });
    expect(await publish()).toMatchObject({ ok: true });
    expect(await publish(TEXT.replace('c2ln', 'c2lo'))).toMatchObject({ ok: true });
    expect((await found()).toSorted()).toEqual([TEXT, TEXT.replace('c2ln', 'c2lo')]);
    expect(JSON.parse(Buffer.from(reg.getManifest('acme/app', fallbackTag(String(image.digest))) ?? '').toString('utf8'))).toMatchObject({ manifests: [{}, {}] });
  });

  it('does not overwrite a tag that is no list', async () => {
    const { reg, it: image, publish } = await standing({ referrersApi: false });
    reg.pushManifest('acme/app', fallbackTag(String(image.digest)), { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: {}, layers: [] });
    expect(await publish()).toMatchObject({ ok: false, problem: { code: 'FETCH_MANIFEST_INVALID' } });
  });

  it('is not pushed beside what is not there', async () => {
    const { reg, from } = await standing();
    const other = artifact(`${reg.host}/acme/app`, makeImage().digest);
    expect(await from.publish(other, { text: TEXT, predicateType: VSA }, within(60_000))).toMatchObject({ ok: false, problem: { code: 'FETCH_NOT_FOUND' } });
  });

  it.each(['basic', 'bearer'] as const)('is pushed with the credentials of the server (%s)', async (kind) => {
    const reg = await registry(auth(kind));
    const image = makeImage();
    await push(reg, 'acme/app', image);
    const it = artifact(`${reg.host}/acme/app`, image.digest);
    const good = source([reg], withOwn(() => reg.host));
    expect(await good.publish(it, { text: TEXT, predicateType: VSA }, within(60_000))).toMatchObject({ ok: true });
    const stranger = source([reg]);
    expect(await stranger.publish(it, { text: TEXT, predicateType: VSA }, within(60_000))).toMatchObject({ ok: false, problem: { code: 'FETCH_UNAUTHORIZED' } });
    if (kind === 'bearer') expect(scopes(reg)).toContain('repository:acme/app:pull,push');
  });

  it('is not uploaded to a place elsewhere', async () => {
    const { reg, publish } = await standing();
    reg.fault({ path: /blobs\/uploads/, behaviour: { kind: 'status', status: 202, headers: { location: 'https://elsewhere.example/u' } } } as never);
    expect(await publish()).toMatchObject({ ok: false, problem: { code: 'FETCH_REDIRECT' } });
  });

  it('is not said to be pushed by a registry that takes it and has not kept it', async () => {
    const { reg, publish } = await standing();
    const subject = (digest: unknown): object => ({ path: /manifests/, method: 'PUT', behaviour: { kind: 'status', status: 201, headers: { 'oci-subject': String(digest), 'docker-content-digest': `sha256:${'0'.repeat(64)}` } } });
    const mend = reg.fault(subject('sha256:1') as never);
    expect(await publish()).toMatchObject({ ok: false, problem: { code: 'FETCH_NOT_FOUND' } });
    mend();
    expect(await publish()).toMatchObject({ ok: true });
  });

  it.each<[string, object, string]>([
    ['sends it elsewhere', { kind: 'status', status: 307, headers: { location: 'https://elsewhere.example/v2/acme/app/manifests/x' } }, 'FETCH_SERVER_ERROR'],
    ['answers without end', { kind: 'endless' }, 'FETCH_TOO_LARGE'],
  ])('is not pushed to a registry that %s', async (_, behaviour, code) => {
    const { reg, publish } = await standing();
    reg.fault({ path: /manifests/, method: 'PUT', behaviour } as never);
    expect(await publish()).toMatchObject({ ok: false, problem: { code } });
    expect(reg.requests(/elsewhere/)).toEqual([]);
  });

  it('says so when the registry does not let us', async () => {
    const { reg, publish } = await standing();
    reg.fault({ path: /manifests/, method: 'PUT', behaviour: { kind: 'status', status: 405 } } as never);
    expect(await publish()).toMatchObject({ ok: false, problem: { code: 'FETCH_SERVER_ERROR' } });
  });
});

function scopes(reg: TestRegistry): (string | null)[] {
  return reg.requests(/^\/token/).map(({ path }) => new URL(path, 'http://r').searchParams.get('scope'));
}
