import type { Json } from '../../../support/pipelines.ts';
import { KEYS } from '../support.ts';

/**
 * One field of a PipelinePolicy beside a base, and a value of it that must change what is said of an object: a code that `comes`, or one
 * that is `gone`. Without either it must change what is compiled, and `why` says where the verdict is tested.
 */
export interface PipelineRow {
  readonly kind: 'PipelinePolicy';
  /** Where in the document, as rows of other kinds have it. */
  readonly place: string;
  readonly value: unknown;
  /** The rest of the spec. */
  readonly base: object;
  /** What bob asks for. */
  readonly object: Json;
  readonly comes?: string;
  readonly gone?: string;
  readonly why?: string;
}

type More = Partial<Pick<PipelineRow, 'base' | 'object' | 'comes' | 'gone' | 'why'>>;

const DIGEST = `sha256:${'1'.repeat(64)}`;
const taskRun = (spec: object): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'b', namespace: 'ci' }, spec });
const inline = (image: string, more: object = {}): Json => taskRun({ serviceAccountName: 'pipeline', taskSpec: { params: [{ name: 'image' }], steps: [{ name: 's', image }], ...more } });
const resolved = (resolver: string, params: Readonly<Record<string, string>>): Json =>
  taskRun({ taskRef: { resolver, params: Object.entries(params).map(([name, value]) => ({ name, value })) } });
const RUN = inline(`ghcr.io/acme/go@${DIGEST}`);
/** A run by a definition that is stored without a signature: {@link TASK}. */
const STORED = taskRun({ taskRef: { name: 'kaniko' } });
const REVISION: Json = { ...taskRun({ taskRef: { name: 't' }, params: [{ name: 'revision', value: 'a'.repeat(40) }] }) };

const row = (field: string, value: unknown, more: More): PipelineRow => ({ kind: 'PipelinePolicy', place: `spec.${field}`, value, base: {}, object: RUN, ...more });
/** Bob is none of the requesters. */
const OTHERS = { requesters: { users: ['alice'] } };
const SIGNED = { definitions: { signedBy: ['alice', 'bob'] } };
const SCAN = { definitions: { signedBy: ['alice'], require: [{ task: 'scan' }] } };
const DEV = { ...OTHERS, namespaces: { matchExpressions: [{ key: 'env', operator: 'In', values: ['dev'] }] } };
const [who, from] = [{ base: { requesters: {} }, gone: 'POLICY_REQUESTER' }, (object: Json): More => ({ base: { definitions: { sources: [] } }, object, gone: 'POLICY_DEFINITION_SOURCE' })];
const WITH_DEFINITIONS = 'by signed definitions: test/acceptance, test/unit/evaluate/request';
const OF_PODS = 'by pods and the policies of a cluster: test/unit/evaluate/request/jail';
const OF_QUESTIONS = 'by questions to the gate: test/unit/evaluate/request/callers.test.ts';
const OF_CI = { base: { callers: { ci: [{ issuer: 'https://ci.example' }] } }, why: OF_QUESTIONS };
const TAKING = taskRun({ taskRef: { name: 'kaniko' }, params: [{ name: 'BASE_DIGEST', value: DIGEST }] });
const OF_SUMMARIES = 'by questions to the gate: test/acceptance/publish.test.ts';
const publishing = (label: string): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'b', namespace: 'ci' },
  spec: { pipelineSpec: { tasks: [{ name: 'push', taskSpec: { metadata: { labels: { [label]: 'publish' } }, steps: [{ name: 's', image: `ghcr.io/acme/go@${DIGEST}` }] } }] } },
});

export const PIPELINE_ROWS: readonly PipelineRow[] = [
  row('namespaces.matchLabels.{env}', 'prod', { base: OTHERS, gone: 'POLICY_REQUESTER' }),
  row('namespaces.matchExpressions.0.key', 'tier', { base: DEV, gone: 'POLICY_REQUESTER' }),
  row('namespaces.matchExpressions.0.operator', 'NotIn', { base: DEV, gone: 'POLICY_REQUESTER' }),
  row('namespaces.matchExpressions.0.values', ['prod'], { base: DEV, gone: 'POLICY_REQUESTER' }),
  row('mode', 'audit', { base: OTHERS, gone: 'deny' }),
  row('requesters.serviceAccounts', ['ci/bob'], { ...who, object: { ...RUN, 'x-user': 'system:serviceaccount:ci:bob' } }),
  row('requesters.groups', ['developers'], who),
  row('requesters.users', ['bob'], who),
  row('definitions.signedBy', ['alice'], { base: { definitions: {} }, object: STORED, comes: 'POLICY_DEFINITION_UNSIGNED' }),
  row('definitions.threshold', 2, { base: SIGNED, why: WITH_DEFINITIONS }),
  row('definitions.maxAge', '1h', { base: SIGNED, why: WITH_DEFINITIONS }),
  row('definitions.inline', 'allow', { base: { definitions: {} }, gone: 'POLICY_DEFINITION_INLINE' }),
  row('definitions.sources.0.bundle', 'ghcr.io/acme/**', from(resolved('bundles', { bundle: `ghcr.io/acme/tasks@${DIGEST}`, name: 't', kind: 'task' }))),
  row('definitions.sources.0.git', 'https://github.com/acme/*', from(resolved('git', { url: 'https://github.com/acme/x', revision: 'a'.repeat(40), pathInRepo: 't.yaml' }))),
  row('definitions.sources.0.http', 'https://raw.example/acme/*', from(resolved('http', { url: 'https://raw.example/acme/t.yaml' }))),
  row('definitions.sources.0.hub', 'tekton-catalog-tasks/*', from(resolved('hub', { catalog: 'tekton-catalog-tasks', type: 'artifact', kind: 'task', name: 'git-clone', version: '1.0.0' }))),
  row('definitions.sources.0.cluster', 'catalog', from(resolved('cluster', { namespace: 'catalog', name: 't', kind: 'task' }))),
  row('definitions.pinned', false, { base: { definitions: {} }, object: resolved('bundles', { bundle: 'ghcr.io/acme/tasks:1', name: 't', kind: 'task' }), gone: 'POLICY_DEFINITION_UNPINNED' }),
  row('definitions.require.0.task', 'fetch', { base: SCAN, why: WITH_DEFINITIONS }),
  row('definitions.require.0.before', ['publish'], { base: SCAN, why: WITH_DEFINITIONS }),
  row('definitions.require.0.first', true, { base: SCAN, why: WITH_DEFINITIONS }),
  row('parameters.deny', ['rev*'], { base: { parameters: { deny: ['x'] } }, object: REVISION, comes: 'POLICY_PARAMETER' }),
  row('parameters.allow.{revision}', '[0-9a-f]{40}', { base: { parameters: { others: 'deny' } }, object: REVISION, gone: 'POLICY_PARAMETER' }),
  row('parameters.others', 'deny', { base: { parameters: { deny: ['x'] } }, object: REVISION, comes: 'POLICY_PARAMETER' }),
  row('images.deferred', 'deny', { object: inline('$(params.image)'), comes: 'POLICY_IMAGE_DEFERRED' }),
  row('images.unpinned', 'allow', { object: inline('golang'), gone: 'POLICY_IMAGE_UNPINNED' }),
  row('hygiene', 'restricted', { base: { hygiene: 'baseline' }, comes: 'POLICY_HYGIENE_ROOT' }),
  row('serviceAccounts', ['pipeline'], { base: { serviceAccounts: ['publisher'] }, gone: 'POLICY_SERVICE_ACCOUNT' }),
  row('classes.label', 'acme.example/class', { base: { publish: {} }, object: publishing('acme.example/class'), comes: 'POLICY_PUBLISH_RESULTS' }),
  row('classes.definitions.fetch', ['git-clone'], { base: { jail: {} }, why: WITH_DEFINITIONS }),
  row('classes.definitions.build', ['compile'], { base: { jail: {} }, why: WITH_DEFINITIONS }),
  row('classes.definitions.test', ['unit'], { base: { jail: {} }, why: WITH_DEFINITIONS }),
  row('classes.definitions.publish', ['kaniko'], { base: { publish: {} }, object: STORED, comes: 'POLICY_PUBLISH_RESULTS' }),
  row('classes.userCode', ['test'], { base: { jail: {} }, gone: 'POLICY_JAIL_HERMETIC' }),
  row('jail.networkPolicy', 'off', { base: { jail: {} }, why: OF_PODS }),
  row('jail.hermetic', 'off', { base: { jail: {} }, gone: 'POLICY_JAIL_HERMETIC' }),
  row('jail.otherPolicies', 'accept', { base: { jail: {} }, why: OF_PODS }),
  row('jail.apiServer', ['10.0.0.1/32'], { base: { jail: {} }, why: OF_PODS }),
  row('callers.serviceAccounts', ['ci/fetcher'], { why: OF_QUESTIONS }),
  row('callers.spiffe', ['spiffe://acme.example/ns/ci/*'], { why: OF_QUESTIONS }),
  row('callers.ci.0.issuer', 'https://ci.example', { why: OF_QUESTIONS }),
  row('callers.ci.0.subject', 'repo:acme/app', OF_CI),
  row('callers.ci.0.subjectGlob', 'repo:acme/*', OF_CI),
  row('callers.ci.0.claims.{repository_id}', '1', OF_CI),
  row('callers.usedAs', ['dependency'], { base: { callers: { serviceAccounts: ['ci/fetcher'] } }, why: OF_QUESTIONS }),
  row('receipts', 'required', { object: TAKING, comes: 'POLICY_RECEIPT_MISSING' }),
  row('publish.results', 'off', { base: { publish: {} }, object: publishing('gatehouse.dev/class'), gone: 'POLICY_PUBLISH_RESULTS' }),
  row('publish.summary.by', ['alice'], { base: { publish: {} }, why: OF_SUMMARIES }),
  row('publish.summary.threshold', 2, { base: { publish: { summary: { by: ['alice', 'bob'] } } }, why: OF_SUMMARIES }),
  row('publish.summary.maxAge', '1h', { base: { publish: { summary: { by: ['alice'] } } }, why: OF_SUMMARIES }),
  row('publish.summary.builder', 'https://tekton.dev/chains/v2', { base: { publish: { summary: { by: ['alice'] } } }, why: OF_SUMMARIES }),
  row('publish.summary.level', 2, { base: { publish: { summary: { by: ['alice'] } } }, why: OF_SUMMARIES }),
  row('publish.provenance', 'off', { base: { publish: {} }, object: publishing('gatehouse.dev/class'), gone: 'POLICY_PUBLISH_PROVENANCE' }),
];

/** The one definition that the cluster holds. */
export const TASK: Json = {
  apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'kaniko', namespace: 'ci' }, spec: { steps: [{ name: 's', image: `ghcr.io/acme/go@${DIGEST}` }] },
};

/** Signers whom the rows name, as YAML. */
export const PIPELINE_SIGNERS = ['alice', 'bob'].map((name, index) =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: KEYS[index] } }] } }));
