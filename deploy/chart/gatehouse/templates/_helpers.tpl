{{/* Labels of every object, beside those of the manifests. */}}
{{- define "gatehouse.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The image, by digest where there is one. The guard lets no other run than one that is called gatehouse. */}}
{{- define "gatehouse.image" -}}
{{- $repository := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $repository = printf "%s/%s" . $repository }}{{ end }}
{{- if .Values.image.digest }}
{{- if .Values.image.tag }}{{ printf "%s:%s@%s" $repository .Values.image.tag .Values.image.digest }}{{ else }}{{ printf "%s@%s" $repository .Values.image.digest }}{{ end }}
{{- else }}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* Port of probes, with their scheme where the operations port speaks TLS. */}}
{{- define "gatehouse.opsPort" -}}
ops{{ if ((include "gatehouse.config" . | fromYaml).operations).tls }}, scheme: HTTPS{{ end }}
{{- end }}

{{/* The configuration: that of the values, and what the controller needs to hear of replicas what they did. */}}
{{- define "gatehouse.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if and .Values.controller.enabled .Values.settings.create }}
{{- if .Values.controller.activity }}
{{- $token := dict "ca" "/etc/gatehouse/tls/ca.crt" "tokenFile" "/var/run/secrets/gatehouse/token" }}
{{- $config = merge $config (dict "operations" (dict "tls" true) "decisions" (dict "enabled" true "clusterTokens" true) "controller" $token) }}
{{- end }}
{{- if ne .Release.Namespace "gatehouse-system" }}
{{- $config = merge $config (dict "controller" (dict "namespace" .Release.Namespace)) }}
{{- end }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{/* Who fills in the CA of a webhook configuration. */}}
{{- define "gatehouse.gateAnnotations" -}}
{{- $annotations := deepCopy .Values.webhook.annotations }}
{{- if eq .Values.certificates.source "certManager" }}
{{- $annotations = set $annotations "cert-manager.io/inject-ca-from" (printf "%s/gatehouse" .Release.Namespace) }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The CA that is given; the controller and cert-manager fill in theirs. */}}
{{- define "gatehouse.caBundle" -}}
{{- required "certificates.caBundle: expected the CA of Secret gatehouse-tls in PEM, since certificates.source is secret" .Values.certificates.caBundle | b64enc }}
{{- end }}
