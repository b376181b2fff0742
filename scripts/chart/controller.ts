/** What values change of the controller. */
import type { Template } from './edits.ts';
import { editAccount, editPod, restartedFor } from './server.ts';

const KEEPS = 'eq .Values.certificates.source "controller"';
const POD = ['spec', 'template', 'spec'] as const;

/** Changes one document of the controller. */
export function editController(document: Template): void {
  switch (document.kind) {
    case 'ServiceAccount':
      editAccount(document);
      break;
    case 'ClusterRole':
      document.whole('.Values.rbac.create');
      document.when(['rules', 8], KEEPS);
      document.when(['rules', 9], KEEPS);
      break;
    case 'Role':
      document.whole('.Values.rbac.create');
      document.when(['rules', 3], KEEPS);
      document.when(['rules', 4], KEEPS);
      break;
    case 'ClusterRoleBinding':
    case 'RoleBinding':
      document.whole('.Values.rbac.create');
      break;
    case 'PodDisruptionBudget':
      document.whole('.Values.podDisruptionBudget.enabled');
      break;
    case 'NetworkPolicy':
      document.whole('.Values.networkPolicy.enabled');
      if (document.name === 'gatehouse-controller') editNetworkPolicy(document);
      break;
    case 'Deployment':
      document.value(['spec', 'replicas'], '.Values.controller.replicaCount');
      editPod(document, POD, '.Values.controller');
      document.before(
        ['spec', 'template', 'metadata', 'labels'], '{{- if .Values.settings.create }}', 'annotations:', restartedFor('gatehouse.config'), '{{- end }}',
      );
      document.when([...POD, 'containers', 0, 'args', 5], KEEPS);
      document.after([...POD, 'containers', 0, 'args'], '{{- with .Values.controller.extraArgs }}', '  {{- toYaml . | nindent 12 }}', '{{- end }}');
      break;
  }
}

function editNetworkPolicy(document: Template): void {
  document.value(['spec', 'ingress', 0, 'from', 0, 'namespaceSelector', 'matchLabels', 'kubernetes.io/metadata.name'], '.Values.networkPolicy.monitoringNamespace');
  document.after(['spec', 'egress'], '{{- with .Values.networkPolicy.extraEgress }}', '  {{- toYaml . | nindent 4 }}', '{{- end }}');
}
