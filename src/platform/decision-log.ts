import type { DestinationStream, Logger } from 'pino';
import type { Decision } from '../domain/decision.ts';

/** Writes the line of a decision. */
export type DecisionLog = (decision: Decision) => void;

/**
 * Makes the writer of decision lines, in the form and to the place of the log's other lines.
 *
 * Formatted here, in one piece: a line that is put together of many keeps all of them alive until it is written,
 * and the collector copies what is alive.
 */
export function createDecisionLog(logger: Logger, stream: DestinationStream, time: () => string): DecisionLog {
  const admitted = logger.isLevelEnabled('info');
  const otherwise = logger.isLevelEnabled('warn');
  return (decision) => {
    const level = decision.outcome === 'admit' ? 'info' : 'warn';
    if (level === 'info' ? !admitted : !otherwise) return;
    stream.write(`{"level":"${level}"${time()},${JSON.stringify(lineOf(decision)).slice(1, -1)},"msg":"decision"}\n`);
  };
}

/** What was asked, what came out and why. Nothing of the object is in it, and no credential can be. */
function lineOf(decision: Decision): Readonly<Record<string, unknown>> {
  const { request } = decision;
  return {
    id: decision.id,
    uid: clip(request.uid),
    surface: request.surface,
    outcome: decision.outcome,
    verdict: decision.verdict,
    codes: distinct(decision.findings.map((finding) => finding.code)),
    policies: distinct(decision.findings.flatMap((finding) => finding.policy ?? [])),
    artifacts: decision.artifacts.slice(0, 64).map((artifact) => clip(`${artifact.name}@${artifact.digest ?? 'unresolved'}`)),
    operation: request.operation,
    group: request.group,
    kind: request.kind,
    namespace: clip(request.namespace),
    name: clip(request.name),
    user: clip(request.user),
    dryRun: request.dryRun,
    durationMs: decision.durationMs,
    policyGeneration: decision.policyGeneration,
  };
}

function distinct(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)];
}

function clip(text: string): string {
  return text.length <= 512 ? text : `${text.slice(0, 511)}…`;
}
