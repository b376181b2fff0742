/** What values change of a webhook configuration: whose CA it trusts, how long it waits, and what it is not asked about. */
import type { Template } from './edits.ts';

/** Changes a webhook configuration, each of its webhooks alike. */
export function editGate(document: Template): void {
  document.before(['metadata', 'labels'], '{{- include "gatehouse.gateAnnotations" . | nindent 2 }}');
  for (let index = 0; document.has(['webhooks', index]); index += 1) {
    const at = (...rest: string[]): (string | number)[] => ['webhooks', index, ...rest];
    // The controller or cert-manager fills it in; nothing here ever makes a CA.
    document.when(at('clientConfig', 'caBundle'), 'eq .Values.certificates.source "secret"');
    document.value(at('clientConfig', 'caBundle'), 'include "gatehouse.caBundle" .');
    document.value(at('timeoutSeconds'), '.Values.webhook.timeoutSeconds');
    if (document.name !== 'gatehouse') continue;
    document.value(at('failurePolicy'), '.Values.webhook.failurePolicy');
    document.after(at('matchConditions'), '{{- with .Values.webhook.matchConditions }}', '  {{- toYaml . | nindent 6 }}', '{{- end }}');
    const excluded = '(append .Values.webhook.excludedNamespaces .Release.Namespace) | toJson';
    document.value([...at('namespaceSelector', 'matchExpressions'), 0, 'values'], excluded);
  }
}
