import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

interface Answer {
  readonly raw: ServerResponse;
  readonly text: string;
  /** True when the connection is to end with this answer. */
  readonly last: boolean;
}

let waiting: Answer[] = [];

/**
 * Answers with JSON and status 200 at the end of this turn of the event loop, past the framework, which has
 * nothing to add.
 *
 * Answers of one turn are written one behind the other: each write to a connection whose reader sleeps wakes it,
 * which costs as much as a decision from memory, and a reader that is awake already takes all of them.
 */
export function answerSoon(reply: FastifyReply, text: string, last: boolean): void {
  void reply.hijack();
  if (waiting.length === 0) setImmediate(writeAll);
  waiting.push({ raw: reply.raw, text, last });
}

function writeAll(): void {
  const answers = waiting;
  waiting = [];
  for (const { raw, text, last } of answers) {
    if (raw.destroyed) continue;
    raw.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...(last ? { connection: 'close' } : {}) });
    raw.end(text);
  }
}
