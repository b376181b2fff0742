import { afterEach, beforeEach, expect, test } from 'vitest';
import { forecast } from '../../../src/controller/forecast/forecast.ts';
import type { Expiry } from '../../../src/domain/policy/expiry.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { offlineSource } from '../../../src/fetch/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { forecastTask } from '../../../src/wiring/forecast/task.ts';
import { withLifetime } from '../../../src/wiring/lifetime.ts';
import { askedInForce, openCertificates } from '../../../src/wiring/trust/certificates.ts';
import { until } from '../../support/patience.ts';
import { startAuthority } from '../../world/authority.ts';
import type { FakeAuthority } from '../../world/authority.ts';
import { layerEvidence } from '../../world/domain.ts';
import { makeImage } from '../../world/image.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import { makeList, points } from '../../world/revocation.ts';
import { workloadObject } from '../../world/review.ts';
import { MemoryApiServer } from '../cluster/support.ts';

/** A list of revoked certificates that nobody renews ends some day, and from then on nothing is known. */
const [HOUR, DAY] = [3_600_000, 86_400_000];
const NOW = Math.floor(Date.now() / 1000) * 1000;
const pki = createOwnPki(NOW);
const SIGNED = makeImage().digest;
const server = new MemoryApiServer();
const state: { list: Uint8Array } = { list: Buffer.alloc(0) };
let authority: FakeAuthority;

beforeEach(async () => {
  server.kinds.splice(0, server.kinds.length, { groupVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment' });
  authority = await startAuthority(() => state.list);
});
afterEach(async () => {
  await server.stop();
  authority.close();
});

/** What the status says under `ends`, with an authority that publishes this list. */
async function ends(list: { readonly from: number; readonly until: number }, mode: string): Promise<unknown> {
  state.list = makeList(pki.intermediate, { thisUpdate: NOW + list.from, nextUpdate: NOW + list.until });
  const url = `${authority.url}/signing.crl`;
  const evidence = layerEvidence(signedByHolder(SIGNED, pki.issue({ extensions: [points([url])], notAfter: NOW + 200 * DAY }), [pki.intermediate]));
  const document = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  const text = [
    document('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation: { mode } } }),
    document('Signer', 's', { identities: [{ x509: { trustRoot: 'own', subjectIncludes: 'O=Acme' } }] }),
    document('ClusterArtifactPolicy', 'signed', { artifacts: [{ image: 'ghcr.io/**' }], require: [{ name: 'signed', signature: { by: ['s'] } }] }),
  ].join('\n---\n');
  const set = compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() }).set as PolicySet;
  const policies = { current: () => ({ ready: true as const, set }) };
  const api = await server.start();
  server.put('/apis/apps/v1/namespaces/shop/deployments', { ...workloadObject('Deployment', { images: [`ghcr.io/acme/app@${SIGNED}`] }, { name: 'a', namespace: 'shop' }) });
  const leading = new AbortController();
  return withLifetime(async (lifetime) => {
    const asking = openCertificates({ asked: () => askedInForce(policies), network: () => ({ plainHttp: ['127.0.0.1'] }) }, lifetime);
    const task = forecastTask({
      api, source: offlineSource({ evidence: [evidence], problems: [] }), settle: 1, policies, asking,
      engine: { namespaces: { labels: () => Promise.resolve({}) }, unmatched: 'warn', verification: { workers: 1 }, examination: { threads: 1 } },
    }, { logger: { warn: () => undefined, error: () => undefined } as never });
    const ended = task.run(leading.signal);
    await until(() => task.byPolicy() !== undefined);
    const found = task.byPolicy()?.get('ClusterArtifactPolicy signed');
    leading.abort();
    await ended;
    await lifetime.disposeAsync();
    expect(found).toMatchObject({ wouldDeny: 0 });
    return found?.ends?.map(({ at, what, wouldDeny }) => [at, what, wouldDeny]);
  });
}

const at = new Date(NOW + 3 * DAY).toISOString();
test.each<[string, { readonly from: number; readonly until: number }, string, boolean]>([
  ['that should have been renewed is told', { from: -97 * DAY, until: 3 * DAY }, 'hard', true],
  ['that will be renewed is not', { from: -HOUR, until: 3 * DAY }, 'hard', false],
  ['under soft denies nobody', { from: -97 * DAY, until: 3 * DAY }, 'soft', false],
  ['that ends too far ahead is not told', { from: -2000 * DAY, until: 60 * DAY }, 'hard', false],
])('the end of a list %s', async (_, list, mode, isTold) => {
  expect(await ends(list, mode)).toEqual(isTold ? [[at, [expect.stringMatching(/^revocation-list http:\/\/127\.0\.0\.1:\d+\/signing\.crl$/)], 1]] : undefined);
});

test('many of them take no place from a key that ends later', async () => {
  const list = (index: number): Expiry => ({ kind: 'revocation-list', name: `http://x.example/${index}`, item: '', at: NOW + index * HOUR, state: 'expiring' });
  const key: Expiry = { kind: 'key', name: 's', item: '', at: NOW + 20 * DAY, state: 'expiring' };
  const looked: number[] = [];
  const judgeAt = (at: number): never => {
    looked.push(at);
    return undefined as never;
  };
  const expiries = (): readonly Expiry[] => [...Array.from({ length: 9 }, (_, index) => list(index + 1)), key];
  const { notes } = await forecast({ objects: [], problems: [] }, { judgeAt, now: NOW, expiries, mostEnds: 2 });
  expect(new Set(looked)).toEqual(new Set([NOW, NOW + HOUR, NOW + HOUR + 1, key.at, key.at + 1]));
  expect(notes).toEqual(['8 further ends of trust are not looked at: ask for a shorter time ahead']);
});
