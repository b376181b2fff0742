/** The guard: who may touch Gatehouse, asked of a real API server with real controllers; and every command of emergency.md. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiClient } from '../api.ts';
import type { Api } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { auditing, installAsDocumented, OWN, person } from '../installed.ts';
import { ACTS, HARMLESS, HOOK, OWN_PATH, PRIVILEGED, replica } from '../guard-acts.ts';
import type { Act } from '../guard-acts.ts';

const audit = auditing();
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ controllers: true, flags: audit.flags });
  await installAsDocumented(cluster);
  await cluster.must(['apply', '-f', '-'], PRIVILEGED);
  for (const user of ['joe', 'system:serviceaccount:cert-manager:cert-manager', 'system:serviceaccount:cert-manager:cert-manager-cainjector', 'system:node:node-1']) {
    await cluster.must(['create', 'clusterrolebinding', `powerful-${user.split(':').at(-1)}`, '--clusterrole=powerful', `--user=${user}`]);
  }
  // The API server takes new policies into use after a moment.
  await vi.waitFor(async () => expect((await attempt(apiClient(cluster, { user: 'joe' }), deleteGate)).status).toBe(403), { timeout: 20_000, interval: 200 });
});
afterAll(() => cluster?.stop());

const deleteGate: Act = { what: 'delete the gate', method: 'DELETE', path: HOOK };
const attempt = (api: Api, act: Act): ReturnType<Api> => api(act.method, `${act.path}${act.path.includes('?') ? '&' : '?'}dryRun=All`, act.body, act.contentType);

async function denied(api: Api, act: Act): Promise<void> {
  const answer = await attempt(api, act);
  expect(answer.status, answer.text).toBe(403);
  expect(answer.text).toMatch(/ValidatingAdmissionPolicy 'gatehouse-(?:guard|own-pods)'/);
}

async function allowed(api: Api, act: Act): Promise<void> {
  const answer = await attempt(api, act);
  expect(answer.status, answer.text).toBeLessThan(300);
}

describe('row 31: somebody whom RBAC lets do everything but administer Gatehouse', () => {
  test.each(ACTS)('31 may not $what', (act) => denied(apiClient(cluster, { user: 'joe' }), act));
  test.each(HARMLESS)('31 may $what: that is not Gatehouse’s', (act) => allowed(apiClient(cluster, { user: 'joe' }), act));

  test('31 a whole collection of webhook configurations: ours stays', async () => {
    const answer = await apiClient(cluster, { user: 'joe' })('DELETE', HOOK.replace(/\/gatehouse$/, ''));
    expect(answer.status, answer.text).toBe(403);
    expect(await cluster.must(['get', 'validatingwebhookconfigurations', '-o', 'name'])).toContain('/gatehouse\n');
  });

  test('31 what is not theirs by RBAC is no more theirs for being an administrator', async () => {
    const answer = await attempt(apiClient(cluster, { user: 'nobody', groups: ['gatehouse:administrators'] }), deleteGate);
    expect(answer.text).toContain('cannot delete resource');
  });
});

describe('row 31: those who may', () => {
  const others = ACTS.filter((act) => act.breakGlassOnly !== true);
  test.each(others)('31 group gatehouse:administrators may $what', (act) => allowed(apiClient(cluster, { user: 'joe', groups: ['gatehouse:administrators'] }), act));
  test.each(others)('31 a pipeline bound to ClusterRole gatehouse-administrator may $what', async (act) => {
    await cluster.kubectl(['create', 'clusterrolebinding', 'pipeline', '--clusterrole=powerful', '--user=pipeline']);
    await cluster.kubectl(['create', 'clusterrolebinding', 'pipeline-administrator', '--clusterrole=gatehouse-administrator', '--user=pipeline']);
    await expect.poll(async () => (await attempt(apiClient(cluster, { user: 'pipeline' }), act)).status, { timeout: 5000 }).toBeLessThan(300);
  });
  test.each(ACTS)('31 group gatehouse:break-glass may $what', (act) => allowed(apiClient(cluster, { user: 'joe', groups: ['gatehouse:break-glass'] }), act));
  test('15 administrators put no pod of their own into the namespace: that takes break-glass', async () => {
    for (const act of ACTS.filter((one) => one.breakGlassOnly === true)) await denied(apiClient(cluster, { user: 'joe', groups: ['gatehouse:administrators', 'system:masters'] }), act);
  });
  test('31 break-glass is noted in the audit log, with the act and with who was behind it; others are not', async () => {
    const kubeconfig = await person(cluster, 'on-call');
    await cluster.must(['create', 'clusterrole', 'break-glass', '--verb=impersonate', '--resource=users,groups', '--resource-name=break-glass', '--resource-name=gatehouse:break-glass']);
    await cluster.must(['create', 'clusterrolebinding', 'on-call', '--clusterrole=break-glass', '--serviceaccount=default:on-call']);
    const deletion = ['delete', 'validatingwebhookconfiguration', 'gatehouse', '--dry-run=server'];
    const glass = ['--kubeconfig', kubeconfig, '--as=break-glass', '--as-group=gatehouse:break-glass', ...deletion];
    await expect.poll(async () => (await cluster.kubectl(glass)).code, { timeout: 5000 }).toBe(0);
    expect((await cluster.kubectl(['--kubeconfig', kubeconfig, ...deletion])).code).toBe(1);
    const events = (): { user: { username: string }; annotations?: Record<string, string> }[] => readFileSync(audit.file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as never);
    await expect.poll(() => events().filter(({ user }) => user.username === 'system:serviceaccount:default:on-call').map(({ annotations }) => annotations?.['gatehouse-guard/break-glass']), { timeout: 5000 })
      .toContain('break-glass broke the glass: DELETE admissionregistration.k8s.io/validatingwebhookconfigurations gatehouse');
    expect(events().filter(({ user, annotations }) => user.username === 'system:apiserver' && annotations?.['gatehouse-guard/break-glass'] !== undefined)).toEqual([]);
  });
});

describe('row 31: controllers, by name', () => {
  const merge = 'application/json-patch+json';
  const setCa = { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64') };
  const injector = (...operations: object[]): Act => ({ what: 'patch', method: 'PATCH', path: HOOK, body: operations, contentType: merge });
  const as = (user: string, ...groups: string[]): Api => apiClient(cluster, { user, groups: ['system:authenticated', ...groups] });
  const cainjector = 'system:serviceaccount:cert-manager:cert-manager-cainjector';

  test('31 the certificate injector changes the caBundle', async () => {
    // The API server looks into a caBundle that it is given, so it has to be one.
    const held = JSON.parse(await cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', 'json'])) as { webhooks: { clientConfig: { caBundle: string } }[] };
    const value = Buffer.from(Buffer.from(held.webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString().repeat(2)).toString('base64');
    await allowed(as(cainjector), injector({ ...setCa, value }));
    await denied(as('joe'), injector({ ...setCa, value }));
  });
  test.each([
    ['failurePolicy', { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
    ['rules', { op: 'remove', path: '/webhooks/0/rules/0' }],
    ['conditions', { op: 'add', path: '/webhooks/0/matchConditions/-', value: { name: 'off', expression: 'false' } }],
    ['selector', { op: 'add', path: '/webhooks/0/objectSelector', value: { matchLabels: { a: 'b' } } }],
    ['address', { op: 'replace', path: '/webhooks/0/clientConfig/service/name', value: 'other' }],
    ['namespaces', { op: 'replace', path: '/webhooks/0/namespaceSelector', value: { matchLabels: { a: 'b' } } }],
    ['timeout', { op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }],
    ['webhooks as a whole', { op: 'replace', path: '/webhooks', value: [] }],
    ['annotations', { op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
  ])('31 the certificate injector does not change %s', (_what, operation) => denied(as(cainjector), injector(operation)));
  test('31 cert-manager writes the Secret, and no settings', async () => {
    const write = (path: string): Act => ({ what: 'write', method: 'PATCH', path, body: { metadata: { annotations: { a: 'b' } } }, contentType: 'application/merge-patch+json' });
    const manager = as('system:serviceaccount:cert-manager:cert-manager');
    await allowed(manager, write(`${OWN_PATH}/secrets/gatehouse-tls`));
    await denied(manager, write(`${OWN_PATH}/configmaps/gatehouse-policies`));
    const secret = (name: string): Act => ({ what: 'create', method: 'POST', path: `${OWN_PATH}/secrets`, body: { apiVersion: 'v1', kind: 'Secret', metadata: { name } } });
    for (const name of ['gatehouse-receipt-keys', 'gatehouse-path-tokens', 'gatehouse-policy-record', 'gatehouse-policy-record-key']) await denied(manager, secret(name));
    await allowed(manager, secret('gatehouse-ca'));
  });
  test('15 the controller raises the record of signed policies, and makes, deletes and changes no other', async () => {
    await cluster.must(['apply', '-k', 'deploy/signed-policies']);
    const controller = 'system:serviceaccount:gatehouse-system:gatehouse-controller';
    await cluster.must(['create', 'clusterrolebinding', 'powerful-controller', '--clusterrole=powerful', `--user=${controller}`]);
    await cluster.must(['-n', OWN, 'create', 'secret', 'generic', 'gatehouse-policy-record', '--from-literal=record.json=1']);
    const path = `${OWN_PATH}/secrets/gatehouse-policy-record`;
    const write = (user: string, more: object = {}): [Api, Act] => [as(user), {
      what: 'update', method: 'PUT', path, body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gatehouse-policy-record', namespace: OWN }, data: { 'record.json': 'Mg==' }, ...more },
    }];
    await expect.poll(async () => (await attempt(...write(controller))).status, { timeout: 5000 }).toBe(200);
    await denied(...write('joe'));
    await denied(...write('system:serviceaccount:cert-manager:cert-manager'));
    await denied(as(controller), { what: 'delete', method: 'DELETE', path });
    for (const name of ['gatehouse-policy-record', 'gatehouse-policy-record-key'])
      await denied(as(controller), { what: 'create', method: 'POST', path: `${OWN_PATH}/secrets`, body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-2` } } });
    expect((await cluster.kubectl(['auth', 'can-i', 'get', 'secrets/gatehouse-policy-record', '-n', OWN, '--as', 'system:serviceaccount:gatehouse-system:gatehouse'])).stdout.trim()).toBe('yes');
    for (const what of ['update', 'delete', 'list']) expect((await cluster.kubectl(['auth', 'can-i', what, 'secrets/gatehouse-policy-record', '-n', OWN, '--as', 'system:serviceaccount:gatehouse-system:gatehouse'])).stdout.trim()).toBe('no');
    await cluster.must(['-n', OWN, 'delete', 'secret', 'gatehouse-policy-record']);
    await cluster.must(['delete', 'clusterrolebinding', 'powerful-controller']);
  });
  test('31 a kubelet asks for the token of the account, a user does not', async () => {
    const token: Act = { what: 'token', method: 'POST', path: `${OWN_PATH}/serviceaccounts/gatehouse/token`, body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['x'] } } };
    await allowed(as('system:node:node-1', 'system:nodes'), token);
    await denied(as('system:node:node-1'), token);
  });

  const maker = 'system:serviceaccount:kube-system:replicaset-controller';
  test('15 the ReplicaSet controller puts replicas of our image there', () => allowed(as(maker), replica()));
  test.each([
    ['another image', replica({ image: 'registry.example.com/evil:1' })], ['an image that only begins so', replica({ image: 'registry.example.com/gatehouse-evil:1' })],
    ['an image whose host is called so', replica({ image: 'gatehouse/evil:1' })], ['another container beside ours', replica({ extra: [{ image: 'evil:1' }] })],
    ['an image volume', replica({ volumes: [{ name: 'v', image: { reference: 'evil:1' } }] })], ['no owner', replica({ owners: [] })],
    ['the ReplicaSet of something else', replica({ owners: [{ kind: 'ReplicaSet', name: 'other-1' }] })], ['a Job', replica({ owners: [{ kind: 'Job', name: 'gatehouse-1' }] })],
  ])('15 but not %s', (_what, act) => denied(as(maker), act));
  test.each(['registry.acme.example:5000/mirror/gatehouse:0.1.0', `gatehouse@sha256:${'ab'.repeat(32)}`, `ghcr.io/gatehouse-dev/gatehouse:0.1.0@sha256:${'ab'.repeat(32)}`])('15 a mirror and a digest are ours: %s', (image) => allowed(as(maker), replica({ image })));
  test('15 nobody else makes replicas, however right they are', () => denied(as('joe'), replica()));

  test('31 real controllers: replicas come, a restart makes new ones, and the namespace ends', async () => {
    const pods = async (): Promise<number> => (await cluster.must(['-n', OWN, 'get', 'pods', '-o', 'name'])).trim().split('\n').filter((line) => line !== '').length;
    await expect.poll(pods, { timeout: 30_000 }).toBe(3);
    await cluster.must(['-n', OWN, 'rollout', 'restart', 'deployment/gatehouse']);
    await expect.poll(async () => (await cluster.must(['-n', OWN, 'get', 'replicasets', '-o', 'name'])).trim().split('\n').length, { timeout: 30_000 }).toBe(2);
    await expect.poll(pods, { timeout: 30_000 }).toBe(4);
    await cluster.must(['delete', 'namespace', OWN, '--timeout=60s']);
  }, 150_000);
});
