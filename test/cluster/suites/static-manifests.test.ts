/** Gate and guard as files of the API server (KEP-5793, a feature gate in 1.36): there from the first request, and out of reach of the API. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { staticPolicies, staticWebhooks } from '../../support/static-manifests.ts';
import { apiClient } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { PRIVILEGED } from '../guard-acts.ts';
import { ROOT } from '../installed.ts';
import { dataFolder } from '../processes.ts';
import { policy } from '../scene.ts';

const folder = dataFolder('static-manifests');
let cluster: ControlPlane;
let gatehouse: Gatehouse;

beforeAll(async () => {
  const serving = await makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() });
  gatehouse = await startGatehouse({ serving, unready: true, policies: { 'p.yaml': policy('none', ['ghcr.io/acme/**'], 'nobody') }, config: { drain: '0s', kubernetes: { enabled: false } } });
  for (const name of ['validating-webhooks', 'validating-policies']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'validating-webhooks/gatehouse.yaml'), staticWebhooks(`${gatehouse.url}/validate`, Buffer.from(gatehouse.ca).toString('base64')));
  writeFileSync(join(folder, 'validating-policies/gatehouse.yaml'), staticPolicies());
  const admission = readFileSync(join(ROOT, 'deploy/api-server/static/admission.yaml'), 'utf8').replaceAll('/etc/kubernetes/gatehouse', folder);
  cluster = await startControlPlane({ admissionFiles: { 'admission.yaml': admission }, flags: ['--feature-gates=ManifestBasedAdmissionControlConfig=true'] });
});
afterAll(async () => {
  await cluster?.stop();
  await gatehouse?.stop();
});

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' }, spec: { containers: [{ name: 'app', image: 'NOT A REFERENCE' }] } };
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

test('a pod is judged although the API holds no webhook', async () => {
  expect(JSON.parse(await cluster.must(['get', 'validatingwebhookconfigurations,validatingadmissionpolicies', '-o', 'json']))).toMatchObject({ items: [] });
  const { code, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], pod);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/admission webhook "validate\.gatehouse\.dev" denied the request[^]*INPUT_IMAGE_INVALID/) as string]);
  expect((await cluster.kubectl(['create', 'configmap', 'x', '--dry-run=server'])).code).toBe(0);
});

test('nobody makes or changes objects of these names in the API', async () => {
  const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'gatehouse.static.k8s.io' }, webhooks: [] });
  expect([code, stderr]).toEqual([1, expect.stringContaining('static.k8s.io') as string]);
});

test('the guard of the API is guarded by that of the files: policies too, about which the API asks nobody', async () => {
  await cluster.must(['apply', '-f', '-'], PRIVILEGED);
  await cluster.must(['create', 'clusterrolebinding', 'joe', '--clusterrole=powerful', '--user=joe']);
  await cluster.must(['apply', '-f', join(ROOT, 'deploy/manifests/guard.yaml')]);
  await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources/four-eyes.yaml')]);
  const joe = apiClient(cluster, { user: 'joe' });
  for (const path of [
    `${ADMISSION}/validatingadmissionpolicies/gatehouse-guard`, `${ADMISSION}/validatingadmissionpolicybindings/gatehouse-guard`,
    `${ADMISSION}/validatingadmissionpolicybindings/gatehouse-four-eyes`,
  ]) {
    const answer = await joe('DELETE', path);
    expect(answer.status, answer.text).toBe(403);
    expect(answer.text).toContain('gatehouse-guard.static.k8s.io');
  }
  await cluster.must(['delete', 'validatingadmissionpolicybinding', 'gatehouse-guard']);
  // Somebody else's are not ours.
  await cluster.must(['create', '-f', '-'], { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'other' }, spec: { policyName: 'other', validationActions: ['Deny'] } });
  expect((await joe('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/other`)).status).toBe(200);
});
