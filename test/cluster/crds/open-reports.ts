/** The definition of Report of openreports.io, our own: the fields of v0.2, and like theirs it prunes what it does not know. */

const text = { type: 'string' } as const;
const reference = { type: 'object', properties: Object.fromEntries(['apiVersion', 'kind', 'namespace', 'name', 'uid', 'resourceVersion', 'fieldPath'].map((name) => [name, text])) };
const counts = { type: 'object', properties: Object.fromEntries(['pass', 'fail', 'warn', 'error', 'skip'].map((name) => [name, { type: 'integer' }])) };
const timestamp = { type: 'object', required: ['nanos', 'seconds'], properties: { nanos: { type: 'integer', format: 'int32' }, seconds: { type: 'integer', format: 'int64' } } };

const result = {
  type: 'object', required: ['policy'],
  properties: {
    source: text, policy: text, rule: text, category: text, message: text, scored: { type: 'boolean' }, timestamp,
    severity: { type: 'string', enum: ['critical', 'high', 'low', 'medium', 'info'] },
    result: { type: 'string', enum: ['pass', 'fail', 'warn', 'error', 'skip'] },
    resources: { type: 'array', items: reference },
    properties: { type: 'object', additionalProperties: text },
  },
};

/** To apply. */
export function openReportsCrd(): object {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, source: text, scope: reference, summary: counts, results: { type: 'array', items: result } },
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'reports.openreports.io' },
    spec: {
      group: 'openreports.io', scope: 'Namespaced', names: { kind: 'Report', listKind: 'ReportList', plural: 'reports', singular: 'report', shortNames: ['reps'] },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  };
}
