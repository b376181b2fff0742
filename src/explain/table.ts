/** A decision on a terminal: a row for each finding, and the outcome below. */
import type { Decision } from '../domain/decision/decision.ts';
import { exceptionText } from '../domain/decision/exception.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { shortenMiddle } from '../text/shown.ts';

const HEAD = ['ARTIFACT', 'POLICY / REQUIREMENT', 'VERDICT', 'CODE', 'FOUND'] as const;
/** Widest each column gets, in characters. */
const WIDTHS = [60, 44, 20, 32, 80] as const;

/**
 * The findings of a decision as a table for a terminal, one line each, then the outcome.
 *
 * Cells are escaped and shortened in the middle; columns are parted by two spaces and no wider than needed. No
 * colour: the caller knows its terminal.
 */
export function decisionTable(decision: Decision): string {
  const rows = [HEAD, ...decision.findings.map(cells)].map((row) => row.map((cell, column) => shortenMiddle(cell, WIDTHS[column] ?? 80)));
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    '',
    ...exceptionLines(decision),
    ...doubtLines(decision),
    `${decision.outcome}: ${decision.verdict} (decision ${shortenMiddle(decision.id, 64)}, ${Math.round(decision.durationMs)} ms)`,
  ].join('\n');
}

/** By what something is admitted that a policy forbids; each once. */
function exceptionLines({ findings }: Decision): readonly string[] {
  const texts = new Set(findings.flatMap(({ exceptions = [] }) => exceptions.map(exceptionText)));
  return [...texts].map((text) => `admitted by ${shortenMiddle(text, 400)}`);
}

/** What is not known of evidence that counts; each once. */
function doubtLines({ findings }: Decision): readonly string[] {
  const satisfied = findings.filter(({ verdict }) => verdict === 'satisfied');
  const texts = new Set(satisfied.flatMap(({ evidence = [] }) => evidence.flatMap(({ warning }) => warning ?? [])));
  return [...texts].map((text) => `warning: ${shortenMiddle(text, 400)}`);
}

function cells(finding: Finding): readonly string[] {
  const asked = [finding.policy, finding.requirement].filter((part) => part !== undefined).join(' / ');
  const verdict = finding.verdict === 'satisfied' || finding.mode === 'enforce' ? finding.verdict : `${finding.verdict} (${finding.mode})`;
  return [finding.artifact || finding.path || '-', asked || '-', verdict, finding.code, finding.found?.[0] ?? finding.cause ?? '-'];
}
