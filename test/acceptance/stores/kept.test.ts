// What is kept of stores, from YAML and bytes to the verdict and to the questions that a store hears: one piece that cannot be had costs
// nobody the others, and what is open stays open.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeSigned } from '../../world/evidence.ts';
import { makeImage } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { push } from '../../world/push.ts';
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
import { PROJECT, startGrafeas } from '../../world/stores/grafeas.ts';
import type { FakeGrafeas } from '../../world/stores/grafeas.ts';
import type { FakeTekton } from '../../world/stores/tekton.ts';
import { startTekton } from '../../world/stores/tekton.ts';
import { createWorld } from '../../world/world.ts';

const [SCAN, REVIEW] = ['https://acme.example/scan/v1', 'https://acme.example/review/v1'];
const STORES = ['archivista', 'grafeas', 'folder', 'github', 'tekton'] as const;
type Store = (typeof STORES)[number];
const world = createWorld({ now: Date.UTC(2026, 2, 1) });
const [release, stranger] = [world.key(), world.key()];
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const demand = (host: string, path: string, ...types: readonly string[]): string => document('ClusterArtifactPolicy', path, {
  artifacts: STORES.map((store) => ({ image: `${host}/${store}/${path}/**` })),
  require: types.map((type, index) => ({ name: `r${index}`, attestation: { type, by: ['release'] } })),
});

let [server, registry] = [undefined as unknown as TestServer, undefined as unknown as TestRegistry];
let fakes = undefined as unknown as { readonly archivista: FakeArchivista; readonly grafeas: FakeGrafeas; readonly folder: FakeStore; readonly github: FakeGithub; readonly tekton: FakeTekton };

beforeAll(async () => {
  const [started, archivista, grafeas, folder, github, tekton] = await Promise.all([startRegistry(), startArchivista(), startGrafeas(), startFolder(), startGithub(), startTekton(1)]);
  [registry, fakes] = [started, { archivista, grafeas, folder, github, tekton }];
  const below = (store: Store): { artifacts: string[] } => ({ artifacts: [`${registry.host}/${store}/**`] });
  server = await startTestServer({
    'policies.yaml': [
      document('Signer', 'release', { identities: [{ key: { data: release.publicKeyPem } }] }),
      demand(registry.host, 'scanned', SCAN), demand(registry.host, 'both', SCAN, REVIEW),
    ].join('\n---\n'),
  }, {
    // So that a second look of a decision is one of now, however slow the machine.
    plainHttp: [registry.host, '127.0.0.1'], 'limits.evidenceBytes': '1MiB', 'cache.evidenceBytes': '8MiB', 'cache.absenceTTL': '60s',
    evidenceStores: [
      { archivista: { url: archivista.url }, ...below('archivista') },
      { grafeas: { url: grafeas.url, project: PROJECT }, ...below('grafeas') },
      { folder: { url: folder.url }, ...below('folder') },
      { github: { api: github.url, owner: ORGANISATION }, ...below('github') },
      { tekton: { url: tekton.url, namespaces: ['ci'] }, ...below('tekton') },
    ],
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([registry, ...Object.values(fakes)].map((one) => one.close()));
});
beforeEach(() => {
  for (const fake of Object.values(fakes)) fake.fault = undefined;
  // An API server lists the runs of all images.
  fakes.tekton.prune();
});

interface Subject {
  readonly name: string;
  readonly digest: Pushable['digest'];
}
let count = 0;
async function image(store: Store, policy = 'scanned'): Promise<Subject> {
  const path = `${store}/${policy}/app${(count += 1)}`;
  const made = makeImage({ seed: path });
  await push(registry, path, made);
  fakes.github.attestations.set(made.digest, []);
  return { name: `${registry.host}/${path}`, digest: made.digest };
}

function attest(store: Store, { name, digest }: Subject, { type = SCAN, key = release, padding = '' } = {}): void {
  const statement = makeStatement(digest, { predicateType: type, predicate: { passed: true, padding } });
  const envelope = (): Buffer => Buffer.from(JSON.stringify(makeSigned(world, { statement }, { key }).envelope));
  fakes[store].put(name, digest, store === 'github' ? keyBundle(world, { key, statement }) : envelope());
}

/** Adds what leaves open what the store has, beside whatever else it has. */
const OPEN: Readonly<Record<Store, (subject: Subject) => void>> = {
  archivista({ name, digest }) {
    fakes.archivista.put(name, digest, Buffer.from(`{"gone":"${digest}"}`));
    fakes.archivista.blobs.delete([...fakes.archivista.blobs.keys()].at(-1) ?? '');
  },
  grafeas: ({ name, digest }) => fakes.grafeas.occur(name, digest, { kind: 'ATTESTATION', attestation: {} }),
  folder: ({ name, digest }) => fakes.folder.put(name, digest, Buffer.from('{"cut')),
  github: ({ digest }) => void fakes.github.attestations.get(digest)?.push({ bundle: null, bundle_url: 'https://blobs.example/1' }),
  tekton(subject) {
    // Together more than is read from one store.
    for (const word of ['x', 'y']) attest('tekton', subject, { key: stranger, padding: word.repeat(400_000) });
  },
};

/** The verdict, its reasons, and how often the store was asked. */
async function ask(store: Store, { name, digest }: Subject, namespace = 'shop'): Promise<{ readonly allowed: boolean; readonly codes: readonly string[]; readonly asked: number }> {
  const before = fakes[store].asked.length;
  const answer = await server.validate(podReview({ namespace, images: [`${name}@${digest}`] }));
  return { allowed: answer.allowed, codes: codes(answer), asked: fakes[store].asked.length - before };
}

describe.each(STORES)('%s', (store) => {
  const told = store === 'tekton' ? 'FETCH_TOO_LARGE' : 'FETCH_RESPONSE_INVALID';

  test('a good piece beside one that cannot be had admits, and is asked for once', async () => {
    const subject = await image(store);
    attest(store, subject);
    OPEN[store](subject);
    const first = await ask(store, subject);
    expect(first).toMatchObject({ allowed: true });
    expect(first.asked).toBeGreaterThan(0);
    expect(await ask(store, subject)).toMatchObject({ allowed: true, asked: 0 });
  });

  test('without the good piece it is open each time, asked for once in each decision, and what is put then admits at once', async () => {
    const subject = await image(store);
    OPEN[store](subject);
    const first = await ask(store, subject);
    expect(first).toMatchObject({ allowed: false, codes: [told] });
    expect(await ask(store, subject)).toMatchObject({ allowed: false, codes: [told], asked: first.asked });
    if (store === 'folder') fakes.folder.put(subject.name, subject.digest, Buffer.from('"'));
    attest(store, subject);
    expect(await ask(store, subject)).toMatchObject({ allowed: true });
  });

  test('what the good piece is not enough for is open each time, and never taken for absent', async () => {
    const subject = await image(store, 'both');
    attest(store, subject);
    OPEN[store](subject);
    for (let time = 0; time < 3; time += 1) {
      const { allowed, codes: reasons, asked } = await ask(store, subject);
      expect([allowed, reasons]).toEqual([false, expect.arrayContaining([told])]);
      expect(asked).toBeGreaterThan(0);
    }
    attest(store, subject, { type: REVIEW });
    expect(await ask(store, subject)).toMatchObject({ allowed: true });
    expect(await ask(store, subject)).toMatchObject({ allowed: true, asked: 0 });
  });

  test('a store that is down takes back nothing that it gave, and is not believed to have nothing else', async () => {
    const [enough, short] = [await image(store), await image(store, 'both')];
    for (const subject of [enough, short]) {
      attest(store, subject);
      OPEN[store](subject);
      await ask(store, subject);
      fakes.tekton.prune();
    }
    fakes[store].fault = () => ({ status: 500 });
    expect(await ask(store, enough)).toMatchObject({ allowed: true, asked: 0 });
    const { allowed, codes: reasons } = await ask(store, short);
    expect([allowed, reasons]).toEqual([false, expect.arrayContaining(['FETCH_SERVER_ERROR'])]);
  });

  test.each<[string, (subject: Subject) => void]>([
    ['by a stranger', (subject) => attest(store, subject, { key: stranger })],
    ['of another type', (subject) => attest(store, subject, { type: REVIEW })],
  ])('a piece %s leaves nothing open: it is kept with the others, and alone as well', async (_, add) => {
    const [beside, alone] = [await image(store), await image(store)];
    attest(store, beside);
    for (const subject of [beside, alone]) add(subject);
    expect(await ask(store, beside)).toMatchObject({ allowed: true });
    expect(await ask(store, beside)).toMatchObject({ allowed: true, asked: 0 });
    const refused = await ask(store, alone);
    expect(refused.allowed).toBe(false);
    expect(await ask(store, alone)).toEqual({ ...refused, asked: 0 });
  });
});

test('Archivista is asked for its list and for what is not there, and not again for what it gave', async () => {
  const subject = await image('archivista', 'both');
  attest('archivista', subject);
  for (const padding of ['a', 'b', 'c']) attest('archivista', subject, { key: stranger, padding });
  OPEN.archivista(subject);
  const [pages, pieces] = [3, 5];
  expect(await ask('archivista', subject)).toMatchObject({ allowed: false, asked: pages + pieces });
  expect(await ask('archivista', subject)).toMatchObject({ allowed: false, asked: pages + 1 });
});

test.each([['that can be read', false], ['that leaves it open', true]])('a tenant who fills the store with garbage %s costs another nothing that he has asked for', async (_, isOpen) => {
  const [whole, part] = [await image('archivista'), await image('archivista')];
  for (const subject of [whole, part]) attest('archivista', subject);
  OPEN.archivista(part);
  for (const subject of [whole, part]) await ask('archivista', subject);
  const evil: Subject[] = [];
  for (let index = 0; index < 14; index += 1) {
    const subject = await image('archivista');
    attest('archivista', subject, { key: stranger, padding: 'x'.repeat(400_000) });
    if (isOpen) OPEN.archivista(subject);
    evil.push(subject);
    await ask('archivista', subject, 'evil');
  }
  for (const subject of [whole, part]) expect(await ask('archivista', subject)).toMatchObject({ allowed: true, asked: 0 });
  const [first, last] = [evil[0], evil.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no garbage');
  // What is open is asked about again: the list, and what is not there.
  const least = isOpen ? 2 : 0;
  expect((await ask('archivista', last, 'evil')).asked).toBe(least);
  expect((await ask('archivista', first, 'evil')).asked).toBeGreaterThan(least);
});
