// The objects for OPA Gatekeeper fit each other and the route that they lead to.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { GATE_ROUTES } from '../../../src/surfaces/gate/routes/index.ts';

type Json = Record<string, never> & { readonly kind: string; readonly apiVersion: string; readonly metadata: { readonly name: string; readonly namespace?: string } };

const read = (file: string): Json[] =>
  parseAllDocuments(readFileSync(new URL(`../../../deploy/gatekeeper/${file}`, import.meta.url), 'utf8')).map((document) => {
    expect((document as { errors: unknown[] }).errors).toEqual([]);
    return (document as { toJS(): Json }).toJS();
  });

test('the Provider leads over TLS to the route, by the Service of the gate, and waits longer than an answer takes', () => {
  const [provider, network] = read('provider.yaml');
  const [service] = read('../gate/service.yaml');
  expect([provider?.apiVersion, provider?.kind]).toEqual(['externaldata.gatekeeper.sh/v1beta1', 'Provider']);
  const { url, timeout } = provider?.['spec'] as unknown as { url: string; timeout: number };
  const { protocol, hostname, port, pathname } = new URL(url);
  expect(protocol).toBe('https:');
  expect(GATE_ROUTES.filter(({ asker }) => asker === 'client').map(({ path }) => path)).toEqual([pathname]);
  expect(hostname).toBe(`${service?.metadata.name}.${service?.metadata.namespace}.svc`);
  expect((service?.['spec'] as unknown as { ports: { port: number }[] }).ports.map((one) => String(one.port))).toEqual([port]);
  expect(timeout).toBeGreaterThan(3);
  // One object, in one file: a Service of the same name beside the Provider would lead elsewhere.
  expect([network?.kind, read('provider.yaml').length]).toEqual(['NetworkPolicy', 2]);
  expect(network?.['spec']).toMatchObject({
    podSelector: (read('../gate/service.yaml')[1]?.['spec'] as unknown as Json)['podSelector'],
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gatekeeper-system' } } }], ports: [{ port: Number(port) }] }],
  });
});

test('the constraint is of the kind of the template, which asks the provider by its name', () => {
  const [template] = read('template.yaml');
  const [constraint] = read('constraint.yaml');
  const spec = template?.['spec'] as unknown as { crd: { spec: { names: { kind: string } } }; targets: { rego: string }[] };
  expect(constraint?.kind).toBe(spec.crd.spec.names.kind);
  expect(template?.metadata.name).toBe(spec.crd.spec.names.kind.toLowerCase());
  const [provider] = read('provider.yaml');
  for (const wanted of [`"provider": "${provider?.metadata.name}"`, 'response.errors', 'response.system_error', 'initContainers', 'ephemeralContainers'])
    expect(spec.targets[0]?.rego).toContain(wanted);
});
