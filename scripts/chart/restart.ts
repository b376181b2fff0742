/** Which part of the configuration needs new pods, as a template: all that the server does not take over while it runs. */
import { LIVE } from '../../src/platform/config/reload.ts';

/** Gives the configuration without what is taken over at once; pods that carry its hash are made anew when it changes. */
export function restartTemplate(): string {
  return [
    '{{- /* Made of src/platform/config/reload.ts by scripts/chart: run the tests of the chart with -u. */ -}}',
    '{{- define "gatehouse.restartFor" -}}', '{{- $config := include "gatehouse.config" . | fromYaml }}', ...LIVE.map(without),
    '{{- toYaml $config }}', '{{- end }}', '',
  ].join('\n');
}

/** `cache.tagTTL` out of the section `cache`, and the section where nothing else is in it. */
function without(path: string): string {
  const [first = '', second] = path.split('.');
  return second === undefined
    ? `{{- $config = omit $config "${first}" }}`
    : [
      `{{- with $config.${first} }}`, `{{- $rest := omit . "${second}" }}`, `{{- $config = omit $config "${first}" }}`,
      `{{- if $rest }}{{- $config = set $config "${first}" $rest }}{{- end }}`, '{{- end }}',
    ].join('');
}
