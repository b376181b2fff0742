import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documents, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';
import { WORKLOADS } from '../workloads.ts';

let scene: Scene;
let registry: Registry;
let release: CosignKey;
let signed: string;
let unsigned: string;

const policies = (mode: string): Record<string, string> => ({
  'policies.yaml': documents(signer('release', release), policy('acme-images', [`${registry.host}/acme/**`], 'release', { mode })),
});

beforeAll(async () => {
  registry = await startRegistry(true);
  release = await makeKey('release');
  signed = await pushImage(`${registry.host}/acme/signed:1`);
  unsigned = await pushImage(`${registry.host}/acme/unsigned:1`);
  await sign(signed, release);
  scene = await startScene({ registries: [registry.host], policies: policies('audit'), unmatched: 'allow', controlPlane: { controllers: true } });
});

afterAll(async () => {
  await scene?.stop();
  await registry?.program.stop();
});

const deployment = WORKLOADS.find(({ kind }) => kind === 'Deployment');
const podsOf = async (app: string): Promise<number> => (await scene.cluster.must(['get', 'pods', '-l', `app=${app}`, '-o', 'name'])).trim().split('\n').filter((line) => line !== '').length;

describe('with controllers that make pods', () => {
  test('a signed Deployment gets its pod', async () => {
    await scene.cluster.must(['apply', '-f', '-'], deployment?.make('good', signed));
    await expect.poll(() => podsOf('good'), { timeout: 30_000 }).toBe(1);
  });

  test('H06 a workload from before the policy: pods its controller makes are judged too, and the event says why', async () => {
    await scene.cluster.must(['apply', '-f', '-'], deployment?.make('before', unsigned));
    await expect.poll(() => podsOf('before'), { timeout: 30_000 }).toBe(1);
    scene.gatehouse.setPolicies(policies('enforce'));
    await expect.poll(async () => (await scene.cluster.kubectl(['create', '--dry-run=server', '-f', '-'], deployment?.make('probe', unsigned))).code, { timeout: 10_000 }).toBe(1);
    await scene.cluster.must(['delete', 'pods', '-l', 'app=before', '--force', '--grace-period=0']);
    const events = (): Promise<string> => scene.cluster.must(['get', 'events', '--field-selector', 'reason=FailedCreate', '-o', 'jsonpath={.items[*].message}']);
    await expect.poll(events, { timeout: 30_000 }).toContain('[FETCH_NONE_FOUND]');
    expect(await podsOf('before')).toBe(0);
  });
});
