/** The checklist of manifests, row by row, over whatever was rendered: an overlay, the chart with any values. */

/** An object as a manifest holds it, walked without a schema. */
export type Rendered = Readonly<Record<string, unknown>>;

type Row = (objects: readonly Rendered[]) => readonly string[];

/** A value below an object; `undefined` where a step is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((here: unknown, step) => (typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[step] : undefined), value);
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const kindOf = (object: Rendered): string => String(object['kind']);
const nameOf = (object: Rendered): string => String(at(object, 'metadata', 'name'));
const namespaceOf = (object: Rendered): string => String(at(object, 'metadata', 'namespace') ?? '');
const ofKind = (objects: readonly Rendered[], ...kinds: readonly string[]): readonly Rendered[] => objects.filter((one) => kinds.includes(kindOf(one)));
const gatesOf = (objects: readonly Rendered[]): readonly Rendered[] => ofKind(objects, 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration');
const RULED = ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers', 'podtemplates', 'deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'];
/** Kinds that are asked about in the middle of everything else; a webhook on them would stop the cluster. */
const NEVER = ['leases', 'events', 'tokenreviews', 'subjectaccessreviews', 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations', '*'];

/** Problems of every webhook, by the name of the configuration and its own. */
function eachWebhook(objects: readonly Rendered[], problem: (webhook: unknown, gate: Rendered) => string | undefined): readonly string[] {
  return gatesOf(objects).flatMap((gate) => list(at(gate, 'webhooks')).flatMap((webhook) => {
    const found = problem(webhook, gate);
    return found === undefined ? [] : [`${nameOf(gate)}/${String(at(webhook, 'name'))}: ${found}`];
  }));
}

/** The pod of every workload, and where it stands. */
function pods(objects: readonly Rendered[]): readonly { readonly what: string; readonly kind: string; readonly spec: unknown }[] {
  return objects.flatMap((object) => {
    const spec = { Pod: at(object, 'spec'), Deployment: at(object, 'spec', 'template', 'spec'), Job: at(object, 'spec', 'template', 'spec'), CronJob: at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec') }[kindOf(object)];
    return spec === undefined ? [] : [{ what: `${kindOf(object)} ${nameOf(object)}`, kind: kindOf(object), spec }];
  });
}

function eachPod(objects: readonly Rendered[], problem: (spec: unknown, kind: string) => string | undefined): readonly string[] {
  return pods(objects).flatMap(({ what, kind, spec }) => {
    const found = problem(spec, kind);
    return found === undefined ? [] : [`${what}: ${found}`];
  });
}

const server = (objects: readonly Rendered[]): Rendered | undefined => ofKind(objects, 'Deployment').find((one) => nameOf(one) === 'gatehouse');
const ifServer = (objects: readonly Rendered[], problem: (deployment: Rendered) => string | undefined): readonly string[] => {
  const deployment = server(objects);
  const found = deployment === undefined ? undefined : problem(deployment);
  return found === undefined ? [] : [found];
};

/** Each row of the checklist that can be told from manifests; the others have a reason in {@link ELSEWHERE}. */
export const ROWS: Readonly<Record<string, Row>> = {
  '1 kind': (objects) => ofKind(objects, 'MutatingWebhookConfiguration').filter((one) => nameOf(one) !== 'gatehouse-mutate').map((one) => `${nameOf(one)} mutates`),
  '2 failurePolicy': (objects) => eachWebhook(objects, (webhook, gate) => // A policy has to be mended above all while Gatehouse is down, and what is read is judged again (deploy/resources/webhook.yaml).
    (kindOf(gate).startsWith('Mutating') || nameOf(gate) === 'gatehouse-resources' || at(webhook, 'failurePolicy') === 'Fail' ? undefined : String(at(webhook, 'failurePolicy')))),
  '3 matchPolicy': (objects) => eachWebhook(objects, (webhook) => (at(webhook, 'matchPolicy') === 'Equivalent' ? undefined : String(at(webhook, 'matchPolicy')))),
  '4 operations': (objects) => eachWebhook(objects, (webhook, gate) => {
    // What engines of builds execute is also judged where it is deleted, and so is what a policy that is deleted loosens.
    const allowed = ['gatehouse-pipelines', 'gatehouse-resources'].includes(nameOf(gate)) ? ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] : ['CREATE', 'UPDATE'];
    return list(at(webhook, 'rules')).every((rule) => list(at(rule, 'operations')).every((one) => allowed.includes(String(one)))) ? undefined : 'another operation';
  }),
  '5 resources': (objects) => {
    const [gate] = gatesOf(objects).filter((one) => nameOf(one) === 'gatehouse');
    if (gate === undefined) return [];
    const ruled = list(at(gate, 'webhooks')).flatMap((webhook) => list(at(webhook, 'rules')).flatMap((rule) => list(at(rule, 'resources'))));
    return RULED.filter((one) => !ruled.includes(one)).map((one) => `${one} is not asked about`);
  },
  '6 apiVersions': (objects) => eachWebhook(objects, (webhook) => (list(at(webhook, 'rules')).every((rule) => same(at(rule, 'apiVersions'), ['*'])) ? undefined : 'one version only')),
  '7 scope': (objects) => eachWebhook(objects, (webhook) => (list(at(webhook, 'rules')).every((rule) => ['Namespaced', 'Cluster', '*'].includes(String(at(rule, 'scope')))) ? undefined : 'no scope')),
  '8 timeoutSeconds': (objects) => eachWebhook(objects, (webhook) => (Number(at(webhook, 'timeoutSeconds')) <= 10 ? undefined : String(at(webhook, 'timeoutSeconds')))),
  '9 sideEffects': (objects) => eachWebhook(objects, (webhook) => (at(webhook, 'sideEffects') === 'None' ? undefined : String(at(webhook, 'sideEffects')))),
  '10 admissionReviewVersions': (objects) => eachWebhook(objects, (webhook) => (same(at(webhook, 'admissionReviewVersions'), ['v1']) ? undefined : 'not v1')),
  '11 namespaceSelector': (objects) => eachWebhook(objects, (webhook) => {
    const terms = list(at(webhook, 'namespaceSelector', 'matchExpressions'));
    const byName = terms.every((term) => at(term, 'key') === 'kubernetes.io/metadata.name');
    const labels = at(webhook, 'namespaceSelector', 'matchLabels');
    // Which namespaces build is said by a label, which a policy of the API server keeps where it is (deploy/pipelines/guard.yaml).
    const isKept = same(labels, { 'gatehouse.dev/factory': 'true' }) && objects.some((one) => kindOf(one) === 'ValidatingAdmissionPolicy' && nameOf(one) === 'gatehouse-factories');
    return byName && (labels === undefined || isKept) ? undefined : 'chosen by a label that users may set';
  }),
  '12 objectSelector': (objects) => eachWebhook(objects, (webhook) => (at(webhook, 'objectSelector') === undefined ? undefined : 'objects choose')),
  '13 matchConditions': (objects) => eachWebhook(objects, (webhook) => (list(at(webhook, 'matchConditions')).length <= 64 ? undefined : 'too many')),
  '14 never match': (objects) => eachWebhook(objects, (webhook) => {
    const ruled = list(at(webhook, 'rules')).flatMap((rule) => list(at(rule, 'resources')).map(String));
    return ruled.some((one) => NEVER.includes(one)) ? `asked about ${ruled.join(', ')}` : undefined;
  }),
  '15 self-exclusion': (objects) => ofKind(objects, 'Namespace').filter((one) => at(one, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce') !== 'restricted').map((one) => `${nameOf(one)} takes every pod`),
  '16 caBundle': (objects) => eachWebhook(objects, (webhook) => (at(webhook, 'clientConfig', 'url') === undefined ? undefined : 'called by URL')),
  '17 replicas': (objects) => ifServer(objects, (one) => (Number(at(one, 'spec', 'replicas')) >= 3 && same(at(one, 'spec', 'strategy', 'rollingUpdate'), { maxUnavailable: 0, maxSurge: 1 }) ? undefined : 'fewer than three, or some missing while they are replaced')),
  '18 PDB': (objects) => ifServer(objects, () => (ofKind(objects, 'PodDisruptionBudget').some((one) => nameOf(one) === 'gatehouse') ? undefined : 'none')),
  '19 spread': (objects) => ifServer(objects, (one) => (list(at(one, 'spec', 'template', 'spec', 'topologySpreadConstraints')).length > 0 && at(one, 'spec', 'template', 'spec', 'affinity') !== undefined ? undefined : 'none')),
  '20 priorityClass': (objects) => ifServer(objects, (one) => (at(one, 'spec', 'template', 'spec', 'priorityClassName') === 'system-cluster-critical' ? undefined : 'none')),
  '21 probes': (objects) => ofKind(objects, 'Deployment').filter((one) => {
    const container = at(one, 'spec', 'template', 'spec', 'containers', 0);
    const path = (probe: string): unknown => at(container, probe, 'httpGet', 'path');
    return path('startupProbe') !== '/livez' || path('livenessProbe') !== '/livez' || path('readinessProbe') !== '/readyz';
  }).map(nameOf),
  '22 termination': (objects) => ifServer(objects, (one) => (Number(at(one, 'spec', 'template', 'spec', 'terminationGracePeriodSeconds')) >= 60 ? undefined : 'too short')),
  '23 securityContext': (objects) => eachPod(objects, (spec) => {
    const [pod, containers] = [at(spec, 'securityContext'), list(at(spec, 'containers'))];
    const isRestricted = at(pod, 'runAsNonRoot') === true && Number(at(pod, 'runAsUser')) >= 10_000 && at(pod, 'seccompProfile', 'type') === 'RuntimeDefault' && at(spec, 'enableServiceLinks') === false
      && ['hostNetwork', 'hostPID', 'hostIPC'].every((key) => at(spec, key) === undefined);
    const own = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
    const areRestricted = containers.every((container) => same(at(container, 'securityContext'), own) && list(at(container, 'volumeMounts')).every((mount) => at(mount, 'readOnly') === true));
    return isRestricted && areRestricted ? undefined : 'not restricted';
  }).concat(ofKind(objects, 'ServiceAccount').filter((one) => one['automountServiceAccountToken'] !== false).map((one) => `account ${nameOf(one)} is mounted into whatever names it`)),
  '24 resources': (objects) => eachPod(objects, (spec) => (list(at(spec, 'containers')).every((container) => {
    const memory = (which: string): unknown => at(container, 'resources', which, 'memory');
    return memory('requests') !== undefined && memory('requests') === memory('limits') && at(container, 'resources', 'requests', 'cpu') !== undefined && at(container, 'resources', 'limits', 'cpu') === undefined;
  }) ? undefined : 'memory is not bounded, or the processor is')),
  '25 NetworkPolicy': (objects) => {
    const policies = ofKind(objects, 'NetworkPolicy');
    const without = ofKind(objects, 'Deployment', 'CronJob').filter((one) => !policies.some((policy) => namespaceOf(policy) === namespaceOf(one) && list(at(policy, 'spec', 'policyTypes')).includes('Egress')));
    const linkLocal = policies.flatMap((policy) => list(at(policy, 'spec', 'egress')).flatMap((rule) => list(at(rule, 'to'))).filter((peer) => at(peer, 'ipBlock', 'cidr') === '0.0.0.0/0' && !list(at(peer, 'ipBlock', 'except')).includes('169.254.0.0/16')).map(() => `${nameOf(policy)} reaches cloud metadata`));
    return [...without.map((one) => `none for ${nameOf(one)}`), ...linkLocal];
  },
  '26 RBAC': (objects) => ofKind(objects, 'ClusterRole', 'Role').flatMap((role) => list(at(role, 'rules')).flatMap((rule) => {
    const [verbs, resources] = [list(at(rule, 'verbs')).map(String), list(at(rule, 'resources')).map(String)];
    const isNamed = list(at(rule, 'resourceNames')).length > 0;
    const wrong = [
      ...(verbs.includes('*') || resources.includes('*') ? ['a wildcard'] : []),
      ...(resources.includes('secrets') && !isNamed && (kindOf(role) === 'ClusterRole' || verbs.some((verb) => verb !== 'create')) ? ['Secrets by any name'] : []),
      ...(resources.some((one) => one.endsWith('webhookconfigurations')) && !isNamed ? ['webhook configurations of others'] : []),
      // A dry run needs it: the canary, in its own namespace.
      ...(resources.includes('pods') && verbs.includes('create') && nameOf(role) !== 'gatehouse-canary' && nameOf(role) !== 'gatehouse-test' ? ['makes pods'] : []),
      ...(verbs.some((verb) => ['escalate', 'bind', 'impersonate'].includes(verb)) ? ['more rights than its own'] : []),
    ];
    return wrong.map((one) => `${kindOf(role)} ${nameOf(role)}: ${one}`);
  })),
  '27 image': (objects) => eachPod(objects, (spec) => (list(at(spec, 'containers')).every((container) => /(?:^|\/)gatehouse(?::[^:@]+)?(?:@sha256:[0-9a-f]{64})?$/.test(String(at(container, 'image'))) && !String(at(container, 'image')).endsWith(':latest')) ? undefined : 'another image')),
  '31 complement': (objects) => ifServer(objects, () => (ofKind(objects, 'ValidatingAdmissionPolicy').filter((one) => ['gatehouse-guard', 'gatehouse-own-pods'].includes(nameOf(one))).length === 2 ? undefined : 'no guard')),
};

/** Rows that no manifest can show, and where they are met. */
export const ELSEWHERE: Readonly<Record<string, readonly [page: string, text: string]>> = {
  '28 API-server client auth': ['docs/operate/callers.md', 'admission-control-config-file'],
  '29 rollout order': ['docs/operate/helm.md', 'webhook.enabled=false'],
  '30 break-glass': ['docs/operate/emergency.md', 'delete validatingwebhookconfiguration'],
  '32 metrics/alerts': ['deploy/monitoring/prometheus-rule.yaml', 'apiserver_admission_webhook_fail_open_count'],
  '33 one deployment per cluster': ['docs/operate/helm.md', 'one of it in a cluster'],
};

/** What is not met, as `row: what`. */
export function checklist(objects: readonly Rendered[]): readonly string[] {
  return Object.entries(ROWS).flatMap(([row, check]) => check(objects).map((problem) => `${row}: ${problem}`));
}
