import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { replica } from '../guard-acts.ts';
import { commandsOf, OWN, ROOT, shell } from '../installed.ts';
import { dataFolder } from '../processes.ts';
import { pod } from '../workloads.ts';

const MANIFEST = join(ROOT, 'deploy/manifests/install.yaml');
const GUARD = join(ROOT, 'deploy/manifests/guard.yaml');
const ACCOUNT = 'system:serviceaccount:gatehouse-system:gatehouse';
const SERVER = commandsOf('docs/operate/install.md', '## 1. The server').filter((command) => !command.includes('rollout status'));
const [GATE = ''] = commandsOf('docs/operate/install.md', '## 2. The gate');
const INSTALLED = 'npm run --silent certs -- --install';

describe('an unfinished installation', () => {
  let cluster: ControlPlane;
  beforeAll(async () => { cluster = await startControlPlane(); });
  afterAll(() => cluster?.stop());

  test('install.yaml without a certificate: everything but the gate is installed, and pods are still admitted', async () => {
    const applied = await cluster.kubectl(['apply', '-f', MANIFEST]);
    expect(applied.code).toBe(1);
    expect(applied.stdout).toContain('deployment.apps/gatehouse created');
    expect(applied.stderr).toContain('ValidatingWebhookConfiguration');
    expect(applied.stderr.trim().split('\n')).toHaveLength(1);
    expect(await cluster.must(['get', 'validatingwebhookconfigurations', '-o', 'name'])).toBe('');
    await cluster.must(['apply', '-f', '-'], pod('harmless', 'example.com/app:1'));
  });
});

describe('the documented installation', () => {
  let cluster: ControlPlane;
  beforeAll(async () => { cluster = await startControlPlane(); });
  afterAll(() => cluster?.stop());
  const run = (command: string): ReturnType<typeof shell> => shell(command, cluster.kubeconfig);

  test.each(SERVER)('server first, no error and no warning: %s', async (command) => {
    const ran = await run(command);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).not.toContain('validatingwebhookconfiguration');
  });

  test('then the gate: only the webhook configuration and the guard are new', async () => {
    const ran = await run(GATE);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const created = [...ran.stdout.matchAll(/^(\S+) created$/gm)].map((match) => match[1] ?? '');
    expect(created.filter((name) => !/gatehouse-(?:guard|own-pods|administrator|break-glass)$/.test(name))).toEqual(['validatingwebhookconfiguration.admissionregistration.k8s.io/gatehouse']);
    expect(created).toHaveLength(8);
  });

  test('what the API server holds is what the manifest says: kubectl diff finds nothing, strictly read', async () => {
    expect(await run(`${INSTALLED} | kubectl diff -f -`)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run(`${INSTALLED} | kubectl apply --validate=strict -f -`)).toMatchObject({ code: 0, stderr: '' });
  });

  test('the overlay of the page: accepted, and nothing is different but what it names', async () => {
    const folder = dataFolder('own-overlay');
    const [, overlay = ''] = /^```yaml\n(# kustomization\.yaml[\s\S]*?)^```/m.exec(readFileSync(join(ROOT, 'docs/operate/install.md'), 'utf8')) ?? [];
    writeFileSync(join(folder, 'kustomization.yaml'), overlay);
    expect(await run(`${INSTALLED} > ${folder}/gatehouse.yaml`)).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await run(`kubectl diff -k ${folder}`);
    const changed = stdout.split('\n').filter((line) => /^[-+] /.test(line) && !line.includes('generation:')).map((line) => line.replace(/^(.) +(?:- )?/, '$1 '));
    expect(code).toBe(1);
    expect(changed.sort()).toEqual([
      '+ from:', '+ image: registry.acme.example/mirror/gatehouse@sha256:9f2c4be1d0a37c5f86e2b9a4d1c07f3e5b8a6d29c4f10e7b3a5d8c6f2e1b0a94',
      '+ ipBlock:', '+ cidr: 10.0.0.0/24', '+ ports:', '- image: ghcr.io/gatehouse-dev/gatehouse:0.1.0', '- ports:',
    ].sort());
  });

  test('S1: settings and certificate are created once: a second time nothing is changed', async () => {
    const held = (): Promise<string> => cluster.must(['-n', OWN, 'get', 'configmaps,secrets', '-o', 'json']);
    const before = await held();
    for (const command of SERVER.filter((line) => line.includes('create -f'))) {
      const again = await run(command);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('AlreadyExists');
    }
    expect(await held()).toBe(before);
  });

  test('R15 with Gatehouse down its own namespace and kube-system admit pods, other namespaces do not', async () => {
    const own = JSON.parse(await cluster.must(['-n', 'gatehouse-system', 'get', 'deployment', 'gatehouse', '-o', 'json'])) as { spec: { template: { metadata: object; spec: object } } };
    const { metadata } = replica().body as { metadata: object };
    const made = { apiVersion: 'v1', kind: 'Pod', ...own.spec.template, metadata: { ...own.spec.template.metadata, ...metadata, name: 'gatehouse-1' } };
    await cluster.must(['-n', 'gatehouse-system', 'create', '-f', '-', '--as', 'system:serviceaccount:kube-system:replicaset-controller'], made);
    await cluster.must(['-n', 'kube-system', 'apply', '-f', '-'], pod('dns', 'registry.k8s.io/coredns/coredns:v1.12.0'));
    const elsewhere = await cluster.kubectl(['apply', '-f', '-'], pod('elsewhere', 'example.com/app:1'));
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain('failed calling webhook "validate.gatehouse.dev"');
  });

  test('T20 the own namespace takes only restricted pods', async () => {
    const refused = await cluster.kubectl(['-n', 'gatehouse-system', 'apply', '-f', '-'], pod('intruder', 'example.com/app:1'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('violates PodSecurity "restricted:latest"');
  });

  test('T20 and of these only replicas of Gatehouse', async () => {
    // The guard is in force a moment after it was made.
    await vi.waitFor(async () => {
      const refused = await cluster.kubectl(['-n', OWN, 'create', '-f', '-'], replica({ image: 'example.com/app:1' }).body as object);
      expect(refused.stderr).toContain("ValidatingAdmissionPolicy 'gatehouse-own-pods'");
    }, { timeout: 20_000, interval: 200 });
  });

  test.each([
    ['get namespaces', 'yes'], ['list namespaces', 'yes'], ['watch namespaces', 'yes'],
    ['get secrets -A', 'no'], ['list secrets -n gatehouse-system', 'no'], ['create pods -A', 'no'], ['update namespaces', 'no'],
    ['patch validatingwebhookconfigurations', 'no'], ['delete validatingwebhookconfigurations', 'no'], ['update configmaps -n gatehouse-system', 'no'],
  ])('T21 may Gatehouse %s? %s', async (verb, answer) => {
    const asked = await cluster.kubectl(['auth', 'can-i', ...verb.split(' '), '--as', ACCOUNT]);
    expect(asked.stdout.trim()).toBe(answer);
  });

  test('pull-secrets.yaml lets it read the named secret of that namespace, and no other', async () => {
    await cluster.must(['create', 'namespace', 'team-a']);
    await cluster.must(['-n', 'team-a', 'apply', '--validate=strict', '-f', join(ROOT, 'deploy/manifests/pull-secrets.yaml')]);
    const may = async (what: string[]): Promise<string> => (await cluster.kubectl(['auth', 'can-i', ...what, '--as', ACCOUNT])).stdout.trim();
    expect(await may(['get', 'secret/registry-credentials', '-n', 'team-a'])).toBe('yes');
    expect(await may(['get', 'secret/other', '-n', 'team-a'])).toBe('no');
    expect(await may(['get', 'secret/registry-credentials', '-n', 'default'])).toBe('no');
  });

  test('emergency: deleting the webhook configuration lets pods in at once', async () => {
    await cluster.must(['delete', 'validatingwebhookconfiguration', 'gatehouse']);
    await expect.poll(async () => (await cluster.kubectl(['apply', '-f', '-'], pod('after', 'example.com/app:1'))).code, { timeout: 10_000 }).toBe(0);
  });
});

describe('the cert-manager overlay', () => {
  let cluster: ControlPlane;
  beforeAll(async () => { cluster = await startControlPlane(); });
  afterAll(() => cluster?.stop());

  test('is the shipped manifest with certificates, the injection annotation and no caBundle', async () => {
    const rendered = await cluster.must(['kustomize', join(ROOT, 'deploy/cert-manager')]);
    expect(rendered).toContain('cert-manager.io/inject-ca-from: gatehouse-system/gatehouse');
    expect(rendered).not.toMatch(/^ *caBundle:/m);
    expect(rendered).not.toMatch(/^kind: (?:ConfigMap|Secret)$/m);
    const kinds = (text: string): string[] => [...text.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1] ?? '').sort();
    const shipped = [MANIFEST, GUARD].flatMap((file) => kinds(readFileSync(file, 'utf8')));
    expect(kinds(rendered)).toEqual([...shipped, 'Certificate', 'Certificate', 'Issuer', 'Issuer'].sort());
  });

  test('applies, given the CRDs of cert-manager', async () => {
    for (const [kind, plural] of [['Issuer', 'issuers'], ['Certificate', 'certificates']] as const) {
      await cluster.must(['apply', '-f', '-'], openCrd('cert-manager.io', kind, plural));
      await cluster.must(['wait', '--for=condition=Established', `crd/${plural}.cert-manager.io`]);
    }
    const file = join(dataFolder('overlay'), 'all.yaml');
    const rendered = await cluster.must(['kustomize', join(ROOT, 'deploy/cert-manager'), '-o', file]);
    expect(rendered).toBe('');
    const applied = await cluster.kubectl(['apply', '--validate=strict', '-f', file]);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
  });
});

/** A CRD that accepts everything: the real schema is the other project's. */
function openCrd(group: string, kind: string, plural: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
}
