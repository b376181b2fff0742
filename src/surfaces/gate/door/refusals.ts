/** What the gate says to requests that it does not answer: a status, a code and a sentence, and the connection heard out. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { shownText } from '../../../text/shown.ts';
import { refuseReply } from '../../http/refuse.ts';
import { isAt, rawPath } from '../../http/routes.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';
import type { GateRoute } from '../route.ts';

type Told = Pick<GateDeps, 'events' | 'limits'>;

/** Refuses with what was thrown; what is no refusal of ours is a fault of ours, unless the framework says whose it is. */
export function answerError(error: FastifyError | GateError, request: FastifyRequest, reply: FastifyReply, deps: Told): void {
  if (error instanceof GateError) return refuse(reply, deps, error);
  const status = error.statusCode ?? 500;
  if (status < 500) {
    return refuse(reply, deps, new GateError(status, 'INPUT_QUESTION_INVALID', `the ${request.method} request could not be read`));
  }
  deps.events.fault(error);
  return refuse(reply, deps, new GateError(500, 'ENGINE_FAULT', 'internal error'));
}

/** Refuses a request; what is left of its body is read and forgotten, so that its sender gets the answer. */
export function refuse(reply: FastifyReply, { events }: Told, { status, code, message, fix, retryAfter, allow }: GateError): void {
  refuseReply(reply, events, {
    status, code, message, fix,
    headers: {
      'cache-control': 'no-store',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(allow === undefined ? {} : { allow }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
}

/** Whether a request is at this route by its path as it was sent: the router decodes `/%76`, and this does not (L05). */
export function isSentTo({ path }: GateRoute, request: FastifyRequest): boolean {
  return isAt(path, rawPath(request.raw.url ?? ''));
}

/** The refusal of a request that no route answers: 405 with what would be allowed, else 404 with all that there is. */
export function noSuchRoute(routes: readonly GateRoute[], request: FastifyRequest): GateError {
  const { method } = request;
  const allowed = routes.filter((route) => isSentTo(route, request)).map((route): string => route.method);
  if (allowed.length > 0 && !allowed.includes(method)) {
    const allow = allowed.join(', ');
    const beside = { allow, fix: 'send the method that is named' };
    return new GateError(405, 'INPUT_QUESTION_INVALID', `expected ${allow}, found ${method}`, beside);
  }
  const all = routes.map((route) => `${route.method} ${route.path}`);
  const fix = 'ask at one of these, as /v1/openapi.json describes them';
  return new GateError(404, 'INPUT_QUESTION_INVALID', `no such path; there are ${all.join(', ')}; found ${method} ${shownText(rawPath(request.raw.url ?? ''), 120)}`, { fix });
}
