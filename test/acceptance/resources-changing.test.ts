// I05 for resources: requests that run while objects of the cluster are added, changed, broken, mended and deleted, watches are cut and lists read anew.
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { codes } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const [alice, bob] = [world.key(), world.key()];
const api = new PolicyApiServer();
let registry: TestRegistry;
let server: TestServer;
let both = '';
let onlyAlice = '';
beforeAll(async () => {
  registry = await startRegistry();
  const [twice, once] = [makeImage(), makeImage()];
  for (const image of [twice, once]) await push(registry, 'acme/app', image);
  for (const [image, key] of [[twice, alice], [twice, bob], [once, alice]] as const)
    await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
  [both, onlyAlice] = [`${registry.host}/acme/app@${twice.digest}`, `${registry.host}/acme/app@${once.digest}`];
  await api.start();
  for (const name of ['default', 'shop']) api.put('/api/v1/namespaces', { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } });
  signer('alice', alice);
  signer('bob', bob);
  api.apply('ClusterArtifactPolicy', 'images', policy('alice'));
  server = await startWithResources(api, { plainHttp: [registry.host] });
  await until(() => api.watching === 8);
});
afterAll(async () => {
  await server?.close();
  await api.stop();
  await registry.close();
});

const signer = (name: string, key = alice): void => api.apply('Signer', name, { identities: [{ key: { data: key.publicKeyPem } }] });
const policy = (by: string, more: object = {}): object => ({ artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: [by] } }], ...more });
const broken = (by: string): object => ({ ...policy(by), require: [{ name: 'signed', signature: { by: [by], treshold: 2 } }] });

/** What one change does, and whether what comes after it has to wait until it is in force: a form that nobody has read is nobody's last good one. */
interface Change {
  readonly name: string;
  readonly make: () => void;
  readonly rests?: boolean;
}

/** Each is one write to one object, so that the set has either seen it or not. After the last one all is as in the beginning. */
const CHANGES: readonly Change[] = [
  { name: 'a policy is added', make: () => api.apply('ClusterArtifactPolicy', 'more', policy('bob')) },
  { name: 'it is changed', make: () => api.apply('ClusterArtifactPolicy', 'more', policy('bob', { mode: 'warn' })), rests: true },
  { name: 'it breaks', make: () => api.apply('ClusterArtifactPolicy', 'more', broken('alice')) },
  { name: 'one that was never good', make: () => api.apply('ClusterArtifactPolicy', 'typo', broken('bob')) },
  { name: 'that is mended', make: () => api.apply('ClusterArtifactPolicy', 'typo', policy('alice', { mode: 'audit' })) },
  { name: 'and deleted', make: () => api.delete('ClusterArtifactPolicy', 'typo') },
  { name: 'the first one is mended', make: () => api.apply('ClusterArtifactPolicy', 'more', policy('bob')) },
  { name: 'a signer is deleted', make: () => api.delete('Signer', 'bob') },
  { name: 'and comes back', make: () => signer('bob', bob) },
  { name: 'a namespace demands more', make: () => api.apply('ArtifactPolicy', 'ours', policy('bob'), { namespace: 'shop' }) },
  { name: 'and no more', make: () => api.delete('ArtifactPolicy', 'ours', 'shop') },
  { name: 'the added one is deleted', make: () => api.delete('ClusterArtifactPolicy', 'more'), rests: true },
];

/** Everything of an answer by which sets can be told apart. */
function shown({ allowed, status, warnings, auditAnnotations }: AdmissionAnswer): string {
  return JSON.stringify([allowed, status?.code, warnings, auditAnnotations['reasons'], status?.message.replace(/\b[0-9A-Z]{26}\b|\b[0-9a-f]{10}\b/g, 'ID')]);
}

const PROBES = [['both', 'default'], ['pair', 'default'], ['pair', 'shop']] as const;
function ask([what, namespace]: (typeof PROBES)[number]): Promise<AdmissionAnswer> {
  return server.validate(podReview({ images: what === 'both' ? [both] : [both, onlyAlice], namespace }));
}
/** The longest that the API server waits; our own budget ends a second before. */
const DEADLINE_MS = 30_000;
const ROUNDS = 6;

describe('I05 requests that run while resources change', () => {
  test('each answer is that of one set, none is older than one before it, none fails and none is late', async () => {
    // Slowly at first: what each set says.
    const known: string[][] = [];
    for (const change of CHANGES) {
      const before = await generation();
      change.make();
      // Broken, the last good form stays: nothing comes of it but a line in the log.
      if (change.name !== 'it breaks') await until(async () => (await generation()) !== before, change.name);
      else await until(() => server.log.some(({ object, state }) => object === 'ClusterArtifactPolicy more' && state === 'lastGood'), change.name);
      known.push(await Promise.all(PROBES.map(async (probe) => shown(await ask(probe)))));
    }
    expect(new Set(known.map((answers) => answers.join())).size).toBeGreaterThan(5);
    const saysAt = (step: number, probe: number): string | undefined => known[(step + CHANGES.length - 1) % CHANGES.length]?.[probe];

    let made = 0;
    let over = false;
    let newest = 0;
    let sent = 0;
    let slowest = 0;
    const wrong: string[] = [];
    const seen = new Set<string>();
    const asking = async (index: number): Promise<void> => {
      for (let turn = index; !over; turn += 1) {
        const probe = turn % PROBES.length;
        // What an answer before this request was given by is the oldest that may decide it.
        const oldest = newest;
        const begun = performance.now();
        const answer = await ask(PROBES[probe] ?? PROBES[0]);
        slowest = Math.max(slowest, performance.now() - begun);
        sent += 1;
        const says = shown(answer);
        seen.add(says);
        if (codes(answer).some((code) => code.startsWith('ENGINE_'))) wrong.push(`failed: ${says}`);
        let step = oldest;
        while (step <= made && saysAt(step, probe) !== says) step += 1;
        if (step > made) wrong.push(`of no set from ${oldest} to ${made}: ${says}`);
        else newest = Math.max(newest, step);
      }
    };
    const changing = async (): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const { make, rests } of CHANGES) {
          make();
          made += 1;
          if (rests === true) await until(async () => shown(await ask(PROBES[1])) === saysAt(made, 1));
          else await until(() => sent % 5 === 0);
          // Some are read by a list in place of a watch.
          if (made % 5 === 0) api.endWatches(410);
        }
      }
      over = true;
    };
    await Promise.all([changing(), ...PROBES.flatMap((_, index) => [asking(index), asking(index + 1)])]);
    expect(wrong).toEqual([]);
    expect(slowest).toBeLessThan(DEADLINE_MS);
    expect(sent).toBeGreaterThan(made);
    // They were asked while sets were in force that answer otherwise.
    expect(seen.size).toBeGreaterThan(4);
  }, 240_000);

  async function generation(): Promise<string> {
    return String(server.log.findLast(({ msg }) => msg === 'policies loaded')?.['generation']);
  }
});
