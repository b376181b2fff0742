/** What values change of the canary. */
import type { Path, Template } from './edits.ts';

const POD: Path = ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
const CONTAINER: Path = [...POD, 'containers', 0];

/** Changes the CronJob; all else of it stays. */
export function editCanary(document: Template): void {
  if (document.kind !== 'CronJob') return;
  document.value(['spec', 'schedule'], '.Values.canary.schedule | quote');
  document.value([...CONTAINER, 'image'], 'include "gatehouse.image" .');
  document.value([...CONTAINER, 'imagePullPolicy'], '.Values.image.pullPolicy');
  document.value([...CONTAINER, 'args', 1], 'printf "--denied=%s" .Values.canary.denied.image | quote');
  document.value([...CONTAINER, 'args', 2], 'printf "--reason=%s" .Values.canary.denied.reason | quote');
  document.before([...POD, 'containers'], '{{- with .Values.imagePullSecrets }}', 'imagePullSecrets:', '  {{- toYaml . | nindent 12 }}', '{{- end }}');
}
