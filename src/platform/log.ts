import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Decision } from '../domain/decision.ts';
import { createLogSink } from './log-sink.ts';

export type { Logger } from 'pino';

/** A log and the way to empty its buffer before the process ends. */
export interface Log {
  readonly logger: Logger;
  /** Resolves when what was logged is written, or after a second when nobody reads. */
  flush(): Promise<void>;
  /** Lines dropped because nobody read them. */
  dropped(): number;
}

const MAX_BUFFERED = 16 * 1024 * 1024;
const FLUSH_MS = 1000;

/**
 * Opens the log: one JSON object per line on standard output, written off the request path.
 *
 * A reader that stops reading must not stop admissions (security.md R19): up to 16 MiB wait in memory, further
 * lines are dropped, and a closed pipe ends the log, not the server.
 */
export function openLog(level: string, stream?: DestinationStream): Log {
  if (stream !== undefined) return { logger: make(level, stream), flush: () => Promise.resolve(), dropped: () => 0 };
  // Reading process.stdout puts a pipe into non-blocking mode: a full one is tried again later, and no thread hangs in it.
  const sink = createLogSink(process.stdout.fd, MAX_BUFFERED);
  return { logger: make(level, sink), flush: () => sink.flush(FLUSH_MS), dropped: sink.dropped };
}

function make(level: string, stream: DestinationStream): Logger {
  return pino({ level, base: null, timestamp: isoTime, formatters: { level: (label) => ({ level: label }) } }, stream);
}

let lastMs = 0;
let lastTime = '';

/** The time member of a line; lines of the same millisecond share the text, whose making costs more than the rest of the line. */
function isoTime(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastTime = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTime;
}

/** Writes the one line per decision: what was asked, what came out and why. Nothing of the object is in it, and no credential can be. */
export function logDecision(logger: Logger, decision: Decision): void {
  const { request } = decision;
  const line = {
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
  if (decision.outcome === 'admit') logger.info(line, 'decision');
  else logger.warn(line, 'decision');
}

function distinct(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)];
}

function clip(text: string): string {
  return text.length <= 512 ? text : `${text.slice(0, 511)}…`;
}
