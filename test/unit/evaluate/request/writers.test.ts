import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { DEFAULT_BUILD_SETTINGS } from '../../../../src/domain/build/settings.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../../../src/intake/index.ts';
import { weakenings } from '../../../../src/evaluate/request/engine-settings.ts';
import { clusterOf, CONTROLLER, judgedBy, RESOLVERS, wrong } from '../../../support/pipelines.ts';
import type { Asking, Json } from '../../../support/pipelines.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';

const POLICY = `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, images: {deferred: allowIfPodsAreGated, unpinned: allow}}
`;
const run = (kind: string, more: Json = {}): Json => ({ apiVersion: 'tekton.dev/v1', kind, metadata: { name: 'run', namespace: 'ci', uid: 'u1' }, ...more });
const judge = judgedBy(POLICY, { cluster: clusterOf([run('TaskRun'), run('PipelineRun')]) });
const codesOf = async (object: Json, asking: Asking): Promise<string[]> => wrong(await judge(object, asking));

describe('§0.7 what an engine executes is its own to write', () => {
  const steps = { taskSpec: { steps: [{ name: 'evil', image: 'evil:1' }] } };
  const status = (kind: string, now: unknown, before: unknown = {}) => [run(kind, { status: now }), { operation: 'UPDATE', sub: 'status', old: run(kind, { status: before }) }] as const;

  it.each<[string, string, unknown, unknown, string[]]>([
    ['status.taskSpec is set', 'TaskRun', steps, {}, ['POLICY_WRITER status.taskSpec']],
    ['status.taskSpec is changed', 'TaskRun', steps, { taskSpec: { steps: [] } }, ['POLICY_WRITER status.taskSpec']],
    ['status.taskSpec is removed, so that it is read anew', 'TaskRun', {}, steps, ['POLICY_WRITER status.taskSpec']],
    ['status.pipelineSpec is set', 'PipelineRun', { pipelineSpec: { tasks: [] } }, {}, ['POLICY_WRITER status.pipelineSpec']],
    ['which pod is taken for that of the run', 'TaskRun', { podName: 'mine' }, { podName: 'its' }, ['POLICY_WRITER status.podName']],
    ['results, which are signed as they stand', 'TaskRun', { results: [{ name: 'IMAGE_DIGEST', value: 'sha256:1' }] }, {}, ['POLICY_WRITER status.results']],
    ['results of a pipeline', 'PipelineRun', { results: [{ name: 'IMAGE_DIGEST', value: 'sha256:1' }] }, {}, ['POLICY_WRITER status.results']],
    ['how it ended', 'TaskRun', { conditions: [{ type: 'Succeeded', status: 'True' }] }, {}, ['POLICY_WRITER status.conditions']],
    ['nothing', 'TaskRun', steps, { taskSpec: { steps: [{ image: 'evil:1', name: 'evil' }] } }, []],
  ])('%s', async (_, kind, now, before, expected) => {
    const [object, asking] = status(kind, now, before);
    expect(await codesOf(object, { ...asking, user: 'alice' })).toEqual(expected);
    expect(await codesOf(object, { ...asking, user: CONTROLLER })).toEqual([]);
  });

  it('an account that is only called like the controller is not it, and another configuration names another', async () => {
    const [object, asking] = status('TaskRun', steps);
    expect(await codesOf(object, { ...asking, user: `${CONTROLLER}2` })).toEqual(['POLICY_WRITER status.taskSpec']);
    expect(await codesOf(object, { ...asking, user: RESOLVERS })).toEqual(['POLICY_WRITER status.taskSpec']);
    const tekton = { ...DEFAULT_BUILD_SETTINGS.tekton, controllers: new Set(['system:serviceaccount:ops:tekton']) };
    const other = judgedBy(POLICY, { build: { ...DEFAULT_BUILD_SETTINGS, tekton } });
    expect(wrong(await other(object, { ...asking, user: 'system:serviceaccount:ops:tekton' }))).toEqual([]);
    expect(wrong(await other(object, { ...asking, user: CONTROLLER }))).toEqual(['POLICY_WRITER status.taskSpec']);
  });

  const resolution = (more: Json): Json => ({ apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'r', namespace: 'ci' }, status: more });
  it.each<[string, Json, string, string[]]>([
    ['data by somebody', { data: 'YQ==' }, 'alice', ['POLICY_WRITER status.data']],
    ['data by the controller, which resolves nothing', { data: 'YQ==' }, CONTROLLER, ['POLICY_WRITER status.data']],
    ['where it comes from', { refSource: { uri: 'git+https://github.com/acme/tasks' } }, 'alice', ['POLICY_WRITER status.refSource']],
    ['data by the resolvers', { data: 'YQ==' }, RESOLVERS, []],
    ['k3: an end without data may be written by anybody, or the run would hang', { conditions: [{ type: 'Succeeded', status: 'False' }] }, 'alice', []],
  ])('resolved data: %s', async (_, now, user, expected) => {
    expect(await codesOf(resolution(now), { operation: 'UPDATE', sub: 'status', old: resolution({ data: '' }), user })).toEqual(expected);
  });

  it('in a namespace that is no factory nothing is asked', async () => {
    const elsewhere = judgedBy(POLICY, { labels: {} });
    const [object, asking] = status('TaskRun', steps);
    expect(wrong(await elsewhere(object, { ...asking, user: 'alice' }))).toEqual([]);
  });
});

describe('K01 what claims to belong to a run', () => {
  const owned = (kind: string, owner: Json): Json => ({
    apiVersion: 'tekton.dev/v1', kind, metadata: { name: 'child', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run', uid: 'u1', controller: true, ...owner }] },
    spec: { taskRef: { name: 'build' } },
  });

  it.each<[string, Json, string, string[]]>([
    ['made by the engine, for a run that is there', {}, CONTROLLER, []],
    ['made by somebody', {}, 'alice', ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of a run with another uid', { uid: 'u2' }, CONTROLLER, ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of a run that is not there', { name: 'gone' }, CONTROLLER, ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['without a uid', { uid: '' }, CONTROLLER, ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['in an older version of the API', { apiVersion: 'tekton.dev/v1beta1' }, 'alice', ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['without being its controller', { controller: false }, 'alice', ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of something else', { apiVersion: 'apps/v1', kind: 'Deployment' }, 'alice', []],
  ])('%s', async (_, owner, user, expected) => {
    expect((await codesOf(owned('TaskRun', owner), { user })).filter((code) => code.startsWith('POLICY_OWNER'))).toEqual(expected);
  });

  it('is undetermined while the run cannot be looked up', async () => {
    const broken = judgedBy(POLICY, { cluster: clusterOf([], ['object']) });
    const decision = await broken(owned('TaskRun', {}), { user: CONTROLLER });
    expect([decision.outcome, wrong(decision)]).toEqual(['deny', expect.arrayContaining(['POLICY_FACT_UNKNOWN metadata.ownerReferences[0]'])]);
  });
});

describe('gate 4: settings of an engine are not weakened', () => {
  const map = (name: string, data: Json, namespace: string): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });

  it.each<[string, string, Json, Json, string[]]>([
    ['a signer that is none', 'chains-config', { 'artifacts.oci.signer': 'none' }, { 'artifacts.oci.signer': 'x509' }, ['artifacts.oci.signer']],
    ['a signer that is none where none was written', 'chains-config', { 'artifacts.taskrun.signer': 'none' }, {}, ['artifacts.taskrun.signer']],
    ['evidence that is no longer beside the image', 'chains-config', { 'artifacts.pipelinerun.storage': 'tekton' }, { 'artifacts.pipelinerun.storage': 'tekton,oci' }, ['artifacts.pipelinerun.storage']],
    ['no storage at all', 'chains-config', { 'artifacts.oci.storage': '' }, {}, ['artifacts.oci.storage']],
    ['another builder', 'chains-config', { 'builder.id': 'https://evil.example' }, {}, ['builder.id']],
    ['no log', 'chains-config', {}, { 'transparency.enabled': 'true' }, ['transparency.enabled']],
    ['another key', 'chains-config', { 'signers.kms.kmsref': 'hashivault://mine' }, {}, ['signers.kms.kmsref']],
    ['hermetic execution off', 'feature-flags', { 'enable-api-fields': 'beta' }, { 'enable-api-fields': 'alpha' }, ['enable-api-fields']],
    ['definitions without a policy', 'feature-flags', { 'trusted-resources-verification-no-match-policy': 'warn' }, { 'trusted-resources-verification-no-match-policy': 'fail' }, ['trusted-resources-verification-no-match-policy']],
    ['inline definitions', 'feature-flags', { 'disable-inline-spec': 'taskrun' }, { 'disable-inline-spec': 'taskrun,pipelinerun' }, ['disable-inline-spec']],
    ['a template for all pods', 'config-defaults', { 'default-pod-template': 'hostNetwork: true' }, {}, ['default-pod-template']],
    ['a variable that was forbidden', 'config-defaults', { 'default-forbidden-env': 'A' }, { 'default-forbidden-env': 'A, TEKTON_RESOURCE_NAME' }, ['default-forbidden-env']],
    ['another resolver', 'resolvers-feature-flags', { 'enable-http-resolver': 'true' }, { 'enable-http-resolver': 'false' }, ['enable-http-resolver']],
    ['all namespaces', 'cluster-resolver-config', { 'allowed-namespaces': '' }, { 'allowed-namespaces': 'tekton-catalog' }, ['allowed-namespaces']],
    ['one that was blocked', 'cluster-resolver-config', { 'blocked-namespaces': 'a' }, { 'blocked-namespaces': 'a,b' }, ['blocked-namespaces']],
    ['another server', 'git-resolver-config', { 'server-url': 'https://evil.example' }, { 'server-url': 'https://github.com' }, ['server-url']],
    ['what does not matter', 'feature-flags', { 'send-cloudevents-for-runs': 'true', 'coschedule': 'disabled' }, {}, []],
    ['the stronger', 'chains-config', { 'artifacts.oci.storage': 'oci', 'transparency.enabled': 'true' }, { 'transparency.enabled': 'false' }, []],
    ['nothing', 'config-defaults', { 'default-pod-template': 'a: 1' }, { 'default-pod-template': ' a: 1 ' }, []],
  ])('%s', async (_, name, now, before, expected) => {
    const namespace = name === 'chains-config' ? 'tekton-chains' : 'tekton-pipelines';
    const asking = { operation: 'UPDATE', old: map(name, before, namespace) } as const;
    expect(await codesOf(map(name, now, namespace), asking)).toEqual(expected.map((key) => `POLICY_ENGINE_SETTING data.${key}`));
    // Elsewhere a ConfigMap of that name is anybody's.
    expect(await codesOf(map(name, now, 'team'), { ...asking, old: map(name, before, 'team') })).toEqual([]);
    const byAdministrator = await judge(map(name, now, namespace), { ...asking, groups: ['system:masters'] });
    expect(byAdministrator.outcome).toBe(expected.length === 0 ? 'admit' : 'warn');
  });

  it('one that is removed loses all that it says', async () => {
    expect(await codesOf(map('feature-flags', { 'enable-api-fields': 'alpha', other: 'x' }, 'tekton-pipelines'), { operation: 'DELETE' })).toEqual(['POLICY_ENGINE_SETTING data.enable-api-fields']);
  });

  it.each(['feature-flags', 'chains-config', 'git-resolver-config', 'workflow-controller-configmap'])('F01: %s among many that are removed at once, of which the request names none', async (name) => {
    const data = { 'enable-api-fields': 'alpha', 'builder.id': 'ours', 'server-url': 'https://github.com', executor: 'a' };
    const namespace = name.startsWith('workflow') ? 'argo' : 'tekton-pipelines';
    // The API server sends the removed object and no name.
    const unnamed = judgedBy(POLICY, {});
    const { metadata, ...rest } = map(name, data, namespace) as { metadata: Json };
    const decision = await unnamed({ ...rest, metadata: { namespace } }, { operation: 'DELETE', old: { ...rest, metadata } });
    expect([decision.outcome, wrong(decision).length]).toEqual(['deny', 1]);
    const other = await unnamed({ ...rest, metadata: { namespace } }, { operation: 'DELETE', old: { ...rest, metadata: { ...metadata, name: 'kube-root-ca.crt' } } });
    expect(wrong(other)).toEqual([]);
  });

  it.each<[string, string, Json, Json, boolean]>([
    ['a switch in another spelling is switched on', 'resolvers-feature-flags', { 'enable-http-resolver': 'T' }, { 'enable-http-resolver': 'false' }, true],
    ['a switch that is on by itself is no longer off', 'resolvers-feature-flags', {}, { 'enable-hub-resolver': '0' }, true],
    ['a switch that stays off, spelled otherwise', 'resolvers-feature-flags', { 'enable-hub-resolver': 'False' }, { 'enable-hub-resolver': 'false' }, false],
    ['a switch that is on by itself, written down', 'resolvers-feature-flags', { 'enable-hub-resolver': 'true' }, {}, false],
    ['a switch that is off by itself, in another spelling', 'feature-flags', { 'enable-tekton-oci-bundles': '1' }, {}, true],
    ['a protection in another spelling goes', 'feature-flags', { 'set-security-context': 'false' }, { 'set-security-context': 'True' }, true],
    ['a protection becomes what nobody can read', 'feature-flags', { 'set-security-context': 'yes' }, { 'set-security-context': 'true' }, true],
    ['a protection in another spelling stays', 'feature-flags', { 'set-security-context': 't' }, { 'set-security-context': 'true' }, false],
    ['what is recorded by itself is no longer', 'feature-flags', { 'enable-provenance-in-status': 'F' }, {}, true],
    ['alpha in capitals goes', 'feature-flags', { 'enable-api-fields': 'stable' }, { 'enable-api-fields': 'Alpha' }, true],
    ['fail in capitals goes', 'feature-flags', { 'trusted-resources-verification-no-match-policy': 'ignore' }, { 'trusted-resources-verification-no-match-policy': 'FAIL' }, true],
    ['credentials come into steps', 'feature-flags', { 'disable-creds-init': 'false' }, { 'disable-creds-init': 'true' }, true],
    ['a log that is off by any other word', 'chains-config', { 'transparency.enabled': 'TRUE' }, { 'transparency.enabled': 'true' }, true],
    ['a log that is off by a space', 'chains-config', { 'transparency.enabled': ' true' }, { 'transparency.enabled': 'manual' }, true],
    ['a log of what asks for it alone', 'chains-config', { 'transparency.enabled': 'manual' }, { 'transparency.enabled': 'true' }, true],
    ['a log of everything', 'chains-config', { 'transparency.enabled': 'true' }, { 'transparency.enabled': 'manual' }, false],
    ['evidence that lies with the image by itself goes elsewhere', 'chains-config', { 'artifacts.oci.storage': 'gcs' }, {}, true],
    ['runs that are stored in annotations by themselves, written down', 'chains-config', { 'artifacts.taskrun.storage': 'tekton' }, {}, false],
    ['another signer than the usual one', 'chains-config', { 'artifacts.taskrun.signer': 'kms' }, {}, true],
    ['the usual signer, written down', 'chains-config', { 'artifacts.taskrun.signer': 'x509' }, {}, false],
    ['another kind of build in the provenance', 'chains-config', { 'builddefinition.buildtype': 'https://tekton.dev/chains/v2/slsa-tekton' }, {}, true],
  ])('F02: values count as the engines read them: %s', async (_, name, now, before, weakens) => {
    const asking = { operation: 'UPDATE', old: map(name, before, 'tekton-chains') } as const;
    expect((await codesOf(map(name, now, 'tekton-chains'), asking)).length).toBe(weakens ? 1 : 0);
  });

  it('names of Object.prototype are keys like others', () => {
    expect(weakenings({ name: 'constructor', data: { toString: 'a' }, before: {} })).toEqual([]);
    expect(weakenings({ name: 'feature-flags', data: { constructor: 'a' }, before: {} })).toEqual([]);
  });
});

test.runIf(hasSharedData)('recorded: nothing that a real engine writes is refused as a writer', async () => {
  const folder = sharedData('tekton-recorded');
  let seen = 0;
  for (const file of readdirSync(folder).filter((name) => /^[a-hl-m].*\.jsonl$/.test(name))) {
    const reviews = readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { review: { request: { object: Json | null } } }).review);
    const objects = reviews.flatMap(({ request }) => (request.object === null ? [] : [request.object]));
    const byCluster = judgedBy(POLICY, { cluster: clusterOf(objects) });
    for (const review of reviews) {
      const json = parseJson(new TextEncoder().encode(JSON.stringify(review)), JSON_LIMITS);
      const read = json.ok ? readAdmissionReview(json.value) : json;
      if (!read.ok) throw new Error(read.message);
      const { resource, subResource, operation, object, oldObject, user, namespace, dryRun } = read.review;
      if (object === null || !resource.group.endsWith('tekton.dev')) continue;
      const decision = await byCluster(object as Json, { operation, sub: subResource, user: user.username, groups: user.groups, namespace, dryRun, ...(oldObject === null ? {} : { old: oldObject as Json }) });
      expect(wrong(decision).filter((code) => /WRITER|OWNER|ENGINE_FAULT/.test(code)), `${file} ${operation} ${resource.resource}/${subResource}`).toEqual([]);
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(120);
});
