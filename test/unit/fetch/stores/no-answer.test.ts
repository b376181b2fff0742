import { afterEach, describe, expect, test } from 'vitest';
import { reason } from '../../../../src/domain/decision/reasons.ts';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import type { EvidenceStores, StorePlace } from '../../../../src/fetch/index.ts';
import { startArchivista } from '../../../world/stores/archivista.ts';
import type { FakeStore, StoreAnswer } from '../../../world/stores/fake.ts';
import { startFolder } from '../../../world/stores/folder.ts';
import { ORGANISATION, startGithub } from '../../../world/stores/github.ts';
import { NOTE, PROJECT, startGrafeas } from '../../../world/stores/grafeas.ts';
import { startTekton } from '../../../world/stores/tekton.ts';
import { artifact, codes, manualClock, within } from '../support.ts';

// What looks like "nothing there" and is no answer to the question is never absence: where the newest decides, or where none may be, absence admits.
const NAME = 'registry.acme.example/app';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const COMMIT = `gitCommit:${'12'.repeat(20)}`;
const ALL = { artifacts: ['**'] };
const ENVELOPE = { payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] };
const BUNDLE = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {} };
const clean: (() => Promise<void>)[] = [];
afterEach(async () => { for (const one of clean.splice(0).toReversed()) await one(); });

async function opened<T extends FakeStore>(starting: Promise<T>): Promise<T> {
  const fake = await starting;
  clean.push(() => fake.close());
  return fake;
}
async function asked(places: readonly StorePlace[], digest = DIGEST, kind: 'image' | 'git' = 'image', more: { readonly evidenceBytes?: number } = {}): Promise<EvidenceBatch[]> {
  const stores: EvidenceStores = await openEvidenceStores({ clock: manualClock(), plainHttp: ['127.0.0.1'], stores: places, limits: { requestTimeout: 60_000, retries: 0, ...more } });
  clean.push(() => stores.close());
  return Promise.all(stores.for(artifact(NAME, digest, { kind })).map(async (one) => (await one.ask(within(60_000))).value));
}
const only = async (place: StorePlace, ...more: [string?, ('image' | 'git')?]): Promise<EvidenceBatch> => {
  const [batch] = await asked([place], ...more);
  if (batch === undefined) throw new Error('nobody is asked');
  return batch;
};
function expectOpen({ problems }: EvidenceBatch, code = 'FETCH_RESPONSE_INVALID'): void {
  expect(codes(problems)).toContain(code);
  for (const problem of problems) expect(reason(problem.code).verdict).toBe('undetermined');
}
const answering = (body: unknown): (() => StoreAnswer) => () => ({ body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('archivista', () => {
  const none = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
  const place = (url: string): StorePlace => ({ kind: 'archivista', url, ...ALL });

  test.each<[string, unknown]>([
    ['errors that are an object', { errors: { message: 'database is gone' }, data: { dsses: none } }],
    ['errors that are a text', { errors: 'database is gone', data: { dsses: none } }],
    ['errors beside an empty list', { errors: [{ message: 'timeout' }], data: { dsses: none } }],
    ['an error without a list', { error: 'unauthorized', data: { dsses: none } }],
    ['no word on whether there is more', { data: { dsses: { edges: [], pageInfo: { endCursor: null } } } }],
    ['more, as text', { data: { dsses: { edges: [], pageInfo: { hasNextPage: 'true', endCursor: 'x' } } } }],
    ['more, as null', { data: { dsses: { edges: [], pageInfo: { hasNextPage: null } } } }],
  ])('%s leaves open what there is', async (_, body) => {
    const fake = await opened(startArchivista());
    fake.fault = answering(body);
    expectOpen(await only(place(fake.url)));
  });

  test.each<[string, unknown]>([
    ['an empty list', { data: { dsses: none } }],
    ['without errors', { errors: [], data: { dsses: none } }],
    ['with null for errors and extensions', { errors: null, data: { dsses: none }, extensions: { cost: 1 } }],
  ])('%s is nothing', async (_, body) => {
    const fake = await opened(startArchivista());
    fake.fault = answering(body);
    expect(await only(place(fake.url))).toEqual({ evidence: [], problems: [] });
  });

  test('huge envelopes that others have put there displace no small one', async () => {
    const fake = await opened(startArchivista(100));
    for (let index = 0; index < 12; index += 1) fake.put(NAME, DIGEST, Buffer.from(JSON.stringify({ ...ENVELOPE, payload: 'x'.repeat(90_000 + index) })));
    fake.put(NAME, DIGEST, Buffer.from(JSON.stringify(ENVELOPE)));
    const [batch] = await asked([place(fake.url)], DIGEST, 'image', { evidenceBytes: 200_000 });
    expect(batch?.evidence.map(({ bytes }) => bytes.length)).toContain(JSON.stringify(ENVELOPE).length);
    expect(codes(batch?.problems ?? [])).toContain('FETCH_TOO_LARGE');
    for (const { code } of batch?.problems ?? []) expect(code).toBe('FETCH_TOO_LARGE');
  });

  test('envelopes of every size are had where there is room for them', async () => {
    const fake = await opened(startArchivista(100));
    for (const size of [10, 70_000, 1_100_000]) fake.put(NAME, DIGEST, Buffer.from(JSON.stringify({ ...ENVELOPE, payload: 'x'.repeat(size) })));
    const { evidence, problems } = await only(place(fake.url));
    expect(problems).toEqual([]);
    expect(evidence).toHaveLength(3);
  });

  test('envelopes of Witness and SLSA v0 name commits by sha1: both names are asked for', async () => {
    const fake = await opened(startArchivista());
    fake.put(NAME, `sha1:${'12'.repeat(20)}`, Buffer.from(JSON.stringify(ENVELOPE)));
    fake.put(NAME, COMMIT, Buffer.from(JSON.stringify({ ...ENVELOPE, payload: 'e30K' })));
    expect((await only(place(fake.url), COMMIT, 'git')).evidence).toHaveLength(2);
    expect(await only(place(fake.url), `gitCommit:${'34'.repeat(20)}`, 'git')).toEqual({ evidence: [], problems: [] });
  });
});

describe('grafeas', () => {
  const place = (url: string): StorePlace => ({ kind: 'grafeas', url, project: PROJECT, notes: [NOTE], ...ALL });
  const occurrence = (kind: string, more: unknown): object => ({ name: `projects/${PROJECT}/occurrences/1`, noteName: NOTE, resourceUri: `https://${NAME}@${DIGEST}`, kind, ...(more as object) });

  test.each<[string, unknown]>([
    ['an error with status 200', { error: { code: 503, message: 'unavailable' } }],
    ['a status of gRPC', { code: 14, message: 'unavailable', details: [] }],
    ['a part of the whole: a region was not reached', { occurrences: [], unreachable: ['projects/acme/locations/eu'] }],
    ['a page token that is a number', { nextPageToken: 7 }],
    ['a page token that is an object', { occurrences: [], nextPageToken: { token: 'x' } }],
    ['something else', { status: 'ok' }],
  ])('%s leaves open what there is', async (_, body) => {
    const fake = await opened(startGrafeas());
    fake.fault = answering(body);
    expectOpen(await only(place(fake.url)));
  });

  test.each<[string, unknown]>([
    ['an empty document', {}], ['an empty list', { occurrences: [], nextPageToken: '' }], ['null for the token', { nextPageToken: null, unreachable: [] }],
  ])('%s is nothing', async (_, body) => {
    const fake = await opened(startGrafeas());
    fake.fault = answering(body);
    expect(await only(place(fake.url))).toEqual({ evidence: [], problems: [] });
  });

  test.each<[string, string, unknown]>([
    ['an envelope that is left out', 'DSSE_ATTESTATION', {}],
    ['an envelope that is a text', 'DSSE_ATTESTATION', { envelope: 'e30=' }],
    ['an attestation that is left out', 'ATTESTATION', {}],
    ['signatures that are no list', 'ATTESTATION', { attestation: { serializedPayload: 'e30=', signatures: { signature: 'AAAA' } } }],
    ['tokens that are no list', 'ATTESTATION', { attestation: { jwts: 'a.b.c' } }],
    ['an attestation without any signature', 'ATTESTATION', { attestation: { serializedPayload: 'e30=' } }],
  ])('%s is told', async (_, kind, more) => {
    const fake = await opened(startGrafeas());
    fake.occur(NAME, DIGEST, occurrence(kind, more) as Record<string, unknown>);
    const { evidence, problems } = await only(place(fake.url));
    expect(evidence).toEqual([]);
    expect(problems).not.toEqual([]);
  });

  test('a build without envelope is nothing, since nobody has signed it', async () => {
    const fake = await opened(startGrafeas());
    fake.occur(NAME, DIGEST, occurrence('BUILD', { build: {} }) as Record<string, unknown>);
    expect(await only(place(fake.url))).toEqual({ evidence: [], problems: [] });
  });

  test('more signatures than are read leave open what is among them, and are not counted to their end', async () => {
    const fake = await opened(startGrafeas(100));
    const signatures = (occurrence: number): object[] => Array.from({ length: 64 }, (_, index) => ({ signature: Buffer.from(`${occurrence} ${index}`).toString('base64') }));
    for (let index = 0; index < 20; index += 1) fake.occur(NAME, DIGEST, occurrence('ATTESTATION', { attestation: { serializedPayload: 'e30=', signatures: signatures(index) } }) as Record<string, unknown>);
    const batch = await only(place(fake.url));
    expectOpen(batch, 'FETCH_TOO_LARGE');
    expect(batch.evidence).toEqual([]);
  });

  test('a list with more names than any has is not read', async () => {
    const fake = await opened(startGrafeas());
    const names = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`name${index}`, 0]));
    fake.fault = answering({ occurrences: [names], nextPageToken: '' });
    expectOpen(await only(place(fake.url)));
  });

  test('pages of a store that pads them are read within one bound', async () => {
    const fake = await opened(startGrafeas());
    let sent = 0;
    const pad = 'x'.repeat(300_000);
    fake.fault = ({ path }) => {
      const kind = /kind%3D%22([A-Z_]+)%22/.exec(path)?.[1] ?? '';
      const body = JSON.stringify({ occurrences: [{ ...occurrence(kind, { remediation: pad }), resourceUri: path.includes('https') ? `https://${NAME}@${DIGEST}` : `${NAME}@${DIGEST}` }], nextPageToken: String((sent += pad.length)) });
      return { body };
    };
    const [batch] = await asked([place(fake.url)], DIGEST, 'image', { evidenceBytes: 1_000_000 });
    if (batch === undefined) throw new Error('nobody is asked');
    expectOpen(batch, 'FETCH_TOO_LARGE');
    expect(sent).toBeLessThan(6_000_000);
  });
});

describe('github', () => {
  const place = (url: string, more: object = { owner: ORGANISATION }): StorePlace => ({ kind: 'github', url, ...more, ...ALL });
  const twoPages = async (link: (url: string) => string | string[]): Promise<EvidenceBatch> => {
    const fake = await opened(startGithub());
    fake.fault = ({ path }) => {
      if (!path.includes('/attestations/')) return undefined;
      const second = path.includes('after=');
      const body = JSON.stringify({ attestations: [{ bundle: { ...BUNDLE, page: second ? 2 : 1 } }] });
      return second ? { body } : { body, headers: { link: link(`${fake.url}/orgs/acme/attestations/${DIGEST}`) } };
    };
    return only(place(fake.url));
  };

  test.each<[string, (url: string) => string | string[]]>([
    ['as GitHub writes it', (url) => `<${url}?per_page=100&after=2>; rel="next"`],
    ['after the page before', (url) => `<${url}?before=1>; rel="prev", <${url}?after=2>; rel="next"`],
    ['with two relations', (url) => `<${url}?after=2>; rel="last next"`],
    ['in two headers', (url) => [`<${url}?before=1>; rel="prev"`, `<${url}?after=2>; rel="next"`]],
    ['after another parameter with a comma', (url) => `<${url}?after=2>; title="a, b"; rel="next"`],
    ['in capitals and with blanks', (url) => `<${url}?after=2> ; REL = Next`],
  ])('the next page is read: %s', async (_, link) => {
    const { evidence, problems } = await twoPages(link);
    expect(problems).toEqual([]);
    expect(evidence).toHaveLength(2);
  });

  test.each<[string, (url: string) => string]>([
    ['without after', (url) => `<${url}?page=2>; rel="next"`],
    ['in a form that cannot be read', (url) => `${url}?after=2; rel=next`],
    ['longer than is read', (url) => `<${url}?after=${'x'.repeat(5000)}>; rel="next"`],
    ['twice, to different places', (url) => `<${url}?after=2>; rel="next", <${url}?after=3>; rel="next"`],
  ])('a next page that cannot be asked for leaves it open: %s', async (_, link) => {
    expectOpen(await twoPages(link));
  });

  test.each<[string, object]>([
    ['an organisation', { owner: 'nobody' }], ['a user', { user: 'nobody' }], ['a repository', { repository: 'acme/secret' }],
  ])('404 of %s that the token does not see leaves it open', async (_, scope) => {
    const fake = await opened(startGithub());
    expectOpen(await only(place(fake.url, scope)));
  });

  test('404 of somebody else than GitHub leaves it open', async () => {
    const fake = await opened(startGithub());
    fake.fault = () => ({ status: 404, body: '<html>not found</html>' });
    expectOpen(await only(place(fake.url)));
  });

  test('404 about a digest is nothing where the organisation is seen', async () => {
    const fake = await opened(startGithub());
    expect(await only(place(fake.url))).toEqual({ evidence: [], problems: [] });
  });

  test('the organisation is asked for after each 404, and not where there is something', async () => {
    const fake = await opened(startGithub());
    const stores = await openEvidenceStores({ clock: manualClock(), plainHttp: ['127.0.0.1'], stores: [place(fake.url)] });
    clean.push(() => stores.close());
    const ask = async (digest: string): Promise<void> => { for (const one of stores.for(artifact(NAME, digest))) await one.ask(within(60_000)); };
    const owners = (): number => fake.asked.filter(({ path }) => path === '/orgs/acme').length;
    fake.put(NAME, DIGEST, Buffer.from(JSON.stringify(BUNDLE)));
    await ask(DIGEST);
    expect(owners()).toBe(0);
    await ask(`sha256:${'cd'.repeat(32)}`);
    await ask(`sha256:${'ef'.repeat(32)}`);
    expect(owners()).toBe(2);
  });

  test('an organisation that answers as another one leaves it open', async () => {
    const fake = await opened(startGithub());
    fake.fault = ({ path }) => (path === '/orgs/acme' ? { body: JSON.stringify({ login: 'other' }) } : undefined);
    expectOpen(await only(place(fake.url)));
  });
});

describe('folder', () => {
  const place = (url: string): StorePlace => ({ kind: 'folder', url, ...ALL });

  test.each<[string, unknown]>([
    ['an error as JSON', { message: 'Forbidden' }], ['a list', []], ['a text', '"ok"'], ['null', 'null'], ['errors as lines', '{"message":"a"}\n{"message":"b"}\n'],
    ['an empty list of attestations', { attestations: [] }],
  ])('%s with status 200 leaves open what there is', async (_, body) => {
    const fake = await opened(startFolder());
    fake.fault = answering(body);
    expectOpen(await only(place(fake.url)));
  });

  test('a document too deep to be read leaves open what it is', async () => {
    const fake = await opened(startFolder());
    fake.fault = answering('['.repeat(600) + ']'.repeat(600));
    expectOpen(await only(place(fake.url)), 'FETCH_TOO_LARGE');
  });

  test('a line that is no evidence beside one that is hides nothing', async () => {
    const fake = await opened(startFolder());
    fake.put(NAME, DIGEST, Buffer.from(JSON.stringify(ENVELOPE)));
    fake.put(NAME, DIGEST, Buffer.from('{"note":"by hand"}'));
    const { evidence, problems } = await only(place(fake.url));
    expect(evidence).toHaveLength(1);
    expect(codes(problems)).toEqual(['VERIFY_FORMAT']);
  });
});

describe('tekton', () => {
  const place = (url: string, more: object = { namespaces: ['ci'] }): StorePlace => ({ kind: 'tekton', url, namespaces: [], ...more, ...ALL });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const about = (digest: string, name = 'x'): string => base64(JSON.stringify({ ...ENVELOPE, payload: base64(JSON.stringify({ subject: [{ name, digest: { sha256: digest.slice(7) } }] })) }));
  const OTHER = `sha256:${'cd'.repeat(32)}`;

  test('provenance of a run is found by the image in it, whatever Chains calls it', async () => {
    const fake = await opened(startTekton());
    fake.run('TaskRun', { 'signature-taskrun-1': about(DIGEST), signed: 'true' });
    fake.run('PipelineRun', { 'signature-pipelinerun-2': about(DIGEST, 'y'), 'signature-pipelinerun-3': about(OTHER) });
    fake.run('TaskRun', { 'signature-taskrun-4': about(OTHER) });
    fake.run('TaskRun', { signed: 'true' });
    fake.run('TaskRun', { 'signature-taskrun-5': about(DIGEST) }, 'elsewhere');
    const { evidence, problems } = await only(place(fake.url));
    expect(problems).toEqual([]);
    expect(evidence.map(({ source }) => source.replace(/^\S+ \S+ /, ''))).toEqual(['TaskRun ci/run-0 taskrun-1', 'PipelineRun ci/run-1 pipelinerun-2']);
    expect((await only(place(fake.url, { namespaces: ['elsewhere'] }))).evidence).toHaveLength(1);
    expect(await only(place(fake.url, { namespaces: ['nobody'] }))).toEqual({ evidence: [], problems: [] });
  });

  test('a bare signature over a payload that names the image is found', async () => {
    const fake = await opened(startTekton());
    const payload = base64(JSON.stringify({ critical: { image: { 'docker-manifest-digest': DIGEST } } }));
    fake.run('TaskRun', { 'signature-x': base64('bare'), 'payload-x': payload, 'cert-x': base64('PEM') });
    expect((await only(place(fake.url, {}))).evidence).toMatchObject([{ format: 'cosign-simple' }]);
  });

  test('several images at the same moment share one list', async () => {
    const fake = await opened(startTekton());
    fake.run('TaskRun', { 'signature-taskrun-1': about(DIGEST) });
    const stores = await openEvidenceStores({ clock: manualClock(), plainHttp: ['127.0.0.1'], stores: [place(fake.url)], limits: { retries: 0 } });
    clean.push(() => stores.close());
    const found = await Promise.all([DIGEST, OTHER, `sha256:${'ef'.repeat(32)}`].flatMap((digest) => stores.for(artifact(NAME, digest))).map((one) => one.ask(within(60_000))));
    expect(found.map(({ value }) => value.evidence.length)).toEqual([1, 0, 0]);
    expect(fake.asked).toHaveLength(2);
  });

  test.each<[string, StoreAnswer]>([
    ['no such list', { status: 404, body: '{"kind":"Status","code":404}' }],
    ['a list of something else', { body: JSON.stringify({ kind: 'PodList', metadata: {}, items: [] }) }],
    ['a status', { body: JSON.stringify({ kind: 'Status', status: 'Failure', metadata: {} }) }],
    ['no metadata', { body: JSON.stringify({ kind: 'TaskRunList', items: [] }) }],
    ['a continue that is a number', { body: JSON.stringify({ kind: 'PartialObjectMetadataList', metadata: { continue: 1 }, items: [] }) }],
    ['more items and no way to them', { body: JSON.stringify({ kind: 'PartialObjectMetadataList', metadata: { remainingItemCount: 3 }, items: [] }) }],
    ['items that are no list', { body: JSON.stringify({ kind: 'PartialObjectMetadataList', metadata: {}, items: {} }) }],
  ])('%s leaves open what there is', async (_, answer) => {
    const fake = await opened(startTekton());
    fake.fault = () => answer;
    expectOpen(await only(place(fake.url)));
  });

  test('a list that has expired before its end leaves it open', async () => {
    const fake = await opened(startTekton());
    for (let index = 0; index < 5; index += 1) fake.run('TaskRun', { 'signature-taskrun-1': about(DIGEST) });
    fake.fault = ({ path }) => (path.includes('continue=') ? { status: 410, body: '{"kind":"Status","reason":"Expired"}' } : undefined);
    expectOpen(await only(place(fake.url)));
  });

  test('more runs than are looked at leave it open', async () => {
    const fake = await opened(startTekton());
    for (let index = 0; index < 45; index += 1) fake.run('TaskRun', { signed: 'true' });
    expectOpen(await only(place(fake.url)), 'FETCH_TOO_LARGE');
  });
});

describe('two entries for one address', () => {
  test('each is asked with its own token, and neither hears what the other is told', async () => {
    const fake = await opened(startFolder());
    fake.put(NAME, DIGEST, Buffer.from(JSON.stringify(ENVELOPE)));
    fake.fault = ({ authorization }) => (authorization === 'Bearer mine' ? undefined : { status: 401 });
    const common = { kind: 'folder' as const, url: fake.url, ...ALL };
    const [without, wrong, mine] = await asked([common, { ...common, token: () => Promise.resolve('other') }, { ...common, token: () => Promise.resolve('mine') }]);
    expect(codes(without?.problems ?? [])).toEqual(['FETCH_UNAUTHORIZED']);
    expect(codes(wrong?.problems ?? [])).toEqual(['FETCH_UNAUTHORIZED']);
    expect(mine?.evidence).toHaveLength(1);
  });
});

describe('what is secret', () => {
  const token = (): Promise<string> => Promise.resolve('very-secret-token');

  test.each<[string, StorePlace['kind'], StoreAnswer]>([
    ['a store that repeats the token in an error', 'archivista', { body: JSON.stringify({ errors: [{ message: 'token very-secret-token has expired' }] }) }],
    ['a store that repeats the token in what it lists', 'grafeas', { body: JSON.stringify({ occurrences: [{ kind: 'very-secret-token', resourceUri: 'x' }] }) }],
    ['a redirect that carries the token', 'folder', { status: 302, headers: { location: 'https://login.acme.example/?token=very-secret-token' } }],
    ['a redirect that is signed', 'folder', { status: 302, headers: { location: 'https://user:pass@bucket.acme.example/a?X-Amz-Signature=very-secret-token#very-secret-token' } }],
  ])('%s: nobody reads it in a message', async (_, kind, answer) => {
    const fake = await opened(startFolder());
    fake.fault = () => answer;
    const place = { url: fake.url, token, ...ALL };
    const batch = await only(kind === 'archivista' ? { kind, ...place } : kind === 'grafeas' ? { kind, project: PROJECT, notes: [], ...place } : { kind: 'folder', ...place });
    expect(batch.problems).not.toEqual([]);
    expect(JSON.stringify(batch)).not.toMatch(/very-secret|pass@/);
  });
});
