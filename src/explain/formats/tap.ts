/** Cases in the Test Anything Protocol, version 14. */
import type { ReportedCase } from './cases.ts';

/** The document. A warning is ok, and says so; what could not be found out is not ok. */
export function tapText(cases: readonly ReportedCase[]): string {
  return ['TAP version 14', `1..${cases.length}`, ...cases.flatMap(lines)].join('\n');
}

function lines(one: ReportedCase, index: number): readonly string[] {
  const { name, group, outcome, summary, text } = one;
  const ok = outcome === 'passed' || outcome === 'warned' || outcome === 'skipped';
  const skip = outcome === 'skipped' ? ` # SKIP ${plain(summary ?? '')}` : '';
  const first = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${plain(group)}: ${plain(name)}${skip}`;
  const told = text ?? summary;
  if (outcome === 'passed' || outcome === 'skipped' || told === undefined) return [first];
  // A block of YAML; the literal style takes every line as it is.
  return [first, '  ---', `  outcome: ${outcome}`, '  message: |', ...told.split('\n').map((line) => `    ${line.trimEnd()}`), '  ...'];
}

/** `#` begins a directive, and a line break another line. */
function plain(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}
