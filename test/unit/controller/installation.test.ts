/** gatehouse check --cluster: an installation as it is shipped, and with one thing wrong at a time, over a real connection. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../src/platform/tls/authority.ts';
import type { ServingCertificate } from '../../../src/platform/tls/authority.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';
import { OWN_KINDS } from '../../../src/domain/own-kinds.ts';
import { VERSION } from '../../../src/platform/version.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';
import { documentsOf, only } from '../deploy/support.ts';

const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
type Json = Record<string, unknown>;
/** Answers of an API server by path, each freely changeable. */
type Cluster = Map<string, Json>;

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GATE = `${ADMISSION}/validatingwebhookconfigurations/gatehouse`;
const OWN = '/api/v1/namespaces/gatehouse-system';
const METRICS = `gatehouse_build_info{version="${VERSION}",node="v24"} 1\ngatehouse_policy_ready 1\ngatehouse_feed_age_seconds{feed="policies"} 4\n`;

let [serving, other]: ServingCertificate[] = [];
let server: Server;
let cluster: Cluster;
let denial: { status: number; body: Json };
let folder: string;
/** What the account of the server may not do, as `verb resource`; all of it where RBAC itself may not be asked. */
let lacks: ReadonlySet<string> | 'not told' = new Set();

async function review(request: IncomingMessage, answer: (status: number, text: string) => void): Promise<void> {
  if (lacks === 'not told') return answer(403, '{}');
  const { spec } = JSON.parse(await text(request)) as { spec: { user: string; resourceAttributes: { verb: string; resource: string } } };
  const isOurs = spec.user === 'system:serviceaccount:gatehouse-system:gatehouse';
  answer(201, JSON.stringify({ status: { allowed: isOurs && !lacks.has(`${spec.resourceAttributes.verb} ${spec.resourceAttributes.resource}`) } }));
}

beforeAll(async () => {
  const make = (): Promise<ServingCertificate> => makeServingCertificate({ names: ['gatehouse.gatehouse-system.svc'], days: 90, now: NOW - 10 * DAY });
  [serving, other] = [await make(), await make()];
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-check-'));
  const own = await makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() });
  server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    if (request.method !== 'POST') request.resume();
    const answer = (status: number, body: string): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    if (request.method === 'POST' && path.endsWith('/subjectaccessreviews')) return void review(request, answer);
    if (request.method === 'POST') return answer(denial.status, JSON.stringify(denial.body));
    const found = cluster.get(path);
    if (found === undefined) return answer(404, '{"kind":"Status","reason":"NotFound"}');
    if (typeof found['forbidden'] === 'boolean') return answer(403, '{"kind":"Status"}');
    return answer(200, typeof found['text'] === 'string' ? found['text'] : JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', users: [{ name: 'u', user: {} }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, 'certificate-authority-data': base64(own.ca) } }],
  }));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A cluster in which everything is as it is shipped, and three replicas are ready. */
function healthy(): Cluster {
  const install = documentsOf('deploy/manifests/install.yaml');
  const guard = documentsOf('deploy/manifests/guard.yaml');
  const value = (kind: string, name?: string, from = install): Json => structuredClone(only(from, kind, name).value) as Json;
  const gate = value('ValidatingWebhookConfiguration') as { webhooks: { clientConfig: Json }[] };
  for (const webhook of gate.webhooks) webhook.clientConfig['caBundle'] = base64(serving?.ca ?? '');
  const deployment = { ...value('Deployment'), status: { readyReplicas: 3 } };
  const names = ['gatehouse-a', 'gatehouse-b', 'gatehouse-c'];
  const resources = (...list: string[]): Json => ({ resources: list.map((name) => ({ name })) });
  const made: Cluster = new Map<string, Json>([
    ['/version', { minor: '36', gitVersion: 'v1.36.3' }], [GATE, gate], [OWN, value('Namespace')],
    [`${OWN}/configmaps/gatehouse-config`, value('ConfigMap', 'gatehouse-config', documentsOf('deploy/manifests/settings.yaml'))],
    [`${OWN}/secrets/gatehouse-tls`, { data: { 'tls.crt': base64(serving?.certificate ?? ''), 'ca.crt': base64(serving?.ca ?? '') } }],
    ['/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse', deployment],
    ['/apis/policy/v1/namespaces/gatehouse-system/poddisruptionbudgets/gatehouse', value('PodDisruptionBudget')],
    ['/apis/discovery.k8s.io/v1/namespaces/gatehouse-system/endpointslices', { items: [{ endpoints: names.map(() => ({ conditions: { ready: true } })) }] }],
    [`${OWN}/pods`, { items: names.map((name) => ({ metadata: { name }, spec: { containers: [{ image: `ghcr.io/gatehouse-dev/gatehouse:${VERSION}` }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })) }],
    [`${OWN}/services/gatehouse`, value('Service')],
    ['/api/v1', resources('pods', 'pods/ephemeralcontainers', 'replicationcontrollers', 'podtemplates')],
    ['/apis/apps/v1', resources('deployments', 'replicasets', 'statefulsets', 'daemonsets')], ['/apis/batch/v1', resources('jobs', 'cronjobs')],
  ]);
  for (const name of names) made.set(`${OWN}/pods/http:${name}:8080/proxy/metrics`, { text: METRICS });
  for (const name of ['gatehouse-guard', 'gatehouse-own-pods']) {
    made.set(`${ADMISSION}/validatingadmissionpolicies/${name}`, value('ValidatingAdmissionPolicy', name, guard));
    made.set(`${ADMISSION}/validatingadmissionpolicybindings/${name}`, value('ValidatingAdmissionPolicyBinding', name, guard));
  }
  return made;
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const RESOURCES_GATE = `${ADMISSION}/validatingwebhookconfigurations/gatehouse-resources`;
const SETTINGS = `${OWN}/configmaps/gatehouse-config`;
const FOUR_EYES = `${ADMISSION}/validatingadmissionpolicybindings/gatehouse-four-eyes`;
const ADMINISTRATORS = `${ADMISSION}/validatingadmissionpolicybindings/gatehouse-administrators`;

/** The same, with policies that are resources, as deploy/resources and deploy/controller install them, and as the API server completes it. */
function withResources(): Cluster {
  const made = healthy();
  lacks = new Set();
  made.set(SETTINGS, { data: { 'config.yaml': 'policySources:\n  - cluster: {}\n' } });
  made.set('/apis/gatehouse.dev/v1alpha1', { resources: OWN_KINDS.map(({ plural }) => ({ name: plural })) });
  made.set('/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse-controller', { status: { readyReplicas: 2 } });
  for (const { plural } of OWN_KINDS) {
    made.set(`${CRDS}/${plural}.gatehouse.dev`, structuredClone(only(documentsOf(`deploy/crds/${plural}.yaml`), 'CustomResourceDefinition').value) as Json);
    made.set(`/apis/gatehouse.dev/v1alpha1/${plural}`, { items: [] });
  }
  for (const name of ['four-eyes', 'administrators']) {
    const documents = documentsOf(`deploy/resources/${name}.yaml`);
    const binding = structuredClone(only(documents, 'ValidatingAdmissionPolicyBinding').value) as { spec: Json };
    binding.spec['matchResources'] = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
    made.set(`${ADMISSION}/validatingadmissionpolicies/gatehouse-${name}`, only(documents, 'ValidatingAdmissionPolicy').value as Json);
    made.set(`${ADMISSION}/validatingadmissionpolicybindings/gatehouse-${name}`, binding);
  }
  const gate = structuredClone(only(documentsOf('deploy/resources/webhook.yaml'), 'ValidatingWebhookConfiguration').value) as { webhooks: { clientConfig: Json }[] };
  for (const one of gate.webhooks) one.clientConfig['caBundle'] = base64(serving?.ca ?? '');
  made.set(RESOURCES_GATE, gate as unknown as Json);
  return made;
}

async function check(args: readonly string[] = ['--cluster']): Promise<{ code: number; out: string; err: string }> {
  const said = { code: -1, out: '', err: '' };
  said.code = await runCli(['check', '--kubeconfig', join(folder, 'kubeconfig'), ...args], {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: VERSION, now: () => NOW,
    stdout: (text) => { said.out += text; }, stderr: (text) => { said.err += text; }, stdin: async () => new Uint8Array(),
  });
  return said;
}

const webhook = (change: (one: Json) => void) => (): void => change((cluster.get(GATE) as { webhooks: Json[] }).webhooks[0] ?? {});
const set = (path: string, object: Json | undefined) => (): void => void (object === undefined ? cluster.delete(path) : cluster.set(path, object));
const KINDS = ['signers', 'clusterartifactpolicies', 'artifactpolicies', 'trustroots', 'pipelinepolicies', 'admissionexceptions'];
const DEPLOYMENT = '/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse';
const REPLICA = `${OWN}/pods/http:gatehouse-b:8080/proxy/metrics`;

/** One controller, ready, that says whether it leads, over plain HTTP whatever the replicas speak. */
function controllerThat(leads: string): void {
  cluster.set('/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse-controller', { status: { readyReplicas: 1 } });
  (cluster.get(`${OWN}/pods`) as { items: Json[] }).items.push({
    metadata: { name: 'gatehouse-controller-a' }, spec: { containers: [{ image: `ghcr.io/gatehouse-dev/gatehouse:${VERSION}` }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  cluster.set(`${OWN}/pods/http:gatehouse-controller-a:8080/proxy/metrics`, { text: `gatehouse_controller_leader ${leads}\n` });
}

describe('part 8: check --cluster', () => {
  test('a condition of ours whose lines are broken otherwise, a token behind the path, and replicas that speak TLS while the controller does not: fine', async () => {
    cluster = healthy();
    webhook((one) => {
      const [first] = one['matchConditions'] as { expression: string }[];
      first!.expression = first!.expression.replaceAll(' ', '\n  ');
      ((one['clientConfig'] as Json)['service'] as Json)['path'] = `/validate/${'t'.repeat(43)}`;
    })();
    controllerThat('1');
    for (const item of (cluster.get(`${OWN}/pods`) as { items: { metadata: { name: string }; spec: { containers: Json[] } }[] }).items.slice(0, 3)) {
      item.spec.containers[0]!['readinessProbe'] = { httpGet: { scheme: 'HTTPS' } };
      cluster.delete(`${OWN}/pods/http:${item.metadata.name}:8080/proxy/metrics`);
      cluster.set(`${OWN}/pods/https:${item.metadata.name}:8080/proxy/metrics`, { text: METRICS });
    }
    const { code, out } = await check(['--cluster', '--fail-on-warn']);
    expect([code, out]).toEqual([0, expect.stringContaining('0 warnings, 0 failed')]);
    expect(out).not.toContain('ttt');
  });
  test('part 8: an installation as it is shipped: every line is ok', async () => {
    cluster = healthy();
    const { code, out, err } = await check(['--cluster', '--fail-on-warn']);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))).toEqual(['15 ok, 0 warnings, 0 failed']);
  });

  const rows: readonly [what: string, line: string, code: number, change: () => void][] = [
    ['no gate', 'fail    gate: there is no webhook configuration gatehouse', 1, () => cluster.delete(GATE)],
    ['a gate without webhooks', 'fail    gate: gatehouse holds no webhook', 1, () => cluster.set(GATE, { webhooks: [] })],
    ['a gate that fails open', 'fail    failurePolicy: it is Ignore', 1, webhook((one) => { one['failurePolicy'] = 'Ignore'; })],
    ['another match policy', 'fail    matchPolicy', 1, webhook((one) => { one['matchPolicy'] = 'Exact'; })],
    ['side effects', 'fail    sideEffects', 1, webhook((one) => { one['sideEffects'] = 'NoneOnDryRun'; })],
    ['no ephemeral containers', 'fail    rules: the cluster serves /pods/ephemeralcontainers', 1, webhook((one) => { (one['rules'] as Json[])[0]!['resources'] = ['pods', 'replicationcontrollers', 'podtemplates']; })],
    ['one version only', 'fail    rules: the cluster serves batch/jobs, batch/cronjobs', 1, webhook((one) => { (one['rules'] as Json[])[2]!['apiVersions'] = ['v1']; })],
    ['no updates', 'fail    rules: the cluster serves apps/deployments', 1, webhook((one) => { (one['rules'] as Json[])[1]!['operations'] = ['CREATE']; })],
    ['a short time', 'fail    time-out: it is 1 s', 1, webhook((one) => { one['timeoutSeconds'] = 1; })],
    ['a long time', 'warn    time-out: 30 s', 0, webhook((one) => { one['timeoutSeconds'] = 30; })],
    ['an object selector', 'fail    objectSelector', 1, webhook((one) => { one['objectSelector'] = { matchLabels: { a: 'b' } }; })],
    ['a namespace selector by label', 'warn    namespaces: they are chosen by a label', 0, webhook((one) => { one['namespaceSelector'] = { matchLabels: { gate: 'on' } }; })],
    ['a namespace more', 'warn    namespaces: also not judged: shop', 0, webhook((one) => { ((one['namespaceSelector'] as { matchExpressions: { values: string[] }[] }).matchExpressions[0])!.values.push('shop'); })],
    ['judging itself', 'fail    namespaces: gatehouse-system is judged by itself', 1, webhook((one) => { ((one['namespaceSelector'] as { matchExpressions: { values: string[] }[] }).matchExpressions[0])!.values = ['kube-system']; })],
    ['a condition of its own', 'warn    conditions: conditions of your own narrow the gate: off', 0, webhook((one) => { (one['matchConditions'] as Json[]).push({ name: 'off', expression: 'false' }); })],
    ['no CA', 'fail    caBundle: gatehouse trusts no CA of ours', 1, webhook((one) => { delete (one['clientConfig'] as Json)['caBundle']; })],
    ['another CA', 'fail    caBundle: gatehouse does not trust what is served', 1, webhook((one) => { (one['clientConfig'] as Json)['caBundle'] = base64(other?.ca ?? ''); })],
    ['no certificate', 'fail    certificate: there is no Secret gatehouse-tls', 1, () => cluster.delete(`${OWN}/secrets/gatehouse-tls`)],
    ['a Secret that may not be read', 'unknown certificate: Secret gatehouse-tls: you may not read it', 3, set(`${OWN}/secrets/gatehouse-tls`, { forbidden: true })],
    ['something else in its place', 'fail    certificate: tls.crt of Secret gatehouse-tls holds no certificate', 1, set(`${OWN}/secrets/gatehouse-tls`, { data: { 'tls.crt': 'AAAA' } })],
    ['no replica', 'fail    replicas: there is no Deployment gatehouse', 1, set(DEPLOYMENT, undefined)],
    ['no replica that is ready', 'fail    replicas: none of 3 is ready', 1, () => { cluster.get(DEPLOYMENT)!['status'] = {}; }],
    ['one that is not ready', 'warn    replicas: 2 of 3 are ready', 0, () => { cluster.get(DEPLOYMENT)!['status'] = { readyReplicas: 2 }; }],
    ['a Service that leads nowhere', 'fail    service: Service gatehouse leads to nobody', 1, set('/apis/discovery.k8s.io/v1/namespaces/gatehouse-system/endpointslices', { items: [] })],
    ['no disruption budget', 'warn    drains', 0, set('/apis/policy/v1/namespaces/gatehouse-system/poddisruptionbudgets/gatehouse', undefined)],
    ['two versions', `warn    versions: replicas run ${VERSION} and 9.9.9`, 0, () => cluster.set(REPLICA, { text: METRICS.replace(VERSION, '9.9.9') })],
    ['a replica without policies', 'fail    policies: gatehouse-b has no valid set of policies', 1, () => cluster.set(REPLICA, { text: METRICS.replace('ready 1', 'ready 0') })],
    ['a feed that is old', 'warn    feeds: policies was confirmed 4000 s ago', 0, () => cluster.set(REPLICA, { text: METRICS.replace('} 4\n', '} 4000\n') })],
    ['replicas that cannot be asked', 'unknown feeds: no replica could be asked', 3, () => { for (const path of [...cluster.keys()]) if (path.includes('/proxy/')) cluster.delete(path); }],
    ['no guard', 'fail    guard: gatehouse-own-pods is not in force', 1, set(`${ADMISSION}/validatingadmissionpolicybindings/gatehouse-own-pods`, undefined)],
    ['a guard that only warns', 'fail    guard: gatehouse-guard is not in force', 1, () => { cluster.get(`${ADMISSION}/validatingadmissionpolicybindings/gatehouse-guard`)!['spec'] = { validationActions: ['Warn'] }; }],
    ['a namespace that takes everything', 'warn    namespace: gatehouse-system is not judged, and takes', 0, () => { cluster.get(OWN)!['metadata'] = {}; }],
    ['an old API server', 'fail    API server: v1.28.0', 1, set('/version', { minor: '28+', gitVersion: 'v1.28.0' })],
    ['kinds of which some are missing', 'fail    kinds: not served: revocationlists', 1, set('/apis/gatehouse.dev/v1alpha1', { resources: KINDS.map((name) => ({ name })) })],
    ['kinds and no controller', 'warn    controller: policies are resources', 0, set('/apis/gatehouse.dev/v1alpha1', { resources: [...KINDS, 'revocationlists'].map((name) => ({ name })) })],
    ['a controller that is not ready', 'fail    controller: none is ready', 1, set('/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse-controller', { status: {} })],
    ['a Service of somebody else', 'fail    asked: gatehouse asks Service gatehouse-system/other, and not gatehouse-system/gatehouse', 1, webhook((one) => { ((one['clientConfig'] as Json)['service'] as Json)['name'] = 'other'; })],
    ['an address of somebody else', 'warn    asked: gatehouse asks gate.elsewhere.example, and no Service', 0, webhook((one) => { one['clientConfig'] = { ...one['clientConfig'] as Json, service: undefined, url: 'https://gate.elsewhere.example/validate' }; })],
    ['a path of somebody else', 'fail    asked: gatehouse does not ask at /validate', 1, webhook((one) => { ((one['clientConfig'] as Json)['service'] as Json)['path'] = '/healthz'; })],
    ['a path that only begins like ours', 'fail    asked: gatehouse does not ask at /validate', 1, webhook((one) => { ((one['clientConfig'] as Json)['service'] as Json)['path'] = '/validated'; })],
    ['a port that the Service has not', 'fail    asked: gatehouse asks port 8443, and Service gatehouse has 443, 8080', 1, webhook((one) => { ((one['clientConfig'] as Json)['service'] as Json)['port'] = 8443; })],
    ['no Service', 'fail    service: there is no Service gatehouse in gatehouse-system', 1, () => cluster.delete(`${OWN}/services/gatehouse`)],
    ['a Service that may not be read', 'unknown service: Service gatehouse: you may not read it', 3, set(`${OWN}/services/gatehouse`, { forbidden: true })],
    ['our condition, made to let everything pass', 'warn    conditions: brings-something-to-judge says something else', 0, webhook((one) => { (one['matchConditions'] as Json[])[0]!['expression'] = 'false'; })],
    ['our condition, with a way out', 'warn    conditions: brings-something-to-judge says something else', 0, webhook((one) => { const [first] = one['matchConditions'] as { expression: string }[]; first!.expression = `(${first!.expression}) && request.userInfo.username != "eve"`; })],
    ['a rollout that goes no further', 'warn    replicas: 3 of 3 are ready, and the rollout goes no further', 0, () => { cluster.get(DEPLOYMENT)!['status'] = { readyReplicas: 3, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }; }],
    ['settings that wait', 'warn    settings: 2 changed keys wait for a restart', 0, () => cluster.set(REPLICA, { text: `${METRICS}gatehouse_configuration_pending 2\n` })],
    ['controllers of which none leads', 'fail    controller: 1 ready, and none leads', 1, () => controllerThat('0')],
    ['builds that are let in', 'fail    builds: failurePolicy of taskruns is not Fail', 1, set(`${ADMISSION}/validatingwebhookconfigurations/gatehouse-pipelines`, { webhooks: [{ name: 'taskruns', failurePolicy: 'Ignore', clientConfig: { service: { namespace: 'gatehouse-system', name: 'gatehouse', path: '/validate' } } }] })],
    ['builds that nobody judges', 'warn    builds: tekton.dev run here', 0, set('/apis/tekton.dev/v1', { resources: [{ name: 'taskruns' }] })],
  ];
  test.each(rows)('part 8: %s', async (_, line, code, change) => {
    cluster = healthy();
    change();
    const said = await check();
    const lines = said.out.split('\n');
    const at = lines.findIndex((one) => one.startsWith(line));
    expect(at, said.out).toBeGreaterThanOrEqual(0);
    expect(lines[at + 1]).toMatch(/^ {8}→ \S/);
    expect(said.code).toBe(code);
  });

  test.each([
    ['in its last days', 85 * DAY, 'warn    certificate: it ends 2027-01-20', 0], ['over', 95 * DAY, 'fail    certificate: it ended', 1], ['not yet begun', -20 * DAY, 'fail    certificate: it begins only', 1],
  ])('part 8: a certificate that is %s', async (_, age, line, code) => {
    const made = await makeServingCertificate({ names: ['gatehouse.gatehouse-system.svc'], days: 90, now: NOW - age });
    cluster = healthy();
    cluster.set(`${OWN}/secrets/gatehouse-tls`, { data: { 'tls.crt': base64(made.certificate) } });
    webhook((one) => { (one['clientConfig'] as Json)['caBundle'] = base64(made.ca); })();
    const said = await check();
    expect(said.out).toContain(line.slice(0, 24));
    expect(said.code).toBe(code);
  });
  test('part 8: a certificate of another name', async () => {
    const made = await makeServingCertificate({ names: ['gatehouse.elsewhere.svc'], days: 90, now: NOW });
    cluster = healthy();
    cluster.set(`${OWN}/secrets/gatehouse-tls`, { data: { 'tls.crt': base64(made.certificate) } });
    expect((await check()).out).toContain('fail    names: it names gatehouse.elsewhere.svc, and the API server calls gatehouse.gatehouse-system.svc');
  });
  test('part 8: two CAs, as while certificates are exchanged: fine', async () => {
    cluster = healthy();
    webhook((one) => { (one['clientConfig'] as Json)['caBundle'] = base64(`${other?.ca ?? ''}${serving?.ca ?? ''}`); })();
    const { code, out } = await check();
    expect(out).toContain('ok      caBundle: every webhook trusts what is served; 2 CAs');
    expect(code).toBe(0);
  });
  test('part 8: a document for programs, and warnings that count', async () => {
    cluster = healthy();
    webhook((one) => { one['timeoutSeconds'] = 30; })();
    const { code, out } = await check(['--cluster', '-o', 'json', '--fail-on-warn']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ kind: 'InstallationReport', findings: expect.arrayContaining([expect.objectContaining({ level: 'warn', what: 'time-out', fix: expect.any(String) })]) });
  });
  test('part 8: nobody answers: wrong usage, told with the address', async () => {
    writeFileSync(join(folder, 'nobody'), JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', users: [{ name: 'u', user: {} }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }] }));
    const { code, err } = await check(['--cluster', '--kubeconfig', join(folder, 'nobody')]);
    expect(code).toBe(64);
    expect(err).toContain('https://127.0.0.1:1 does not answer');
  });
});

describe('policies that are resources', () => {
  test('as deploy/resources installs them: every line is ok', async () => {
    cluster = withResources();
    const { code, out } = await check(['--cluster', '--fail-on-warn']);
    expect(out.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))).toEqual(['19 ok, 0 warnings, 0 failed']);
    expect(code).toBe(0);
  });
  test('served and never used: fine, whatever the server may read', async () => {
    cluster = withResources();
    cluster.set(SETTINGS, { data: { 'config.yaml': 'unmatched: deny\n' } });
    lacks = new Set(['list signers']);
    for (const path of [FOUR_EYES, ADMINISTRATORS, RESOURCES_GATE]) cluster.delete(path);
    const { code, out } = await check(['--cluster', '--fail-on-warn']);
    expect([code, out]).toEqual([0, expect.stringContaining('0 warnings, 0 failed')]);
  });
  const definition = (plural: string, change: (version: Json) => void) => (): void =>
    change(((cluster.get(`${CRDS}/${plural}.gatehouse.dev`) as { spec: { versions: Json[] } }).spec.versions[0]) ?? {});
  const narrowed = (path: string, change: Json) => (): void => void Object.assign(cluster.get(path)!['spec'] as Json, change);
  test.each<[string, string, number, () => void]>([
    ['kinds that are not served', 'fail    resources: the settings have policies read from the cluster, and it serves no kind', 1, () => cluster.delete('/apis/gatehouse.dev/v1alpha1')],
    ['objects that nobody reads', 'warn    resources: 3 objects of gatehouse.dev, and nobody reads them', 0, () => {
      cluster.set(SETTINGS, { data: { 'config.yaml': 'unmatched: deny\n' } });
      cluster.set('/apis/gatehouse.dev/v1alpha1/signers', { metadata: { remainingItemCount: 2 }, items: [{}] });
    }],
    ['one object that nobody reads', 'warn    resources: 1 object of gatehouse.dev, and nobody reads it', 0, () => {
      cluster.set(SETTINGS, { data: { 'config.yaml': 'policySources: [{files: more}]\n' } });
      cluster.set('/apis/gatehouse.dev/v1alpha1/artifactpolicies', { items: [{}] });
    }],
    ['a definition of an older version', 'warn    definitions: of another version than this program: trustroots', 0, definition('trustroots', (version) => {
      delete ((version['schema'] as { openAPIV3Schema: { properties: { spec: { properties: Json } } } }).openAPIV3Schema.properties.spec.properties)['sigstore'];
    })],
    ['a definition that prunes', 'warn    definitions: of another version than this program: signers', 0, definition('signers', (version) => {
      delete (version['schema'] as { openAPIV3Schema: Json }).openAPIV3Schema['x-kubernetes-preserve-unknown-fields'];
    })],
    ['a definition without a status', 'warn    definitions: of another version than this program: artifactpolicies', 0, definition('artifactpolicies', (version) => { delete version['subresources']; })],
    ['definitions that may not be read', 'unknown definitions: CustomResourceDefinition trustroots.gatehouse.dev: you may not read it', 3, () => cluster.set(`${CRDS}/trustroots.gatehouse.dev`, { forbidden: true })],
    ['no right to read one kind', 'fail    resources: the server may not list signers, watch signers', 1, () => { lacks = new Set(['list signers', 'watch signers']); }],
    ['a right to list and none to watch', 'fail    resources: the server may not watch revocationlists', 1, () => { lacks = new Set(['watch revocationlists']); }],
    ['no right to ask who may except', 'fail    resources: the server may not ask who may `exempt`', 1, () => { lacks = new Set(['create subjectaccessreviews']); }],
    ['rights that nobody tells', 'unknown resources: whether the server may read them is not told', 3, () => { lacks = 'not told'; }],
    ['four eyes that are bound to nothing', 'fail    who may: gatehouse-four-eyes is not in force', 1, () => cluster.delete(FOUR_EYES)],
    ['administrators that only audit', 'fail    who may: gatehouse-administrators is not in force', 1, narrowed(ADMINISTRATORS, { validationActions: ['Audit'] })],
    ['four eyes in some namespaces', 'fail    who may: gatehouse-four-eyes is not in force', 1, narrowed(FOUR_EYES, { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } })],
    ['four eyes for some objects', 'fail    who may: gatehouse-four-eyes is not in force', 1, narrowed(FOUR_EYES, { matchResources: { objectSelector: { matchLabels: { a: 'b' } } } })],
    ['a binding of another policy', 'fail    who may: gatehouse-administrators is not in force', 1, narrowed(ADMINISTRATORS, { policyName: 'gatehouse-four-eyes' })],
    ['lists of another namespace', 'fail    who may: gatehouse-administrators takes its lists from another namespace than gatehouse-system', 1, narrowed(ADMINISTRATORS, { paramRef: { name: 'gatehouse-administrators', namespace: 'admission', parameterNotFoundAction: 'Allow' } })],
    ['administrators of the settings alone', 'warn    administrators: the settings name security, and ConfigMap gatehouse-administrators of gatehouse-system, by which the API server decides, nobody in particular', 0,
      () => cluster.set(SETTINGS, { data: { 'config.yaml': 'policySources: [{cluster: {}}]\nadministrators: [security]\n' } })],
    ['administrators of the API server alone', 'warn    administrators: the settings name nobody in particular, and', 0, () => cluster.set(`${OWN}/configmaps/gatehouse-administrators`, { data: { groups: 'security, ops\n' } })],
    ['nobody who is told', 'warn    told: there is no webhook configuration gatehouse-resources', 0, () => cluster.delete(RESOURCES_GATE)],
    ['a webhook of resources without a CA', 'fail    caBundle: gatehouse-resources trusts no CA of ours: the API server cannot ask, and goes on without us', 1, () => {
      delete ((cluster.get(RESOURCES_GATE) as { webhooks: { clientConfig: Json }[] }).webhooks[0] ?? { clientConfig: {} }).clientConfig['caBundle'];
    }],
    ['a webhook of resources with another CA', 'fail    caBundle: gatehouse-resources does not trust what is served: the API server cannot ask, and goes on without us', 1, () => {
      ((cluster.get(RESOURCES_GATE) as { webhooks: { clientConfig: Json }[] }).webhooks[0] ?? { clientConfig: {} }).clientConfig['caBundle'] = base64(other?.ca ?? '');
    }],
    ['no settings', 'fail    settings: there is no ConfigMap gatehouse-config: no replica starts', 1, () => cluster.delete(SETTINGS)],
    ['settings that are no YAML', 'fail    settings: config.yaml of ConfigMap gatehouse-config is no YAML', 1, () => cluster.set(SETTINGS, { data: { 'config.yaml': 'a: [' } })],
    ['settings that may not be read', 'unknown settings: ConfigMap gatehouse-config: you may not read it', 3, () => cluster.set(SETTINGS, { forbidden: true })],
  ])('%s', async (_, line, code, change) => {
    cluster = withResources();
    change();
    const said = await check();
    const lines = said.out.split('\n');
    const at = lines.findIndex((one) => one.startsWith(line));
    expect(at, said.out).toBeGreaterThanOrEqual(0);
    expect(lines[at + 1]).toMatch(/^ {8}→ \S/);
    expect(said.code).toBe(code);
  });
  test('lists in both that are the same, in another order and form: fine', async () => {
    cluster = withResources();
    cluster.set(SETTINGS, { data: { 'config.yaml': 'policySources: [{cluster: {}}]\nadministrators: [security, ops]\n' } });
    cluster.set(`${OWN}/configmaps/gatehouse-administrators`, { data: { groups: ' ops\nsecurity\n' } });
    expect((await check()).out).not.toContain('administrators');
  });
});

describe('part 8: trying the gate', () => {
  const denied = (codes: string): { status: number; body: Json } => ({ status: 403, body: { kind: 'Status', message: `admission webhook "validate.gatehouse.dev" denied the request: x: unsigned ${codes}` } });
  const args = ['--denied', 'registry.example/unsigned:1', '--reason', 'FETCH_NONE_FOUND'];
  test.each<[string, { status: number; body: Json }, readonly string[], number, string]>([
    ['denied by the reason that is expected', denied('[FETCH_NONE_FOUND]'), args, 0, 'ok      denial: a pod of registry.example/unsigned:1 is denied (FETCH_NONE_FOUND)'],
    ['denied by another reason', denied('[FETCH_UNREACHABLE]'), args, 1, 'fail    denial: a pod of registry.example/unsigned:1 is denied by FETCH_UNREACHABLE, and FETCH_NONE_FOUND was expected'],
    ['admitted', { status: 201, body: {} }, args, 1, 'fail    denial: a pod of registry.example/unsigned:1 would be admitted'],
    ['refused because nobody answers', { status: 500, body: { message: 'Internal error occurred: failed calling webhook "validate.gatehouse.dev": x509' } }, args, 1, 'fail    denial: the API server could not ask Gatehouse'],
    ['refused by somebody else, which proves nothing', { status: 403, body: { message: 'pods is forbidden: exceeded quota FETCH_NONE_FOUND' } }, args, 3, 'unknown denial: the API server answers 403, before the gate was asked'],
    ['admitted, as it must be', { status: 201, body: {} }, ['--admitted', 'x:1'], 0, 'ok      admission: a pod of x:1 is admitted'],
    ['denied, and must not be', denied('[FETCH_NONE_FOUND]'), ['--admitted', 'x:1'], 1, 'fail    admission: a pod of x:1 is denied'],
  ])('part 8: a pod is %s', async (_, answer, flags, code, line) => {
    cluster = healthy();
    denial = answer;
    const said = await check(flags);
    expect(said.out).toContain(line);
    expect(said.code).toBe(code);
  });
  test.each([[['--reason', 'FETCH_NONE_FOUND']], [['--denied', 'x', '--reason', 'unsigned']], [['--cluster', '--config', 'config.yaml']]])('part 8: wrong usage: %j', async (flags) => {
    expect((await check(flags)).code).toBe(64);
  });
});
