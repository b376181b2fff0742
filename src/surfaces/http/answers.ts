import type { ServerResponse } from 'node:http';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { errorAnswer } from '../../respond/index.ts';
import type { SurfaceDeps } from './deps.ts';
import { hearOut } from './hear-out.ts';

interface Answer {
  readonly raw: ServerResponse;
  readonly text: string;
  /** True when the connection is to end with this answer. */
  readonly last: boolean;
}

let waiting: Answer[] = [];

/**
 * Answers with JSON and status 200 at the end of this turn of the event loop.
 *
 * Answers of one turn are written one behind the other: each write to a connection whose reader sleeps wakes it,
 * which costs as much as a decision from memory, and a reader that is awake already takes all of them.
 */
export function answerSoon(raw: ServerResponse, text: string, last: boolean): void {
  if (waiting.length === 0) setImmediate(writeAll);
  waiting.push({ raw, text, last });
}

function writeAll(): void {
  const answers = waiting;
  waiting = [];
  for (const { raw, text, last } of answers) {
    if (!raw.destroyed) write(raw, 200, text, last);
  }
}

/**
 * Answers a request that cannot be decided about: HTTP 4xx or 5xx with `{code, message}`.
 *
 * What is left of its body is read and forgotten, so that the sender gets the answer.
 */
export function refuse(
  raw: ServerResponse,
  deps: Pick<SurfaceDeps, 'events'>,
  status: number,
  problem: { readonly code: ReasonCode; readonly message: string },
  headers?: Readonly<Record<string, string>>,
): void {
  deps.events.rejected(status);
  if (raw.destroyed) return;
  hearOut(raw.req);
  write(raw, status, JSON.stringify(errorAnswer(problem.code, problem.message)), false, headers);
}

function write(raw: ServerResponse, status: number, text: string, last: boolean, headers?: Readonly<Record<string, string>>): void {
  const bytes = Buffer.byteLength(text);
  const own = { 'content-type': 'application/json', 'content-length': bytes };
  raw.writeHead(status, headers === undefined && !last ? own : { ...headers, ...own, ...(last ? { connection: 'close' } : {}) });
  // As many bytes as characters: all of it is ASCII, which needs no encoding.
  raw.end(text, bytes === text.length ? 'latin1' : 'utf8');
}
