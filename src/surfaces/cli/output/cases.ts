/** Decisions as the writers of other tools' formats take them. */
import type { Decision } from '../../../domain/decision/decision.ts';
import { denialText, denyingFindings, warningLines } from '../../../explain/index.ts';
import type { ReportedCase } from '../../../explain/index.ts';
import { EXIT } from '../context.ts';
import { exitCode } from '../../../respond/index.ts';

/** A decision, what was judged, and where it stands: a file and a line, where there are any. */
export interface PlacedDecision {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly decision: Decision;
}

const ANY_LINE = /^line (\d+)$/;

/** One case for each decision: what could not be determined is an error and no failure. */
export function casesOf(decisions: readonly PlacedDecision[]): readonly ReportedCase[] {
  return decisions.map(({ name, file, line, decision }) => {
    const wrong = decision.outcome === 'deny'
      ? denyingFindings(decision)
      : decision.findings.filter(({ verdict }) => verdict !== 'satisfied');
    // What is wrong in a file of instructions stands at its own line.
    const own = wrong.map(({ path }) => ANY_LINE.exec(path)?.[1]).find((found) => found !== undefined);
    const at = own === undefined ? line : Number(own);
    return {
      name, group: file ?? 'artifacts', outcome: outcomeOf(decision), seconds: decision.durationMs / 1000,
      ...(wrong.length === 0 || decision.outcome === 'admit' ? {} : { summary: [...new Set(wrong.map(({ code }) => code))].join(', ') }),
      ...(decision.outcome === 'admit' ? {} : { text: textOf(decision) }),
      ...(file === undefined ? {} : { file }), ...(at === undefined ? {} : { line: at }),
    };
  });
}

function outcomeOf(decision: Decision): ReportedCase['outcome'] {
  if (decision.outcome !== 'deny') return decision.outcome === 'warn' ? 'warned' : 'passed';
  return exitCode(decision) === EXIT.denied ? 'failed' : 'error';
}

function textOf(decision: Decision): string {
  return decision.outcome === 'deny' ? denialText(decision) : warningLines(decision).join('\n');
}
