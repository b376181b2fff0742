/** S1: install, edit as documented, upgrade: what is yours is as it was, and what is Gatehouse's is new. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { commandsOf, installAsDocumented, OWN, ROOT, shell } from '../installed.ts';
import { dataFolder } from '../processes.ts';

const [UPGRADE = ''] = commandsOf('docs/operate/install.md', '## Upgrade');
const [EXCLUDE = ''] = commandsOf('docs/operate/install.md', '## What you have now');
const SETTINGS = { config: 'unmatched: deny\nkubernetes: {pullSecrets: true}\n', policies: 'mode: enforce\nimage: "ghcr.io/acme/**"\n' };

/** A checkout of the next version: another image, another deadline, another condition. */
function nextVersion(): string {
  const checkout = dataFolder('next-version');
  for (const path of ['package.json', 'package-lock.json', 'scripts', 'certs', 'deploy', 'src/platform/tls']) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    cpSync(join(ROOT, path), join(checkout, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const file = join(checkout, 'deploy/manifests/install.yaml');
  const text = readFileSync(file, 'utf8').replace(/(image: ghcr\.io\/gatehouse-dev\/gatehouse):\S+/, '$1:9.9.9').replace('timeoutSeconds: 10', 'timeoutSeconds: 9')
    .replace("request.operation != 'UPDATE'\n", "'UPDATE' != request.operation\n");
  writeFileSync(file, text);
  return checkout;
}

/** All that is the admin's, as the API server holds it. */
async function yours(cluster: ControlPlane): Promise<Record<string, string>> {
  const get = (...args: string[]): Promise<string> => cluster.must(['-n', OWN, 'get', ...args]);
  return {
    configmaps: await get('configmaps', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion} {.data}{end}'),
    secrets: await get('secrets', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion} {.data}{end}'),
    caBundle: await get('validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}'),
    networkPolicies: await get('networkpolicies', 'mine', '-o', 'jsonpath={.metadata.resourceVersion}'),
    condition: await get('validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[0].matchConditions[?(@.name=="not-in-these-namespaces")].expression}'),
    bindings: await get('clusterrolebinding', 'pipeline', '-o', 'jsonpath={.metadata.resourceVersion}'),
  };
}

/** Everything that the pages tell an admin to change. */
async function editAsDocumented(cluster: ControlPlane): Promise<void> {
  const edit = (name: string, file: string, text: string): Promise<string> =>
    cluster.must(['-n', OWN, 'patch', 'configmap', name, '--type=merge', '-p', JSON.stringify({ data: { [file]: text } })]);
  await edit('gatehouse-config', 'config.yaml', SETTINGS.config);
  await edit('gatehouse-policies', 'example.yaml', SETTINGS.policies);
  await cluster.must(['-n', OWN, 'create', 'secret', 'generic', 'gatehouse-path-tokens', '--from-literal=tokens=x']);
  await cluster.must(['create', 'clusterrolebinding', 'pipeline', '--clusterrole=gatehouse-administrator', '--user=pipeline']);
  await cluster.must(['apply', '-f', '-'], {
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'mine', namespace: OWN },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 9000, protocol: 'TCP' }] }] },
  });
  const excluded = await shell(EXCLUDE, cluster.kubeconfig);
  expect(excluded.code, excluded.stderr).toBe(0);
}

describe('S1: the documented upgrade', () => {
  let cluster: ControlPlane;
  let before: Record<string, string>;
  beforeAll(async () => {
    cluster = await startControlPlane();
    await installAsDocumented(cluster);
    await editAsDocumented(cluster);
    before = await yours(cluster);
  });
  afterAll(() => cluster?.stop());

  test('S1: before, what was edited is there', () => {
    expect(before['configmaps']).toContain('unmatched: deny');
    expect(before['configmaps']).toContain('mode: enforce');
    expect(before['condition']).toContain('cert-manager');
    for (const value of Object.values(before)) expect(value).not.toBe('');
  });

  test('S1: the same version again changes nothing at all', async () => {
    const ran = await shell(UPGRADE, cluster.kubeconfig);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await yours(cluster)).toEqual(before);
  });

  test('S1, S9: the next version replaces what is Gatehouse’s, and nothing that is yours, the certificate and its CA neither', async () => {
    const ran = await shell(UPGRADE, cluster.kubeconfig, {}, nextVersion());
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await yours(cluster)).toEqual(before);
    const get = (...args: string[]): Promise<string> => cluster.must(['-n', OWN, 'get', ...args]);
    expect(await get('deployment', 'gatehouse', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toMatch(/:9\.9\.9$/);
    expect(await get('validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[0].timeoutSeconds}')).toBe('9');
    expect(await get('validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[0].matchConditions[?(@.name=="brings-something-to-judge")].expression}')).toContain("'UPDATE' != request.operation");
  });

  test('S1: server-side apply keeps it as well', async () => {
    const ran = await shell(UPGRADE.replace('kubectl apply', 'kubectl apply --server-side --force-conflicts'), cluster.kubeconfig);
    expect(ran.code, ran.stderr).toBe(0);
    expect(await yours(cluster)).toEqual(before);
  });

  test('S1: the excluded namespace is not asked about, others are', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [{ name: 'a', image: 'x' }] } };
    await cluster.must(['create', 'namespace', 'cert-manager']);
    await expect.poll(async () => (await cluster.kubectl(['-n', 'cert-manager', 'create', '--dry-run=server', '-f', '-'], pod)).code, { timeout: 10_000 }).toBe(0);
    expect((await cluster.kubectl(['-n', 'default', 'create', '--dry-run=server', '-f', '-'], pod)).stderr).toContain('failed calling webhook');
  });

  test('S1: the overlay for cert-manager holds no settings either', async () => {
    const rendered = await cluster.must(['kustomize', join(ROOT, 'deploy/cert-manager')]);
    const objects = rendered.split(/^---\n/m).filter((text) => !text.includes('cert-manager.io/v1'));
    await cluster.must(['apply', '-f', '-'], objects.join('---\n'));
    const after = await yours(cluster);
    for (const what of ['configmaps', 'secrets', 'networkPolicies', 'condition', 'bindings']) expect(after[what], what).toBe(before[what]);
  });
});

describe('S1: from a version whose manifest held settings and certificate', () => {
  let cluster: ControlPlane;
  beforeAll(async () => { cluster = await startControlPlane(); });
  afterAll(() => cluster?.stop());

  test('S1: what was applied then and edited since is left alone', async () => {
    const secret = await shell('npm run --silent certs -- --secret', cluster.kubeconfig);
    const old = [readFileSync(join(ROOT, 'deploy/manifests/install.yaml'), 'utf8'), readFileSync(join(ROOT, 'deploy/manifests/settings.yaml'), 'utf8'), secret.stdout].join('---\n');
    await cluster.must(['apply', '-l', 'app.kubernetes.io/component!=gate', '-f', '-'], old);
    const installed = await shell(UPGRADE, cluster.kubeconfig);
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    await editAsDocumented(cluster);
    const before = await yours(cluster);
    const ran = await shell(UPGRADE, cluster.kubeconfig, {}, nextVersion());
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await yours(cluster)).toEqual(before);
  });
});

describe('row 20: a cluster that limits system-cluster-critical', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    const file = join(dataFolder('quota'), 'admission.yaml');
    writeFileSync(file, stringify({
      apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration',
      plugins: [{
        name: 'ResourceQuota',
        configuration: {
          apiVersion: 'apiserver.config.k8s.io/v1', kind: 'ResourceQuotaConfiguration',
          limitedResources: [{ resource: 'pods', matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical'] }] }],
        },
      }],
    }));
    cluster = await startControlPlane({ controllers: true, flags: ['--admission-control-config-file', file] });
    await installAsDocumented(cluster);
  });
  afterAll(() => cluster?.stop());
  const pods = async (): Promise<number> => (await cluster.must(['-n', OWN, 'get', 'pods', '-o', 'name'])).trim().split('\n').filter((line) => line !== '').length;

  test('20 with the shipped quota all replicas come, and the surge of a roll', async () => {
    await expect.poll(pods, { timeout: 40_000 }).toBe(3);
    await cluster.must(['-n', OWN, 'rollout', 'restart', 'deployment/gatehouse']);
    await expect.poll(pods, { timeout: 40_000 }).toBe(4);
  }, 100_000);
  test('20 without it none comes', async () => {
    await cluster.must(['-n', OWN, 'delete', 'resourcequota', 'gatehouse-critical']);
    await cluster.must(['-n', OWN, 'delete', 'pods', '--all']);
    await expect.poll(() => cluster.must(['-n', OWN, 'get', 'events', '-o', 'jsonpath={.items[*].message}']), { timeout: 40_000 }).toContain('insufficient quota to match these scopes');
    expect(await pods()).toBe(0);
  }, 60_000);
});
