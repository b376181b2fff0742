/** What may stand in the values of the chart, and its JSON Schema; the configuration in it is the server's own. */
import { z } from 'zod';
import { configSchema } from '../../src/platform/config/schema.ts';

const object = z.record(z.string(), z.unknown());
const objects = z.array(object);
const texts = z.record(z.string(), z.string());
const resources = z.strictObject({ requests: texts.optional(), limits: texts.optional() });
const denied = z.strictObject({ image: z.string().min(1), reason: z.string().regex(/^[A-Z][A-Z0-9_]+$/) });
const duration = z.string().regex(/^(?:\d+(?:ms|s|m|h))+$/);

/** Every value; others are refused, as a restriction that is misspelt would be none. */
export const valuesSchema = z.strictObject({
  replicaCount: z.int().min(1).max(100),
  image: z.strictObject({
    registry: z.string(),
    // The guard lets no other run.
    repository: z.string().regex(/^(?:[^@]+\/)?gatehouse$/),
    tag: z.string().regex(/^(?:[\w][\w.-]{0,127})?$/),
    digest: z.string().regex(/^(?:sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: z.array(z.strictObject({ name: z.string().min(1) })),
  commonLabels: texts,
  podLabels: texts,
  podAnnotations: texts,
  serviceAccount: z.strictObject({ annotations: texts }),
  rbac: z.strictObject({ create: z.boolean() }),
  resources,
  nodeSelector: texts,
  tolerations: objects,
  affinity: object,
  topologySpreadConstraints: objects,
  priorityClassName: z.string().min(1),
  terminationGracePeriodSeconds: z.int().min(20).max(3600),
  extraArgs: z.array(z.string()),
  extraEnv: objects,
  extraVolumes: objects,
  extraVolumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true) })),
  podDisruptionBudget: z.strictObject({
    enabled: z.boolean(), minAvailable: z.int().min(1).max(100), maxUnavailable: z.int().min(1).max(100).nullable().optional(),
  }),
  resourceQuota: z.strictObject({ enabled: z.boolean(), pods: z.int().min(1).max(1000) }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    apiServers: z.array(z.string().regex(/^[0-9a-f.:]+\/\d{1,3}$/)),
    monitoringNamespace: z.string().min(1),
    extraEgress: objects,
  }),
  namespace: z.strictObject({ create: z.boolean() }),
  webhook: z.strictObject({
    enabled: z.boolean(),
    failurePolicy: z.enum(['Fail', 'Ignore']),
    timeoutSeconds: z.int().min(2).max(30),
    excludedNamespaces: z.array(z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)),
    matchConditions: z.array(z.strictObject({ name: z.string(), expression: z.string() })).max(63),
    annotations: texts,
  }),
  guard: z.strictObject({ enabled: z.boolean() }),
  certificates: z.strictObject({ source: z.enum(['controller', 'certManager', 'secret']), caBundle: z.string(), issuerRef: object }),
  controller: z.strictObject({
    enabled: z.boolean(),
    // Absent where values of an older chart are reused: then it is off.
    activity: z.boolean().optional(),
    replicaCount: z.int().min(1).max(10), resources, nodeSelector: texts, tolerations: objects, extraArgs: z.array(z.string()),
  }),
  crds: z.strictObject({ enabled: z.boolean(), keep: z.boolean() }),
  policyResources: z.strictObject({ enabled: z.boolean() }),
  pipelines: z.strictObject({ enabled: z.boolean() }),
  settings: z.strictObject({ create: z.boolean() }),
  config: configSchema,
  configFiles: z.record(z.string().regex(/^[-._a-zA-Z0-9]+$/).refine((name) => name !== 'config.yaml'), z.string()),
  policies: z.record(z.string().regex(/^[-._a-zA-Z0-9]+$/), z.string()),
  serviceMonitor: z.strictObject({ enabled: z.boolean(), labels: texts, interval: duration }),
  prometheusRule: z.strictObject({ enabled: z.boolean(), labels: texts }),
  canary: z.strictObject({ enabled: z.boolean(), schedule: z.string().min(9), denied }),
  tests: z.strictObject({ namespace: z.string().min(1), denied, admitted: z.strictObject({ image: z.string() }) }),
  extraObjects: objects,
  /** Helm hands it to every chart. */
  global: object.optional(),
});

/** The schema that Helm holds the values against, as text. */
export function valuesSchemaText(): string {
  const made = z.toJSONSchema(valuesSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any', reused: 'inline', override: readable });
  return `${JSON.stringify({ ...made, title: 'Values of the chart gatehouse' }, undefined, 1)}\n`;
}

/** Helm is written in Go, whose regular expressions look neither ahead nor behind; the server holds these texts against theirs itself. */
function readable({ jsonSchema }: { readonly jsonSchema: { pattern?: string | undefined; allOf?: readonly { pattern?: string | undefined }[] | undefined } }): void {
  for (const one of [jsonSchema, ...(jsonSchema.allOf ?? [])]) if (/\(\?<?[=!]/.test(one.pattern ?? '')) delete one.pattern;
}
