import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { until } from '../../support/patience.ts';
import { registerWebhook, shippedFiles, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { documents, normalise, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { pod, WORKLOADS } from '../workloads.ts';

let scene: Scene;

beforeAll(async () => {
  const config = parse(shippedFiles('gatehouse-config')['config.yaml'] ?? '') as Record<string, unknown>;
  const { kubernetes, ...rest } = config;
  expect(kubernetes).toEqual({ pullSecrets: false });
  scene = await startScene({ registries: [], policies: shippedFiles('gatehouse-policies'), config: rest });
});

afterAll(() => scene?.stop());

describe('with the shipped configuration and policies', () => {
  test.each(WORKLOADS)('$kind: admitted, with a warning that no policy speaks about the image', async ({ kind, make }) => {
    const result = await scene.cluster.kubectl(['apply', '-f', '-'], make(`installed-${kind.toLowerCase()}`, 'registry.example.com/some/app:1'));
    expect(result.code).toBe(0);
    expect(normalise(result.stderr)).toMatchInlineSnapshot(`
      "Warning: registry.example.com/some/app:1: no policy speaks about this artifact [SELECT_NO_POLICY]
      "
    `);
  });

  test('a pod whose images cannot even be parsed by Gatehouse is denied: that is no question of policies', async () => {
    const result = await scene.cluster.kubectl(['apply', '-f', '-'], pod('nonsense', 'NOT/A reference'));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('[INPUT_IMAGE_INVALID]');
  });
});

describe('S2: the shipped configuration, and a policy that enforces', () => {
  let registry: Registry;
  let enforcing: Scene;
  let unready: Gatehouse | undefined;
  let set: Readonly<Record<string, string>>;
  const image = { signed: '', unsigned: '' };

  beforeAll(async () => {
    registry = await startRegistry(true);
    const release = await makeKey('release');
    image.signed = await pushImage(`${registry.host}/acme/signed:1`);
    image.unsigned = await pushImage(`${registry.host}/acme/unsigned:1`);
    await sign(image.signed, release);
    set = { 'signer.yaml': signer('release', release), 'policy.yaml': policy('acme', [`${registry.host}/acme/**`], 'release') };
    const { kubernetes, registries, ...rest } = parse(shippedFiles('gatehouse-config')['config.yaml'] ?? '') as Record<string, unknown>;
    expect([kubernetes, registries]).toEqual([{ pullSecrets: false }, []]);
    enforcing = await startScene({ registries: [registry.host], policies: set, unmatched: 'warn', config: rest });
  });
  afterAll(async () => {
    await unready?.stop();
    await enforcing?.stop();
    await registry?.program.stop();
  });

  const create = (name: string, of: string): ReturnType<Scene['cluster']['kubectl']> => enforcing.cluster.kubectl(['create', '--dry-run=server', '-f', '-'], pod(name, of));
  const ops = async (path: string, of: Gatehouse = enforcing.gatehouse): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${of.opsUrl}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const metric = async (name: string, of?: Gatehouse): Promise<number> => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await ops('/metrics', of)).text)?.[1] ?? -1);

  test.each<[string, (files: typeof set) => typeof set]>([
    ['the last policy is deleted from the ConfigMap', (files) => ({ 'signer.yaml': files['signer.yaml'] ?? '' })],
    ['every key is deleted', () => ({})],
    ['everything is commented out', (files) => Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll(/^/gm, '# ')]))],
  ])('S2: %s: refused, and told; the policy goes on', async (_what, edit) => {
    enforcing.gatehouse.setPolicies(set);
    await until(async () => (await create('signed', image.signed)).code === 0);
    const before = await metric('gatehouse_policy_reload_failures_total');
    enforcing.gatehouse.setPolicies(edit(set));
    await until(async () => (await metric('gatehouse_policy_reload_failures_total')) > before);
    expect((await create('unsigned', image.unsigned)).stderr).toContain('[FETCH_NONE_FOUND]');
    expect(await create('signed', image.signed)).toMatchObject({ code: 0 });
    expect([(await ops('/readyz')).status, await metric('gatehouse_policies')]).toEqual([200, 1]);
  });

  test('S2: started on an empty folder: not ready, and nothing is admitted until there is a policy', async () => {
    unready = await startGatehouse({ config: { unmatched: 'warn', plainHttp: [registry.host], drain: '0s', kubernetes: { enabled: false } }, policies: {}, unready: true });
    expect([(await ops('/readyz', unready)).status, await metric('gatehouse_policy_ready', unready)]).toEqual([503, 0]);
    await registerWebhook(enforcing.cluster, unready);
    // The API server asks the new address a moment later.
    await expect.poll(async () => (await create('unsigned', image.unsigned)).stderr, { timeout: 60_000 }).toContain('[POLICY_UNAVAILABLE]');
    unready.setPolicies({ 'all.yaml': documents(...Object.values(set)) });
    const now = unready;
    await until(async () => (await ops('/readyz', now)).status === 200);
    expect(await create('signed', image.signed)).toMatchObject({ code: 0 });
    expect((await create('unsigned', image.unsigned)).stderr).toContain('[FETCH_NONE_FOUND]');
  }, 120_000);
});
