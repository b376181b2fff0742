/** The gate's port: TLS, a caller before a body, bodies read strictly, answers as documents. */
import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import type { GateCaller } from '../../domain/gate/caller.ts';
import { JSON_LIMITS, parseJson } from '../../intake/json.ts';
import { errorAnswer } from '../../respond/index.ts';
import { HTTP_TIMES } from '../http/server.ts';
import type { Connections } from '../http/shares/connections.ts';
import type { GateDeps } from './deps.ts';
import { GateError } from './gate-error.ts';
import { openApiRoute } from './open-api.ts';
import type { GateRoute } from './route.ts';
import { GATE_ROUTES } from './routes/index.ts';
import { bodyProblem } from './body-problem.ts';

/** TLS of the gate's port. */
export interface GateOptions {
  readonly tls: SecureContextOptions;
  /** Fresh ones: they belong to this server alone. */
  readonly connections: Connections;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the check of the token, before the body is read. */
    gateCaller?: GateCaller;
  }
}

const BEARER = /^Bearer +([^\s]+)$/i;

/** Builds the gate's server with its routes, not yet listening. */
export function createGateServer(deps: GateDeps, { tls, connections }: GateOptions): FastifyInstance {
  const { ca: _clients, ...shown } = tls;
  const options: FastifyServerOptions = {
    logger: false,
    trustProxy: false,
    exposeHeadRoutes: false,
    bodyLimit: deps.limits.bodyBytes,
    requestTimeout: HTTP_TIMES.request,
    return503OnClosing: false,
    genReqId: () => deps.newId(deps.clock.now()),
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, maxParamLength: 64 },
    serverFactory: (handler) => {
      const server = createServer({
        ...shown, requestCert: false, handshakeTimeout: HTTP_TIMES.handshake, headersTimeout: HTTP_TIMES.headers,
        requestTimeout: HTTP_TIMES.request, keepAliveTimeout: HTTP_TIMES.keepAlive, connectionsCheckingInterval: HTTP_TIMES.check,
        // The longest token that is read, with what else there is.
        maxHeaderSize: 16_384, insecureHTTPParser: false, requireHostHeader: true,
      }, handler as RequestListener);
      connections.guard(server);
      return server;
    },
  };
  const app = fastify(options);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const read = parseJson(body as Buffer, JSON_LIMITS);
    if (read.ok) done(null, read.value);
    else done(new GateError(400, read.code, read.message));
  });
  app.setErrorHandler((error: FastifyError | GateError, request, reply) => answerError(error, request, reply, deps));
  app.setNotFoundHandler((request, reply) => refuse(reply, deps, 404, 'INPUT_QUESTION_INVALID', notFound(request)));
  for (const route of [...GATE_ROUTES, openApiRoute(GATE_ROUTES)]) addRoute(app, route, deps);
  return app;
}

function addRoute(app: FastifyInstance, route: GateRoute, deps: GateDeps): void {
  app.route({
    method: route.method,
    url: route.path,
    onRequest: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (route.asker === 'caller') request.gateCaller = await callerOf(request, deps);
    },
    handler: async (request, reply) => {
      const body = route.body === undefined ? undefined : readBody(route.body, request.body);
      const answer = await route.handle({ body, request, reply, caller: request.gateCaller as GateCaller }, deps);
      return reply.type('application/json; charset=utf-8').send(answer);
    },
  });
}

function readBody(schema: NonNullable<GateRoute['body']>, body: unknown): unknown {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new GateError(400, 'INPUT_QUESTION_INVALID', bodyProblem(read.error, body));
}

/** Who asks; nobody is refused before a byte of the body is read. */
async function callerOf({ headers }: FastifyRequest, deps: GateDeps): Promise<GateCaller> {
  const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) throw new GateError(401, 'INPUT_TOKEN_MISSING', 'expected Authorization: Bearer TOKEN, found none');
  const known = await deps.authenticator.authenticate(token, AbortSignal.timeout(deps.budget));
  if (!known.ok) throw new GateError(known.status, known.code, known.message, known.status === 503 ? 2 : undefined);
  return known.caller;
}

function notFound({ method }: FastifyRequest): string {
  const all = GATE_ROUTES.map((route) => `${route.method} ${route.path}`);
  return `no such path for ${method}; there are ${all.join(', ')}, GET /v1/openapi.json`;
}

function answerError(error: FastifyError | GateError, request: FastifyRequest, reply: FastifyReply, deps: GateDeps): void {
  if (error instanceof GateError) {
    if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
    if (error.status === 401) reply.header('www-authenticate', 'Bearer');
    return refuse(reply, deps, error.status, error.code, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return refuse(reply, deps, 413, 'INPUT_TOO_LARGE', `expected at most ${deps.limits.bodyBytes} bytes`);
  if (status === 415) return refuse(reply, deps, 415, 'INPUT_CONTENT_TYPE', 'expected Content-Type: application/json');
  if (status < 500) return refuse(reply, deps, status, 'INPUT_QUESTION_INVALID', `the ${request.method} request could not be read`);
  deps.events.fault(error);
  return refuse(reply, deps, 500, 'ENGINE_FAULT', 'internal error');
}

function refuse(reply: FastifyReply, { events }: GateDeps, status: number, code: GateError['code'], message: string): void {
  events.rejected(status);
  void reply.code(status).type('application/json; charset=utf-8').send(errorAnswer(code, message));
}
