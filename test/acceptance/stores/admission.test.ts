// Evidence in stores, from YAML and bytes to the verdict: what a store has is proven like any other, what it has not is told as what it is.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeSigned } from '../../world/evidence.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { signWith } from '../../world/keys.ts';
import { makeNotary, notarySign, notationReferrer } from '../../world/notation.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';
import { makeStatement } from '../../world/statement.ts';
import { startArchivista } from '../../world/stores/archivista.ts';
import type { FakeArchivista } from '../../world/stores/archivista.ts';
import type { FakeStore } from '../../world/stores/fake.ts';
import { startFolder } from '../../world/stores/folder.ts';
import { ORGANISATION, startGithub } from '../../world/stores/github.ts';
import type { FakeGithub } from '../../world/stores/github.ts';
import { attested, binaryAuthorizationPayload, NOTE, PROJECT, startGrafeas } from '../../world/stores/grafeas.ts';
import type { FakeGrafeas } from '../../world/stores/grafeas.ts';
import { startTekton } from '../../world/stores/tekton.ts';
import { createWorld } from '../../world/world.ts';

const SCAN = 'https://acme.example/scan/v1';
const world = createWorld({ now: Date.UTC(2026, 2, 1) });
const [release, stranger] = [world.key(), world.key()];
const notary = makeNotary({ now: Date.now() });
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

let [server, registry] = [undefined as unknown as TestServer, undefined as unknown as TestRegistry];
let [archivista, grafeas, folder, github, tekton] = [undefined as unknown as FakeArchivista, undefined as unknown as FakeGrafeas, undefined as unknown as FakeStore, undefined as unknown as FakeGithub, undefined as unknown as FakeStore];

beforeAll(async () => {
  [registry, archivista, grafeas, folder, github, tekton] = await Promise.all([startRegistry(), startArchivista(), startGrafeas(), startFolder(), startGithub(), startTekton()]);
  const below = (path: string): { artifacts: string[] } => ({ artifacts: [`${registry.host}/${path}/**`] });
  server = await startTestServer({
    'policies.yaml': [
      document('Signer', 'release', { identities: [{ key: { data: release.publicKeyPem } }] }),
      document('ClusterArtifactPolicy', 'scanned', { artifacts: ['archivista', 'grafeas', 'folder', 'github', 'tekton', 'both', 'elsewhere'].map((path) => ({ image: `${registry.host}/${path}/**` })), require: [{ name: 'scanned', attestation: { type: SCAN, by: ['release'] } }] }),
      document('TrustRoot', 'notation', { notation: { ca: notary.root.pem } }),
      document('Signer', 'notary', { identities: [{ x509: { subjectIncludes: 'O=Acme', trustRoot: 'notation' } }] }),
      document('ClusterArtifactPolicy', 'notarised', { artifacts: [{ image: `${registry.host}/notation/**` }], require: [{ name: 'signed', signature: { by: ['notary'] } }] }),
      document('ClusterArtifactPolicy', 'signed', { artifacts: [{ image: `${registry.host}/binauthz/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    ].join('\n---\n'),
  }, {
    plainHttp: [registry.host, '127.0.0.1'],
    'cache.absenceTTL': '0s',
    evidenceStores: [
      { archivista: { url: archivista.url }, ...below('archivista') }, { archivista: { url: archivista.url }, ...below('both') },
      { grafeas: { url: grafeas.url, project: PROJECT, notes: [NOTE] }, artifacts: [`${registry.host}/grafeas/**`, `${registry.host}/binauthz/**`] },
      { folder: { url: folder.url }, artifacts: [`${registry.host}/folder/**`, `${registry.host}/both/**`, `${registry.host}/notation/**`] },
      { github: { api: github.url, owner: ORGANISATION, bundles: [`${folder.url}/blobs`] }, ...below('github') },
      { tekton: { url: tekton.url, namespaces: ['ci'] }, ...below('tekton') },
    ],
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([registry, archivista, grafeas, folder, github, tekton].map((one) => one.close()));
});
afterEach(() => {
  for (const one of [archivista, grafeas, folder, github, tekton]) one.fault = undefined;
});

let count = 0;
async function image(store: string): Promise<{ readonly made: Pushable; readonly path: string; readonly name: string }> {
  const path = `${store}/app${(count += 1)}`;
  const made = makeImage({ seed: path });
  await push(registry, path, made);
  return { made, path, name: `${registry.host}/${path}` };
}
async function ask(name: string, digest: string): Promise<{ readonly allowed: boolean; readonly codes: readonly string[]; readonly message: string }> {
  const answer = await server.validate(podReview({ images: [`${name}@${digest}`] }));
  return { allowed: answer.allowed, codes: codes(answer), message: answer.status?.message ?? '' };
}
const scan = (digest: Pushable['digest'], { type = SCAN, key = release } = {}): { readonly envelope: Buffer; readonly bundle: Buffer } => {
  const statement = makeStatement(digest, { predicateType: type, predicate: { passed: true } });
  return { envelope: Buffer.from(JSON.stringify(makeSigned(world, { statement }, { key }).envelope)), bundle: keyBundle(world, { key, statement }) };
};
const of = (store: string): FakeStore => ({ archivista, grafeas, folder, github, tekton })[store] ?? archivista;
const pieceFor = (store: string, made: { readonly envelope: Buffer; readonly bundle: Buffer }): Buffer => (store === 'github' ? made.bundle : made.envelope);

describe.each(['archivista', 'grafeas', 'folder', 'github', 'tekton'])('%s is believed in nothing (K15)', (store) => {
  test('what it has admits, and is asked for once', async () => {
    const { made, name } = await image(store);
    of(store).put(name, made.digest, pieceFor(store, scan(made.digest)));
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
    const before = of(store).asked.length;
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
    expect(of(store).asked).toHaveLength(before);
  });

  test('what is signed beside the image is enough: nobody asks it', async () => {
    const { made, path, name } = await image(store);
    await pushReferrer(registry, path, bundleReferrer(made, scan(made.digest).bundle));
    of(store).fault = () => ({ status: 500 });
    const before = of(store).asked.length;
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
    expect(of(store).asked).toHaveLength(before);
  });

  test.each<[string, (made: Pushable) => { readonly envelope: Buffer; readonly bundle: Buffer }, string]>([
    ['by a stranger', ({ digest }) => scan(digest, { key: stranger }), 'VERIFY_SIGNER_UNTRUSTED'],
    ['about another image', () => scan(makeImage({ seed: 'another' }).digest), 'VERIFY_SUBJECT_MISMATCH'],
    ['of another type', ({ digest }) => scan(digest, { type: 'https://acme.example/other/v1' }), 'POLICY_TYPE_MISSING'],
  ])('what it has %s proves nothing', async (_, make, code) => {
    const { made, name } = await image(store);
    of(store).put(name, made.digest, pieceFor(store, make(made)));
    const { allowed, codes: told } = await ask(name, made.digest);
    expect([allowed, told]).toEqual([false, [code]]);
  });

  test('a changed statement proves nothing', async () => {
    const { made, name } = await image(store);
    const [good, other] = [scan(made.digest), scan(makeImage({ seed: 'another' }).digest, { type: SCAN })];
    const swap = (text: Buffer, from: Buffer): Buffer => {
      const [mine, theirs] = [text, from].map((one) => /"payload":"([^"]+)"/.exec(one.toString())?.[1] ?? '');
      return Buffer.from(text.toString().replace(mine ?? '', theirs ?? ''));
    };
    of(store).put(name, made.digest, pieceFor(store, { envelope: swap(other.envelope, good.envelope), bundle: swap(other.bundle, good.bundle) }));
    const { allowed, codes: told } = await ask(name, made.digest);
    expect(allowed).toBe(false);
    expect(told[0]).toMatch(/^VERIFY_SIGNATURE_INVALID|^VERIFY_SIGNER_UNTRUSTED/);
  });

  test('nothing there is unsigned', async () => {
    const { made, name } = await image(store);
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_NONE_FOUND'] });
  });

  test('down it leaves open what is not proven elsewhere, says so, and is asked again when it is back', async () => {
    const { made, name } = await image(store);
    of(store).put(name, made.digest, pieceFor(store, scan(made.digest)));
    of(store).fault = () => ({ status: 500 });
    const { allowed, codes: told, message } = await ask(name, made.digest);
    expect([allowed, told]).toEqual([false, ['FETCH_SERVER_ERROR']]);
    expect(message).toContain(`${store} 127.0.0.1`);
    expect(message).toContain('evidence store answers with an error of its own');
    expect(message).not.toContain('registry answers');
    expect(message).toContain('ask the operator of the store');
    expect(message).toMatch(new RegExp(`cause +the store ${store} 127`));
    of(store).fault = undefined;
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });
});

describe('several stores', () => {
  test('one that hangs holds up nothing that another has', async () => {
    const { made, name } = await image('both');
    folder.put(name, made.digest, scan(made.digest).envelope);
    archivista.fault = () => 'hang';
    const answer = server.validate(podReview({ images: [`${name}@${made.digest}`] }), '?timeout=4s');
    expect((await answer).allowed).toBe(true);
  });

  test('one that is down makes no admission of a denial', async () => {
    const { made, name } = await image('both');
    folder.put(name, made.digest, scan(made.digest, { key: stranger }).envelope);
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['VERIFY_SIGNER_UNTRUSTED'] });
    archivista.fault = () => ({ status: 500 });
    const told = await ask(name, made.digest);
    expect(told.allowed).toBe(false);
    expect(told.codes).not.toEqual([]);
  });

  test('stores are asked about the artifacts they are named for, and no others', async () => {
    const { made, name } = await image('elsewhere');
    for (const one of [archivista, folder]) one.put(name, made.digest, scan(made.digest).envelope);
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_NONE_FOUND'] });
  });
});

describe('archivista', () => {
  test('bytes with another gitoid are not what was asked for', async () => {
    const { made, name } = await image('archivista');
    archivista.put(name, made.digest, scan(made.digest, { key: stranger }).envelope);
    const gitoid = [...archivista.blobs.keys()].at(-1) ?? '';
    archivista.blobs.set(gitoid, scan(made.digest).envelope);
    const { allowed, codes: told, message } = await ask(name, made.digest);
    expect([allowed, told]).toEqual([false, ['FETCH_RESPONSE_INVALID']]);
    expect(message).toContain(`gitoid ${gitoid.slice(0, 12)}`);
  });

  test('an envelope that is listed and not there leaves open what it says', async () => {
    const { made, name } = await image('archivista');
    archivista.put(name, made.digest, scan(made.digest).envelope);
    archivista.blobs.delete([...archivista.blobs.keys()].at(-1) ?? '');
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_RESPONSE_INVALID'] });
  });
});

describe('grafeas: Kritis and Binary Authorization', () => {
  const sign = (payload: Buffer, key = release, publicKeyId = 'ni:///sha-256;x'): Record<string, unknown> => attested(payload, [{ signature: signWith(key, payload), publicKeyId }]);

  test('a payload with a detached signature by a key of the policy admits, whatever id stands beside it', async () => {
    const { made, name } = await image('binauthz');
    grafeas.occur(name, made.digest, sign(binaryAuthorizationPayload(name, made.digest)));
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });

  test('Tekton Chains writes the resource without https', async () => {
    const { made, name } = await image('binauthz');
    grafeas.occur(name, made.digest, { ...sign(binaryAuthorizationPayload(name, made.digest)), resourceUri: `${name}@${made.digest}` });
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });

  test('an envelope of a build admits, a build without one is nobody\'s word', async () => {
    const { made, name } = await image('grafeas');
    grafeas.occur(name, made.digest, { kind: 'BUILD', build: { intotoStatement: makeStatement(made.digest, { predicateType: SCAN, predicate: {} }) } });
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_NONE_FOUND'] });
    grafeas.occur(name, made.digest, { kind: 'BUILD', build: {}, envelope: JSON.parse(scan(made.digest).envelope.toString()) as unknown });
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });

  test.each<[string, (name: string, digest: string) => Record<string, unknown>, string]>([
    ['by a stranger', (name, digest) => sign(binaryAuthorizationPayload(name, digest), stranger), 'VERIFY_SIGNER_UNTRUSTED'],
    ['over another image', (name) => sign(binaryAuthorizationPayload(name, `sha256:${'0'.repeat(64)}`)), 'VERIFY_SUBJECT_MISMATCH'],
    ['over other bytes', (name, digest) => attested(binaryAuthorizationPayload(name, digest), [{ signature: signWith(release, Buffer.from('x')), publicKeyId: '' }]), 'VERIFY_SIGNER_UNTRUSTED'],
    ['by PGP, without armour', (name, digest) => sign(binaryAuthorizationPayload(name, digest), release, `openpgp4fpr:${'A'.repeat(40)}`), 'VERIFY_FORMAT'],
    ['by PGP, whatever id stands beside it', (name, digest) => attested(binaryAuthorizationPayload(name, digest), [{ signature: Buffer.from('-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----'), publicKeyId: 'release' }]), 'VERIFY_MALFORMED'],
    ['as JWT', () => ({ kind: 'ATTESTATION', attestation: { jwts: [{ compactJwt: 'a.b.c' }] } }), 'VERIFY_FORMAT'],
    ['under another note', (name, digest) => ({ ...sign(binaryAuthorizationPayload(name, digest)), noteName: 'projects/evil/notes/built' }), 'FETCH_NONE_FOUND'],
    ['of a type that nobody knows', (name, digest) => sign(Buffer.from(binaryAuthorizationPayload(name, digest).toString().replace('cloud binauthz', 'cloud other'))), 'VERIFY_PAYLOAD_TYPE'],
  ])('a signature %s proves nothing', async (_, make, code) => {
    const { made, name } = await image('binauthz');
    grafeas.occur(name, made.digest, make(name, made.digest));
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: [code] });
  });

  test('what the server lists about another image is not looked at', async () => {
    const { made, name } = await image('binauthz');
    const foreign = { name: 'projects/acme/occurrences/x', noteName: NOTE, resourceUri: `https://${name}@sha256:${'0'.repeat(64)}`, ...sign(binaryAuthorizationPayload(name, made.digest)) };
    grafeas.fault = () => ({ body: JSON.stringify({ occurrences: [foreign] }) });
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['FETCH_RESPONSE_INVALID'] });
  });
});

describe('github', () => {
  test('what is only named by bundle_url is told, and nothing is fetched from there', async () => {
    const { made, name } = await image('github');
    const before = folder.asked.length;
    github.attestations.set(made.digest, [{ bundle: null, bundle_url: `${folder.url}/x.sn` }]);
    const { allowed, codes: told, message } = await ask(name, made.digest);
    expect([allowed, told]).toEqual([false, ['FETCH_RESPONSE_INVALID']]);
    expect(message).toContain('bundle_url');
    expect(folder.asked).toHaveLength(before);
  });

  test.each<[string, (bundle: Buffer) => Buffer, readonly string[]]>([
    ['as it was packed', (packed) => packed, []],
    ['cut short', (packed) => packed.subarray(0, -1), ['FETCH_RESPONSE_INVALID']],
    ['with one byte changed in the signature', (packed) => Buffer.from(packed.toString('latin1').replace(/"sig":"(.)/, (_, first: string) => `"sig":"${first === 'M' ? 'N' : 'M'}`), 'latin1'), ['VERIFY_SIGNATURE_INVALID', 'VERIFY_SIGNER_UNTRUSTED', 'VERIFY_MALFORMED']],
  ])('a bundle at an address that the configuration names admits only %s', async (_, change, reasons) => {
    const { made, name } = await image('github');
    const { bundle } = scan(made.digest);
    // Snappy's block format: the length, and all of it as one literal.
    const [length, literal] = [bundle.length, bundle.length - 1];
    const packed = Buffer.concat([Buffer.from([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14, 61 << 2, literal & 0xff, literal >> 8]), bundle]);
    folder.fault = ({ path }) => (path === '/blobs/1.json.sn?sig=x' ? { body: change(packed) } : undefined);
    github.attestations.set(made.digest, [{ bundle: null, bundle_url: `${folder.url}/blobs/1.json.sn?sig=x` }]);
    const { allowed, codes: told } = await ask(name, made.digest);
    expect(allowed).toBe(reasons.length === 0);
    for (const code of allowed ? [] : told) expect(reasons).toContain(code);
  });
});

describe('a signature of Notation in a folder', () => {
  const signed = (made: Pushable, target: Partial<ReturnType<typeof descriptorOf>> = {}): Buffer =>
    notarySign({ notary, target: { ...descriptorOf(made), ...target }, at: Date.now() - 60_000 });

  test('is compared with the manifest in the registry', async () => {
    const [good, other] = [await image('notation'), await image('notation')];
    folder.put(good.name, good.made.digest, signed(good.made));
    folder.put(other.name, other.made.digest, signed(other.made, { size: 1 }));
    expect(await ask(good.name, good.made.digest)).toMatchObject({ allowed: true, codes: ['POLICY_SATISFIED'] });
    expect(await ask(other.name, other.made.digest)).toMatchObject({ allowed: false, codes: ['VERIFY_SUBJECT_MISMATCH'] });
    const asked = registry.requests().filter(({ path }) => path.endsWith(`${good.path}/manifests/${good.made.digest}`));
    expect(asked.length).toBe(1);
  });

  test('is undetermined while the registry has no such image, and counts once it has', async () => {
    const { made, name, path } = await image('notation');
    folder.put(name, made.digest, signed(made));
    const mend = registry.fault({ path: new RegExp(`${path}/manifests/${made.digest}`), behaviour: { kind: 'status', status: 404 } });
    expect(await ask(name, made.digest)).toMatchObject({ allowed: false, codes: ['VERIFY_SUBJECT_UNREAD'] });
    mend();
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });

  test('that lies beside the image as well is one signature', async () => {
    const { made, name, path } = await image('notation');
    folder.put(name, made.digest, signed(made));
    await pushReferrer(registry, path, notationReferrer({ subject: made, envelope: signed(made) }));
    expect(await ask(name, made.digest)).toMatchObject({ allowed: true });
  });
});
