/** The opt-in manifests: the webhook that changes pods with what guards its label, and the gate of builds; a real API server is asked in test/cluster/suites/mutate.test.ts. */
import { describe, expect, test } from 'vitest';
import { completeManifest } from '../../../certs/install-manifest.ts';
import { usedToken, withToken } from '../../../certs/rotation.ts';
import { readOptions } from '../../../certs/options.ts';
import { celEngine } from '../../../src/examine/cel/engine.ts';
import { documentsOf, only, read } from './support.ts';

const LABEL = 'gatehouse.dev/verified';
const install = documentsOf('deploy/manifests/install.yaml');
const validating = only(install, 'ValidatingWebhookConfiguration').at('webhooks', 0);
const hook = only(documentsOf('deploy/mutate/webhook.yaml'), 'MutatingWebhookConfiguration');
const webhook = hook.at('webhooks', 0);
const evaluate = (expression: string, variables: object): unknown => celEngine().plan(celEngine().celEnv(), celEngine().parse(expression))(variables as never);

describe('part 7: the webhook that changes pods', () => {
  test('part 7: is asked again after others, stops nobody, has no side effects, and is refused without its CA', () => {
    expect(hook.at('webhooks').list()).toHaveLength(1);
    expect(webhook.value).toMatchObject({ failurePolicy: 'Ignore', reinvocationPolicy: 'IfNeeded', matchPolicy: 'Equivalent', sideEffects: 'None', admissionReviewVersions: ['v1'] });
    expect(webhook.at('clientConfig', 'service').value).toEqual({ name: 'gatehouse', namespace: 'gatehouse-system', path: '/mutate', port: 443 });
    expect(webhook.at('clientConfig', 'caBundle').text()).not.toMatch(/^[A-Za-z0-9+/=]*$/);
    expect(completeManifest(read('deploy/mutate/webhook.yaml'), 'PEM')).not.toMatch(/<filled in by/);
  });

  test('part 7: is asked about nothing that is not judged afterwards', () => {
    expect(webhook.at('namespaceSelector').value).toEqual(validating.at('namespaceSelector').value);
    const judged = validating.at('rules').list().flatMap((rule) => rule.at('resources').list().map((one) => one.text()));
    for (const rule of webhook.at('rules').list()) for (const one of rule.at('resources').list()) expect(judged).toContain(one.text());
    expect(webhook.at('rules', 0, 'resources').value).toEqual(['pods', 'pods/ephemeralcontainers']);
  });

  test('part 7: its condition and that of the gate say the same of pods', () => {
    const spec = { containers: [{ name: 'a', image: 'x' }] };
    const labels = [undefined, {}, { [LABEL]: 'true' }, { [LABEL]: 'no' }, { a: 'b' }];
    const pods = labels.flatMap((one) => [spec, { ...spec, nodeName: 'n' }].map((inner) => ({ metadata: { name: 'x', ...(one === undefined ? {} : { labels: one }) }, spec: inner })));
    const sent = new Set<unknown>();
    for (const subResource of [undefined, '', 'ephemeralcontainers']) for (const operation of ['CREATE', 'UPDATE']) for (const object of pods) for (const oldObject of pods) {
      const request = { operation, resource: { group: '', version: 'v1', resource: 'pods' }, ...(subResource === undefined ? {} : { subResource }) };
      const asked = [validating, webhook].map((one) => evaluate(one.at('matchConditions', 0, 'expression').text(), { request, object, oldObject: operation === 'CREATE' ? null : oldObject }));
      expect(asked[0]).toBe(asked[1]);
      sent.add(asked[0]);
    }
    expect(sent).toEqual(new Set([true, false]));
  });

  test('part 7: the label comes by no status and no binding, which no webhook is asked about', () => {
    const guard = documentsOf('deploy/mutate/guard.yaml');
    const policy = only(guard, 'ValidatingAdmissionPolicy', 'gatehouse-verified-label');
    expect(policy.at('spec', 'failurePolicy').value).toBe('Fail');
    expect(policy.at('spec', 'matchConstraints', 'resourceRules').list().flatMap((rule) => rule.at('resources').value as string[])).toEqual(['pods/status', 'pods/binding', 'bindings']);
    expect(only(guard, 'ValidatingAdmissionPolicyBinding').at('spec').value).toEqual({ policyName: 'gatehouse-verified-label', validationActions: ['Deny'] });
  });

  test('part 7: certs prints it on request; a token in its path is rotated like others', () => {
    expect(readOptions(['--install', '--mutate'])?.mutate).toBe(true);
    expect(readOptions(['--install'])?.mutate).toBe(false);
    expect(() => readOptions(['--secret', '--mutate'])).toThrow('--mutate goes with --install');
    expect([withToken('/mutate', 'abc'), withToken('/mutate/old', 'abc'), withToken('/validate', 'abc'), withToken('/mutated', 'abc')]).toEqual(['/mutate/abc', '/mutate/abc', '/validate/abc', undefined]);
    expect([usedToken('/mutate/abc'), usedToken('https://x/validate/abc'), usedToken('/mutate')]).toEqual(['abc', 'abc', undefined]);
  });
});

describe('part 8: the gate of builds', () => {
  const gate = [...documentsOf('deploy/gate/service.yaml'), ...documentsOf('deploy/gate/rbac.yaml')];
  const container = only(install, 'Deployment').at('spec', 'template', 'spec', 'containers', 0);

  test('part 8: its Service leads to a port that the Deployment has, and nowhere else', () => {
    const port = only(gate, 'Service', 'gatehouse-gate').at('spec', 'ports').value;
    expect(port).toEqual([{ name: 'gate', port: 8444, targetPort: 'gate', protocol: 'TCP' }]);
    expect(container.at('ports').value).toContainEqual({ name: 'gate', containerPort: 8444, protocol: 'TCP' });
    expect(only(gate, 'NetworkPolicy').at('spec', 'ingress', 0, 'ports').value).toEqual([{ port: 8444, protocol: 'TCP' }]);
  });

  test('part 8: keys of receipts are mounted where they are, for nobody but the server, and stand in no manifest', () => {
    const volume = only(install, 'Deployment').at('spec', 'template', 'spec', 'volumes').list().find((one) => one.at('name').text() === 'receipt-keys');
    expect(volume?.at('secret').value).toMatchObject({ secretName: 'gatehouse-receipt-keys', optional: true });
    expect(read('deploy/manifests/install.yaml')).toContain('secret: {secretName: gatehouse-receipt-keys, optional: true, defaultMode: 0440}');
    expect(container.at('volumeMounts').value).toContainEqual({ name: 'receipt-keys', mountPath: '/etc/gatehouse/receipt-keys', readOnly: true });
    for (const document of [...install, ...gate]) expect(document.at('kind').value).not.toBe('Secret');
  });

  test('part 8: it may ask about tokens and rights and read runs by name; it lists nothing, writes nothing, reads no Secrets', () => {
    const rules = only(gate, 'ClusterRole').at('rules').list();
    for (const rule of rules) {
      const reviews = rule.at('apiGroups', 0).text().endsWith('k8s.io');
      expect(rule.at('verbs').value).toEqual(reviews ? ['create'] : ['get']);
    }
    expect(rules.flatMap((rule) => rule.at('resources').value as string[])).toEqual(['tokenreviews', 'subjectaccessreviews', 'pods', 'taskruns', 'pipelineruns', 'customruns', 'workflows', 'buildruns']);
  });

  test('part 8: the certificate names the Service that tasks ask', () => {
    expect(only(documentsOf('deploy/cert-manager/certificate.yaml'), 'Certificate', 'gatehouse').at('spec', 'dnsNames').value).toContain('gatehouse-gate.gatehouse-system.svc');
  });

  test('part 8: cert-manager writes no key of receipts, and the label of every object is ours', () => {
    expect(read('deploy/manifests/guard.yaml')).toContain("!(variables.name in ['gatehouse-receipt-keys', 'gatehouse-path-tokens', ");
    for (const document of [...gate, hook]) expect(document.at('metadata', 'labels').value).toMatchObject({ 'app.kubernetes.io/name': 'gatehouse', 'app.kubernetes.io/part-of': 'gatehouse' });
  });
});
