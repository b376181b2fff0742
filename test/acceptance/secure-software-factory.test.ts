// The Secure Software Factory, gate by gate: one run that is as it should be passes all of them with real signatures, and whoever tries to
// get around one is stopped there, by a code of its own. Every attack differs from the good run in the one thing that it says.
import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../src/domain/ports.ts';
import { evidenceFromFile, offlineSource } from '../../src/fetch/index.ts';
import { clusterOf, CONTROLLER, judgedBy, object, wrong } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';
import { verifierHere } from '../support/offline.ts';
import { keyBundle } from '../world/bundle.ts';
import { signForTekton } from '../world/definition.ts';
import { makeImage } from '../world/image.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const [team, builder, stranger] = [world.key(), world.key(), world.key()];
const [tool, unsigned] = [makeImage(), makeImage()];
const TOOL = `ghcr.io/acme/tool@${tool.digest}`;
const HERMETIC = { 'experimental.tekton.dev/execution-mode': 'hermetic' };
const TRIGGERS = 'system:serviceaccount:ci:triggers';
const ADMIN = { user: 'root', groups: ['system:masters'] };

const signer = (name: string, pem: string, may: string): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: ${name}}
spec: {identities: [{key: {data: ${JSON.stringify(pem)}}}], mayCertify: [${may}]}
---`;
const POLICIES = `${signer('platform-team', team.publicKeyPem, '{definition: "**"}')}${signer('builder', builder.publicKeyPem, '{image: "ghcr.io/acme/**"}')}
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: images}
spec: {artifacts: [{image: "**"}], require: [{name: signed, signature: {by: [builder]}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec:
  namespaces: {matchLabels: {factory: "true"}}
  mode: enforce
  requesters: {serviceAccounts: ["ci/triggers"], groups: [release-engineers], users: []}
  definitions:
    signedBy: [platform-team]
    threshold: 1
    inline: deny
    sources: [{bundle: "ghcr.io/acme/tasks/**"}, {git: "https://github.com/acme/pipelines"}]
    pinned: true
    require: [{task: scan, before: [publish]}, {task: "fetch-*", first: true}]
  parameters: {deny: ["*_FLAGS"], allow: {revision: "[0-9a-f]{40}"}, others: allow}
  images: {deferred: allowIfPodsAreGated, unpinned: deny}
  hygiene: baseline
  serviceAccounts: [pipeline, publisher]
  classes:
    label: gatehouse.dev/class
    definitions: {fetch: ["fetch-*"], publish: [kaniko]}
    userCode: [build, test]
  jail: {networkPolicy: required, hermetic: required}
  publish: {results: required, provenance: required}
`;

/** A task of the platform team, unsigned as yet. */
function plainTask(name: string, { labels = {}, results = '', step = '', more = '' }: { labels?: Record<string, string>; results?: string; step?: string; more?: string } = {}): Json {
  return object(`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: ${name}, namespace: ci, labels: ${JSON.stringify(labels)}}
spec:
  params: [{name: revision, type: string, default: ""}]
  ${results === '' ? '' : `results: [${results}]`}
  ${more}
  steps:
    - {name: run, image: "${TOOL}", args: ["$(params.revision)"]${step === '' ? '' : `, ${step}`}}
`);
}
const task = (...given: Parameters<typeof plainTask>): Json => signForTekton(plainTask(...given), team);

const RESULTS = '{name: IMAGE_URL, type: string}, {name: IMAGE_DIGEST, type: string}';
const TASKS: readonly Json[] = [
  task('fetch-source'), task('scan', { labels: { 'gatehouse.dev/class': 'test' } }), task('compile', { labels: { 'gatehouse.dev/class': 'build' } }), task('kaniko', { results: RESULTS }),
];

/** The pipeline as its authors wrote it; `edit` changes its text before it is signed. */
function plainPipeline(edit: (text: string) => string = (text) => text): Json {
  return object(edit(`
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: release, namespace: ci}
spec:
  params: [{name: revision, type: string}]
  tasks:
    - {name: fetch, taskRef: {name: fetch-source, kind: Task}, params: [{name: revision, value: "$(params.revision)"}]}
    - {name: check, taskRef: {name: scan, kind: Task}, runAfter: [fetch]}
    - {name: build, taskRef: {name: compile, kind: Task}, runAfter: [check]}
    - {name: push, taskRef: {name: kaniko, kind: Task}, runAfter: [build]}
  results:
    - {name: IMAGE_URL, type: string, description: "", value: "$(tasks.push.results.IMAGE_URL)"}
    - {name: IMAGE_DIGEST, type: string, description: "", value: "$(tasks.push.results.IMAGE_DIGEST)"}
`));
}
const pipeline = (edit?: (text: string) => string): Json => signForTekton(plainPipeline(edit), team);

const RUN = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: release-1, namespace: ci, annotations: {experimental.tekton.dev/execution-mode: hermetic}}
spec:
  pipelineRef: {name: release}
  params: [{name: revision, value: ${'a'.repeat(40)}}]
  taskRunTemplate: {serviceAccountName: pipeline, podTemplate: {automountServiceAccountToken: false}}
`;

/** The run as it stands once its engine executes it. */
function live(run: Json = object(RUN)): Json {
  return { ...run, metadata: { ...(run['metadata'] as Json), uid: 'run-uid', annotations: HERMETIC }, status: { pipelineSpec: plainPipeline()['spec'] } };
}

/** The TaskRun that the controller makes for a task of the pipeline. */
function taskRun(name: string, definition: string, more: Json = {}): Json {
  return {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun',
    metadata: {
      name: `release-1-${name}`, namespace: 'ci', uid: `${name}-uid`, annotations: HERMETIC,
      labels: { 'tekton.dev/pipelineRun': 'release-1', 'tekton.dev/pipelineTask': name, 'tekton.dev/pipelineRunUID': 'run-uid', 'tekton.dev/memberOf': 'tasks', 'tekton.dev/pipeline': 'release' },
      ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'release-1', uid: 'run-uid', controller: true, blockOwnerDeletion: true }],
    },
    spec: { serviceAccountName: 'pipeline', taskRef: { name: definition, kind: 'Task' }, podTemplate: { automountServiceAccountToken: false }, ...more },
  };
}

interface PodChange { readonly labels?: Json; readonly annotations?: Json; readonly spec?: Json; readonly step?: Json; readonly owner?: Json }

/** The pod that the controller makes for a TaskRun. */
function pod(name: string, { labels = {}, annotations = HERMETIC, spec = {}, step = {}, owner = {} }: PodChange = {}): Json {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: `release-1-${name}-pod`, namespace: 'ci', annotations,
      labels: { 'tekton.dev/taskRun': `release-1-${name}`, 'tekton.dev/taskRunUID': `${name}-uid`, 'tekton.dev/pipelineRun': 'release-1', 'tekton.dev/pipelineTask': name, ...labels },
      ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `release-1-${name}`, uid: `${name}-uid`, controller: true, blockOwnerDeletion: true, ...owner }],
    },
    spec: { serviceAccountName: 'pipeline', automountServiceAccountToken: false, restartPolicy: 'Never', containers: [{ name: 'step-run', image: TOOL, env: [{ name: 'TEKTON_HERMETIC', value: '1' }], ...step }], ...spec },
  };
}

const network = (name: string, spec: Json): Json => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'ci' }, spec });
const DENY_ALL = network('deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
const config = (name: string, namespace: string, data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
const CHAINS = config('chains-config', 'tekton-chains', { 'artifacts.taskrun.signer': 'x509', 'artifacts.taskrun.storage': 'oci', 'artifacts.pipelinerun.signer': 'x509', 'artifacts.pipelinerun.storage': 'oci', 'artifacts.oci.signer': 'x509', 'artifacts.oci.storage': 'oci' });
const FLAGS = config('feature-flags', 'tekton-pipelines', { 'enable-api-fields': 'alpha' });
const CHILDREN = [taskRun('fetch', 'fetch-source'), taskRun('check', 'scan'), taskRun('build', 'compile'), taskRun('push', 'kaniko')];
const CLUSTER: readonly Json[] = [...TASKS, pipeline(), live(), ...CHILDREN, DENY_ALL, CHAINS, FLAGS];

/** The cluster with some objects in place of those of the same kind and name. */
function instead(...changed: readonly Json[]): ClusterFacts {
  const key = (it: Json): string => `${String(it['kind'])}/${String((it['metadata'] as Json)['name'])}`;
  const gone = new Set(changed.map(key));
  return clusterOf([...CLUSTER.filter((it) => !gone.has(key(it))), ...changed.filter((it) => it['kind'] !== 'Gone')]);
}
const without = (kind: string, name: string): ClusterFacts => clusterOf(CLUSTER.filter((it) => !(it['kind'] === kind && (it['metadata'] as Json)['name'] === name)));

const evidence = offlineSource(evidenceFromFile('tool', keyBundle(world, { digest: tool.digest, key: builder })));

function factory(cluster: ClusterFacts = clusterOf(CLUSTER)): ReturnType<typeof judgedBy> {
  return judgedBy(POLICIES, { cluster, ports: { unmatched: 'deny', source: evidence, resolver: evidence, verifier: verifierHere, clock: { now: () => NOW } } });
}

const edited = (change: (run: Record<string, never>) => void, text = RUN): Json => {
  const copy = structuredClone(object(text)) as Record<string, never>;
  change(copy);
  return copy;
};
const set = (path: string, value: unknown) => (it: Record<string, unknown>): void => {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let here = it;
  for (const part of parts) here = (here[part] ??= {}) as Record<string, unknown>;
  here[last] = value;
};

describe('the good run passes every gate', () => {
  const judge = factory();
  const steps: readonly (readonly [string, Json, Asking])[] = [
    ...TASKS.map((it) => [`gate 1: task ${String((it['metadata'] as Json)['name'])} is applied`, it, { user: 'alice' }] as const),
    ['gate 1: the pipeline is applied', pipeline(), { user: 'alice' }],
    ['gate 1: the run is asked for', object(RUN), { user: TRIGGERS }],
    ['gate 1: or by a release engineer', object(RUN), { user: 'eve', groups: ['release-engineers'] }],
    ...CHILDREN.map((it) => [`gate 1: ${String((it['metadata'] as Json)['name'])} is made by the engine`, it, { user: CONTROLLER }] as const),
    ...['fetch', 'check', 'build', 'push'].map((name) => [`gate 3: the pod of ${name} is made by the engine`, pod(name), { user: CONTROLLER }] as const),
    ['what it executes is written by the engine', live(), { user: CONTROLLER, operation: 'UPDATE', sub: 'status', old: object(RUN) }],
    ['its results are written by the engine', { ...CHILDREN[3], status: { results: [{ name: 'IMAGE_DIGEST', value: tool.digest }] } }, { user: CONTROLLER, operation: 'UPDATE', sub: 'status', old: CHILDREN[3] as Json }],
    ['gate 4: Chains marks what it has signed', edited(set('metadata.annotations', { ...HERMETIC, 'chains.tekton.dev/signed': 'true' })), { user: 'system:serviceaccount:tekton-chains:tekton-chains-controller', operation: 'UPDATE', old: object(RUN) }],
    ['the network policy is applied', DENY_ALL, { user: 'alice' }],
  ];
  it.each(steps)('%s', async (_, it, asking) => {
    const decision = await judge(it, asking);
    expect([wrong(decision), decision.outcome]).toEqual([[], 'admit']);
  });
});

type Attack = readonly [what: string, it: Json, asking: Asking, code: string, cluster?: ClusterFacts];
const by = (user: string, more: Asking = {}): Asking => ({ user, ...more });
const stored = (it: Json): Attack[1] => it;

const GATE_1: readonly Attack[] = [
  ['a run by somebody who may not start it', object(RUN), by('mallory'), 'POLICY_REQUESTER'],
  ['a pipeline that the run brings along', edited((run) => { set('spec.pipelineSpec', plainPipeline()['spec'])(run); set('spec.pipelineRef', undefined)(run); }), by(TRIGGERS), 'POLICY_DEFINITION_INLINE'],
  ['K05 a task that the pipeline brings along, unsigned, under finally', edited((run) => { set('spec.pipelineSpec', { tasks: [{ name: 'a', taskRef: { name: 'scan' } }], finally: [{ name: 'f', taskSpec: { steps: [{ name: 's', image: TOOL }] } }] })(run); set('spec.pipelineRef', undefined)(run); }), by(TRIGGERS), 'POLICY_DEFINITION_INLINE'],
  ['a task that nobody has signed', plainTask('scan'), by('alice'), 'POLICY_DEFINITION_UNSIGNED'],
  ['a task that a stranger has signed', signForTekton(plainTask('scan'), stranger), by('alice'), 'VERIFY_SIGNATURE_INVALID'],
  ['a signed task with another step', { ...(TASKS[1] as Json), spec: { ...((TASKS[1] as Json)['spec'] as Json), steps: [{ name: 'run', image: TOOL, args: ['evil'] }] } }, by('alice'), 'VERIFY_'],
  ['a task that was changed behind the pipeline', object(RUN), by(TRIGGERS), 'VERIFY_', instead({ ...(TASKS[3] as Json), spec: { ...((TASKS[3] as Json)['spec'] as Json), steps: [{ name: 'run', image: TOOL, args: ['evil'] }] } })],
  ['a pipeline that is not there', edited(set('spec.pipelineRef.name', 'other')), by(TRIGGERS), 'POLICY_DEFINITION_MISSING'],
  ['a bundle by tag', edited(set('spec.pipelineRef', { resolver: 'bundles', params: [{ name: 'bundle', value: 'ghcr.io/acme/tasks/release:1' }, { name: 'name', value: 'release' }, { name: 'kind', value: 'pipeline' }] })), by(TRIGGERS), 'POLICY_DEFINITION_UNPINNED'],
  ['K04 a repository by branch', edited(set('spec.pipelineRef', { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines' }, { name: 'revision', value: 'main' }, { name: 'pathInRepo', value: 'release.yaml' }] })), by(TRIGGERS), 'POLICY_DEFINITION_UNPINNED'],
  ['K07 a repository that only looks like the allowed one', edited(set('spec.pipelineRef', { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines.evil.example/x' }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: 'release.yaml' }] })), by(TRIGGERS), 'POLICY_DEFINITION_SOURCE'],
  ['K02 an option in place of a revision', edited(set('spec.pipelineRef', { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines' }, { name: 'revision', value: '--upload-pack=x' }, { name: 'pathInRepo', value: 'release.yaml' }] })), by(TRIGGERS), 'POLICY_HYGIENE_RESOLVER'],
  ['K02 a path that leads out of the repository', edited(set('spec.pipelineRef', { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines' }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: '../../x' }] })), by(TRIGGERS), 'POLICY_HYGIENE_RESOLVER'],
  ['an unknown resolver', edited(set('spec.pipelineRef', { resolver: 'mine', params: [] })), by(TRIGGERS), 'POLICY_DEFINITION_SOURCE'],
  ['a signed pipeline without the scan', object(RUN), by(TRIGGERS), 'POLICY_TASK_REQUIRED', instead(pipeline((text) => text.replace(/.*name: check.*\n/, '').replace('[check]', '[fetch]')))],
  ['a signed pipeline that scans beside the way', object(RUN), by(TRIGGERS), 'POLICY_TASK_ORDER', instead(pipeline((text) => text.replace('runAfter: [check]', 'runAfter: [fetch]')))],
  ['a signed pipeline whose scan may be passed over', object(RUN), by(TRIGGERS), 'POLICY_TASK_REQUIRED', instead(pipeline((text) => text.replace('{name: scan, kind: Task}, runAfter', '{name: scan, kind: Task}, when: [{input: a, operator: in, values: [b]}], runAfter')))],
  ['a signed pipeline whose failing scan does not matter', object(RUN), by(TRIGGERS), 'POLICY_TASK_REQUIRED', instead(pipeline((text) => text.replace('{name: scan, kind: Task}, runAfter', '{name: scan, kind: Task}, onError: continue, runAfter')))],
  ['a task that is only called scan', object(RUN), by(TRIGGERS), 'POLICY_TASK_REQUIRED', instead(pipeline((text) => text.replace('name: check, taskRef: {name: scan', 'name: scan, taskRef: {name: compile').replace('[check]', '[scan]')))],
  ['a parameter that nobody may set', edited(set('spec.params', [{ name: 'revision', value: 'a'.repeat(40) }, { name: 'CC_FLAGS', value: '-x' }])), by(TRIGGERS), 'POLICY_PARAMETER'],
  ['a branch where a commit is wanted', edited(set('spec.params', [{ name: 'revision', value: 'main' }])), by(TRIGGERS), 'POLICY_PARAMETER'],
  ['another account', edited(set('spec.taskRunTemplate.serviceAccountName', 'cluster-admin')), by(TRIGGERS), 'POLICY_SERVICE_ACCOUNT'],
  ['no account, which is the default one', edited(set('spec.taskRunTemplate.serviceAccountName', undefined)), by(TRIGGERS), 'POLICY_SERVICE_ACCOUNT'],
  ['host namespaces', edited(set('spec.taskRunTemplate.podTemplate.hostNetwork', true)), by(TRIGGERS), 'POLICY_HYGIENE_HOST'],
  ['a path of the node', edited(set('spec.taskRunTemplate.podTemplate.volumes', [{ name: 'v', hostPath: { path: '/' } }])), by(TRIGGERS), 'POLICY_HYGIENE_HOST_PATH'],
  ['a signed task that is privileged', task('kaniko', { results: RESULTS, step: 'securityContext: {privileged: true}' }), by('alice'), 'POLICY_HYGIENE_PRIVILEGED'],
  ['K03 a mount over the engine, written otherwise', task('kaniko', { results: RESULTS, step: 'volumeMounts: [{name: v, mountPath: /data/../tekton/bin}]', more: 'volumes: [{name: v, emptyDir: {}}]' }), by('alice'), 'POLICY_HYGIENE_MOUNT'],
  ['a secret in a parameter', edited(set('spec.params', [{ name: 'revision', value: 'a'.repeat(40) }, { name: 'token', value: `ghp_${'A1b2C3d4'.repeat(5).slice(0, 36)}` }])), by(TRIGGERS), 'POLICY_HYGIENE_SECRET'],
  ['a run stopped for debugging', { ...object(RUN), kind: 'TaskRun', spec: { taskRef: { name: 'scan' }, serviceAccountName: 'pipeline', debug: { breakpoints: { onFailure: 'enabled' } } } }, by(TRIGGERS), 'POLICY_HYGIENE_DEBUG'],
  ['a run that writes what marks its pods', edited(set('metadata.labels', { 'tekton.dev/pipelineTask': 'push' })), by(TRIGGERS), 'POLICY_RESERVED'],
  ['a run that says that it is signed', edited(set('metadata.annotations', { ...HERMETIC, 'chains.tekton.dev/signed': 'true' })), by(TRIGGERS), 'POLICY_RESERVED'],
  ['an image by tag in a signed task', stored(signForTekton(edited(set('spec.steps', [{ name: 'run', image: 'ghcr.io/acme/tool:1' }]), JSON.stringify(plainTask('compile'))), team)), by('alice'), 'POLICY_IMAGE_UNPINNED'],
  ['an unsigned image in a signed task', stored(signForTekton(edited(set('spec.steps', [{ name: 'run', image: `ghcr.io/acme/tool@${unsigned.digest}` }]), JSON.stringify(plainTask('compile'))), team)), by('alice'), 'VERIFY_SUBJECT_MISMATCH'],
  ['K01 a TaskRun that claims to belong to the run', CHILDREN[3] as Json, by('mallory'), 'POLICY_OWNER'],
  ['K01 a TaskRun for a run with another uid', CHILDREN[3] as Json, by(CONTROLLER), 'POLICY_OWNER', instead({ ...live(), metadata: { name: 'release-1', namespace: 'ci', uid: 'other' } })],
  ['a TaskRun of the run that is not what the pipeline says', taskRun('push', 'scan'), by(CONTROLLER), 'POLICY_DEFINITION_CHANGED'],
  ['§0.7 steps written into the status', { ...(CHILDREN[0] as Json), status: { taskSpec: { steps: [{ name: 's', image: 'evil' }] } } }, by('mallory', { operation: 'UPDATE', sub: 'status', old: CHILDREN[0] as Json }), 'POLICY_WRITER'],
  ['§0.7 data written into a resolution', { apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'r', namespace: 'ci' }, status: { data: 'YQ==' } }, by('mallory', { operation: 'UPDATE', sub: 'status', old: { apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'r', namespace: 'ci' } } }), 'POLICY_WRITER'],
];

const WIDE = network('wide', { podSelector: {}, egress: [{}] });
const GATE_3: readonly Attack[] = [
  ['no network policy', pod('build'), by(CONTROLLER), 'POLICY_JAIL_NETWORK', without('NetworkPolicy', 'deny-all')],
  ['one that isolates in one direction', pod('build'), by(CONTROLLER), 'POLICY_JAIL_NETWORK', instead(network('deny-all', { podSelector: {} }))],
  ['one that selects other pods', pod('build'), by(CONTROLLER), 'POLICY_JAIL_NETWORK', instead(network('deny-all', { podSelector: { matchLabels: { a: 'b' } }, policyTypes: ['Ingress', 'Egress'] }))],
  ['another one that lets it out', pod('build'), by(CONTROLLER), 'POLICY_JAIL_OPEN', instead(WIDE)],
  ['no hermetic execution', pod('build', { annotations: {} }), by(CONTROLLER), 'POLICY_JAIL_HERMETIC'],
  ['an engine that does not honour it', pod('build'), by(CONTROLLER), 'POLICY_JAIL_HERMETIC', instead(config('feature-flags', 'tekton-pipelines', { 'enable-api-fields': 'beta' }))],
  ['§0.8 hermetic execution undone by a variable', pod('build', { step: { env: [{ name: 'TEKTON_RESOURCE_NAME', value: 'x' }, { name: 'TEKTON_HERMETIC', value: '1' }] } }), by(CONTROLLER), 'POLICY_JAIL_BYPASS'],
  ['§0.8 the same by envFrom', pod('build', { step: { envFrom: [{ configMapRef: { name: 'x' } }] } }), by(CONTROLLER), 'POLICY_JAIL_BYPASS'],
  ['§0.8 the same in the pod template of the run', edited(set('spec.taskRunTemplate.podTemplate.env', [{ name: 'TEKTON_RESOURCE_NAME', value: 'x' }])), by(TRIGGERS), 'POLICY_JAIL_BYPASS'],
  ['a sidecar, which shares the network', pod('build', { spec: { containers: [{ name: 'step-run', image: TOOL }, { name: 'sidecar-x', image: TOOL }] } }), by(CONTROLLER), 'POLICY_JAIL_POD'],
  ['the network of the node', pod('build', { spec: { hostNetwork: true } }), by(CONTROLLER), 'POLICY_JAIL_POD'],
  ['a token', pod('build', { spec: { volumes: [{ name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] } }), by(CONTROLLER), 'POLICY_JAIL_POD'],
  ['a workload identity', pod('build', { spec: { volumes: [{ name: 's', csi: { driver: 'csi.spiffe.io' } }] } }), by(CONTROLLER), 'POLICY_JAIL_POD'],
  ['a pod that claims to be of a task', pod('push'), by('mallory'), 'POLICY_OWNER'],
  ['a pod of another task by uid', pod('build', { owner: { uid: 'push-uid' } }), by(CONTROLLER), 'POLICY_OWNER'],
  ['the policy taken away while it runs', DENY_ALL, by('mallory', { operation: 'DELETE' }), 'POLICY_JAIL_BREACH', instead(pod('build'))],
  ['another that lets it out while it runs', WIDE, by('mallory'), 'POLICY_JAIL_BREACH', instead(pod('build'))],
  ['the policy narrowed while it runs', network('deny-all', { podSelector: { matchLabels: { a: 'b' } }, policyTypes: ['Ingress', 'Egress'] }), by('mallory', { operation: 'UPDATE', old: DENY_ALL }), 'POLICY_JAIL_BREACH', instead(pod('build'))],
  ['a label that lets it out while it runs', pod('build', { labels: { out: 'yes' } }), by('mallory', { operation: 'UPDATE', old: pod('build') }), 'POLICY_JAIL_BREACH', instead(pod('build'), network('wide', { podSelector: { matchLabels: { out: 'yes' } }, egress: [{}] }))],
];

const GATE_4: readonly Attack[] = [
  ['a publishing task without results', object(RUN), by(TRIGGERS), 'POLICY_PUBLISH_RESULTS', instead(task('kaniko'))],
  ['a pipeline that does not surface them', object(RUN), by(TRIGGERS), 'POLICY_PUBLISH_RESULTS', instead(pipeline((text) => text.slice(0, text.indexOf('  results:'))))],
  ['Chains that signs nothing', object(RUN), by(TRIGGERS), 'POLICY_PUBLISH_PROVENANCE', instead(config('chains-config', 'tekton-chains', { 'artifacts.taskrun.signer': 'none', 'artifacts.pipelinerun.signer': 'none', 'artifacts.oci.signer': 'none' }))],
  ['Chains told to sign nothing', config('chains-config', 'tekton-chains', { 'artifacts.oci.signer': 'none' }), by('mallory', { operation: 'UPDATE', old: CHAINS }), 'POLICY_ENGINE_SETTING'],
  ['an engine told to honour less', config('feature-flags', 'tekton-pipelines', { 'enable-api-fields': 'stable' }), by('mallory', { operation: 'UPDATE', old: FLAGS }), 'POLICY_ENGINE_SETTING'],
];

describe.each([['gate 1: the build request', GATE_1], ['gate 3: the jail', GATE_3], ['gate 4: what is published', GATE_4]] as const)('%s', (_, attacks) => {
  it.each(attacks.map((attack) => ({ what: attack[0], attack })))('$what', async ({ attack: [, it, asking, code, cluster] }) => {
    const decision = await factory(cluster)(it, asking);
    expect([decision.outcome, wrong(decision)]).toEqual(['deny', expect.arrayContaining([expect.stringMatching(new RegExp(`^${code}`))])]);
    expect(wrong(decision)).not.toContain('ENGINE_FAULT');
  });
});

describe('gate 1: a single task that is fetched when it runs, by which every other task would be passed by', () => {
  const alone = (taskRef: Json): Json => ({
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'alone', namespace: 'ci', annotations: HERMETIC },
    spec: { taskRef, serviceAccountName: 'pipeline', podTemplate: { automountServiceAccountToken: false } },
  });
  const fetched = { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines' }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: 'kaniko.yaml' }] };
  const [require] = /    require: .*\n/.exec(POLICIES) ?? [''];
  it.each<[string, Json, string, readonly string[]]>([
    ['fetched', fetched, require, ['POLICY_TASK_REQUIRED', 'POLICY_TASK_REQUIRED']],
    ['fetched, where no task is required', fetched, '', []],
    ['fetched, where a single one is required', fetched, '    require: [{task: scan}]\n', ['POLICY_TASK_REQUIRED']],
    ['of this namespace', { name: 'kaniko' }, require, ['POLICY_TASK_REQUIRED', 'POLICY_TASK_REQUIRED']],
    ['of this namespace, and it is the one that is required', { name: 'scan' }, '    require: [{task: scan}]\n', []],
  ])('%s', async (_, ref, required, expected) => {
    const judge = judgedBy(POLICIES.replace(require, required), {
      cluster: clusterOf(CLUSTER), ports: { unmatched: 'deny', source: evidence, resolver: evidence, verifier: verifierHere, clock: { now: () => NOW } },
    });
    expect(wrong(await judge(alone(ref), { user: TRIGGERS }))).toEqual(expected);
  });
});

describe('gate 1: a template of triggers, in which every object stands for itself', () => {
  const trigger = (...resourcetemplates: readonly Json[]): Json => ({
    apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 'on-push', namespace: 'ci' }, spec: { resourcetemplates },
  });
  const run = object(RUN);
  const inline = edited((it) => { set('spec.pipelineSpec', plainPipeline()['spec'])(it); set('spec.pipelineRef', undefined)(it); });
  const [signed, plain] = [TASKS[1] as Json, plainTask('compile')];
  it.each<[string, Json, readonly string[]]>([
    ['a run', trigger(run), []],
    ['a run with its own pipeline', trigger(inline), ['POLICY_DEFINITION_INLINE spec.resourcetemplates[0].spec.pipelineSpec']],
    ['the same behind a signed task', trigger(signed, inline), ['POLICY_DEFINITION_INLINE spec.resourcetemplates[1].spec.pipelineSpec']],
    ['a run behind a signed task', trigger(signed, run), []],
    ['an unsigned task behind a signed one', trigger(signed, plain), ['POLICY_DEFINITION_UNSIGNED spec.resourcetemplates[1]']],
    ['a signed task behind a signed pipeline', trigger(pipeline(), signed), []],
  ])('%s', async (_, it, expected) => {
    expect(wrong(await factory()(it, { user: TRIGGERS }))).toEqual(expected);
  });
});

describe('gate 1: a class that a run writes on a task of a fetched pipeline', () => {
  const push = {
    name: 'push', runAfter: ['fetch'],
    taskSpec: { metadata: { labels: { 'acme.dev/class': 'publish' } }, results: [{ name: 'IMAGE_URL' }, { name: 'IMAGE_DIGEST' }], steps: [{ name: 's', image: TOOL }] },
  };
  const ref = (name: string): Json => ({ name, kind: 'Task' });
  const good = { tasks: [{ name: 'fetch', taskRef: ref('fetch-source') }, { name: 'check', taskRef: ref('scan'), runAfter: ['fetch'] }, { ...push, runAfter: ['check'] }] };
  const bad = { tasks: [{ name: 'fetch', taskRef: ref('fetch-source') }, push, { name: 'check', taskRef: ref('scan'), runAfter: ['push'] }] };
  const results = ['IMAGE_URL', 'IMAGE_DIGEST'].map((name) => ({ name, value: `$(tasks.push.results.${name})` }));
  const fetched = (pipelineSpec: Json, label?: string): Json => ({
    ...edited((run) => {
      set('spec.pipelineRef', { resolver: 'git', params: [{ name: 'url', value: 'https://github.com/acme/pipelines' }, { name: 'revision', value: 'a'.repeat(40) }, { name: 'pathInRepo', value: 'release.yaml' }] })(run);
      set('metadata.uid', 'run-uid')(run);
      if (label !== undefined) set('spec.taskRunSpecs', [{ pipelineTaskName: 'push', metadata: { labels: { 'acme.dev/class': label } } }])(run);
    }),
    status: { pipelineSpec: { ...pipelineSpec, results } },
  });
  it.each<[string, Json, readonly string[]]>([
    ['in order', fetched(good), []],
    ['out of order', fetched(bad), ['POLICY_TASK_ORDER']],
    ['out of order, and the run calls it another class', fetched(bad, 'fetch'), ['POLICY_TASK_ORDER']],
    ['out of order, and the run calls it no class at all', fetched(bad, ''), ['POLICY_TASK_ORDER']],
    ['in order, and the run calls it another class', fetched(good, 'fetch'), []],
  ])('%s', async (_, run, expected) => {
    const judge = judgedBy(POLICIES.replace('label: gatehouse.dev/class', 'label: acme.dev/class'), {
      cluster: instead(run), ports: { unmatched: 'deny', source: evidence, resolver: evidence, verifier: verifierHere, clock: { now: () => NOW } },
    });
    const decision = await judge(CHILDREN[0] as Json, { user: CONTROLLER });
    expect(wrong(decision).map((text) => text.split(' ')[0])).toEqual(expected);
  });
});

it('an administrator may change settings, and everybody hears of it', async () => {
  const decision = await factory()(config('chains-config', 'tekton-chains', { 'artifacts.oci.signer': 'none' }), { ...ADMIN, operation: 'UPDATE', old: CHAINS });
  expect([decision.outcome, wrong(decision).every((code) => code.startsWith('POLICY_ENGINE_SETTING'))]).toEqual(['warn', true]);
});

it('at least 25 attacks, each with the code of what it attacks', () => {
  const all = [...GATE_1, ...GATE_3, ...GATE_4];
  expect(all.length).toBeGreaterThanOrEqual(25);
  expect(new Set(all.map(([, , , code]) => code)).size).toBeGreaterThanOrEqual(25);
});

