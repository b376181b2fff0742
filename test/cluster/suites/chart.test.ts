/** Part 8: the chart renders what kustomize does, an API server takes all of its variants, and it is installed, upgraded and gone without a trace. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createKubeApi, findKubeAccess } from '../../../src/cluster/api.ts';
import { createApiWriter, keepCertificate } from '../../../src/controller/certificates/index.ts';
import type { CertificateKeeper } from '../../../src/controller/certificates/index.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { countCertificates, isIssuedUnder, namesOf } from '../../../src/platform/tls/bundle.ts';
import { at, checklist } from '../../support/manifest-checklist.ts';
import type { Rendered } from '../../support/manifest-checklist.ts';
import { CHART, comparable, helm, objectsOf, rendered, template } from '../chart.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerWebhook, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { commandsOf, OWN, ROOT, shell } from '../installed.ts';
import { toolPaths } from '../tools.ts';

const NAMESPACE = { namespace: { create: true } };
const SILENT = { ...NAMESPACE, controller: { activity: false } };
const ALL = {
  ...NAMESPACE, config: { unmatched: 'deny', mutate: { enabled: true }, gate: { port: 8444 }, decisions: { enabled: true, clusterTokens: true }, operations: { tls: true } },
  policyResources: { enabled: true }, pipelines: { enabled: true }, canary: { enabled: true }, serviceMonitor: { enabled: true, labels: { release: 'prometheus' } }, prometheusRule: { enabled: true },
};
const VARIANTS: Readonly<Record<string, object>> = {
  'as it is': NAMESPACE,
  'with all that is optional': ALL,
  'with cert-manager': { ...NAMESPACE, certificates: { source: 'certManager' } },
  'with an issuer of its own, without the controller': { ...NAMESPACE, controller: { enabled: false }, certificates: { source: 'certManager', issuerRef: { kind: 'ClusterIssuer', name: 'internal' } } },
  'with a Secret that is given': { ...NAMESPACE, controller: { enabled: false }, certificates: { source: 'secret', caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' } },
  'of a large cluster': {
    ...NAMESPACE, replicaCount: 7, podDisruptionBudget: { maxUnavailable: 2 }, resourceQuota: { pods: 22 },
    resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi' } }, nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    tolerations: [{ key: 'control-plane', operator: 'Exists' }], imagePullSecrets: [{ name: 'mirror' }],
    image: { registry: 'registry.acme.example', repository: 'mirror/gatehouse', digest: `sha256:${'4f5a'.repeat(16)}` },
    networkPolicy: { apiServers: ['10.0.0.0/24', '10.1.0.0/24'], extraEgress: [{ ports: [{ port: 3128, protocol: 'TCP' }] }] },
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.acme.example:3128' }], extraArgs: ['--log-level=debug'],
    extraVolumes: [{ name: 'cas', configMap: { name: 'cas' } }], extraVolumeMounts: [{ name: 'cas', mountPath: '/etc/gatehouse/cas', readOnly: true }],
    podLabels: { team: 'security' }, podAnnotations: { 'prometheus.io/scrape': 'true' }, commonLabels: { owner: 'security' },
    serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/gatehouse' } },
    webhook: { excludedNamespaces: ['kube-system', 'kube-node-lease', 'cni-system'], matchConditions: [{ name: 'mine', expression: 'request.name != "x"' }] },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'gatehouse' } } }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: '{{ .Release.Namespace }}' }, data: { a: 'b' } }],
  },
};
/** What of the checklist a variant leaves to whoever chose it, and why. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {};

let cluster: ControlPlane;
const kustomize = async (folder: string): Promise<readonly Rendered[]> => objectsOf(await cluster.must(['kustomize', join(ROOT, 'deploy', folder)]));
const settings = async (): Promise<readonly Rendered[]> => objectsOf(await cluster.must(['create', '--dry-run=client', '-o', 'yaml', '--validate=false', '-f', join(ROOT, 'deploy/manifests/settings.yaml')]));
const run = (command: string): ReturnType<typeof shell> => shell(command, cluster.kubeconfig);

beforeAll(async () => { cluster = await startControlPlane({ controllers: true }); });
afterAll(() => cluster?.stop());

describe('part 8: one source', () => {
  test('part 8: with its values as they stand, activity apart, the chart renders what deploy/controller and settings.yaml hold', async () => {
    const plain = [...(await kustomize('controller')), ...(await settings())];
    expect(comparable(await rendered(SILENT))).toEqual(comparable(plain));
  });
  test('part 8: activity adds what the controller needs to ask replicas: TLS there, its right, its token, and their authority', async () => {
    const [made, plain] = [comparable(await rendered(NAMESPACE)), comparable(await rendered(SILENT))];
    expect(Object.keys(made).filter((key) => !(key in plain))).toEqual([
      'ClusterRole  gatehouse-decisions-access', 'ClusterRole  gatehouse-decisions-reader', 'ClusterRoleBinding  gatehouse-decisions-access',
    ]);
    expect(Object.keys(plain).filter((key) => JSON.stringify(made[key]) !== JSON.stringify(plain[key]))).toEqual([`ConfigMap ${OWN} gatehouse-config`, `Deployment ${OWN} gatehouse`]);
    expect(at(made[`ConfigMap ${OWN} gatehouse-config`], 'data')).toMatchObject({
      operations: { tls: true }, decisions: { enabled: true, clusterTokens: true }, controller: { ca: '/etc/gatehouse/tls/ca.crt', tokenFile: '/var/run/secrets/gatehouse/token' },
    });
    const pod = at(made[`Deployment ${OWN} gatehouse-controller`], 'spec', 'template', 'spec');
    expect(at(pod, 'containers', 0, 'volumeMounts')).toEqual(expect.arrayContaining([expect.objectContaining({ mountPath: '/etc/gatehouse/tls' }), expect.objectContaining({ mountPath: '/var/run/secrets/gatehouse' })]));
    expect(at(made[`Deployment ${OWN} gatehouse`], 'spec', 'template', 'spec', 'containers', 0, 'readinessProbe', 'httpGet', 'scheme')).toBe('HTTPS');
  });
  test.each<[string, object]>([
    ['without the controller', { controller: { enabled: false }, certificates: { source: 'certManager' } }], ['with settings of your own', { settings: { create: false } }],
    ['switched off', { controller: { activity: false } }], ['reused from an older chart', { controller: { activity: null } }],
  ])('part 8: activity is not there %s', async (_, values) => {
    const made = comparable(await rendered(values));
    expect(Object.keys(made).filter((key) => key.includes('decisions'))).toEqual([]);
    expect(at(made[`Deployment ${OWN} gatehouse`], 'spec', 'template', 'spec', 'containers', 0, 'readinessProbe', 'httpGet', 'scheme')).toBeUndefined();
    expect(JSON.stringify(made[`ConfigMap ${OWN} gatehouse-config`] ?? {})).not.toContain('tokenFile');
  });
  test('part 8: what is set by hand stays, beside what activity adds', async () => {
    const made = comparable(await rendered({ config: { decisions: { keep: 7 }, controller: { ask: '1m', ca: '/etc/gatehouse/own/ca.crt' } } }));
    expect(at(made[`ConfigMap ${OWN} gatehouse-config`], 'data')).toMatchObject({
      decisions: { keep: 7, enabled: true, clusterTokens: true }, controller: { ask: '1m', ca: '/etc/gatehouse/own/ca.crt', tokenFile: '/var/run/secrets/gatehouse/token' },
    });
  });
  test('part 8: in another namespace the controller looks for its lease and its replicas there', async () => {
    const made = objectsOf((await template(['-n', 'admission', '--set', 'controller.activity=false'])).stdout);
    const config = made.find((one) => at(one, 'metadata', 'name') === 'gatehouse-config');
    expect(parse(String(at(config, 'data', 'config.yaml')))).toMatchObject({ controller: { namespace: 'admission' } });
  });
  const restarts = async (values: object): Promise<readonly unknown[]> => (await rendered(values)).filter((one) => one['kind'] === 'Deployment')
    .map((one) => at(one, 'spec', 'template', 'metadata', 'annotations', 'gatehouse.dev/settings'));
  test.each<[string, object, readonly [server: boolean, controller: boolean]]>([
    ['an image that no policy speaks about', { unmatched: 'deny' }, [false, true]], ['how long evidence is kept', { cache: { tagTTL: '1m' } }, [false, true]],
    ['events', { decisions: { events: { stdout: true } } }, [false, true]], ['a budget', { budget: '9s' }, [true, true]],
    ['sources of policies', { policySources: [{ files: '/etc/more' }] }, [true, true]], ['a limit', { limits: { maxInFlight: 12 } }, [true, true]], ['nothing', {}, [false, false]],
  ])('part 8: pods are made anew where only a start takes it over: %s', async (_, config, [server, controller]) => {
    const [before, after] = [await restarts({}), await restarts({ config })];
    const byName = (await rendered({})).filter((one) => one['kind'] === 'Deployment').map((one) => at(one, 'metadata', 'name'));
    const changed = byName.filter((_name, index) => before[index] !== after[index]);
    expect([changed.includes('gatehouse'), changed.includes('gatehouse-controller')]).toEqual([server, controller]);
  });
  test('part 8: the controller reads the same configuration, with its files, its proxy, and its flags whoever keeps the certificate', async () => {
    const more = { extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://p:1' }], extraVolumes: [{ name: 'cas', configMap: { name: 'cas' } }], extraVolumeMounts: [{ name: 'cas', mountPath: '/etc/cas', readOnly: true }] };
    const made = comparable(await rendered({ ...more, certificates: { source: 'certManager' }, controller: { extraArgs: ['--log-level=debug'] } }));
    for (const name of ['gatehouse', 'gatehouse-controller']) {
      const pod = at(made[`Deployment ${OWN} ${name}`], 'spec', 'template', 'spec');
      expect(at(pod, 'volumes')).toContainEqual({ name: 'cas', configMap: { name: 'cas' } });
      expect(at(pod, 'containers', 0, 'volumeMounts')).toContainEqual({ name: 'cas', mountPath: '/etc/cas', readOnly: true });
      expect(at(pod, 'containers', 0, 'env')).toContainEqual({ name: 'HTTPS_PROXY', value: 'http://p:1' });
    }
    const args = at(made[`Deployment ${OWN} gatehouse-controller`], 'spec', 'template', 'spec', 'containers', 0, 'args');
    expect(args).toContain('--log-level=debug');
    expect(args).not.toContain('--keep-certificate');
  });
  test('part 8: and without a word it leaves the namespace to whoever installs', async () => {
    const [all, without] = [comparable(await rendered(NAMESPACE)), comparable(await rendered())];
    expect(Object.keys(all).filter((key) => !(key in without))).toEqual([`Namespace  ${OWN}`]);
  });
  test('part 8: with all that is optional it renders what the folders of it hold', async () => {
    const made = comparable(await rendered(ALL));
    const folders = await Promise.all(['controller', 'resources', 'mutate', 'pipelines', 'gate', 'canary', 'monitoring'].map(kustomize));
    const plain = comparable([...folders.flat(), ...objectsOf(await cluster.must(['create', '--dry-run=client', '-o', 'yaml', '--validate=false', '-f', join(ROOT, 'deploy/manifests/decisions-access.yaml')]))]);
    const keys = Object.keys(made).filter((key) => !key.startsWith('ConfigMap'));
    expect(keys).toEqual(Object.keys(plain));
    const changed = keys.filter((key) => JSON.stringify(made[key]) !== JSON.stringify(plain[key]) && JSON.stringify(sorted(made[key])) !== JSON.stringify(sorted(plain[key])));
    // TLS on the operations port is in the probes and in the monitor; whose labels are a value; the CA is filled in by the controller.
    expect(changed).toEqual([
      `Deployment ${OWN} gatehouse`, 'MutatingWebhookConfiguration  gatehouse-mutate', `PodMonitor ${OWN} gatehouse-controller`, `ServiceMonitor ${OWN} gatehouse`, 'ValidatingWebhookConfiguration  gatehouse-pipelines',
      'ValidatingWebhookConfiguration  gatehouse-resources',
    ]);
  });
  test('part 8: with cert-manager it renders what deploy/cert-manager holds', async () => {
    const made = comparable(await rendered({ ...NAMESPACE, controller: { enabled: false }, certificates: { source: 'certManager' } }));
    expect(made).toEqual(comparable([...(await kustomize('cert-manager')), ...(await settings()), ...(await kustomize('crds'))]));
  });
  test.each([
    [{ replicaCounts: 3 }, 'replicaCounts'], [{ config: { unmatchd: 'deny' } }, 'unmatchd'], [{ webhook: { failurePolicy: 'fail' } }, 'failurePolicy'],
    [{ image: { repository: 'acme/other' } }, 'repository'], [{ controller: { enabled: false } }, 'nobody would make a certificate'],
    [{ certificates: { source: 'secret' }, controller: { enabled: false } }, 'certificates.caBundle: expected the CA'], [{ replicaCount: 2 }, 'no node could ever be drained'],
    [{ replicaCount: 0 }, '/replicaCount'], [{ podDisruptionBudget: { maxUnavailable: 3 } }, 'a drain could take every replica'], [{ resourceQuota: { pods: 3 } }, 'no replica could ever be exchanged'],
    [{ certificates: { caBundle: 'x' } }, 'certificates.source is controller'], [{ certificates: { issuerRef: { name: 'a' } } }, 'certificates.source is controller'],
    [{ certificates: { source: 'secret', caBundle: 'x' } }, 'expected certificates in PEM'], [{ certificates: { source: 'secret', caBundle: '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n' } }, 'and nothing else'],
    [{ config: { drain: '2m' } }, 'requests would be cut off'], [{ terminationGracePeriodSeconds: 25, webhook: { timeoutSeconds: 20 } }, 'requests would be cut off'],
    [{ tests: { namespace: 'kube-system' } }, '`helm test` would prove nothing'], [{ tests: { namespace: OWN } }, '`helm test` would prove nothing'],
    [{ canary: { enabled: true }, webhook: { excludedNamespaces: ['gatehouse-canary'] } }, 'the canary would prove nothing'],
    [{ podLabels: { 'app.kubernetes.io/component': 'x' } }, 'podLabels: app.kubernetes.io/component is the chart'], [{ commonLabels: { 'helm.sh/chart': 'x' } }, 'commonLabels: helm.sh/chart is the chart'],
    [{ config: { gate: { port: 9000 } } }, 'config.gate.port is 9000'], [{ config: { port: 9443 } }, 'config.port: the pods listen on 8443'], [{ config: { policies: ['/x'] } }, 'config.policies: the folder'],
    [{ config: { policySources: [{ cluster: {} }] } }, 'no right to read policies there'], [{ config: { operations: { tls: false } } }, 'controller.activity needs it'],
    [{ config: { kubernetes: { enabled: false } } }, 'config.kubernetes.enabled is false'], [{ config: { host: '127.0.0.1' } }, 'in a pod nobody reaches that'],
    [{ config: { controller: { namespace: 'other' } } }, 'config.controller.namespace is other'], [{ config: { pipelines: { enabled: true } } }, 'no right to ask about builds'],
    [{ policies: { 'mine.txt': 'apiVersion: gatehouse.dev/v1alpha1\n' } }, 'mine.txt would not be read'], [{ policies: { mine: 'apiVersion: gatehouse.dev/v1alpha1\n' } }, 'mine would not be read'],
    [{ policies: { 'example.yaml': null } }, 'the server would never be ready'],
    [{ config: { decisions: { enabled: false } } }, 'controller.activity needs it'], [{ image: { tag: 'a b' } }, '/image/tag'],
  ])('part 8: refused before anything is installed: %j', async (values, said) => {
    await expect(rendered(values)).rejects.toThrow(said);
  });
  test('part 8: helm lint has nothing to say', async () => {
    const { code, stdout } = await helm(['lint', '--strict', CHART]);
    expect(stdout).toContain('0 chart(s) failed');
    expect(code).toBe(0);
  });
});

describe('part 8: every variant', () => {
  beforeAll(async () => {
    for (const [group, kind, plural] of [['cert-manager.io', 'Issuer', 'issuers'], ['cert-manager.io', 'Certificate', 'certificates'], ['monitoring.coreos.com', 'ServiceMonitor', 'servicemonitors'], ['monitoring.coreos.com', 'PodMonitor', 'podmonitors'], ['monitoring.coreos.com', 'PrometheusRule', 'prometheusrules']] as const) {
      await cluster.must(['apply', '-f', '-'], openCrd(group, kind, plural));
      await cluster.must(['wait', '--for=condition=Established', `crd/${plural}.${group}`]);
    }
    for (const name of [OWN, 'gatehouse-canary']) await cluster.must(['create', 'namespace', name]);
  });
  afterAll(async () => { for (const name of [OWN, 'gatehouse-canary']) await cluster.must(['delete', 'namespace', name]); });

  test.each(Object.entries(VARIANTS))('part 8: %s: the API server takes it, strictly read, and the checklist is met', async (name, values) => {
    const objects = await rendered(values);
    // A CA that is none, which the real one is filled in for: the API server looks into it.
    const asked = objects.filter((object) => JSON.stringify(object).includes('"caBundle"') === false);
    const applied = await cluster.kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: asked });
    expect(applied.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Warning: unrecognized'))).toEqual([]);
    expect(applied.code).toBe(0);
    expect(checklist(objects)).toEqual(CHOSEN[name] ?? []);
    // And what reads the settings at its start takes them, too.
    const settings = String(at(objects.find((one) => at(one, 'metadata', 'name') === 'gatehouse-config'), 'data', 'config.yaml'));
    const flags = { policies: ['/etc/gatehouse/policies'], 'tls.cert': '/etc/gatehouse/tls/tls.crt', 'tls.key': '/etc/gatehouse/tls/tls.key', port: 8443, opsPort: 8080 };
    expect(checkConfig(settings, '/etc/gatehouse/config/config.yaml', flags)).toMatchObject({ ok: true });
  });
  test('part 8: the pods of `helm test` and of the canary are restricted, too', async () => {
    const made = await template(['-n', OWN, '--show-only', 'templates/tests/admission.yaml']);
    expect(checklist(objectsOf(made.stdout))).toEqual([]);
  });
  test('part 8: a namespace of another name is named everywhere', async () => {
    const made = await template(['-n', 'admission', '--set', 'canary.enabled=true,serviceMonitor.enabled=true,namespace.create=true']);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout.split('\n').filter((line) => line.includes('gatehouse-system') && !line.trim().startsWith('#'))).toEqual([]);
  });
});

describe('part 8: installed as the page says', () => {
  let keeper: CertificateKeeper;
  const did: string[] = [];
  const failed: string[] = [];
  const commands = commandsOf('docs/operate/helm.md', '## Install').filter((line) => !line.startsWith('helm test')).map(adapted);
  const trusted = async (name = 'gatehouse'): Promise<string> => Buffer.from(await cluster.must(['get', 'validatingwebhookconfiguration', name, '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}']), 'base64').toString();
  const served = async (): Promise<string> => Buffer.from(await cluster.must(['-n', OWN, 'get', 'secret', 'gatehouse-tls', '-o', 'jsonpath={.data.tls\\.crt}']), 'base64').toString();

  test('part 8: first the server and the controller, without the gate', async () => {
    await expect.poll(async () => (await cluster.kubectl(['get', 'namespace', OWN])).code, { timeout: 60_000 }).toBe(1);
    for (const command of commands.slice(0, 3)) {
      const ran = await run(command);
      expect(ran.code, `${command}\n${ran.stdout}${ran.stderr}`).toBe(0);
    }
    expect(await cluster.must(['get', 'validatingwebhookconfigurations', '-o', 'name'])).toBe('');
    expect(await cluster.must(['-n', OWN, 'get', 'deployments', '-o', 'name'])).toBe('deployment.apps/gatehouse\ndeployment.apps/gatehouse-controller\n');
    expect(await cluster.must(['-n', OWN, 'get', 'deployment', 'gatehouse', '-o', 'jsonpath={.spec.template.spec.volumes[?(@.name=="tls")].secret.defaultMode}'])).toBe(String(0o440));
  });

  test('part 8: the controller makes the certificate, with the rights that it has and no more', async () => {
    const token = (await cluster.must(['-n', OWN, 'create', 'token', 'gatehouse-controller', '--duration', '1h'])).trim();
    const access = await findKubeAccess(cluster.kubeconfigFor('controller', token), false);
    if (access === undefined) throw new Error('no access');
    keeper = keepCertificate({ api: createKubeApi(access), writer: createApiWriter(access), namespace: OWN, clock: Date.now, did: (what) => did.push(what), failed: (problem) => failed.push(problem), times: { spreadMs: 500, settleMs: 500 } });
    await keeper.step();
    expect(failed).toEqual([]);
    expect(namesOf(await served())).toContain(`gatehouse.${OWN}.svc`);
  });

  test('part 8: then the gate, which refuses pods until its CA is filled in, and that is a round of the controller', async () => {
    const ran = await run(commands[3] ?? '');
    expect(ran.code, ran.stderr).toBe(0);
    expect(await trusted()).toBe('');
    await keeper.step();
    expect(failed).toEqual([]);
    expect(isIssuedUnder(await served(), await trusted())).toBe(true);
    const managers = await cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', 'jsonpath={.metadata.managedFields[*].manager}', '--show-managed-fields']);
    expect(managers).toContain('gatehouse-controller');
  });

  test('part 8: it renews: two authorities first, then one, and every webhook that is installed later trusts them too', async () => {
    const before = await served();
    await cluster.must(['-n', OWN, 'annotate', 'secret', 'gatehouse-tls', 'gatehouse.dev/renew=now']);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await keeper.step();
    await keeper.step();
    expect(countCertificates(await trusted())).toBe(2);
    await expect.poll(async () => { await keeper.step(); return served(); }, { timeout: 20_000, interval: 100 }).not.toBe(before);
    await expect.poll(async () => { await keeper.step(); return countCertificates(await trusted()); }, { timeout: 20_000, interval: 100 }).toBe(1);
    expect(isIssuedUnder(await served(), await trusted())).toBe(true);
    expect(failed).toEqual([]);
  });

  const as = `system:serviceaccount:${OWN}:gatehouse-controller`;
  test.each<[string, readonly string[], string]>([
    ['open the gate', ['patch', 'validatingwebhookconfiguration', 'gatehouse', '--type=json', '-p', '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'], 'gatehouse-guard'],
    ['narrow the gate', ['patch', 'validatingwebhookconfiguration', 'gatehouse', '--type=json', '-p', '[{"op":"add","path":"/webhooks/0/matchConditions/-","value":{"name":"off","expression":"false"}}]'], 'gatehouse-guard'],
    ['delete the gate', ['delete', 'validatingwebhookconfiguration', 'gatehouse'], 'Forbidden'],
    ['make another Secret', ['-n', OWN, 'create', 'secret', 'generic', 'gatehouse-receipt-keys', '--from-literal=a=b'], 'gatehouse-guard'],
    ['read another Secret', ['-n', OWN, 'get', 'secret', 'gatehouse-path-tokens'], 'Forbidden'],
    ['read Secrets elsewhere', ['-n', 'default', 'get', 'secrets'], 'Forbidden'],
    ['make pods', ['-n', 'default', 'run', 'x', '--image=x'], 'Forbidden'],
    ['edit the settings', ['-n', OWN, 'patch', 'configmap', 'gatehouse-config', '-p', '{}'], 'Forbidden'],
  ])('part 8: the controller cannot %s', async (_, args, said) => {
    const tried = await cluster.kubectl([...args, '--as', as]);
    expect(tried.code).toBe(1);
    expect(tried.stderr).toContain(said);
  });
  test('part 8: the replicas cannot read the Secret, let alone change it', async () => {
    for (const verb of ['get', 'update', 'patch', 'delete'])
      expect((await cluster.kubectl(['-n', OWN, 'auth', 'can-i', verb, 'secret/gatehouse-tls', '--as', `system:serviceaccount:${OWN}:gatehouse`])).stdout.trim()).toBe('no');
  });

  test('part 8: an upgrade leaves the CA, the certificate and what others wrote', async () => {
    const before = [await trusted(), await served()];
    const [upgrade = ''] = commandsOf('docs/operate/helm.md', '## Upgrade').map(adapted);
    const ran = await run(`${upgrade} --set replicaCount=5`);
    expect(ran.code, ran.stderr).toBe(0);
    expect([await trusted(), await served()]).toEqual(before);
    expect(await cluster.must(['-n', OWN, 'get', 'deployment', 'gatehouse', '-o', 'jsonpath={.spec.replicas}'])).toBe('5');
  });

  test('part 8: check --cluster sees what is there: all but the replicas, since there are no nodes', async () => {
    const checked = await run('node bin/gatehouse.js check --cluster -o json');
    const { findings } = JSON.parse(checked.stdout) as { findings: { level: string; what: string; text: string }[] };
    const levels = Object.groupBy(findings, ({ level }) => level);
    expect((levels['fail'] ?? []).map(({ what }) => what).toSorted()).toEqual(['controller', 'replicas', 'service']);
    expect((levels['unknown'] ?? []).map(({ what }) => what)).toEqual(['feeds']);
    expect((levels['warn'] ?? []).map(({ what }) => what)).toEqual([]);
    expect((levels['ok'] ?? []).map(({ what }) => what)).toEqual(expect.arrayContaining(['API server', 'namespace', 'guard', 'kinds', 'definitions', 'rules', 'failurePolicy', 'time-out', 'namespaces', 'certificate', 'names', 'caBundle']));
    expect(checked.code).toBe(1);
  });

  test('part 8: uninstalled as the page says nothing is left, and pods come all the while', async () => {
    for (const command of commandsOf('docs/operate/helm.md', '## Uninstall').map(adapted)) {
      const ran = await run(command);
      expect(ran.code, `${command}\n${ran.stderr}`).toBe(0);
      // The server is gone, or was never there: from the first command on nobody waits for it.
      await expect.poll(async () => (await cluster.kubectl(['-n', 'default', 'create', '--dry-run=server', '-f', '-'], POD)).stderr, { timeout: 15_000 }).toBe('');
    }
    expect(await leftOvers(cluster)).toEqual([]);
  });
});

describe('part 8: taken over from kubectl apply, of the commit before', () => {
  test('part 8: no object is lost, and settings and certificate stay', async () => {
    await expect.poll(async () => (await cluster.kubectl(['get', 'namespace', OWN])).code, { timeout: 60_000 }).toBe(1);
    const manifest = ['install', 'guard'].map((name) => before(`deploy/manifests/${name}.yaml`)).join('---\n').replace(/caBundle: "<.*"/, 'caBundle: ""');
    await cluster.must(['apply', '-f', '-'], manifest);
    await cluster.must(['create', '-f', join(ROOT, 'deploy/manifests/settings.yaml')]);
    const secret = await run('npm run --silent certs -- --secret | kubectl create -f -');
    expect(secret.code, secret.stderr).toBe(0);
    await cluster.must(['-n', OWN, 'patch', 'configmap', 'gatehouse-config', '-p', '{"data":{"config.yaml":"unmatched: deny\\n"}}']);
    const held = (): Promise<string> => cluster.must(['-n', OWN, 'get', 'configmaps,secrets', '-l', 'app.kubernetes.io/name=gatehouse', '-o', 'json']);
    const objects = objectsOf(manifest).map((object) => [String(object['kind']), String(at(object, 'metadata', 'name')), at(object, 'metadata', 'namespace') as string | undefined] as const);
    const settled = await held();
    const takeOver = commandsOf('docs/operate/helm.md', '## Upgrade').map(adapted).at(-1) ?? '';
    const ran = await run(takeOver);
    expect(ran.code, ran.stderr).toBe(0);
    expect(await held()).toBe(settled);
    for (const [kind, name, namespace] of objects.filter(([kind]) => kind !== 'Namespace')) {
      const owner = await cluster.must([...(namespace === undefined ? [] : ['-n', namespace]), 'get', kind, name, '-o', 'jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}']);
      expect(owner, `${kind} ${name}`).toBe('gatehouse');
    }
    for (const command of commandsOf('docs/operate/helm.md', '## Uninstall').map(adapted)) expect((await run(command)).code, command).toBe(0);
    expect(await leftOvers(cluster)).toEqual([]);
  });
});

describe('part 8: what `helm test` and the canary ask', () => {
  let gatehouse: Gatehouse;
  beforeAll(async () => {
    gatehouse = await startGatehouse({ config: { unmatched: 'allow', allowNoPolicies: true, drain: '0s', kubernetes: { enabled: false } }, policies: {} });
    await registerWebhook(cluster, gatehouse);
    await cluster.must(['create', 'namespace', 'gatehouse-canary']);
  });
  afterAll(async () => {
    await gatehouse?.stop();
    await cluster.must(['delete', 'validatingwebhookconfiguration', 'gatehouse', '--ignore-not-found']);
  });

  /** Runs the program with the arguments and the rights of the rendered pod. */
  async function asThePod(objects: readonly Rendered[], kind: string, spec: readonly string[], more: readonly string[] = []): Promise<{ code: number; stdout: string; stderr: string }> {
    const rights = objects.filter((object) => ['ServiceAccount', 'Role', 'RoleBinding'].includes(String(object['kind'])));
    await cluster.must(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: rights });
    const workload = objects.find((object) => object['kind'] === kind);
    const account = String(at(workload, ...spec, 'serviceAccountName'));
    const token = (await cluster.must(['-n', String(at(workload, 'metadata', 'namespace')), 'create', 'token', account, '--duration', '1h'])).trim();
    const args = (at(workload, ...spec, 'containers', 0, 'args') as string[]).map((arg) => `'${arg}'`);
    return run(`node bin/gatehouse.js ${[...args, ...more].join(' ')} --kubeconfig ${cluster.kubeconfigFor(account, token)}`);
  }

  test('part 8: `helm test` passes: one pod is denied by its reason, one admitted', async () => {
    const made = await template(['-n', OWN, '--show-only', 'templates/tests/admission.yaml', '--set', 'tests.admitted.image=registry.example/signed:1']);
    const ran = await asThePod(objectsOf(made.stdout), 'Pod', ['spec']);
    expect(ran.stdout).toContain('is denied (INPUT_IMAGE_INVALID)');
    expect(ran.stdout).toContain('a pod of registry.example/signed:1 is admitted');
    expect(ran.code).toBe(0);
  });
  test('part 8: the twin: an image that is admitted where it must not be, or denied for another reason', async () => {
    for (const [values, said] of [['tests.denied.image=registry.example/any:1', 'would be admitted'], ['tests.denied.reason=FETCH_NONE_FOUND', 'FETCH_NONE_FOUND was expected']] as const) {
      const made = await template(['-n', OWN, '--show-only', 'templates/tests/admission.yaml', '--set', values]);
      const ran = await asThePod(objectsOf(made.stdout), 'Pod', ['spec']);
      expect(ran.stdout).toContain(said);
      expect(ran.code).toBe(1);
    }
  });
  const canary = async (): Promise<readonly Rendered[]> => (await rendered({ canary: { enabled: true } })).filter((object) => at(object, 'metadata', 'namespace') === 'gatehouse-canary');
  const JOB = ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  test('part 8: the canary is content while the gate judges', async () => {
    expect((await asThePod(await canary(), 'CronJob', JOB)).code).toBe(0);
  });
  test('part 8: and fails when nobody answers, and when the gate is gone', async () => {
    await gatehouse.stop();
    const silent = await asThePod(await canary(), 'CronJob', JOB);
    expect(silent.stdout).toContain('could not ask Gatehouse');
    expect(silent.code).toBe(1);
    await cluster.must(['delete', 'validatingwebhookconfiguration', 'gatehouse']);
    await expect.poll(async () => (await asThePod(await canary(), 'CronJob', JOB)).stdout, { timeout: 20_000 }).toContain('would be admitted');
  });
});

/** A command of the page: by the helm of the tests, and without nodes nothing is waited for. */
function adapted(command: string): string {
  return command.replace(/^helm /, `${toolPaths().helm} `).replace(' --wait', '').replaceAll('kubectl delete namespace', 'kubectl delete namespace --wait=false');
}

const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [{ name: 'a', image: 'x' }] } };

/** Objects with our name, everywhere, definitions of kinds apart, which are kept on purpose. */
async function leftOvers(of: ControlPlane): Promise<readonly string[]> {
  await expect.poll(async () => (await of.kubectl(['get', 'namespace', OWN])).code, { timeout: 60_000 }).toBe(1);
  const kinds = (await of.must(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n').filter((kind) => !/^events|\.coordination|cert-manager|monitoring/.test(kind));
  const found = await of.must(['get', kinds.join(','), '-A', '-o', 'name', '--ignore-not-found']);
  return found.split('\n').filter((name) => name.includes('gatehouse') && !/^(?:customresourcedefinition|apiservice)/.test(name));
}

/** A manifest as the commit before has it; as it is where there is no history. */
function before(path: string): string {
  try {
    return execFileSync('git', ['show', `HEAD~1:${path}`], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return execFileSync('cat', [join(ROOT, path)], { encoding: 'utf8' });
  }
}

/** Keys in one order, for comparison. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b)).map(([key, one]) => [key, sorted(one)]));
}

/** A CRD that accepts everything: the real schema is the other project's. */
function openCrd(group: string, kind: string, plural: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
}
