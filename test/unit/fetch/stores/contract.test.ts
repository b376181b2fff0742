import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reason } from '../../../../src/domain/decision/reasons.ts';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import type { EvidenceStores, StorePlace } from '../../../../src/fetch/index.ts';
import type { FakeStore, StoreAnswer } from '../../../world/stores/fake.ts';
import { startArchivista } from '../../../world/stores/archivista.ts';
import { startFolder } from '../../../world/stores/folder.ts';
import { ORGANISATION, startGithub } from '../../../world/stores/github.ts';
import { PROJECT, startGrafeas } from '../../../world/stores/grafeas.ts';
import { startTekton } from '../../../world/stores/tekton.ts';
import { artifact, codes, manualClock, text, within } from '../support.ts';

// One contract for every store: whatever it does, it is evidence, nothing, or something that is told and undetermined.
const NAME = 'registry.acme.example/app';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER = `sha256:${'cd'.repeat(32)}`;
const envelope = (word: string): string =>
  JSON.stringify({ payload: Buffer.from(word).toString('base64'), payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] });
const bundle = (word: string): string => JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: { word } });

interface Kind {
  readonly start: () => Promise<FakeStore>;
  readonly place: (url: string) => StorePlace;
  readonly piece: (word: string) => string;
}
const ALL = { artifacts: ['**'] };
const KINDS: Readonly<Record<string, Kind>> = {
  archivista: { start: startArchivista, place: (url) => ({ kind: 'archivista', url, ...ALL }), piece: envelope },
  grafeas: { start: startGrafeas, place: (url) => ({ kind: 'grafeas', url, project: PROJECT, notes: [], ...ALL }), piece: envelope },
  folder: { start: startFolder, place: (url) => ({ kind: 'folder', url, ...ALL }), piece: envelope },
  github: { start: startGithub, place: (url) => ({ kind: 'github', url, owner: ORGANISATION, ...ALL }), piece: bundle },
  tekton: { start: startTekton, place: (url) => ({ kind: 'tekton', url, namespaces: ['ci'], ...ALL }), piece: envelope },
};

describe.each(Object.entries(KINDS))('%s', (kind, { start, place, piece }) => {
  let fake: FakeStore;
  let stores: EvidenceStores | undefined;
  const clock = manualClock();
  beforeEach(async () => { fake = await start(); });
  afterEach(async () => {
    await stores?.close();
    await fake.close();
  });
  const open = async (more: Partial<Parameters<typeof openEvidenceStores>[0]> = {}): Promise<EvidenceStores> =>
    (stores = await openEvidenceStores({
      clock, plainHttp: ['127.0.0.1'], stores: [place(fake.url)], ...more, limits: { requestTimeout: 60_000, retries: 0, ...more.limits },
    }));
  const put = (word: string): void => fake.put(NAME, DIGEST, Buffer.from(piece(word)));
  const ask = async (opened: EvidenceStores, digest = DIGEST, signal = within(60_000)): Promise<EvidenceBatch> => {
    const [one] = opened.for(artifact(NAME, digest));
    if (one === undefined) throw new Error('nobody is asked');
    return (one.known(false) ?? (await one.ask(signal))).value;
  };
  const told = async (opened: EvidenceStores, code: string): Promise<EvidenceBatch> => {
    const batch = await ask(opened);
    expect(codes(batch.problems)).toContain(code);
    for (const { code: one, source, cause } of batch.problems) {
      expect(cause).toMatch(new RegExp(`^the store ${kind} 127\\.0\\.0\\.1`));
      expect(reason(one).verdict).toBe('undetermined');
      expect(source).toMatch(new RegExp(`^${kind} 127\\.0\\.0\\.1`));
    }
    return batch;
  };

  test('found, and from where', async () => {
    put('one');
    const { evidence, problems } = await ask(await open());
    expect(problems).toEqual([]);
    expect(evidence.map((one) => text(one).trim())).toEqual([piece('one')]);
    expect(evidence[0]?.source).toMatch(new RegExp(`^${kind} 127\\.0\\.0\\.1:\\d+`));
  });

  test('none is an empty batch without problems, also beside evidence of others', async () => {
    put('one');
    expect(await ask(await open(), OTHER)).toEqual({ evidence: [], problems: [] });
  });

  test('several, over several pages, each once', async () => {
    for (const word of ['one', 'two', 'three', 'four', 'five', 'one']) put(word);
    const { evidence, problems } = await ask(await open());
    expect(problems).toEqual([]);
    expect(evidence.map(text).sort()).toEqual(['five', 'four', 'one', 'three', 'two'].map(piece).sort());
  });

  test('more than the limit is told, and none of it is taken', async () => {
    for (const word of ['one', 'two', 'three', 'four']) put(word);
    const { evidence } = await told(await open({ limits: { signatures: 3 } }), 'FETCH_TOO_LARGE');
    expect(evidence).toEqual([]);
  });

  test('exactly the limit is taken', async () => {
    for (const word of ['one', 'two', 'three']) put(word);
    expect((await ask(await open({ limits: { signatures: 3 } }))).evidence).toHaveLength(3);
  });

  test('more bytes than the limit are told', async () => {
    put('x'.repeat(20_000));
    await told(await open({ limits: { evidenceBytes: 10_000 } }), 'FETCH_TOO_LARGE');
  });

  test('an answer that never comes is told', async () => {
    fake.fault = () => 'hang';
    await told(await open({ limits: { requestTimeout: 50 } }), 'FETCH_TIMEOUT');
  });

  test('whoever asks and leaves is told, and nothing is kept of it', async () => {
    put('one');
    fake.fault = () => 'hang';
    const opened = await open();
    expect(codes((await ask(opened, DIGEST, within(50))).problems)).toEqual(['FETCH_TIMEOUT']);
    fake.fault = undefined;
    expect((await ask(opened)).evidence).toHaveLength(1);
  });

  test('nobody there is told', async () => {
    await fake.close();
    await told(await open(), 'FETCH_UNREACHABLE');
  });

  test.each<[string, StoreAnswer, string]>([
    ['500', { status: 500 }, 'FETCH_SERVER_ERROR'],
    ['503', { status: 503 }, 'FETCH_SERVER_ERROR'],
    ['400', { status: 400 }, 'FETCH_SERVER_ERROR'],
    ['401', { status: 401 }, 'FETCH_UNAUTHORIZED'],
    ['403', { status: 403 }, 'FETCH_UNAUTHORIZED'],
    ['429', { status: 429 }, 'FETCH_RATE_LIMITED'],
    ['204', { status: 204 }, 'FETCH_SERVER_ERROR'],
    ['a page to log in', { body: '<html>log in</html>', headers: { 'content-type': 'text/html' } }, 'FETCH_RESPONSE_INVALID'],
    ['half a document', { body: '{"data": {"dsses": {"edges": [' }, 'FETCH_RESPONSE_INVALID'],
    ['nothing at all', { body: '' }, 'FETCH_RESPONSE_INVALID'],
    ['206', { status: 206, body: '{}' }, 'FETCH_SERVER_ERROR'],
    ['a list', { body: '[]' }, 'FETCH_RESPONSE_INVALID'],
    ['null', { body: 'null' }, 'FETCH_RESPONSE_INVALID'],
    ['an error with status 200', { body: '{"error":{"code":503,"message":"unavailable"}}' }, 'FETCH_RESPONSE_INVALID'],
    ['a message with status 200', { body: '{"message":"Forbidden"}' }, 'FETCH_RESPONSE_INVALID'],
    ['errors of GraphQL', { body: '{"errors":[{"message":"gone"}],"data":null}' }, 'FETCH_RESPONSE_INVALID'],
    ['a key twice', { body: '{"occurrences":[],"occurrences":[],"attestations":[],"attestations":[],"data":{},"data":{}}' }, 'FETCH_RESPONSE_INVALID'],
    ['a byte order mark', { body: '\ufeff{}' }, 'FETCH_RESPONSE_INVALID'],
    ['a packed body', { headers: { 'content-encoding': 'gzip' }, body: Buffer.from('H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==', 'base64') }, 'FETCH_RESPONSE_INVALID'],
    ['a body that is cut off', { headers: { 'content-length': '5000', connection: 'close' }, body: `${envelope('one')}\n` }, 'FETCH_RESPONSE_INVALID'],
  ])('%s is told, and asked again by whoever comes next', async (_, answer, code) => {
    put('one');
    fake.fault = () => answer;
    const opened = await open();
    expect((await told(opened, code)).evidence).toEqual([]);
    fake.fault = undefined;
    expect((await ask(opened)).evidence).toHaveLength(1);
  });

  test('a redirect is not followed, wherever it leads, and no token goes along', async () => {
    const reached: unknown[] = [];
    const trap = createServer((request, response) => {
      reached.push(request.headers);
      response.end('{}');
    });
    await new Promise<void>((done) => trap.listen(0, '127.0.0.1', done));
    const location = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`;
    fake.fault = () => ({ status: 302, headers: { location } });
    await told(await open({ stores: [{ ...place(fake.url), token: () => Promise.resolve('secret') }] }), 'FETCH_REDIRECT');
    expect(reached).toEqual([]);
    await new Promise((done) => trap.close(done));
  });

  test('its token goes along with every question, and without one nothing does', async () => {
    put('one');
    await ask(await open({ stores: [{ ...place(fake.url), token: () => Promise.resolve('secret') }] }));
    expect(new Set(fake.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
    await stores?.close();
    await ask(await open());
    expect(fake.asked.at(-1)?.authorization).toBeUndefined();
  });

  test('a token that cannot be read is told, and nothing is asked without it', async () => {
    put('one');
    const opened = await open({ stores: [{ ...place(fake.url), token: () => Promise.reject(new Error('no such file')) }] });
    expect(codes((await ask(opened)).problems)).toContain('FETCH_CREDENTIALS');
    expect(fake.asked).toEqual([]);
  });

  test('plain HTTP is only for hosts that are named for it', async () => {
    await told(await open({ plainHttp: [] }), 'FETCH_HOST_FORBIDDEN');
    expect(fake.asked).toEqual([]);
  });

  test('what was found is kept and asked for again in the background; absence is kept for a moment', async () => {
    put('one');
    const opened = await open({ cache: { evidenceTTL: 10_000, absenceTTL: 1000 } });
    await ask(opened);
    await ask(opened, OTHER);
    const before = fake.asked.length;
    await ask(opened);
    await ask(opened, OTHER);
    expect(fake.asked).toHaveLength(before);
    clock.tick(8500);
    put('two');
    expect((await ask(opened)).evidence).toHaveLength(1);
    await expect.poll(async () => (await ask(opened)).evidence.length, { timeout: 40_000 }).toBe(2);
    const renewed = fake.asked.length;
    await ask(opened, OTHER);
    expect(fake.asked.length).toBeGreaterThan(renewed);
  });

  test('asked about other artifacts by name: nobody is', async () => {
    const only = (...artifacts: string[]): Promise<EvidenceStores> => open({ stores: [{ ...place(fake.url), artifacts }] });
    expect((await only('registry.acme.example/**')).for(artifact(NAME, DIGEST))).toHaveLength(1);
    expect((await only('registry.acme.example/ap', 'registry.acme.example/app/**')).for(artifact(NAME, DIGEST))).toEqual([]);
    expect((await only('pkg:npm/**')).for(artifact('pkg:npm/@acme/lib@1.0.0', DIGEST, { kind: 'package' }))).toHaveLength(1);
  });
});
