import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubectlResult } from '../control-plane.ts';
import { shippedFiles } from '../gatehouse.ts';
import { documents, normalise, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';
import { pod, WORKLOADS } from '../workloads.ts';

let scene: Scene;
let registry: Registry;
let release: CosignKey;
let signed: string;
/** Unsigned images, one for each policy below. */
let image: Readonly<Record<'warned' | 'audited' | 'prodOnly' | 'legacy' | 'other', string>>;

const policies = (legacyMode: string): Record<string, string> => ({
  'signers.yaml': signer('release', release),
  'policies.yaml': documents(
    policy('signed-images', [`${registry.host}/signed/**`], 'release'),
    policy('warned-images', [`${registry.host}/warned/**`], 'release', { mode: 'warn' }),
    policy('audited-images', [`${registry.host}/audited/**`], 'release', { mode: 'audit' }),
    policy('prod-images', [`${registry.host}/prod-only/**`], 'release', { namespaces: { matchLabels: { env: 'prod' } } }),
    policy('other-namespaces', [`${registry.host}/prod-only/**`], 'release', { mode: 'audit' }),
    policy('legacy-images', [`${registry.host}/legacy/**`], 'release', { mode: legacyMode }),
  ),
});

beforeAll(async () => {
  registry = await startRegistry(true);
  release = await makeKey('release');
  const push = (name: string): Promise<string> => pushImage(`${registry.host}/${name}/app:1`);
  signed = await push('signed');
  await sign(signed, release);
  image = { warned: await push('warned'), audited: await push('audited'), prodOnly: await push('prod-only'), legacy: await push('legacy'), other: await push('other') };
  scene = await startScene({ registries: [registry.host], policies: policies('audit'), unmatched: 'allow' });
});

afterAll(async () => {
  await scene?.stop();
  await registry?.program.stop();
});

const apply = (manifest: object, ...flags: string[]): Promise<KubectlResult> => scene.cluster.kubectl(['apply', ...flags, '-f', '-'], manifest);
const text = (result: KubectlResult): string => normalise(result.stderr, { REGISTRY: registry.host });

describe('modes', () => {
  test('warn: admitted, and kubectl shows why it would be denied', async () => {
    const result = await apply(pod('warned', image.warned));
    expect(result.code).toBe(0);
    expect(text(result)).toMatchInlineSnapshot(`
      "Warning: REGISTRY/warned/app@sha256:<short>: unsigned (policy warned-images / signed by release) [FETCH_NONE_FOUND]
      "
    `);
  });

  test('audit: admitted without a word', async () => {
    expect(await apply(pod('audited', image.audited))).toMatchObject({ code: 0, stderr: '' });
  });

  test('every warning keeps within what API servers pass on (256 characters)', async () => {
    const result = await apply(pod('warned-long', image.warned, { initContainers: Array.from({ length: 5 }, (_, index) => ({ name: `init-${index}`, image: image.warned })) }));
    const lines = result.stderr.trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.replace('Warning: ', '').length).toBeLessThanOrEqual(120);
  });
});

describe('namespaces', () => {
  test('a label selector is answered from the labels the API server holds', async () => {
    await scene.cluster.must(['create', 'namespace', 'prod']);
    await scene.cluster.must(['create', 'namespace', 'dev']);
    await scene.cluster.must(['label', 'namespace', 'prod', 'env=prod']);
    expect(await apply(pod('app', image.prodOnly), '-n', 'dev')).toMatchObject({ code: 0 });
    const denied = await expectSoon(() => apply(pod('app', image.prodOnly), '-n', 'prod', '--dry-run=server'), (result) => result.code === 1);
    expect(text(denied)).toContain('policy prod-images / signed by release');
  });

  test('a changed label takes effect', async () => {
    await scene.cluster.must(['label', 'namespace', 'prod', 'env-']);
    await expectSoon(() => apply(pod('app', image.prodOnly), '-n', 'prod', '--dry-run=server'), (result) => result.code === 0);
  });

  test('H17 a namespace made a moment ago: its labels count at once', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod-new', labels: { env: 'prod' } } };
    await scene.cluster.must(['apply', '-f', '-'], namespace);
    const result = await apply(pod('app', image.prodOnly), '-n', 'prod-new');
    expect(result.code).toBe(1);
    expect(text(result)).toContain('policy prod-images / signed by release');
  });

  test('excluded namespaces are not asked about', async () => {
    expect(await apply(pod('system', image.other), '-n', 'kube-system')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('change of policies', () => {
  test('takes effect within 10 s, on running objects only where an image changes', async () => {
    const make = WORKLOADS.find(({ kind }) => kind === 'Deployment')?.make;
    await scene.cluster.must(['apply', '-f', '-'], make?.('legacy', image.legacy));
    scene.gatehouse.setPolicies(policies('enforce'));
    const denied = await expectSoon(() => apply(pod('legacy', image.legacy), '--dry-run=server'), (result) => result.code === 1);
    expect(text(denied)).toContain('[FETCH_NONE_FOUND]');
    await scene.cluster.must(['label', 'deployment', 'legacy', 'touched=yes']);
    await scene.cluster.must(['scale', 'deployment', 'legacy', '--replicas', '2']);
    expect((await scene.cluster.kubectl(['patch', 'deployment', 'legacy', '-p', JSON.stringify({ spec: { template: { spec: { initContainers: [{ name: 'new', image: image.legacy }] } } } })])).code).toBe(1);
  });

  test('a broken set is refused as a whole: the last good one goes on', async () => {
    scene.gatehouse.setPolicies({ ...policies('audit'), 'broken.yaml': 'apiVersion: gatehouse.dev/v1alpha1\nkind: Signer\nmetadata: {name: broken}\nspec: {identities: []}\n' });
    await new Promise((resolve) => { setTimeout(resolve, 11_000); });
    expect((await apply(pod('still-legacy', image.legacy), '--dry-run=server')).code).toBe(1);
    expect(await apply(pod('still-signed', signed), '--dry-run=server')).toMatchObject({ code: 0 });
    expect(await (await fetch(`${scene.gatehouse.opsUrl}/metrics`)).text()).toMatch(/^gatehouse_policy_reload_failures_total [1-9]/m);
  });
});

describe('registry down', () => {
  test('what is known is still admitted; what is not is undetermined, says so, and is not called unsigned', async () => {
    scene.gatehouse.setPolicies(policies('enforce'));
    expect(await apply(pod('known', signed))).toMatchObject({ code: 0 });
    await registry.program.stop();
    expect(await apply(pod('known-again', signed))).toMatchObject({ code: 0, stderr: '' });
    const result = await apply(pod('unknown', `${registry.host}/signed/never-seen:1`));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (ServiceUnavailable): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image (app) REGISTRY/signed/never-seen:1
        policy signed-images: registry cannot be reached
        found    REGISTRY: connection refused
        fix: could not verify, retry; check the name of the registry; when it lasts, ask an administrator of Gatehouse to check network, DNS and proxy on the way to it  [FETCH_UNREACHABLE]
        gatehouse explain FETCH_UNREACHABLE (reference <reference>)
      "
    `);
  });
});

describe('the shipped policies', () => {
  test('deny nothing: an image that the example speaks about is admitted in audit mode', async () => {
    scene.gatehouse.setPolicies(shippedFiles('gatehouse-policies'));
    await expectSoon(() => apply(pod('org', 'ghcr.io/your-org/app@sha256:' + 'a'.repeat(64)), '--dry-run=server'), (result) => result.code === 0);
  });
});

/** Repeats until the result is as wanted, at most the 10 s that a change of policies or labels may take. */
async function expectSoon(act: () => Promise<KubectlResult>, wanted: (result: KubectlResult) => boolean): Promise<KubectlResult> {
  const until = performance.now() + 10_000;
  for (;;) {
    const result = await act();
    if (wanted(result)) return result;
    if (performance.now() > until) throw new Error(`not as wanted within 10 s; last answer: ${JSON.stringify(result)}`);
  }
}
