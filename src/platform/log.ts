/** The log of the process: a JSON object per line on standard output, the lines of decisions among them. */
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { createDecisionLog } from './decisions/log.ts';
import type { DecisionLog } from './decisions/log.ts';
import { createLogSink } from './log-sink.ts';

export type { Logger } from 'pino';

/** A log and the way to empty its buffer before the process ends. */
export interface Log {
  readonly logger: Logger;
  readonly decisions: DecisionLog;
  /** Writes a line of somebody else, given with its end, between two of the log; false when it was dropped. */
  line(text: string): boolean;
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
  if (stream !== undefined) {
    const line = (text: string): boolean => {
      stream.write(text);
      return true;
    };
    return { ...make(level, stream), line, flush: () => Promise.resolve(), dropped: () => 0 };
  }
  // Reading process.stdout puts a pipe into non-blocking mode: a full one is tried again later, and no thread hangs in it.
  const sink = createLogSink(process.stdout.fd, MAX_BUFFERED);
  const line = (text: string): boolean => {
    const before = sink.dropped();
    sink.write(text);
    return sink.dropped() === before;
  };
  return { ...make(level, sink), line, flush: () => sink.flush(FLUSH_MS), dropped: sink.dropped };
}

function make(level: string, stream: DestinationStream): Pick<Log, 'logger' | 'decisions'> {
  const isoTime = createIsoTime();
  const logger = pino({ level, base: null, timestamp: isoTime, formatters: { level: (label) => ({ level: label }) } }, stream);
  return { logger, decisions: createDecisionLog(logger, stream, isoTime) };
}

/** The time member of a line; lines of the same millisecond share the text, whose making costs more than the rest of the line. */
function createIsoTime(): () => string {
  let lastMs = 0;
  let lastTime = '';
  return () => {
    const now = Date.now();
    if (now !== lastMs) {
      lastMs = now;
      lastTime = `,"time":"${new Date(now).toISOString()}"`;
    }
    return lastTime;
  };
}
