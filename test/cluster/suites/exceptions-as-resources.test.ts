/** Policies, signers and exceptions all as resources, with the shipped definitions: an exception acts once two persons have spoken, and not before. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { document } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { apiClient } from '../api.ts';
import type { Api } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { ownPath } from '../crds/own.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { ROOT } from '../installed.ts';
import { gateIsShut } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { pod } from '../workloads.ts';

const DAY = 86_400_000;
const MERGE = 'application/merge-patch+json';
let cluster: ControlPlane;
let gatehouse: Gatehouse;
let registry: Registry;
let [signed, unsigned] = ['', ''];
let exception: (name: string, more?: object) => Document;

beforeAll(async () => {
  registry = await startRegistry(true);
  const key = await makeKey('release');
  [signed, unsigned] = [await pushImage(`${registry.host}/acme/app:1`), await pushImage(`${registry.host}/acme/app:2`)];
  await sign(signed, key);
  cluster = await startControlPlane();
  await cluster.must(['apply', '--server-side', '-k', join(ROOT, 'deploy/crds')]);
  await cluster.must(['wait', '--for=condition=Established', 'crd', '--all']);
  const kubeconfig = await shippedIdentity(cluster);
  for (const file of ['roles', 'rbac', 'four-eyes', 'administrators']) await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources', `${file}.yaml`)]);
  await cluster.must(['create', 'clusterrolebinding', 'reads', '--clusterrole=gatehouse-viewer', '--serviceaccount=gatehouse-system:gatehouse']);
  for (const user of ['carol', 'dave']) await cluster.must(['create', 'clusterrolebinding', user, '--clusterrole=gatehouse-security-admin', `--user=${user}`]);
  await cluster.must(['create', 'namespace', 'shop']);
  gatehouse = await startGatehouse({
    policies: {},
    config: {
      policySources: [{ cluster: {} }], allowNoPolicies: true, unmatched: 'deny', plainHttp: [registry.host], drain: '0s',
      kubernetes: { enabled: true, kubeconfig, pullSecrets: false },
    },
  });
  await registerWebhook(cluster, gatehouse);
  await askAboutDocuments();
  await gateIsShut(cluster);
  exception = (name, more = {}) => document('AdmissionException', name, {
    artifacts: [{ image: `${registry.host}/acme/app` }], policies: [{ name: 'acme', requirement: 'signed' }], namespaces: ['shop'], reason: 'signer is down',
    requestedBy: 'carol', notBefore: new Date(Date.now() - DAY).toISOString(), expiresAt: new Date(Date.now() + DAY).toISOString(), ...more,
  });
  // In one breath, as a folder is applied: whether the webhook knows the signer already or not.
  const one = await cluster.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: [
    document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    document('Signer', 'release', { identities: [{ key: { data: key.pem } }] }),
  ] });
  expect(one.code, one.stderr).toBe(0);
  expect(one.stderr).toContain('[INPUT_POLICY_UNRESOLVED]');
  await vi.waitFor(async () => expect(await said(signed)).toBe('admitted'), { timeout: 20_000, interval: 300 });
});
afterAll(async () => {
  await gatehouse?.stop();
  await cluster?.stop();
  await registry?.program.stop();
});

async function askAboutDocuments(): Promise<void> {
  const [shipped] = parseAllDocuments(readFileSync(join(ROOT, 'deploy/resources/webhook.yaml'), 'utf8')).map((one) => one.toJS() as { webhooks: object[] });
  const clientConfig = { url: `${gatehouse.url}/validate`, caBundle: Buffer.from(gatehouse.ca).toString('base64') };
  await cluster.must(['apply', '-f', '-'], { ...shipped, webhooks: (shipped?.webhooks ?? []).map((one) => ({ ...one, clientConfig })) });
}
const as = (user: string): Api => apiClient(cluster, { user, groups: ['system:authenticated'] });
const approve = (by: string, name: string) => as(by)('PATCH', ownPath('AdmissionException', name), { spec: { approvedBy: by } }, MERGE);

/** What is said of a pod of this image: `admitted`, with the exceptions by which it is, or the codes. */
async function said(image: string, namespace = 'shop'): Promise<string> {
  const { code, stderr } = await cluster.kubectl(['-n', namespace, 'create', '--dry-run=server', '-f', '-'], pod('app', image));
  if (code !== 0) return [...new Set([...stderr.matchAll(/\[([A-Z]+_[A-Z_]+)\]/g)].map(([, found]) => found))].join();
  return ['admitted', ...[...stderr.matchAll(/AdmissionException ([a-z0-9-]+) until/g)].map(([, name]) => name)].join(' ');
}

test('unsigned is denied, and so it stays while an exception waits', async () => {
  expect(await said(unsigned)).toBe('FETCH_NONE_FOUND');
  const asked = await as('carol')('POST', ownPath('AdmissionException'), exception('night'));
  expect(asked.status, asked.text).toBe(201);
  // Another that is good, so that it is known that both were read.
  const other = await as('carol')('POST', ownPath('AdmissionException'), exception('other', { namespaces: ['default'] }));
  expect([other.status, (await approve('dave', 'other')).status]).toEqual([201, 200]);
  await vi.waitFor(async () => expect(await said(unsigned, 'default')).toBe('admitted other'), { timeout: 20_000, interval: 300 });
  expect(await said(unsigned)).toBe('FETCH_NONE_FOUND');
});

test('who asked does not approve; somebody else does, and it acts; deleted, it acts no more', async () => {
  // By the schema of the kind, or by the policy.
  expect([403, 422]).toContain((await approve('carol', 'night')).status);
  const approved = await approve('dave', 'night');
  expect(approved.status, approved.text).toBe(200);
  await vi.waitFor(async () => expect(await said(unsigned)).toBe('admitted night'), { timeout: 20_000, interval: 300 });
  await cluster.must(['delete', 'admissionexceptions.gatehouse.dev', 'night']);
  await vi.waitFor(async () => expect(await said(unsigned)).toBe('FETCH_NONE_FOUND'), { timeout: 20_000, interval: 300 });
});

test('one that came past everybody acts on nothing: nobody is known to have asked for it', async () => {
  await cluster.must(['delete', 'validatingadmissionpolicybinding', 'gatehouse-four-eyes']);
  await cluster.must(['delete', 'validatingwebhookconfiguration', 'gatehouse-resources']);
  const { requestedBy: _, ...spec } = exception('past').spec;
  await vi.waitFor(() => cluster.must(['create', '-f', '-'], document('AdmissionException', 'past', { ...spec, approvedBy: 'eve' })), { timeout: 20_000, interval: 300 });
  await cluster.must(['create', '-f', '-'], exception('known', { approvedBy: 'dave' }));
  await vi.waitFor(async () => expect(await said(unsigned)).toBe('admitted known'), { timeout: 20_000, interval: 300 });
});

test('what a deletion lets through or breaks is told', async () => {
  await askAboutDocuments();
  await vi.waitFor(async () => expect((await cluster.kubectl(['delete', '--dry-run=server', 'signers.gatehouse.dev', 'release'])).stderr)
    .toMatch(/Warning: this breaks ClusterArtifactPolicy acme: no Signer is named "release".*\[INPUT_POLICY_BREAKS\]/), { timeout: 20_000, interval: 300 });
  expect((await cluster.kubectl(['delete', '--dry-run=server', 'clusterartifactpolicies.gatehouse.dev', 'acme'])).stderr).toMatch(/Warning: this loosens: acme: it is gone.*\[INPUT_POLICY_LOOSENS\]/);
});
