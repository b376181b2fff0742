/** What manifests, examples and pages name is there: files of the server, Secrets and ConfigMaps, the Service of the gate and its audience. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { documentsOf, only, read, ROOT } from './support.ts';
import { serviceNames } from '../../../certs/authority.ts';
import { configSchema } from '../../../src/platform/config/schema.ts';

const list = (folder: string): readonly string[] => readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
const pages = ['README.md', 'SECURITY.md', ...list('docs').filter((path) => path.endsWith('.md'))];
const examples = list('deploy').filter((path) => /\.(?:ya?ml|sh)$/.test(path));
const found = (pattern: RegExp, files: readonly string[]): ReadonlySet<string> =>
  new Set(files.flatMap((path) => [...read(path).matchAll(pattern)].map(([, name = '']) => name)));

const pod = only(documentsOf('deploy/manifests/install.yaml'), 'Deployment').at('spec', 'template', 'spec');
const container = pod.at('containers', 0);
const service = only(documentsOf('deploy/gate/service.yaml'), 'Service');
const HOST = `${service.at('metadata', 'name').text()}.${service.at('metadata', 'namespace').text()}.svc`;
const ADDRESS = `https://${HOST}:${String(service.at('spec', 'ports', 0, 'port').value)}`;

describe('part 5, part 8: names that files of different rooms share', () => {
  test('part 8: every path below /etc/gatehouse that a page or an example names is mounted, but those of overlays', () => {
    const mounts = container.at('volumeMounts').list().map((mount) => mount.at('mountPath').text());
    const named = [...found(/(\/etc\/gatehouse\/[\w./-]+)/g, [...pages, ...examples])].map((path) => path.replace(/\.$/, ''));
    expect(named.length).toBeGreaterThan(10);
    const open = named.filter((path) => !mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)));
    // Of overlays: their pages leave open how the file comes there.
    expect(open.toSorted()).toEqual([
      // Of stores of evidence, mounted by `extraVolumes`.
      '/etc/gatehouse/archivista-token', '/etc/gatehouse/github-token', '/etc/gatehouse/google-token',
      // Mounted in the controller alone (test/unit/deploy/signed-policies.test.ts).
      '/etc/gatehouse/policy-record-key', '/etc/gatehouse/policy-record-key/record.pem', '/etc/gatehouse/policy-signers', '/etc/gatehouse/record/record.json', '/etc/gatehouse/record/record.pub',
      '/etc/gatehouse/registry-ca.pem', '/etc/gatehouse/trusted_root.json', '/etc/gatehouse/tuf/root.json',
    ]);
  });

  test('part 8: every Secret and ConfigMap of gatehouse-system that a command makes is one that the Deployment mounts', () => {
    const volumes = pod.at('volumes').list().map((volume) => volume.at('configMap', 'name').value ?? volume.at('secret', 'secretName').value);
    const made = new Set(found(/-n gatehouse-system create (?:configmap|secret \w+) (\S+)/g, pages));
    // The parameter of a policy: the API server reads it, and no pod.
    expect(read('deploy/resources/administrators.yaml')).toContain('    name: gatehouse-administrators\n    namespace: gatehouse-system');
    made.delete('gatehouse-administrators');
    // The server reads the one from the API server, by its name in the settings, and never sees the other.
    made.delete('gatehouse-policy-record');
    made.delete('gatehouse-policy-record-key');
    expect([...made].toSorted()).toEqual(['gatehouse-client-ca', 'gatehouse-gatekeeper-ca', 'gatehouse-policies', 'gatehouse-receipt-keys', 'gatehouse-tls']);
    for (const name of made) expect(volumes).toContain(name);
  });

  test('part 8: the keys of receipts lie where the settings look, in the Secret that the guard keeps from cert-manager', () => {
    const keys = found(/keys: (\/[^\s}]+)/g, [...pages, 'deploy/manifests/settings.yaml']);
    const [mount] = container.at('volumeMounts').list().filter((one) => one.at('name').text() === 'receipt-keys');
    expect([...keys]).toEqual([mount?.at('mountPath').text()]);
    expect(read('deploy/manifests/guard.yaml')).toContain("!(variables.name in ['gatehouse-receipt-keys', 'gatehouse-path-tokens', ");
    const [, settings = ''] = /^ +# (gate: \{.*\})$/m.exec(read('deploy/manifests/settings.yaml')) ?? [];
    expect(configSchema.safeParse(parse(settings)).success).toBe(true);
  });

  test('part 5: examples ask the Service of the gate, at its port, which the certificate names and the container has', () => {
    const asked = found(/(https:\/\/gatehouse-gate(?:[\w:-]|\.\w)*)/g, [...pages, ...examples]);
    expect([...asked]).toEqual([ADDRESS]);
    expect(serviceNames('gatehouse', 'gatehouse-system')).toContain(HOST);
    const target = service.at('spec', 'ports', 0, 'targetPort').value;
    expect(container.at('ports').list().find((port) => port.at('name').value === target)?.at('containerPort').value).toBe(service.at('spec', 'ports', 0, 'port').value);
    const labels = only(documentsOf('deploy/manifests/install.yaml'), 'Deployment').at('spec', 'template', 'metadata', 'labels').value;
    expect(labels).toMatchObject(service.at('spec', 'selector').value as object);
  });

  test('part 5: examples ask for the audience that the gate expects, and trust the CA from a ConfigMap that a page makes', () => {
    const expected = (configSchema.parse({ gate: { port: 8444 } }) as { gate: { audience: string } }).gate.audience;
    const audiences = found(/serviceAccountToken:\s*\{?\s*audience: ([\w-]+)/g, [...pages, ...examples]);
    expect([...audiences]).toEqual([expected]);
    const bundles = found(/configMap:\s*\{?\s*name: ([\w-]+),?\s+optional: true,?\s+items/g, [...pages, ...examples]);
    expect([...bundles]).toEqual(['gatehouse-ca']);
    const [, from = ''] = /-n \w+ create configmap gatehouse-ca --from-file=(\S+)/.exec(read('docs/operate/gate.md')) ?? [];
    const keys = found(/items:\s*(?:\[\{|-)\s*key: ([\w.]+)/g, [...pages, ...examples]);
    expect([...keys]).toEqual([from]);
  });

  test('part 8: no object stands in two files that are applied beside each other', () => {
    const files = ['manifests/install', 'manifests/guard', 'manifests/decisions-access', 'manifests/pull-secrets', 'gate/service', 'gate/rbac', 'mutate/webhook', 'mutate/guard', 'pipelines/webhook', 'pipelines/guard', 'pipelines/rbac', 'resources/webhook', 'resources/four-eyes', 'resources/administrators', 'resources/roles', 'resources/rbac', 'gatekeeper/provider', 'gatekeeper/template', 'gatekeeper/constraint', 'cert-manager/certificate'];
    const all = files.flatMap((file) => documentsOf(`deploy/${file}.yaml`).map((one) => `${one.at('kind').text()} ${one.at('metadata', 'namespace').text()} ${one.at('metadata', 'name').text()}`));
    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });

  test('part 8: files and folders of deploy/ that pages name are there', () => {
    const named = found(/(?<![\w/])(deploy\/[\w./-]*\w)/g, pages);
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });
});
