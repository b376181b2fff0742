import type { FastifyReply } from 'fastify';
import type { ReasonCode } from '../../domain/reasons.ts';
import { errorAnswer } from '../../respond/index.ts';
import type { SurfaceDeps } from './deps.ts';

/**
 * Answers a request that cannot be decided about: HTTP 4xx with `{code, message}`.
 *
 * The connection is closed, because the rest of its body may not have been read.
 */
export function reject(reply: FastifyReply, deps: Pick<SurfaceDeps, 'events'>, status: number, problem: { readonly code: ReasonCode; readonly message: string }): FastifyReply {
  deps.events.rejected(status);
  if (status !== 400) void reply.header('connection', 'close');
  return reply.code(status).type('application/json').send(JSON.stringify(errorAnswer(problem.code, problem.message)));
}
