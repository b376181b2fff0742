/** The checklist of manifests over everything that is shipped; the chart with its variants is held against it in test/cluster/suites/chart.test.ts. */
import { describe, expect, test } from 'vitest';
import { checklist, ELSEWHERE, ROWS } from '../../support/manifest-checklist.ts';
import type { Rendered } from '../../support/manifest-checklist.ts';
import { documentsOf, read } from './support.ts';

const FILES: Readonly<Record<string, readonly string[]>> = {
  'the base': ['manifests/install', 'manifests/guard'],
  'with the controller': ['manifests/install', 'manifests/guard', 'controller/controller'],
  'with all that is optional': ['manifests/install', 'manifests/guard', 'controller/controller', 'resources/roles', 'resources/rbac', 'resources/four-eyes', 'resources/administrators', 'resources/webhook', 'mutate/webhook', 'mutate/guard', 'pipelines/webhook', 'pipelines/guard', 'pipelines/rbac', 'gate/service', 'gate/rbac', 'manifests/decisions-access', 'manifests/pull-secrets', 'canary/canary', 'monitoring/service-monitor', 'monitoring/pod-monitor', 'monitoring/prometheus-rule'],
};
const objectsOf = (files: readonly string[]): Rendered[] => files.flatMap((file) => documentsOf(`deploy/${file}.yaml`).map((one) => one.value as Rendered));

describe('part 8: the checklist of manifests', () => {
  test.each(Object.entries(FILES))('part 8: %s: every row is met', (_, files) => {
    expect(checklist(objectsOf(files))).toEqual([]);
  });
  test('part 8: every row is looked at, or says where it is met', () => {
    const numbers = [...Object.keys(ROWS), ...Object.keys(ELSEWHERE)].map((row) => Number.parseInt(row, 10));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, index) => index + 1));
    for (const [page, text] of Object.values(ELSEWHERE)) expect(read(page), page).toContain(text);
  });

  const change = (find: (one: Rendered) => boolean, edit: (one: never) => void) => (): Rendered[] => {
    const objects = structuredClone(objectsOf(FILES['with all that is optional'] ?? []));
    edit(objects.find(find) as never);
    return objects;
  };
  const named = (kind: string, name = 'gatehouse') => (one: Rendered): boolean => one['kind'] === kind && (one['metadata'] as { name: string }).name === name;
  type Hook = { webhooks: Record<string, unknown>[] };
  type Workload = { spec: { replicas: number; strategy: unknown; template: { spec: { containers: { image: string; resources: unknown; securityContext: unknown; readinessProbe: unknown }[] } & Record<string, unknown> } } };
  const gate = named('ValidatingWebhookConfiguration');
  const deployment = named('Deployment');
  test.each<[string, () => Rendered[]]>([
    ['2 failurePolicy', change(gate, (one: Hook) => { one.webhooks[0]!['failurePolicy'] = 'Ignore'; })],
    ['3 matchPolicy', change(gate, (one: Hook) => { one.webhooks[0]!['matchPolicy'] = 'Exact'; })],
    ['4 operations', change(gate, (one: Hook) => { one.webhooks[0]!['rules'] = [{ operations: ['DELETE'], apiVersions: ['*'], scope: '*' }]; })],
    ['5 resources', change(gate, (one: Hook) => { (one.webhooks[0]!['rules'] as unknown[]).pop(); })],
    ['6 apiVersions', change(gate, (one: Hook) => { (one.webhooks[0]!['rules'] as Record<string, unknown>[])[0]!['apiVersions'] = ['v1']; })],
    ['7 scope', change(gate, (one: Hook) => { delete (one.webhooks[0]!['rules'] as Record<string, unknown>[])[0]!['scope']; })],
    ['8 timeoutSeconds', change(gate, (one: Hook) => { one.webhooks[0]!['timeoutSeconds'] = 25; })],
    ['9 sideEffects', change(gate, (one: Hook) => { one.webhooks[0]!['sideEffects'] = 'Some'; })],
    ['10 admissionReviewVersions', change(gate, (one: Hook) => { one.webhooks[0]!['admissionReviewVersions'] = ['v1beta1']; })],
    ['11 namespaceSelector', change(gate, (one: Hook) => { one.webhooks[0]!['namespaceSelector'] = { matchLabels: { a: 'b' } }; })],
    ['12 objectSelector', change(gate, (one: Hook) => { one.webhooks[0]!['objectSelector'] = {}; })],
    ['14 never match', change(gate, (one: Hook) => { (one.webhooks[0]!['rules'] as { resources: string[] }[])[0]!.resources.push('events'); })],
    ['15 self-exclusion', change(named('Namespace', 'gatehouse-system'), (one: { metadata: { labels: unknown } }) => { one.metadata.labels = {}; })],
    ['16 caBundle', change(gate, (one: Hook) => { one.webhooks[0]!['clientConfig'] = { url: 'https://x' }; })],
    ['17 replicas', change(deployment, (one: Workload) => { one.spec.replicas = 1; })],
    ['18 PDB', change(named('PodDisruptionBudget'), (one: { metadata: { name: string } }) => { one.metadata.name = 'other'; })],
    ['19 spread', change(deployment, (one: Workload) => { delete one.spec.template.spec['affinity']; })],
    ['20 priorityClass', change(deployment, (one: Workload) => { delete one.spec.template.spec['priorityClassName']; })],
    ['21 probes', change(named('Deployment', 'gatehouse-controller'), (one: Workload) => { one.spec.template.spec.containers[0]!.readinessProbe = { httpGet: { path: '/livez' } }; })],
    ['22 termination', change(deployment, (one: Workload) => { one.spec.template.spec['terminationGracePeriodSeconds'] = 5; })],
    ['23 securityContext', change(named('Deployment', 'gatehouse-controller'), (one: Workload) => { one.spec.template.spec.containers[0]!.securityContext = {}; })],
    ['24 resources', change(deployment, (one: Workload) => { one.spec.template.spec.containers[0]!.resources = { limits: { memory: '1Gi', cpu: '1' } }; })],
    ['25 NetworkPolicy', change(named('NetworkPolicy', 'gatehouse-canary'), (one: { spec: { egress: unknown[] } }) => { one.spec.egress = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }]; })],
    ['26 RBAC', change(named('ClusterRole', 'gatehouse-controller'), (one: { rules: unknown[] }) => { one.rules.push({ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }); })],
    ['27 image', change(deployment, (one: Workload) => { one.spec.template.spec.containers[0]!.image = 'ghcr.io/gatehouse-dev/other:1'; })],
    ['31 complement', change(named('ValidatingAdmissionPolicy', 'gatehouse-guard'), (one: { metadata: { name: string } }) => { one.metadata.name = 'other'; })],
  ])('part 8: row %s notices what is otherwise', (row, objects) => {
    expect(checklist(objects()).filter((line) => line.startsWith(`${row}: `))).not.toEqual([]);
  });
});
