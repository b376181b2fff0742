{{- /* Made of src/platform/config/reload.ts by scripts/chart: run the tests of the chart with -u. */ -}}
{{- define "gatehouse.restartFor" -}}
{{- $config := include "gatehouse.config" . | fromYaml }}
{{- $config = omit $config "allowNoPolicies" }}
{{- $config = omit $config "unmatched" }}
{{- $config = omit $config "extractors" }}
{{- $config = omit $config "registries" }}
{{- $config = omit $config "plainHttp" }}
{{- $config = omit $config "evidenceSources" }}
{{- $config = omit $config "packages" }}
{{- $config = omit $config "dockerConfig" }}
{{- $config = omit $config "credentialHelpers" }}
{{- with $config.cache }}{{- $rest := omit . "evidenceTTL" }}{{- $config = omit $config "cache" }}{{- if $rest }}{{- $config = set $config "cache" $rest }}{{- end }}{{- end }}
{{- with $config.cache }}{{- $rest := omit . "absenceTTL" }}{{- $config = omit $config "cache" }}{{- if $rest }}{{- $config = set $config "cache" $rest }}{{- end }}{{- end }}
{{- with $config.cache }}{{- $rest := omit . "tagTTL" }}{{- $config = omit $config "cache" }}{{- if $rest }}{{- $config = set $config "cache" $rest }}{{- end }}{{- end }}
{{- with $config.cache }}{{- $rest := omit . "evidenceBytes" }}{{- $config = omit $config "cache" }}{{- if $rest }}{{- $config = set $config "cache" $rest }}{{- end }}{{- end }}
{{- with $config.limits }}{{- $rest := omit . "evidenceBytes" }}{{- $config = omit $config "limits" }}{{- if $rest }}{{- $config = set $config "limits" $rest }}{{- end }}{{- end }}
{{- with $config.pipelines }}{{- $rest := omit . "tekton" }}{{- $config = omit $config "pipelines" }}{{- if $rest }}{{- $config = set $config "pipelines" $rest }}{{- end }}{{- end }}
{{- with $config.pipelines }}{{- $rest := omit . "argo" }}{{- $config = omit $config "pipelines" }}{{- if $rest }}{{- $config = set $config "pipelines" $rest }}{{- end }}{{- end }}
{{- with $config.pipelines }}{{- $rest := omit . "shipwright" }}{{- $config = omit $config "pipelines" }}{{- if $rest }}{{- $config = set $config "pipelines" $rest }}{{- end }}{{- end }}
{{- with $config.pipelines }}{{- $rest := omit . "administrators" }}{{- $config = omit $config "pipelines" }}{{- if $rest }}{{- $config = set $config "pipelines" $rest }}{{- end }}{{- end }}
{{- with $config.pipelines }}{{- $rest := omit . "ungatedNamespaces" }}{{- $config = omit $config "pipelines" }}{{- if $rest }}{{- $config = set $config "pipelines" $rest }}{{- end }}{{- end }}
{{- $config = omit $config "administrators" }}
{{- $config = omit $config "breakGlass" }}
{{- with $config.decisions }}{{- $rest := omit . "url" }}{{- $config = omit $config "decisions" }}{{- if $rest }}{{- $config = set $config "decisions" $rest }}{{- end }}{{- end }}
{{- with $config.decisions }}{{- $rest := omit . "events" }}{{- $config = omit $config "decisions" }}{{- if $rest }}{{- $config = set $config "decisions" $rest }}{{- end }}{{- end }}
{{- $config = omit $config "log" }}
{{- $config = omit $config "drain" }}
{{- toYaml $config }}
{{- end }}
