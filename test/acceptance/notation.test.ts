/** Signatures of Notation in registries, through HTTPS: found beside those of cosign, by the API and by the tag that stands in for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { pemOf } from '../support/notation/judge.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { descriptorOf, makeImage, makeIndex } from '../world/image.ts';
import type { Descriptor, Pushable } from '../world/image.ts';
import { makeNotary, notarySign, notationReferrer } from '../world/notation.ts';
import type { NotaryPush, NotarySigning } from '../world/notation.ts';
import { push, pushReferrer } from '../world/push.ts';
import { loadOciLayout, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const now = Date.now();
const HOUR = 3_600_000;
const notary = makeNotary({ now });
const stranger = makeNotary({ now });
const world = createWorld({ now });
const alice = world.key();
const E2E = 'notation-e2e/';
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const policy = (folder: string, by: readonly string[], threshold?: number, more: object = {}): string => document('ClusterArtifactPolicy', folder, {
  artifacts: [{ image: `registry.example/${folder}/**` }], require: [{ name: 'signed', signature: { by, ...(threshold === undefined ? {} : { threshold }) } }], ...more,
});
const DOCUMENTS = [
  document('TrustRoot', 'stores', { notation: { ca: notary.root.pem } }),
  document('Signer', 'notary', { identities: [{ x509: { subject: 'CN=release, O=Acme, ST=WA, C=US', trustRoot: 'stores' } }] }),
  document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] }),
  policy('one', ['notary']),
  policy('two', ['notary', 'alice'], 2),
  policy('covered', ['notary'], undefined, { indexCoversChildren: true }),
  policy('every', ['notary'], undefined, { everyPlatform: true }),
];

/** Pushes an image with signatures beside it; gives its reference. */
async function put(registry: TestRegistry, path: string, image: Pushable, referrers: readonly Pushable[], fallbackTag: boolean): Promise<string> {
  await push(registry, path, image, ['v1']);
  for (const referrer of referrers) await pushReferrer(registry, path, referrer, { fallbackTag });
  return `registry.example/${path}@${image.digest}`;
}

function signatureOn(image: Pushable, signing: Partial<NotarySigning> = {}, pushed: Partial<NotaryPush> = {}): Pushable {
  const format = signing.format ?? 'notation-jws';
  return notationReferrer({ subject: image, envelope: notarySign({ notary, target: descriptorOf(image), at: now - HOUR, ...signing }), format, ...pushed });
}

const ADMITTED = { allowed: true, codes: ['POLICY_SATISFIED'] };
const denied = (code: string): object => ({ allowed: false, codes: [code] });

describe.each([['referrers API', true], ['fallback tag', false]] as const)('a registry with %s', (_, hasApi) => {
  let registry: TestRegistry;
  let server: TestServer;

  beforeAll(async () => {
    registry = await startRegistry({ referrersApi: hasApi });
    server = await startTestServer({ 'policies.yaml': DOCUMENTS.join('\n---\n') }, {
      registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }], 'cache.absenceTTL': '0s',
    });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
  });

  const ask = async (image: string): Promise<{ allowed: boolean; codes: string[] }> => shown(await server.validate(podReview({ images: [image] })));
  let count = 0;
  const verdict = async (make: (image: Pushable) => readonly Pushable[], { folder = 'one', image }: { readonly folder?: string; readonly image?: Pushable } = {}): Promise<object> => {
    count += 1;
    const one = image ?? makeImage({ seed: `${count}` });
    return ask(await put(registry, `${folder}/app${count}`, one, make(one), !hasApi));
  };

  test.each(['notation-jws', 'notation-cose'] as const)('%s is found and admitted', async (format) => {
    expect(await verdict((image) => [signatureOn(image, { format })])).toEqual(ADMITTED);
  });

  test('with the legacy media type of the config, of an index, and of an image of Docker', async () => {
    expect(await verdict((image) => [signatureOn(image, {}, { legacy: true })])).toEqual(ADMITTED);
    expect(await verdict((image) => [signatureOn(image)], { image: makeIndex({ seed: 'index' }) })).toEqual(ADMITTED);
    expect(await verdict((image) => [signatureOn(image)], { image: makeImage({ seed: 'docker', format: 'docker' }) })).toEqual(ADMITTED);
  });

  test.each<[string, Partial<Descriptor>]>([
    ['size', { size: 9999 }], ['media type', { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' }], ['digest', { digest: `sha256:${'0'.repeat(64)}` as Descriptor['digest'] }],
  ])('a descriptor of another %s is about something else', async (__, other) => {
    expect(await verdict((image) => [signatureOn(image, { target: { ...descriptorOf(image), ...other } })])).toEqual(denied('VERIFY_SUBJECT_MISMATCH'));
  });

  test('two layers are no signature, nor is a layer of another type', async () => {
    const two = (image: Pushable): Pushable[] => {
      const envelope = notarySign({ notary, target: descriptorOf(image), at: now - HOUR });
      return [notationReferrer({ subject: image, envelope, layers: [envelope, envelope] })];
    };
    expect(await verdict(two)).toEqual(denied('VERIFY_FORMAT'));
    expect(await verdict((image) => [signatureOn(image, {}, { mediaType: 'application/json' })])).toEqual(denied('VERIFY_FORMAT'));
    expect(await verdict((image) => [signatureOn(image, {}, { mediaType: 'application/cose' })])).toEqual(denied('VERIFY_MALFORMED'));
  });

  test('a stranger in front of the signer hides nothing, and alone is not trusted', async () => {
    const strange = (image: Pushable): Pushable => signatureOn(image, { notary: stranger });
    expect(await verdict((image) => [strange(image), signatureOn(image)])).toEqual(ADMITTED);
    expect(await verdict((image) => [strange(image)])).toEqual(denied('VERIFY_CERTIFICATE_UNTRUSTED'));
  });

  test('a signature of Notation and one of cosign by two signers are two', async () => {
    const cosign = (image: Pushable): Pushable => bundleReferrer(image, keyBundle(world, { key: alice, digest: image.digest }));
    expect(await verdict((image) => [signatureOn(image), cosign(image)], { folder: 'two' })).toEqual(ADMITTED);
    expect(await verdict((image) => [signatureOn(image), signatureOn(image, { format: 'notation-cose' })], { folder: 'two' })).toEqual(denied('POLICY_THRESHOLD'));
    expect(await verdict((image) => [cosign(image)], { folder: 'two' })).toEqual(denied('POLICY_THRESHOLD'));
  });

  test('a signature on an index speaks for what it lists where the policy says so, and each image of it may have to have its own', async () => {
    const index = makeIndex({ seed: `platforms ${hasApi}`, architectures: ['amd64', 'arm64'] });
    const [amd, arm] = index.children;
    if (amd === undefined || arm === undefined) throw new Error('no children');
    const at = async (path: string, by: (image: Pushable) => readonly Pushable[]): Promise<void> => {
      for (const child of index.children) await push(registry, path, child);
      await put(registry, path, index, by(index), !hasApi);
    };
    const child = (path: string): Promise<object> => ask(`registry.example/${path}:v1@${amd.digest}`);
    await at('covered/app', (image) => [signatureOn(image)]);
    await at('covered/other', () => [signatureOn(amd, { target: descriptorOf(arm) })]);
    await at('one/plain', (image) => [signatureOn(image)]);
    await at('covered/smaller', (image) => [signatureOn(image, { target: { ...descriptorOf(image), size: descriptorOf(amd).size } })]);
    expect(await child('covered/app')).toEqual(ADMITTED);
    expect(await child('covered/other')).toEqual(denied('VERIFY_SUBJECT_MISMATCH'));
    expect(await child('one/plain')).toEqual(denied('FETCH_NONE_FOUND'));
    expect(await child('covered/smaller')).toEqual(denied('FETCH_NONE_FOUND'));
    await at('every/app', () => [signatureOn(amd), signatureOn(arm, { format: 'notation-cose' })]);
    await at('every/lacks', (image) => [signatureOn(image), signatureOn(amd)]);
    expect(await ask(`registry.example/every/app@${index.digest}`)).toEqual(ADMITTED);
    expect(await ask(`registry.example/every/lacks@${index.digest}`)).toEqual(denied('FETCH_NONE_FOUND'));
  });

  test('the manifest is asked for where there is a signature of Notation, and once', async () => {
    const image = makeImage({ seed: 'asked' });
    const reference = await put(registry, 'one/asked', image, [signatureOn(image), signatureOn(image, { format: 'notation-cose' })], !hasApi);
    expect(await ask(reference)).toEqual(ADMITTED);
    expect(await ask(reference)).toEqual(ADMITTED);
    const own = registry.requests().filter(({ path }) => path.endsWith(`one/asked/manifests/${image.digest}`));
    expect(own.length).toBe(1);
  });
});

describe('what was admitted is asked again when time passes', () => {
  const short = makeNotary({ now, leaf: { notAfter: now + 2 * HOUR } });
  let registry: TestRegistry;
  let server: TestServer;

  beforeAll(async () => {
    // The clock stands still for decisions only, not for timers.
    vi.useFakeTimers({ toFake: ['Date'], now });
    registry = await startRegistry();
    server = await startTestServer({
      'policies.yaml': [...DOCUMENTS, document('TrustRoot', 'short', { notation: { ca: short.root.pem } }), document('Signer', 'short', { identities: [{ x509: { subjectGlob: '**', trustRoot: 'short' } }] }), policy('short', ['short'])].join('\n---\n'),
    }, { registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }] });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
    vi.useRealTimers();
  });

  test.each([
    ['the end that its signer set', 'one', notary, { expiry: now + HOUR }, HOUR, 'POLICY_SIGNATURE_EXPIRED'],
    ['the end of its certificate', 'short', short, {}, 2 * HOUR + 1000, 'VERIFY_CERTIFICATE_EXPIRED'],
  ] as const)('%s', async (what, folder, by, signing, later, code) => {
    vi.setSystemTime(now);
    const image = makeImage({ seed: what });
    const reference = await put(registry, `${folder}/ends`, image, [signatureOn(image, { notary: by, ...signing })], false);
    const ask = async (): Promise<object> => shown(await server.validate(podReview({ images: [reference] })));
    expect([await ask(), await ask()]).toEqual([ADMITTED, ADMITTED]);
    vi.setSystemTime(now + later - 3000);
    expect(await ask()).toEqual(ADMITTED);
    vi.setSystemTime(now + later);
    expect(await ask()).toEqual(denied(code));
  });
});

function shown(answer: AdmissionAnswer): { allowed: boolean; codes: string[] } {
  return { allowed: answer.allowed, codes: codes(answer) };
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('layouts of the end-to-end tests of Notation', () => {
  let registry: TestRegistry;
  let server: TestServer;
  const images = new Map<string, string>();

  beforeAll(async () => {
    registry = await startRegistry();
    for (const layout of readdirSync(sharedData(`${E2E}registry`))) images.set(layout, loadOciLayout(registry, `right/${layout}`, sharedData(join(`${E2E}registry`, layout))));
    for (const [layout, digest] of images) for (const other of ['other', 'named', 'misnamed', 'stamped', 'undated']) {
      expect(loadOciLayout(registry, `${other}/${layout}`, sharedData(join(`${E2E}registry`, layout)))).toBe(digest);
    }
    const e2e = pemOf(sharedData(`${E2E}config/localkeys/e2e.crt`));
    const layout = sharedData(`${E2E}registry/e2e-with-timestamped-signature/blobs/sha256/603ff134e97a79cd7a15560b76137c2c4a10451daab11327a7c6f86dac250fee`);
    const { header: { x5c } } = JSON.parse(readFileSync(layout, 'utf8')) as { header: { x5c: readonly string[] } };
    const root = `-----BEGIN CERTIFICATE-----\n${(x5c.at(-1) ?? '').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
    const stores = (name: string, spec: object): string => document('TrustRoot', name, { notation: spec });
    const signer = (name: string, trustRoot: string, x509: object): string => document('Signer', name, { identities: [{ x509: { ...x509, trustRoot } }] });
    server = await startTestServer({
      'policies.yaml': [
        stores('e2e', { ca: e2e }), stores('new', { ca: pemOf(sharedData(`${E2E}config/localkeys/new_e2e.crt`)) }),
        stores('globalsign', { ca: root, tsa: pemOf(sharedData(`${E2E}config/timestamp/globalsignTSARoot.cer`)) }), stores('alone', { ca: root }),
        signer('right', 'e2e', { subjectIncludes: 'C=US' }), signer('other', 'new', { subjectIncludes: 'C=US' }),
        signer('named', 'e2e', { subject: 'CN=e2e,O=Notary,L=Seattle,ST=WA,C=US' }), signer('misnamed', 'e2e', { subject: 'CN=e2e,O=Notary,L=Seattle,ST=WA,C=USB' }),
        signer('stamped', 'globalsign', { subjectIncludes: 'C=US' }), signer('undated', 'alone', { subjectIncludes: 'C=US' }),
        ...['right', 'other', 'named', 'misnamed', 'stamped', 'undated'].map((name) => policy(name, [name])),
      ].join('\n---\n'),
    }, { registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }] });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
  });

  test.each([
    ['right', 'e2e-valid-signature', ['POLICY_SATISFIED']],
    ['named', 'e2e-valid-signature', ['POLICY_SATISFIED']],
    ['misnamed', 'e2e-valid-signature', ['VERIFY_SIGNER_UNTRUSTED']],
    ['other', 'e2e-valid-signature', ['VERIFY_CERTIFICATE_UNTRUSTED']],
    ['right', 'e2e-expired-signature', ['POLICY_SIGNATURE_EXPIRED']],
    ['right', 'e2e', ['FETCH_NONE_FOUND']],
    ['right', 'e2e-with-timestamped-signature', ['VERIFY_CERTIFICATE_UNTRUSTED']],
    // Its certificate lived a day; the root of its authority is not among the data.
    ['stamped', 'e2e-with-timestamped-signature', ['VERIFY_TIMESTAMP']],
    ['undated', 'e2e-with-timestamped-signature', ['POLICY_SIGNATURE_EXPIRED']],
    ['stamped', 'e2e-valid-signature', ['VERIFY_CERTIFICATE_UNTRUSTED']],
  ])('%s: %s', async (folder, layout, expected) => {
    const answer = await server.validate(podReview({ images: [`registry.example/${folder}/${layout}@${images.get(layout)}`] }));
    expect(codes(answer)).toEqual(expected);
    expect(answer.allowed).toBe(expected[0] === 'POLICY_SATISFIED');
  });

  test('each layout has a row', () => {
    expect([...images.keys()].toSorted()).toEqual(['e2e', 'e2e-expired-signature', 'e2e-valid-signature', 'e2e-with-timestamped-signature']);
  });
});
