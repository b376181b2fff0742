/** One field of a PipelinePolicy beside a base, and a value of it that must change what the policy demands. */
export interface PipelineRow {
  readonly kind: 'PipelinePolicy';
  /** Where in the document, as rows of other kinds have it. */
  readonly place: string;
  readonly value: unknown;
  /** The rest of the spec. */
  readonly base: object;
}

const row = (field: string, value: unknown, base: object = {}): PipelineRow => ({ kind: 'PipelinePolicy', place: `spec.${field}`, value, base });
const SIGNED = { definitions: { signedBy: ['alice', 'bob'] } };
const SCAN = { definitions: { signedBy: ['alice'], require: [{ task: 'scan' }] } };
const DEV = { namespaces: { matchExpressions: [{ key: 'env', operator: 'In', values: ['dev'] }] } };

export const PIPELINE_ROWS: readonly PipelineRow[] = [
  row('namespaces.matchLabels.{env}', 'prod'),
  row('namespaces.matchExpressions.0.key', 'tier', DEV),
  row('namespaces.matchExpressions.0.operator', 'NotIn', DEV),
  row('namespaces.matchExpressions.0.values', ['prod'], DEV),
  row('mode', 'audit'),
  row('requesters.serviceAccounts', ['ci/triggers'], { requesters: {} }),
  row('requesters.groups', ['releasers'], { requesters: {} }),
  row('requesters.users', ['alice'], { requesters: {} }),
  row('definitions.signedBy', ['alice'], { definitions: {} }),
  row('definitions.threshold', 2, SIGNED),
  row('definitions.maxAge', '1h', SIGNED),
  row('definitions.inline', 'allow', SIGNED),
  row('definitions.sources.0.bundle', 'ghcr.io/acme/**', { definitions: { sources: [] } }),
  row('definitions.sources.0.git', 'https://github.com/acme/*', { definitions: { sources: [] } }),
  row('definitions.sources.0.http', 'https://raw.example/acme/*', { definitions: { sources: [] } }),
  row('definitions.sources.0.hub', 'catalog/*', { definitions: { sources: [] } }),
  row('definitions.sources.0.cluster', 'catalog', { definitions: { sources: [] } }),
  row('definitions.pinned', false, SIGNED),
  row('definitions.require.0.task', 'fetch', SCAN),
  row('definitions.require.0.before', ['publish'], SCAN),
  row('definitions.require.0.first', true, SCAN),
  row('parameters.deny', ['*_FLAGS'], { parameters: { others: 'deny' } }),
  row('parameters.allow.{revision}', '[0-9a-f]{40}', { parameters: { others: 'deny' } }),
  row('parameters.others', 'deny', { parameters: { deny: ['x'] } }),
  row('images.deferred', 'deny'),
  row('images.unpinned', 'allow'),
  row('hygiene', 'restricted', { hygiene: 'baseline' }),
  row('serviceAccounts', ['pipeline'], { serviceAccounts: ['publisher'] }),
  row('classes.label', 'acme.example/class', { jail: {} }),
  row('classes.definitions.fetch', ['git-clone'], { jail: {} }),
  row('classes.definitions.build', ['compile'], { jail: {} }),
  row('classes.definitions.test', ['unit'], { jail: {} }),
  row('classes.definitions.publish', ['kaniko'], { jail: {} }),
  row('classes.userCode', ['test'], { jail: {} }),
  row('jail.networkPolicy', 'off', { jail: {} }),
  row('jail.hermetic', 'off', { jail: {} }),
  row('jail.otherPolicies', 'accept', { jail: {} }),
  row('jail.apiServer', ['10.0.0.1/32'], { jail: {} }),
  row('publish.results', 'off', { publish: {} }),
  row('publish.provenance', 'off', { publish: {} }),
];
