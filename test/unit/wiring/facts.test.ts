// From the configuration file to the verdict: the server asks the API server for facts, and knows engines by the accounts that stand there.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../support/patience.ts';
import { startTestServer } from '../../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../../support/server.ts';
import { MemoryApiServer } from '../cluster/support.ts';

const POLICY = `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec:
  images: {unpinned: allow}
  jail: {networkPolicy: required, hermetic: "off"}
`;
const CONTROLLER = 'system:serviceaccount:tekton-pipelines:tekton-pipelines-controller';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/ci/networkpolicies';
const RUNS = '/apis/tekton.dev/v1/namespaces/ci/taskruns';

let api: MemoryApiServer;
let server: TestServer;
beforeEach(async () => {
  api = new MemoryApiServer();
  api.kinds.push({ groupVersion: 'tekton.dev/v1', resource: 'taskruns' }, { groupVersion: 'v1', resource: 'namespaces', clusterScoped: true });
  await api.start();
  api.put(RUNS, { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'build', namespace: 'ci', uid: 'u1' }, spec: { taskSpec: { steps: [{ name: 'make', image: 'x' }] } } });
  api.put(POLICIES, { metadata: { name: 'deny-all', namespace: 'ci' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } });
});
afterEach(async () => {
  await server.close();
  await api.stop();
});

async function start(pipelines: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'gatehouse-kube-')), 'config');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'k', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }], users: [{ name: 'u', user: { token: 't' } }],
  }));
  server = await startTestServer({ 'factory.yaml': POLICY }, { unmatched: 'allow', kubernetes: { enabled: true, kubeconfig, pullSecrets: false }, pipelines });
}

/** A pod of the TaskRun `build`, made by this account. */
const pod = (username: string, uid = 'u1'): Promise<AdmissionAnswer> => server.validate({
  apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
  request: {
    uid: 'r', operation: 'CREATE', namespace: 'ci', name: 'build-pod', userInfo: { username, groups: [] }, dryRun: false, oldObject: null,
    kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' },
    object: {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: 'build-pod', namespace: 'ci', labels: { 'tekton.dev/taskRun': 'build' }, ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build', uid, controller: true }] },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'step-make', image: 'ghcr.io/acme/x:1' }] },
    },
  },
});
const codes = ({ allowed, auditAnnotations }: AdmissionAnswer): [boolean, string | undefined] => [allowed, auditAnnotations['reasons']];

describe('the server and facts of the cluster', () => {
  test('a pod of a run that is there, in a jail that is there, is admitted; without either it is not', async () => {
    await start();
    expect((await pod(CONTROLLER)).allowed).toBe(true);
    expect(codes(await pod(CONTROLLER, 'u2'))).toEqual([false, expect.stringContaining('POLICY_OWNER')]);
    api.remove(POLICIES, 'deny-all');
    await until(async () => codes(await pod(CONTROLLER))[1]?.includes('POLICY_JAIL_NETWORK') === true);
  });

  test('R07 an API server that does not say is undetermined, and to be asked again', async () => {
    await start();
    api.refusals.set(`${RUNS}/build`, 403);
    const answer = await pod(CONTROLLER);
    expect([answer.allowed, answer.status?.code, answer.auditAnnotations['reasons']]).toEqual([false, 503, expect.stringContaining('POLICY_FACT_UNKNOWN')]);
  });

  test('accounts of engines are those of the configuration, and the defaults are then nobody', async () => {
    await start({ tekton: { controllers: ['build-system/tekton'] } });
    expect((await pod('system:serviceaccount:build-system:tekton')).allowed).toBe(true);
    expect(codes(await pod(CONTROLLER))).toEqual([false, expect.stringContaining('POLICY_OWNER')]);
  });

  test('enabled: false asks nobody, and nothing is known', async () => {
    await start({ enabled: false });
    expect(codes(await pod(CONTROLLER))).toEqual([false, expect.stringContaining('POLICY_FACT_UNKNOWN')]);
    expect(api.asked(`${RUNS}/build`)).toBe(0);
  });

  test('followed from the first question on, or from the start; the age is a metric', async () => {
    await start();
    const age = async (): Promise<boolean> => (await server.ops('/metrics')).text.includes('gatehouse_feed_age_seconds{feed="network-policies"}');
    expect(await age()).toBe(false);
    await pod(CONTROLLER);
    await until(age);
    await server.close();
    await start({ enabled: true });
    await until(age);
  });
});
