/** What values change of the server: replicas, image, where its pods run, and what is switched off. */
import type { Path, Template } from './edits.ts';

const POD: Path = ['spec', 'template', 'spec'];
const CONTAINER: Path = [...POD, 'containers', 0];

/** Changes one document of the server. */
export function editServer(document: Template): void {
  switch (document.kind) {
    case 'ServiceAccount':
      editAccount(document);
      break;
    case 'ClusterRole':
    case 'ClusterRoleBinding':
      document.whole('.Values.rbac.create');
      break;
    case 'Deployment':
      editDeployment(document);
      break;
    case 'PodDisruptionBudget':
      document.whole('.Values.podDisruptionBudget.enabled');
      document.value(['spec', 'minAvailable'], '.Values.podDisruptionBudget.minAvailable');
      document.when(['spec', 'minAvailable'], 'not .Values.podDisruptionBudget.maxUnavailable', 'maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}');
      break;
    case 'ResourceQuota':
      document.whole('.Values.resourceQuota.enabled');
      document.value(['spec', 'hard', 'pods'], '.Values.resourceQuota.pods | quote');
      break;
    case 'NetworkPolicy':
      editNetworkPolicy(document);
      break;
  }
}

/** A ServiceAccount with annotations of its own, by which clouds give it rights. */
export function editAccount(document: Template): void {
  document.before(['metadata', 'labels'], '{{- with .Values.serviceAccount.annotations }}', 'annotations:', '  {{- toYaml . | nindent 4 }}', '{{- end }}');
}

/**
 * Image, secrets to pull it, where pods run, and what is added to them: the same for every workload, as all read one configuration, with
 * its files and its proxy.
 */
export function editPod(document: Template, pod: Path, values: string): void {
  const container: Path = [...pod, 'containers', 0];
  document.value([...container, 'image'], 'include "gatehouse.image" $');
  document.value([...container, 'imagePullPolicy'], '$.Values.image.pullPolicy');
  document.block([...container, 'resources'], `${values}.resources`);
  document.before(
    [...pod, 'containers'],
    ...optional('imagePullSecrets', '$.Values.imagePullSecrets'), ...optional('nodeSelector', `${values}.nodeSelector`),
    ...optional('tolerations', `${values}.tolerations`),
  );
  document.after([...container, 'env'], '{{- with $.Values.extraEnv }}', '  {{- toYaml . | nindent 12 }}', '{{- end }}');
  document.after([...container, 'volumeMounts'], '{{- with $.Values.extraVolumeMounts }}', '  {{- toYaml . | nindent 12 }}', '{{- end }}');
  document.after([...pod, 'volumes'], '{{- with $.Values.extraVolumes }}', '  {{- toYaml . | nindent 8 }}', '{{- end }}');
}

/** New pods where the settings say something that is read at the start alone. */
export function restartedFor(settings: string): string {
  return `  gatehouse.dev/settings: {{ include "${settings}" $ | sha256sum | trunc 16 | quote }}`;
}

/** An entry that is there when the value is. */
export function optional(key: string, value: string): readonly string[] {
  return [`{{- with ${value} }}`, `${key}:`, '  {{- toYaml . | nindent 8 }}', '{{- end }}'];
}

function editDeployment(document: Template): void {
  document.value(['spec', 'replicas'], '.Values.replicaCount');
  document.before(
    ['spec', 'template', 'metadata', 'labels'], '{{- if or .Values.settings.create .Values.podAnnotations }}', 'annotations:',
    '  {{- if .Values.settings.create }}', restartedFor('gatehouse.restartFor'), '  {{- end }}', '  {{- with .Values.podAnnotations }}', '  {{- toYaml . | nindent 8 }}', '  {{- end }}', '{{- end }}',
  );
  document.after(['spec', 'template', 'metadata', 'labels'], '{{- with .Values.podLabels }}', '  {{- toYaml . | nindent 8 }}', '{{- end }}');
  editPod(document, POD, '.Values');
  document.value([...POD, 'priorityClassName'], '.Values.priorityClassName');
  document.value([...POD, 'terminationGracePeriodSeconds'], '.Values.terminationGracePeriodSeconds');
  instead(document, [...POD, 'affinity'], '.Values.affinity');
  instead(document, [...POD, 'topologySpreadConstraints'], '.Values.topologySpreadConstraints');
  document.after([...CONTAINER, 'args'], '{{- with .Values.extraArgs }}', '  {{- toYaml . | nindent 12 }}', '{{- end }}');
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
    document.value([...CONTAINER, probe, 'httpGet', 'port'], 'include "gatehouse.opsPort" .');
}

/** What is shipped, or what the value says in its place. */
function instead(document: Template, path: Path, value: string): void {
  const key = String(path.at(-1));
  document.when(path, `not ${value}`, `${key}:`, `  {{- toYaml ${value} | nindent 8 }}`);
}

function editNetworkPolicy(document: Template): void {
  document.whole('.Values.networkPolicy.enabled');
  // By the API server `gatehouse check --cluster` reads metrics; from anywhere nobody may.
  document.after(
    ['spec', 'ingress', 0, 'ports', 0], '{{- if .Values.networkPolicy.apiServers }}', '- {port: 8080, protocol: TCP}', '{{- end }}',
  );
  document.after(
    ['spec', 'ingress', 0],
    '  {{- with .Values.networkPolicy.apiServers }}', '  from:', '    {{- range . }}', '    - ipBlock: {cidr: {{ . }}}', '    {{- end }}', '  {{- end }}',
  );
  document.value(['spec', 'ingress', 1, 'from', 0, 'namespaceSelector', 'matchLabels', 'kubernetes.io/metadata.name'], '.Values.networkPolicy.monitoringNamespace');
  document.after(['spec', 'egress'], '{{- with .Values.networkPolicy.extraEgress }}', '  {{- toYaml . | nindent 4 }}', '{{- end }}');
}
