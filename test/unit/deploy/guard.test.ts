/** The guard as it is written; what it does is asked of a real API server (test/cluster/suites/guard.test.ts). */
import { describe, expect, test } from 'vitest';
import { documentsOf, only } from './support.ts';

const guard = documentsOf('deploy/manifests/guard.yaml');
const policies = guard.filter((document) => document.at('kind').value === 'ValidatingAdmissionPolicy');
const OWN = 'gatehouse-system';

describe('row 31: the guard', () => {
  test.each(policies.map((policy) => ({ name: policy.at('metadata', 'name').text(), policy })))('$name: fails closed, is bound, denies, and sees no namespace but ours', ({ name, policy }) => {
    expect(policy.at('spec', 'failurePolicy').value).toBe('Fail');
    expect(policy.at('spec', 'matchConstraints', 'namespaceSelector').value).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': OWN } });
    expect(policy.at('spec', 'matchConstraints', 'objectSelector').value).toBeUndefined();
    for (const rule of policy.at('spec', 'matchConstraints', 'resourceRules').list()) expect(rule.at('apiVersions').value).toEqual(['*']);
    expect(only(guard, 'ValidatingAdmissionPolicyBinding', name).at('spec').value).toEqual({ policyName: name, validationActions: ['Deny'] });
    expect(policy.at('spec', 'auditAnnotations', 0, 'key').value).toBe('break-glass');
  });

  test('31 the gate, the namespace, Secrets, settings and all that keeps replicas up are guarded', () => {
    const resources = policies.flatMap((policy) => policy.at('spec', 'matchConstraints', 'resourceRules').list().flatMap((rule) => rule.at('resources').list().map((resource) => resource.text())));
    expect(resources).toEqual(expect.arrayContaining([
      'validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'customresourcedefinitions', 'namespaces', 'namespaces/finalize', 'secrets', 'configmaps', 'deployments', 'deployments/scale', 'replicasets',
      'services', 'serviceaccounts/token', 'networkpolicies', 'poddisruptionbudgets', 'rolebindings', 'clusterrolebindings', 'pods', 'pods/ephemeralcontainers', 'pods/exec',
    ]));
  });

  test('31 nothing is granted but to whoever is bound by name: one group, which may open the gate', () => {
    expect(guard.filter((document) => document.at('kind').value === 'ClusterRole').map((role) => role.at('rules').value)).toEqual([
      [{ apiGroups: ['gatehouse.dev'], resources: ['gates'], resourceNames: ['gatehouse'], verbs: ['administer'] }],
      [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'], resourceNames: ['gatehouse', 'gatehouse-pipelines', 'gatehouse-mutate', 'gatehouse-resources'], verbs: ['get', 'patch', 'update', 'delete'] }],
    ]);
    expect(only(guard, 'ClusterRoleBinding').at('subjects').value).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'gatehouse:break-glass' }]);
  });

  test('every object carries the labels people select by', () => {
    for (const document of guard) {
      expect(document.at('metadata', 'labels').value).toMatchObject({ 'app.kubernetes.io/name': 'gatehouse', 'app.kubernetes.io/component': 'guard' });
      expect(document.at('metadata', 'name').text()).toMatch(/^gatehouse-/);
    }
  });
});
