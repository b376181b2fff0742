/** What values change of what is beside the server: certificates of cert-manager, monitoring, definitions of resources. */
import type { Template } from './edits.ts';

/** With an issuer of your own there is no CA of ours. */
export function editCertificate(document: Template): void {
  if (document.kind === 'Issuer' || document.name === 'gatehouse-ca') return document.whole('not .Values.certificates.issuerRef');
  const own = '.Values.certificates.issuerRef';
  document.when(['spec', 'issuerRef'], `not ${own}`, 'issuerRef:', `  {{- toYaml ${own} | nindent 4 }}`);
}

/** Labels by which an operator finds it; TLS where the operations port speaks it. */
export function editMonitoring(document: Template): void {
  const values = document.kind.endsWith('Monitor') ? '.Values.serviceMonitor' : '.Values.prometheusRule';
  document.after(['metadata', 'labels'], `{{- with ${values}.labels }}`, '  {{- toYaml . | nindent 4 }}', '{{- end }}');
  if (document.kind === 'PrometheusRule') return;
  document.value(['spec', document.kind === 'PodMonitor' ? 'podMetricsEndpoints' : 'endpoints', 0, 'interval'], '.Values.serviceMonitor.interval');
  if (document.kind === 'PodMonitor') return;
  document.after(
    ['spec', 'endpoints', 0], '  {{- if ((include "gatehouse.config" . | fromYaml).operations).tls }}', '  scheme: https', '  tlsConfig:',
    '    serverName: gatehouse.gatehouse-system.svc', '    ca: {secret: {name: gatehouse-tls, key: ca.crt}}', '  {{- end }}',
  );
}

/** Kept when the release goes, unless that is switched off: with a definition go all its resources. */
export function editCrd(document: Template): void {
  const keep = ['{{- if .Values.crds.keep }}', '  helm.sh/resource-policy: keep', '{{- end }}'];
  if (document.has(['metadata', 'annotations'])) document.after(['metadata', 'annotations'], ...keep);
  else document.after(['metadata', 'name'], '{{- if .Values.crds.keep }}', 'annotations: {helm.sh/resource-policy: keep}', '{{- end }}');
}
