// Checklist of security.md §4, item by item, on the shipped YAML; rows H10, H15, H16, H22, H24 by their ids.
import { describe, expect, test } from 'vitest';
import { documentsOf, only, read, ROOT } from './support.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { decisionTime, requestTimeout } from '../../../src/intake/deadline.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { existsSync } from 'node:fs';

const manifest = documentsOf('deploy/manifests/install.yaml');
const settings = documentsOf('deploy/manifests/settings.yaml');
const gate = only(manifest, 'ValidatingWebhookConfiguration');
const webhooks = gate.at('webhooks').list();
const deployment = only(manifest, 'Deployment');
const pod = deployment.at('spec', 'template', 'spec');
const container = pod.at('containers', 0);
const OWN = 'gatehouse-system';

describe('webhook configuration', () => {
  test('1 kind: only a ValidatingWebhookConfiguration', () => {
    expect(manifest.map((document) => document.at('kind').text()).filter((kind) => kind.endsWith('WebhookConfiguration'))).toEqual(['ValidatingWebhookConfiguration']);
    expect(webhooks).toHaveLength(1);
  });

  describe.each(webhooks.map((webhook) => ({ name: webhook.at('name').text(), webhook })))('$name', ({ webhook }) => {
    const rules = webhook.at('rules').list();

    test('2, H22 failurePolicy: Fail', () => expect(webhook.at('failurePolicy').value).toBe('Fail'));
    test('3, H10 matchPolicy: Equivalent', () => expect(webhook.at('matchPolicy').value).toBe('Equivalent'));
    test('4 operations: CREATE and UPDATE, nothing else', () => {
      for (const rule of rules) expect(rule.at('operations').value).toEqual(['CREATE', 'UPDATE']);
    });
    test('5 resources: every kind that makes pods, ephemeral containers explicitly, no wildcard', () => {
      const listed = rules.flatMap((rule) => rule.at('apiGroups').list().flatMap((group) => rule.at('resources').list().map((resource) => `${group.text()}/${resource.text()}`)));
      expect([...listed].sort()).toEqual([
        '/pods', '/pods/ephemeralcontainers', '/podtemplates', '/replicationcontrollers',
        'apps/daemonsets', 'apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'batch/cronjobs', 'batch/jobs',
      ]);
    });
    test('6, H10 apiVersions: ["*"] in every rule', () => {
      for (const rule of rules) expect(rule.at('apiVersions').value).toEqual(['*']);
    });
    test('7 scope: Namespaced', () => {
      for (const rule of rules) expect(rule.at('scope').value).toBe('Namespaced');
    });
    test('8 timeoutSeconds: 10, with the budget for deciding below it', () => {
      expect(webhook.at('timeoutSeconds').value).toBe(10);
      expect(decisionTime(requestTimeout('10s'))).toBe(9000);
    });
    test('9 sideEffects: None', () => expect(webhook.at('sideEffects').value).toBe('None'));
    test('10 admissionReviewVersions: [v1]', () => expect(webhook.at('admissionReviewVersions').value).toEqual(['v1']));
    test('11, 15, H16 exemption by namespace name only, which nobody can set: no label of a user opts out', () => {
      expect(webhook.at('namespaceSelector').value).toEqual({
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'kube-node-lease', OWN] }],
      });
    });
    test('12, H15 no objectSelector', () => expect(webhook.at('objectSelector').value).toBeUndefined());
    test('13, H24 matchConditions: one, which its own tests prove (match-conditions.test.ts here and on an API server)', () => {
      expect(webhook.at('matchConditions').list().map((condition) => condition.at('name').value)).toEqual(['brings-something-to-judge']);
    });
    test('14 never leases, reviews, webhook configurations or events', () => {
      const groups = rules.flatMap((rule) => rule.at('apiGroups').list().map((group) => group.text()));
      expect(new Set(groups)).toEqual(new Set(['', 'apps', 'batch']));
    });
    test('16 caBundle: refused by the API server until it is filled in', () => {
      expect(webhook.at('clientConfig', 'caBundle').text()).not.toMatch(/^[A-Za-z0-9+/=]*$/);
    });
    test('calls the shipped Service at /validate', () => {
      const service = only(manifest, 'Service');
      expect(webhook.at('clientConfig', 'service').value).toEqual({ name: service.at('metadata', 'name').value, namespace: OWN, path: '/validate', port: 443 });
      expect(webhook.at('clientConfig', 'url').value).toBeUndefined();
    });
  });
});

describe('availability', () => {
  test('17 three replicas, replaced one after the other with nobody missing', () => {
    expect(deployment.at('spec', 'replicas').value).toBe(3);
    expect(deployment.at('spec', 'strategy').value).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
  });
  test('18 PodDisruptionBudget keeps two, lets go what is not ready, and selects the very pods', () => {
    const budget = only(manifest, 'PodDisruptionBudget');
    expect(budget.at('spec', 'minAvailable').value).toBe(2);
    expect(budget.at('spec', 'unhealthyPodEvictionPolicy').value).toBe('AlwaysAllow');
    expect(budget.at('spec', 'selector').value).toEqual(deployment.at('spec', 'selector').value);
  });
  test('19 spread over zones and nodes', () => {
    const keys = pod.at('topologySpreadConstraints').list().map((constraint) => constraint.at('topologyKey').text());
    expect(keys).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect(pod.at('affinity', 'podAntiAffinity').value).toBeDefined();
  });
  test('20 priorityClassName: system-cluster-critical', () => expect(pod.at('priorityClassName').value).toBe('system-cluster-critical'));
  test('20 a quota for that class, with room for three generations of replicas and a surge: pods count until they are gone', () => {
    const quota = only(manifest, 'ResourceQuota');
    expect(quota.at('spec', 'scopeSelector', 'matchExpressions').value).toEqual([{ scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical'] }]);
    expect(Object.keys(quota.at('spec', 'hard').value as object)).toEqual(['pods']);
    const surge = deployment.at('spec', 'strategy', 'rollingUpdate', 'maxSurge').value as number;
    expect(Number(quota.at('spec', 'hard', 'pods').value)).toBeGreaterThanOrEqual((deployment.at('spec', 'replicas').value as number) * 3 + surge);
  });
  test('21 startup and liveness ask only for life, readiness for readiness, all on the operations port', () => {
    const probe = (name: string): unknown => container.at(name, 'httpGet').value;
    expect(probe('startupProbe')).toEqual({ path: '/livez', port: 'ops' });
    expect(probe('livenessProbe')).toEqual({ path: '/livez', port: 'ops' });
    expect(probe('readinessProbe')).toEqual({ path: '/readyz', port: 'ops' });
  });
  test('22 sixty seconds to drain', () => expect(pod.at('terminationGracePeriodSeconds').value).toBe(60));
  test('24 the heap is bounded well below the memory limit: the process is never killed for garbage it kept', () => {
    const environment = JSON.stringify(container.at('env').value);
    const [, heap] = /max-old-space-size=(\d+)/.exec(environment) ?? [];
    expect(environment).toContain('--max-semi-space-size=32');
    expect(environment).toContain('"MALLOC_ARENA_MAX","value":"2"');
    const [, limit] = /^(\d+)Gi$/.exec(String(container.at('resources', 'limits', 'memory').value)) ?? [];
    expect(Number(heap)).toBeGreaterThan(0);
    expect(Number(heap) * 2).toBeLessThan(Number(limit) * 1024);
  });

  test('24 memory request equals limit, CPU requested but not limited', () => {
    expect(container.at('resources', 'limits', 'memory').value).toBe(container.at('resources', 'requests', 'memory').value);
    expect(container.at('resources', 'requests', 'cpu').value).toBeDefined();
    expect(container.at('resources', 'limits', 'cpu').value).toBeUndefined();
  });
  test('selectors of Deployment, Service and NetworkPolicy all hit the pod template', () => {
    const labels = deployment.at('spec', 'template', 'metadata', 'labels').value;
    for (const selector of [deployment.at('spec', 'selector', 'matchLabels'), only(manifest, 'Service').at('spec', 'selector'), only(manifest, 'NetworkPolicy').at('spec', 'podSelector', 'matchLabels')]) {
      expect(labels).toMatchObject(selector.value as object);
    }
  });
  test('service port 443 leads to the port the server listens on, and 8080 to metrics and decisions, as callers.md calls them', () => {
    expect(only(manifest, 'Service').at('spec', 'ports', 0).value).toMatchObject({ port: 443, targetPort: 'https' });
    expect(only(manifest, 'Service').at('spec', 'ports', 1).value).toMatchObject({ port: 8080, targetPort: 'ops' });
    expect(read('docs/operate/callers.md')).toContain('https://gatehouse.gatehouse-system.svc:8080/decisions');
    const ports = container.at('ports').list().map((port) => [port.at('name').value, port.at('containerPort').value]);
    expect(ports).toEqual([['https', 8443], ['ops', 8080], ['gate', 8444]]);
    expect(container.at('args').value).toEqual(expect.arrayContaining(['--port=8443', '--ops-port=8080']));
  });
});

describe('hardening', () => {
  test('15 own namespace admits only restricted pods', () => {
    const namespace = only(manifest, 'Namespace');
    expect(namespace.at('metadata', 'name').value).toBe(OWN);
    expect(namespace.at('metadata', 'labels', 'pod-security.kubernetes.io/enforce').value).toBe('restricted');
  });
  test('23 non-root, read-only root, no capabilities, no escalation, seccomp, no service links', () => {
    expect(pod.at('securityContext').value).toMatchObject({ runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.at('securityContext').value).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(pod.at('enableServiceLinks').value).toBe(false);
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod.at(key).value).toBeUndefined();
    for (const volume of container.at('volumeMounts').list()) expect(volume.at('readOnly').value).toBe(true);
  });
  test('23 the token is mounted for namespaces alone, and only into this pod', () => {
    expect(only(manifest, 'ServiceAccount').at('automountServiceAccountToken').value).toBe(false);
    expect(pod.at('automountServiceAccountToken').value).toBe(true);
  });
  test('25 network: in 8443 and metrics, out DNS, registries and API server, never link-local addresses', () => {
    const policy = only(manifest, 'NetworkPolicy').at('spec');
    expect(policy.at('policyTypes').value).toEqual(['Ingress', 'Egress']);
    const open = policy.at('ingress').list().filter((rule) => rule.at('from').value === undefined);
    expect(open.flatMap((rule) => rule.at('ports').list().map((port) => port.at('port').value))).toEqual([8443]);
    const ports = policy.at('egress').list().flatMap((rule) => rule.at('ports').list().map((port) => port.at('port').value));
    // Registries that stand elsewhere than on 443.
    expect(ports).toEqual(expect.arrayContaining([443, 6443, 5000, 5050, 8443, 8081]));
    const blocks = policy.at('egress').list().flatMap((rule) => rule.at('to').list().map((peer) => peer.at('ipBlock')));
    expect(blocks.map((block) => block.at('except').value)).toEqual([['169.254.0.0/16'], ['fe80::/10', 'fd00:ec2::254/128']]);
    const anywhere = policy.at('egress').list().filter((rule) => rule.at('to').value === undefined);
    expect(anywhere.flatMap((rule) => rule.at('ports').list().map((port) => port.at('port').value))).toEqual([53, 53]);
  });
  test('26 RBAC: get, list and watch namespaces, nothing else; one binding, to the own account', () => {
    expect(only(manifest, 'ClusterRole').at('rules').value).toEqual([{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] }]);
    expect(manifest.filter((document) => document.at('kind').text().endsWith('Role'))).toHaveLength(1);
    expect(only(manifest, 'ClusterRoleBinding').at('subjects').value).toEqual([{ kind: 'ServiceAccount', name: 'gatehouse', namespace: OWN }]);
  });
  test('26 the optional role reads secrets by name only', () => {
    const role = only(documentsOf('deploy/manifests/pull-secrets.yaml'), 'Role');
    const secrets = role.at('rules').list().filter((rule) => rule.at('resources').list().some((resource) => resource.value === 'secrets'));
    expect(secrets.map((rule) => [rule.at('verbs').value, rule.at('resourceNames').list().length > 0])).toEqual([[['get'], true]]);
  });
  test('27 image by version, with the advice to pin it', () => {
    expect(container.at('image').text()).toBe(`ghcr.io/gatehouse-dev/gatehouse:${JSON.parse(read('package.json')).version as string}`);
    expect(container.at('imagePullPolicy').value).toBe('IfNotPresent');
    expect(read('deploy/manifests/install.yaml')).toMatch(/@sha256:…/);
  });
  test.each([
    ['27 how the image is built and signed', 'docs/operate/image.md', /cosign/],
    ['28 client authentication of the API server', 'docs/operate/install.md', /clientCA/],
    ['29 rollout order: server, then gate', 'docs/operate/install.md', /component!=gate/],
    ['30 break-glass', 'docs/operate/emergency.md', /kubectl delete validatingwebhookconfiguration gatehouse/],
    ['32 metrics and alerts', 'docs/operate/emergency.md', /apiserver_admission_webhook_rejection_count/],
    ['16 rotation with overlapping CAs', 'docs/operate/certificates.md', /certs -- --rotate --finish/],
    ['T24 what is out of scope', 'SECURITY.md', /static pods/i],
  ])('%s is documented', (_item, page, pattern) => expect(read(page)).toMatch(pattern));
});

describe('as installed it harms nobody', () => {
  const files = only(settings, 'ConfigMap', 'gatehouse-policies').at('data').value as Record<string, string>;

  test('configuration is valid and only warns of unmatched images', () => {
    const text = only(settings, 'ConfigMap', 'gatehouse-config').at('data', 'config.yaml').text();
    const result = checkConfig(text, 'config.yaml');
    expect(result).toMatchObject({ ok: true, config: { unmatched: 'warn', kubernetes: { pullSecrets: false } } });
  });
  test('policies compile, and every one is in audit mode', () => {
    const { problems, set } = compilePolicies(Object.entries(files).map(([path, text]) => ({ path, text })), { trust: createTrustReader() });
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    expect(set?.policies.map((policy) => policy.mode)).toEqual(['audit']);
  });
  test('S1: what upgrades apply holds no settings and no Secret, the overlays neither; they are in a file that is created', () => {
    for (const path of ['deploy/manifests/install.yaml', 'deploy/manifests/guard.yaml', 'deploy/cert-manager/certificate.yaml']) {
      expect(documentsOf(path).map((document) => document.at('kind').value)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:ConfigMap|Secret)$/)]));
    }
    expect(documentsOf('deploy/manifests/kustomization.yaml')[0]?.at('resources').value).toEqual(['install.yaml', 'guard.yaml']);
    expect(documentsOf('deploy/cert-manager/kustomization.yaml')[0]?.at('resources').value).toEqual(['../manifests', 'certificate.yaml']);
    expect(settings.map((document) => [document.at('kind').value, document.at('metadata', 'name').value])).toEqual([['ConfigMap', 'gatehouse-config'], ['ConfigMap', 'gatehouse-policies']]);
    for (const page of ['README.md', 'docs/operate/install.md', 'docs/operate/certificates.md', 'docs/operate/emergency.md']) {
      expect(read(page)).not.toMatch(/(?:apply|replace)[^\n]*settings\.yaml/);
    }
  });
  test('S1: without its settings or its certificate a pod does not start: only what callers show, and what signs receipts, may be missing', () => {
    const volumes = pod.at('volumes').list().map((volume) => [
      volume.at('configMap', 'name').value ?? volume.at('secret', 'secretName').value, (volume.at('configMap', 'optional').value ?? volume.at('secret', 'optional').value) === true,
    ]);
    expect(volumes).toEqual([['gatehouse-config', false], ['gatehouse-policies', false], ['gatehouse-tls', false], ['gatehouse-path-tokens', true], ['gatehouse-client-ca', true], ['gatehouse-receipt-keys', true], ['gatehouse-gatekeeper-ca', true]]);
  });
  test('every object carries the labels people select by, and its namespace', () => {
    const clusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingWebhookConfiguration'];
    for (const document of manifest) {
      expect(document.at('metadata', 'labels', 'app.kubernetes.io/name').value).toBe('gatehouse');
      expect(document.at('metadata', 'labels', 'app.kubernetes.io/component').value).toBe(document === gate ? 'gate' : 'server');
      expect(document.at('metadata', 'namespace').value).toBe(clusterWide.includes(document.at('kind').text()) ? undefined : OWN);
    }
    expect(manifest.at(-1)).toBe(gate);
  });
});

describe('ImagePolicyWebhook example', () => {
  const admission = documentsOf('deploy/imagepolicywebhook/admission.yaml')[0];
  test('fails closed, with short memories', () => {
    const policy = admission?.at('plugins', 0, 'configuration', 'imagePolicy');
    expect(policy?.at('defaultAllow').value).toBe(false);
    expect(policy?.at('allowTTL').value).toBeLessThanOrEqual(60);
    expect(policy?.at('denyTTL').value).toBeLessThanOrEqual(60);
  });
  test('asks /imagereview and checks the certificate', () => {
    const cluster = documentsOf('deploy/imagepolicywebhook/kubeconfig.yaml')[0]?.at('clusters', 0, 'cluster');
    expect(cluster?.at('server').text()).toMatch(/^https:\/\/.*\/imagereview$/);
    expect(cluster?.at('insecure-skip-tls-verify').value).toBeUndefined();
  });
});

test('no private key lies in deploy/ or certs/', () => {
  for (const path of ['deploy/manifests/install.yaml', 'deploy/manifests/settings.yaml', 'deploy/manifests/guard.yaml', 'deploy/cert-manager/certificate.yaml']) expect(read(path)).not.toMatch(/PRIVATE KEY/);
  expect(existsSync(`${ROOT}certs/tls.key`)).toBe(false);
});
