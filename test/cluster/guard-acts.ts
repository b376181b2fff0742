/** What somebody might do to Gatehouse's own objects, as requests to the API; and what the guard leaves alone. */

/** A request that is tried, always as a dry run. */
export interface Act {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Not even administrators. */
  readonly breakGlassOnly?: boolean;
}

/** The gate. */
export const HOOK = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gatehouse';
/** The webhook that changes pods. */
export const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
/** Gatehouse's namespace, core group. */
export const OWN_PATH = '/api/v1/namespaces/gatehouse-system';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const APPS = '/apis/apps/v1/namespaces/gatehouse-system';
const MERGE = 'application/merge-patch+json';
const PATCH = 'application/json-patch+json';
const remove = (what: string, path: string): Act => ({ what: `delete ${what}`, method: 'DELETE', path });
const merge = (what: string, path: string, body: object): Act => ({ what, method: 'PATCH', path, body, contentType: MERGE });
const create = (what: string, path: string, body: object): Act => ({ what: `create ${what}`, method: 'POST', path, body });

/** A ClusterRole with every right on every object, and without the verb that names an administrator of Gatehouse. */
export const PRIVILEGED = {
  apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'powerful' },
  rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'escalate', 'bind'] }],
};

const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** What makes a replica another pod. */
export interface ReplicaChange {
  readonly image?: string;
  readonly extra?: readonly object[];
  readonly volumes?: readonly object[];
  readonly owners?: readonly object[];
}

/** The creation of a pod as the ReplicaSet of Gatehouse's Deployment makes it, or of one that differs in one thing. */
export function replica({ image = 'ghcr.io/gatehouse-dev/gatehouse:0.1.0', extra = [], volumes = [], owners }: ReplicaChange = {}): Act {
  const owner = (fields: object): object => ({ apiVersion: 'apps/v1', uid: '00000000-0000-0000-0000-000000000001', controller: true, ...fields });
  return create('a pod', `${OWN_PATH}/pods`, {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: 'gatehouse-x', ownerReferences: (owners ?? [{ kind: 'ReplicaSet', name: 'gatehouse-12345' }]).map(owner) },
    spec: { containers: [{ image }, ...extra].map((container, index) => ({ name: `c${index}`, securityContext: restricted, ...container })), volumes },
  });
}

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'intruder' }, spec: { containers: [{ name: 'a', image: 'ghcr.io/gatehouse-dev/gatehouse:0.1.0', securityContext: restricted }] } };
const template = { metadata: { labels: { app: 'x' } }, spec: pod.spec };

/** Acts that only those who are named may do. */
export const ACTS: readonly Act[] = [
  remove('the gate', HOOK),
  merge('let the gate fail open', HOOK, { webhooks: [] }),
  { what: 'add a condition to the gate', method: 'PATCH', path: HOOK, body: [{ op: 'add', path: '/webhooks/0/matchConditions/-', value: { name: 'off', expression: 'false' } }], contentType: PATCH },
  create('a definition of one of our kinds', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'signers.gatehouse.dev' },
    spec: { group: 'gatehouse.dev', scope: 'Namespaced', names: { kind: 'Signer', plural: 'signers' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
  }),
  remove('the namespace', OWN_PATH),
  merge('lower the pod security of the namespace', OWN_PATH, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }),
  remove('the certificate', `${OWN_PATH}/secrets/gatehouse-tls`),
  merge('replace the certificate', `${OWN_PATH}/secrets/gatehouse-tls`, { metadata: { annotations: { a: 'b' } } }),
  create('the Secret that callers show', `${OWN_PATH}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gatehouse-path-tokens' } }),
  remove('all Secrets', `${OWN_PATH}/secrets`),
  create('the Secret that signs receipts', `${OWN_PATH}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gatehouse-receipt-keys' } }),
  create('the webhook that changes pods', MUTATING, { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'gatehouse-mutate' } }),
  merge('switch the gate of builds off in the settings', `${OWN_PATH}/configmaps/gatehouse-config`, { data: { 'config.yaml': 'gate: {port: 0}' } }),
  create('a Service of the gate that leads elsewhere', `${OWN_PATH}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gatehouse-gate' }, spec: { type: 'ExternalName', externalName: 'x.example' } }),
  merge('edit the policies', `${OWN_PATH}/configmaps/gatehouse-policies`, { data: { 'example.yaml': '' } }),
  remove('the configuration', `${OWN_PATH}/configmaps/gatehouse-config`),
  remove('all ConfigMaps', `${OWN_PATH}/configmaps`),
  merge('scale the Deployment down', `${APPS}/deployments/gatehouse/scale`, { spec: { replicas: 0 } }),
  merge('give the Deployment another image', `${APPS}/deployments/gatehouse`, { metadata: { labels: { a: 'b' } } }),
  remove('the Deployment', `${APPS}/deployments/gatehouse`),
  create('a ReplicaSet', `${APPS}/replicasets`, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'gatehouse-2' }, spec: { selector: { matchLabels: { app: 'x' } }, template } }),
  merge('send the Service elsewhere', `${OWN_PATH}/services/gatehouse`, { spec: { externalName: 'x', selector: { app: 'evil' } } }),
  remove('the network policy', '/apis/networking.k8s.io/v1/namespaces/gatehouse-system/networkpolicies/gatehouse'),
  remove('the disruption budget', '/apis/policy/v1/namespaces/gatehouse-system/poddisruptionbudgets/gatehouse'),
  remove('the quota', `${OWN_PATH}/resourcequotas/gatehouse-critical`),
  remove('the account', `${OWN_PATH}/serviceaccounts/gatehouse`),
  create('a token of the account', `${OWN_PATH}/serviceaccounts/gatehouse/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['x'] } }),
  create('a role binding', `${RBAC}/namespaces/gatehouse-system/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'mine' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  }),
  remove('the binding of the account', `${RBAC}/clusterrolebindings/gatehouse`),
  merge('widen the role of the account', `${RBAC}/clusterroles/gatehouse`, { rules: [] }),
  { ...create('a pod of our image', `${OWN_PATH}/pods`, pod), breakGlassOnly: true },
];

/** Twins of the acts above that differ in whose object it is. */
export const HARMLESS: readonly Act[] = [
  create('a definition of somebody else’s kind', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'gatehouses.example.dev' },
    spec: { group: 'example.dev', scope: 'Namespaced', names: { kind: 'Gatehouse', plural: 'gatehouses' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
  }),
  create('a webhook configuration', HOOK.replace(/\/gatehouse$/, ''), { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'other' } }),
  create('a webhook that changes things', MUTATING, { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'other' } }),
  create('a Secret of receipts elsewhere', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gatehouse-receipt-keys' } }),
  merge('annotate the namespace', OWN_PATH, { metadata: { annotations: { 'field.cattle.io/projectId': 'c-1:p-1' } } }),
  merge('label another namespace', '/api/v1/namespaces/default', { metadata: { labels: { a: 'b' } } }),
  create('a Secret elsewhere', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gatehouse-tls' } }),
  create('a ConfigMap of another name', `${OWN_PATH}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert' } }),
  create('a ConfigMap elsewhere', '/api/v1/namespaces/default/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gatehouse-policies' } }),
  create('a ClusterRole', `${RBAC}/clusterroles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'other' } }),
  create('an Event', `${OWN_PATH}/events`, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { namespace: 'gatehouse-system' } }),
];
