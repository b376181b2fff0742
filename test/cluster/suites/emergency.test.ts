/** Every command of docs/operate/emergency.md, run as it stands there by somebody who is no more than cluster-admin, with the guard in force. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { replica } from '../guard-acts.ts';
import { commandsOf, installAsDocumented, OWN, person, ROOT, shell } from '../installed.ts';
import { dataFolder } from '../processes.ts';

const PAGE = 'docs/operate/emergency.md';
const fenced = commandsOf(PAGE);
const inline = [...readFileSync(join(ROOT, PAGE), 'utf8').matchAll(/`(kubectl [^`]+)`/g)].map((match) => match[1] ?? '');

let cluster: ControlPlane;
let admin: string;
let onCall: string;
let debugPod: string;

beforeAll(async () => {
  cluster = await startControlPlane({ controllers: true });
  await installAsDocumented(cluster);
  admin = await person(cluster, 'admin', 'cluster-admin');
  onCall = await person(cluster, 'on-call');
  for (const command of commandsOf('docs/operate/install.md', '## The guard')) {
    const run = await shell(command.replace('--group=on-call', '--serviceaccount=default:on-call'), cluster.kubeconfig);
    expect(run.code, run.stderr).toBe(0);
  }
  debugPod = join(dataFolder('debug'), 'debug-pod.yaml');
  writeFileSync(debugPod, JSON.stringify(replica({ image: 'busybox:1', owners: [] }).body));
  await vi.waitFor(async () => expect((await cluster.kubectl(['-n', OWN, 'apply', '--dry-run=server', '-f', debugPod])).code).toBe(1), { timeout: 20_000, interval: 200 });
  for (const kind of ['Issuer', 'Certificate']) {
    await cluster.must(['apply', '-f', '-'], {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${kind.toLowerCase()}s.cert-manager.io` },
      spec: {
        group: 'cert-manager.io', scope: 'Namespaced', names: { kind, plural: `${kind.toLowerCase()}s` },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
      },
    });
  }
});
afterAll(() => cluster?.stop());

async function gateAndGuardStand(): Promise<void> {
  const run = await shell('npm run --silent certs -- --install | kubectl apply -f -', cluster.kubeconfig);
  expect(run.code, run.stderr).toBe(0);
}

describe('row 30: emergency.md with the guard in force', () => {
  test('30 the page has the commands that this test knows how to run', () => {
    expect(fenced.length).toBeGreaterThan(9);
    expect(inline.length).toBeGreaterThan(3);
    for (const command of [...fenced, ...inline]) expect(command).toMatch(/^(?:kubectl|npm run --silent certs) /);
  });

  test.each(fenced)('30 %s', async (command) => {
    await gateAndGuardStand();
    const broken = command.includes('--as-group=gatehouse:break-glass') && !command.includes('system:masters');
    const run = await shell(command.replace('debug-pod.yaml', debugPod), broken ? onCall : admin, { KUBE_EDITOR: "sed -i s/data:/data:/" });
    expect(run.code, `${run.stdout}${run.stderr}`).toBe(0);
  });

  // Nothing runs here that a rollout could end with.
  test.each(inline.filter((command) => !command.includes('rollout status')))('30 %s', async (command) => {
    const run = await shell(command, admin);
    expect(run.code, `${run.stdout}${run.stderr}`).toBe(0);
  });

  test('30 somebody on call who breaks no glass is refused, and the way out is named', async () => {
    await gateAndGuardStand();
    await cluster.must(['create', 'clusterrolebinding', 'on-call-hooks', '--clusterrole=gatehouse-break-glass', '--serviceaccount=default:on-call']);
    // RBAC would let them by now: what refuses is the guard.
    await vi.waitFor(async () => {
      const run = await shell('kubectl delete validatingwebhookconfiguration gatehouse --dry-run=server', onCall);
      expect(run.stderr).toContain('gatehouse:break-glass');
      expect(run.code).toBe(1);
    }, { timeout: 10_000, interval: 200 });
  });

  test('30 switched off and on again: the same CA is trusted, and the Secret is the same', async () => {
    await gateAndGuardStand();
    const held = (): Promise<string> => cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}']);
    const secret = (): Promise<string> => cluster.must(['-n', OWN, 'get', 'secret', 'gatehouse-tls', '-o', 'jsonpath={.data}']);
    const before = [await held(), await secret()];
    await shell('kubectl delete validatingwebhookconfiguration gatehouse', admin);
    await gateAndGuardStand();
    expect([await held(), await secret()]).toEqual(before);
    expect(before[0]).not.toBe('');
  });

  test('30 uninstalled as documented nothing is left', async () => {
    await gateAndGuardStand();
    // With everything that is opt-in, by the commands of its page.
    for (const command of [...commandsOf('docs/concepts/verified-label.md', '## Who sets it, and why it cannot be forged'), 'kubectl apply -k deploy/gate']) {
      const run = await shell(command, admin);
      expect(run.code, `${command}\n${run.stdout}${run.stderr}`).toBe(0);
    }
    expect(await cluster.must(['get', 'mutatingwebhookconfigurations', 'gatehouse-mutate', '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}'])).not.toBe('');
    for (const command of commandsOf('docs/operate/install.md', '## Uninstall')) {
      const run = await shell(command, admin);
      expect(run.code, `${command}\n${run.stdout}${run.stderr}`).toBe(0);
    }
    const left = await cluster.must(['get', 'clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings', '-l', 'app.kubernetes.io/name=gatehouse', '-o', 'name']);
    expect(left).toBe('');
    expect((await cluster.kubectl(['get', 'namespace', OWN])).stderr).toContain('NotFound');
  }, 120_000);
});
