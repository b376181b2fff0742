// Where the newest decides, a store that does not say what it has leaves it open; what the others have does not close the question.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeImage } from '../../world/image.ts';
import { push } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';
import { makeStatement } from '../../world/statement.ts';
import type { FakeStore, StoreAnswer } from '../../world/stores/fake.ts';
import { startArchivista } from '../../world/stores/archivista.ts';
import type { FakeArchivista } from '../../world/stores/archivista.ts';
import { startFolder } from '../../world/stores/folder.ts';
import { ORGANISATION, startGithub } from '../../world/stores/github.ts';
import type { FakeGithub } from '../../world/stores/github.ts';
import { PROJECT, startGrafeas } from '../../world/stores/grafeas.ts';
import { createWorld } from '../../world/world.ts';

const TEST = 'https://in-toto.io/attestation/test-result/v0.1';
const HOUR = 3_600_000;
const world = createWorld({ now: Date.now() - HOUR });
const key = world.key();
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const signer = { identities: [{ key: { data: key.publicKeyPem, trustRoot: 'world' } }] };
const policyOf = (host: string, path: string, newest: boolean): string => document('ClusterArtifactPolicy', path, {
  artifacts: [{ image: `${host}/${path}/**` }], require: [{ name: 'tested', testResult: { by: ['release'], maxAge: '24h', ...(newest ? { newest } : {}) } }],
});

let [server, registry] = [undefined as unknown as TestServer, undefined as unknown as TestRegistry];
let [folder, github, archivista, grafeas] = [undefined as unknown as FakeStore, undefined as unknown as FakeGithub, undefined as unknown as FakeArchivista, undefined as unknown as FakeStore];
beforeAll(async () => {
  [registry, folder, github, archivista, grafeas] = await Promise.all([startRegistry(), startFolder(), startGithub(), startArchivista(), startGrafeas()]);
  server = await startTestServer({
    'policies.yaml': [
      document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } }), document('Signer', 'release', signer),
      policyOf(registry.host, 'newest', true), policyOf(registry.host, 'any', false),
    ].join('\n---\n'),
  }, {
    plainHttp: [registry.host, '127.0.0.1'], 'cache.absenceTTL': '0s',
    evidenceStores: [
      { folder: { url: folder.url } }, { github: { api: github.url, owner: ORGANISATION } },
      { archivista: { url: archivista.url } }, { grafeas: { url: grafeas.url, project: PROJECT } },
    ],
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([registry, folder, github, archivista, grafeas].map((one) => one.close()));
});
afterEach(() => { for (const one of [folder, github, archivista, grafeas]) one.fault = undefined; });

let count = 0;
/** An image whose tests passed an hour ago, as the folder says. */
async function tested(path: string): Promise<{ readonly ask: () => Promise<readonly [boolean, readonly string[]]>; readonly failed: () => Buffer; readonly name: string; readonly digest: string }> {
  const at = `${path}/app${(count += 1)}`;
  const made = makeImage({ seed: at });
  await push(registry, at, made);
  const name = `${registry.host}/${at}`;
  const run = (result: string, when: number): Buffer => keyBundle(world, { key, statement: makeStatement(made.digest, { predicateType: TEST, predicate: { result } }), at: when, log: 'v1' });
  folder.put(name, made.digest, run('PASSED', world.now));
  return {
    name, digest: made.digest, failed: () => run('FAILED', world.now + HOUR / 2),
    ask: async () => {
      const answer = await server.validate(podReview({ images: [`${name}@${made.digest}`] }));
      return [answer.allowed, codes(answer)];
    },
  };
}

const SILENT: readonly (readonly [string, () => FakeStore, StoreAnswer])[] = [
  ['Archivista is down', () => archivista, { status: 500 }],
  ['Archivista answers with errors', () => archivista, { body: JSON.stringify({ errors: { message: 'gone' }, data: { dsses: { edges: [], pageInfo: { hasNextPage: false } } } }) }],
  ['Grafeas reached a part of its places', () => grafeas, { body: JSON.stringify({ unreachable: ['projects/acme/locations/eu'] }) }],
  ['Grafeas answers with an error and status 200', () => grafeas, { body: JSON.stringify({ error: { code: 14 } }) }],
  ['GitHub answers 404 for all there is', () => github, { status: 404 }],
  ['GitHub wants to log in', () => github, { body: '<html>' }],
];

describe('the newest decides', () => {
  test('of what all stores have', async () => {
    const { ask } = await tested('newest');
    expect(await ask()).toEqual([true, ['POLICY_SATISFIED']]);
    const other = await tested('newest');
    github.attestations.set(other.digest, [{ bundle: JSON.parse(other.failed().toString()) as unknown }]);
    expect(await other.ask()).toEqual([false, ['POLICY_TEST_RESULT']]);
  });

  test.each(SILENT)('and it may be where nobody said what there is: %s', async (_, store, answer) => {
    const { ask } = await tested('newest');
    store().fault = () => answer;
    const [allowed, [code]] = await ask();
    expect([allowed, code]).toEqual([false, expect.stringMatching(/^FETCH_(?:SERVER_ERROR|RESPONSE_INVALID)$/)]);
    store().fault = undefined;
    expect(await ask()).toEqual([true, ['POLICY_SATISFIED']]);
  });

  test.each(['newest', 'any'])('what is kept of a store that left something open is never all that it has: %s', async (path) => {
    const { ask, name, digest, failed } = await tested(path);
    folder.put(name, digest, Buffer.from('{"cut'));
    const expected = path === 'any' ? [true, ['POLICY_SATISFIED']] : [false, ['FETCH_RESPONSE_INVALID']];
    expect(await ask()).toEqual(expected);
    expect(await ask()).toEqual(expected);
    folder.put(name, digest, failed());
    expect((await ask())[0]).toBe(path === 'any');
  });

  test.each(SILENT)('where any counts, what another store has suffices: %s', async (_, store, answer) => {
    const { ask } = await tested('any');
    store().fault = () => answer;
    expect(await ask()).toEqual([true, ['POLICY_SATISFIED']]);
  });
});
