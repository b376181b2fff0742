// Ten thousand resources: whoever asks while they are compiled anew is answered in time, whatever the load of the machine.
import { expect, test } from 'vitest';
import type { KubeApi } from '../../../../src/cluster/api.ts';
import { openComposedStore } from '../../../../src/feeds/policies/composed/store.ts';
import { clusterSource } from '../../../../src/feeds/policies/sources/cluster.ts';
import { inSlices } from '../../../../src/flow/slices.ts';
import { compilePolicySetSteps, lostPolicies } from '../../../../src/policy/index.ts';
import { readJsonText } from '../../../../src/text/json/read.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { cpuNow } from '../../../support/cpu.ts';
import { createWorld } from '../../../world/world.ts';

const COUNT = 10_000;
const KEY = createWorld({ now: 0 }).key().publicKeyPem;
const policySpec = (index: number, by = index - (index % 100)): object => ({
  artifacts: [{ image: `registry.example/team-${index}/**` }],
  require: [{ name: 'signed', signature: { by: [`team-${by}`] } }, { name: 'sbom', attestation: { type: 'https://spdx.dev/Document', by: [`team-${by}`] } }],
});
const policy = (index: number, spec: object, version: number): object => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', spec, metadata: { name: `policy-${index}`, uid: `u${index}`, resourceVersion: String(version), generation: version },
});

/** An API server that has all of it as text, and whose watches say what the test says. */
function apiServer() {
  const all: Readonly<Record<string, readonly object[]>> = {
    signers: Array.from({ length: COUNT / 100 }, (_, index) => ({ metadata: { name: `team-${index * 100}`, uid: `s${index}`, resourceVersion: '1' }, spec: { identities: [{ key: { data: KEY } }] } })),
    clusterartifactpolicies: Array.from({ length: COUNT }, (_, index) => index).filter((index) => index % 100 !== 0).map((index) => policy(index, policySpec(index), 1)),
  };
  const pages = new Map<string, string>();
  const watches = new Map<string, (event: unknown) => void>();
  const api: KubeApi = {
    get(path) {
      const url = new URL(path, 'http://kube');
      const [items, from, limit] = [all[url.pathname.slice(url.pathname.lastIndexOf('/') + 1)] ?? [], Number(url.searchParams.get('continue') ?? 0), Number(url.searchParams.get('limit'))];
      const text = pages.get(path) ?? JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1', ...(from + limit < items.length ? { continue: String(from + limit) } : {}) }, items: items.slice(from, from + limit) });
      pages.set(path, text);
      const read = readJsonText(text, { maxItems: 32 * 1024 * 1024 });
      return new Promise((done) => setImmediate(() => done({ status: 200, body: read.ok ? read.value : undefined })));
    },
    watch(path, onEvent, signal) {
      watches.set(path.replace(/\?.*/, ''), onEvent);
      return new Promise((done) => signal.addEventListener('abort', () => done()));
    },
  };
  return { api, tell: (object: object): void => watches.get('/apis/gatehouse.dev/v1alpha1/clusterartifactpolicies')?.({ type: 'MODIFIED', object }) };
}

/** The most processor time between two turns of the event loop while something is done: so long an answer waits that is ready. */
async function longestStretch(work: Promise<unknown>): Promise<number> {
  let [longest, before, over] = [0, cpuNow(), false];
  void work.then(() => { over = true; });
  while (!over) {
    await new Promise((done) => setImmediate(done));
    const now = cpuNow();
    longest = Math.max(longest, now - before);
    before = now;
  }
  return longest;
}

test('H17: of ten thousand resources one changes, breaks and is mended, and nobody is answered more than 50 ms later', async () => {
  const { api, tell } = apiServer();
  const trust = createTrustReader();
  const store = await openComposedStore({
    whole: [], cluster: clusterSource(api, { policiesPerNamespace: 100 }), firstWithinMs: 120_000, lost: lostPolicies,
    composing: (work) => work((files, signal, extras) => inSlices(compilePolicySetSteps(files, { trust, ...extras }), { signal })),
    events: { changed: () => undefined, refused: () => undefined, broken: () => undefined },
  });
  expect(store.documents().filter(({ state }) => state === 'good')).toHaveLength(COUNT);
  const change = async (spec: object, version: number): Promise<number> => longestStretch(new Promise<void>((done) => {
    const leave = store.changed(() => { leave(); done(); });
    tell(policy(1, spec, version));
  }));
  // The least of several: what else this process does, such as collecting garbage, is none of theirs.
  const stretches: Record<string, number[]> = { changed: [], broken: [], mended: [] };
  for (let round = 0; round < 3; round += 1) {
    stretches['changed']?.push(await change(policySpec(COUNT + round, 0), round * 3 + 2));
    stretches['broken']?.push(await change(policySpec(COUNT, 7), round * 3 + 3));
    expect(store.documents().find(({ key }) => key === 'ClusterArtifactPolicy policy-1')).toMatchObject({ state: 'lastGood', generation: round * 3 + 3 });
    stretches['mended']?.push(await change(policySpec(1, 100 * round), round * 3 + 4));
  }
  for (const [what, each] of Object.entries(stretches)) expect(Math.min(...each), `${what}: ${each.map(Math.round).join()}`).toBeLessThan(50);
  store.close();
}, 600_000);
