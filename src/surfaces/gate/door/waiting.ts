/** How long a request is waited for: until its caller leaves, and no longer than a question may take. */
import type { FastifyReply } from 'fastify';
import { whenOver } from './bodies.ts';

/** Two ends of waiting: what was begun for a caller that is answered may go on, what is waited for may not. */
export interface Waiting {
  /** Aborts when the caller leaves without an answer. */
  readonly left: AbortSignal;
  /** Aborts then, and when the time of a question is over. */
  readonly over: AbortSignal;
}

/** Begins to wait; `budget` in milliseconds. Its timer ends with the request. */
export function waitingOf(reply: FastifyReply, budget: number): Waiting {
  const [left, over] = [new AbortController(), new AbortController()];
  const timer = setTimeout(() => over.abort(), budget);
  whenOver(reply, () => {
    clearTimeout(timer);
    if (reply.raw.writableFinished) return;
    left.abort();
    over.abort();
  });
  return { left: left.signal, over: over.signal };
}
