/** One front door: a table of routes, compared as sent, and refusals for everything that is not in it. */
import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyServerOptions, onRequestHookHandler } from 'fastify';
import type { HttpEvents } from './deps.ts';
import { refuse, refuseReply } from './refuse.ts';
import { isAt, lastSegment, noRoute, rawPath } from './routes.ts';
import type { FramedRoute, Route, StraightRoute } from './routes.ts';

/** What every server has of its own: whom it tells, and how large a body the framework reads. */
export interface DoorDeps {
  readonly events: Pick<HttpEvents, 'rejected' | 'fault'>;
  readonly bodyBytes: number;
}

/**
 * Builds a server that answers one table of routes and refuses everything else, not yet listening.
 *
 * Nothing of the framework's leniency is left on: no trusted proxy headers (L02), no parsing by content type (L01), no
 * HEAD routes, no request log. Its router decodes `/%76alidate`, so every route compares the path as it was sent (L05).
 * 404 and 405 are given before a byte of the body is read.
 */
export function openDoor(routes: readonly Route[], deps: DoorDeps, options: FastifyServerOptions): FastifyInstance {
  const turnAway = (reply: FastifyReply): void => refuseReply(reply, deps.events, noRoute(routes, reply.request.raw));
  const app = fastify({
    ...options,
    logger: false,
    trustProxy: false,
    bodyLimit: deps.bodyBytes,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true, maxParamLength: 64 },
    frameworkErrors: (_error, _request, reply) => turnAway(reply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, deps));
  app.setNotFoundHandler((_request, reply) => turnAway(reply));
  // Before the body: the framework would read it first, outside of what `load` reckons with.
  app.addHook('onRequest', (request, reply, next) => (request.is404 ? turnAway(reply) : next()));
  for (const route of routes) {
    const place = { url: route.path, method: [...route.methods] };
    if ('straight' in route) app.route({ ...place, onRequest: straightly(route, turnAway, deps), handler: unreached });
    else app.route({ ...place, onRequest: exactly(route, turnAway), handler: route.handler });
  }
  return app;
}

type TurnAway = (reply: FastifyReply) => void;

/**
 * Takes the request from the framework and answers it on its connection (ADR 0010).
 *
 * The framework takes an answer it was relieved of for given and says nothing of what is thrown: that is caught here.
 */
function straightly(route: StraightRoute, turnAway: TurnAway, { events }: DoorDeps): onRequestHookHandler {
  return ({ raw }, reply) => {
    const url = raw.url ?? '';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const { secret } = route;
    // Without a secret the comparison of two texts is all there is to do, for every review.
    if (secret === undefined ? path !== route.path : !isAt(route.path, path) || !secret(lastSegment(path))) return turnAway(reply);
    const response = reply.hijack().raw;
    try {
      const query = mark < 0 ? '' : url.slice(mark + 1);
      if (secret === undefined) route.straight(raw, response, query);
      else route.straight(raw, response, query, lastSegment(path));
    } catch (cause) {
      events.fault(cause);
      refuse(response, events, { status: 500, code: 'ENGINE_FAULT', message: 'internal error' });
    }
  };
}

function exactly({ path }: FramedRoute, turnAway: TurnAway): onRequestHookHandler {
  return ({ raw }, reply, next) => (isAt(path, rawPath(raw.url ?? '')) ? next() : turnAway(reply));
}

/** The framework wants a handler for every route. */
function unreached(): never {
  throw new Error('answered before');
}

/** Errors before or outside of a handler: bodies over the limit or cut short, and what should not happen. */
function answerError(error: FastifyError, reply: FastifyReply, { events, bodyBytes }: DoorDeps): void {
  const status = error.statusCode ?? 500;
  if (status === 413) {
    return refuseReply(reply, events, { status, code: 'INPUT_TOO_LARGE', message: `expected at most ${bodyBytes} bytes` });
  }
  if (status < 500) return refuseReply(reply, events, { status, code: 'INPUT_NOT_A_REVIEW', message: 'the request could not be read' });
  events.fault(error);
  refuseReply(reply, events, { status: 500, code: 'ENGINE_FAULT', message: 'internal error' });
}
