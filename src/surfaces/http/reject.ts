import type { FastifyReply } from 'fastify';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { errorAnswer } from '../../respond/index.ts';
import type { SurfaceDeps } from './deps.ts';
import { hearOut } from './hear-out.ts';

/**
 * Answers a request that cannot be decided about: HTTP 4xx with `{code, message}`.
 *
 * What is left of its body is read and forgotten, so that the sender gets the answer.
 */
export function reject(
  reply: FastifyReply,
  deps: Pick<SurfaceDeps, 'events'>,
  status: number,
  problem: { readonly code: ReasonCode; readonly message: string },
): FastifyReply {
  deps.events.rejected(status);
  hearOut(reply.removeHeader('connection').request.raw);
  return reply.code(status).type('application/json').send(JSON.stringify(errorAnswer(problem.code, problem.message)));
}
