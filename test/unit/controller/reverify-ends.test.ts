/** What runs is looked at again when trust ends, although nobody writes anything: a report says so before the day is over. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { evidenceFromFile, offlineSource } from '../../../src/fetch/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { createMetrics } from '../../../src/platform/metrics/metrics.ts';
import { reverifyTask } from '../../../src/wiring/reverify/index.ts';
import { RunningCluster } from '../../support/running-cluster.ts';
import { until } from '../../support/patience.ts';
import { keyBundle } from '../../world/bundle.ts';
import { layerEvidence } from '../../world/domain.ts';
import { makeImage } from '../../world/image.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import { points } from '../../world/revocation.ts';
import { createWorld } from '../../world/world.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const world = createWorld({ now: NOW });
const key = world.key();
const { digest } = makeImage();
const { evidence } = evidenceFromFile('e.json', keyBundle(world, { digest, key }));
const iso = (at: number): string => new Date(at).toISOString();
const document = (kind: string, name: string, spec: object): object => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

let cluster: RunningCluster;
let leading: AbortController;
let ended: Promise<void>;
let time: { ms: number };

beforeEach(() => {
  cluster = new RunningCluster();
  leading = new AbortController();
  time = { ms: NOW };
});
afterEach(async () => {
  leading.abort();
  await ended;
  await cluster.stop();
});

type Asking = Parameters<typeof reverifyTask>[0]['asking'];

async function lead(
  documents: readonly object[], isReady = (): boolean => true, { asking, evidence: found = evidence }: { readonly asking?: Asking; readonly evidence?: typeof evidence } = {},
): Promise<() => number> {
  const { set } = compilePolicies(documents.map((one, index) => ({ path: `${index}.yaml`, text: JSON.stringify(one) })), { trust: createTrustReader() });
  cluster.pods = [{
    metadata: { name: 'web', namespace: 'shop', uid: 'u1' }, spec: { containers: [{ name: 'app', image: `quay.io/acme/app@${digest}` }] }, status: { phase: 'Running' },
  }];
  const { api, writes } = await cluster.start();
  const logger = { warn: () => undefined, error: () => undefined } as never;
  const task = reverifyTask({
    api, writes, source: offlineSource({ evidence: found, problems: [] }), ...(asking === undefined ? {} : { asking }), clock: { now: () => time.ms },
    policies: { current: () => (isReady() ? { ready: true, set: set as PolicySet } : { ready: false, problems: [] }) },
    engine: { namespaces: { labels: () => Promise.resolve({}) }, unmatched: 'warn', verification: { workers: 1 }, examination: { threads: 1 } },
    settings: { reports: true, events: true, instance: 'i', pauses: { settle: 1, every: DAY, refused: DAY, undetermined: DAY, broken: 10 } },
  }, { logger, metrics: createMetrics({ version: '0', node: '24' }) });
  ended = task.run(leading.signal);
  const rounds = (): number => task.current()?.stats().rounds ?? 0;
  if (isReady()) await until(() => rounds() === 1);
  return rounds;
}
const policy = document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: 'quay.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] });
const signer = (more: object = {}): object => document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem, ...more } }] });

test.each<[string, readonly object[]]>([
  ['a key', [signer({ notAfter: iso(NOW + DAY) }), policy]],
  ['an exception', [document('Signer', 'release', { identities: [{ key: { data: world.key().publicKeyPem } }] }), policy, document('AdmissionException', 'hurry', {
    artifacts: [{ image: 'quay.io/acme/**' }], policies: [{ name: 'acme' }], namespaces: ['shop'], reason: 'incident 42', requestedBy: 'ann', approvedBy: 'carol',
    notBefore: iso(NOW - DAY), expiresAt: iso(NOW + DAY),
  })]],
])('%s that ends is looked at when it ends, once', async (_, documents) => {
  const rounds = await lead(documents);
  expect(cluster.reports()).toEqual([]);
  time.ms = Math.floor((NOW + DAY) / 1000) * 1000 + 1001;
  await until(() => cluster.reports().length === 1);
  const after = rounds();
  await new Promise((done) => setTimeout(done, 2500));
  expect([after, rounds()]).toEqual([2, 2]);
});

test('where nothing ends nothing is looked at again', async () => {
  const rounds = await lead([signer({ notAfter: iso(NOW + 30 * DAY) }), policy]);
  time.ms = NOW + 2 * DAY;
  await new Promise((done) => setTimeout(done, 2500));
  expect([rounds(), cluster.reports()]).toEqual([1, []]);
});

test('before there are policies nothing is looked at: what they would say is not known, and that is no news of any pod', async () => {
  let isReady = false;
  const rounds = await lead([signer(), policy], () => isReady);
  await new Promise((done) => setTimeout(done, 2500));
  expect([rounds(), cluster.reports(), cluster.events()]).toEqual([0, [], []]);
  isReady = true;
  await until(() => rounds() === 1);
  expect([cluster.reports(), cluster.events()]).toEqual([[], []]);
});

test.each([[1, 2, 1], [0, 1, 0]])('when authorities have revoked another certificate (%i) what runs is looked at again, once', async (changed, rounds, reports) => {
  const pki = createOwnPki(NOW);
  const holder = pki.issue({ extensions: [points(['http://crl.acme.example/1.crl'])] });
  const said = { changes: 0, isRevoked: false };
  const asking: Asking = {
    certificates: {
      of: () => (said.isRevoked ? { state: 'revoked', revokedAt: NOW, source: 'a list' } : { state: 'good' }),
      generation: () => 0,
    },
    patiently: (admit) => admit, ends: () => [], changes: () => said.changes,
  };
  const count = await lead([
    document('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation: { mode: 'hard' } } }),
    document('Signer', 'release', { identities: [{ x509: { trustRoot: 'own', subjectIncludes: 'O=Acme' } }] }), policy,
  ], undefined, { asking, evidence: [layerEvidence(signedByHolder(digest, holder, [pki.intermediate]))] });
  expect(cluster.reports()).toEqual([]);
  said.isRevoked = true;
  said.changes = changed;
  await until(() => cluster.reports().length === reports);
  await new Promise((done) => setTimeout(done, 2500));
  expect([count(), cluster.reports().length]).toEqual([rounds, reports]);
});
