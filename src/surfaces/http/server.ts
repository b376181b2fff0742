import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createClientErrorHandler } from './client-error.ts';
import type { HttpSurface, SurfaceDeps } from './deps.ts';
import { reject } from './reject.ts';
import { createReviewHandler } from './review-route.ts';
import type { ReviewHandler } from './review-route.ts';

/** Where requests wait longest and how many may come; milliseconds. */
export const HTTP_TIMES = { headers: 10_000, request: 30_000, keepAlive: 120_000, handshake: 10_000, check: 2000 } as const;

/** TLS of the main port; with `ca` every client must show a certificate issued under it. */
export interface HttpsOptions {
  readonly tls: SecureContextOptions;
  readonly connections: number;
}

/**
 * Builds the HTTPS server with its surfaces, not yet listening.
 *
 * Nothing of the framework's leniency is left on: no trusted proxy headers (L02), no parsing by content type
 * (L01), exact paths only (L05), no HEAD routes, no request log. Keep-alive outlasts the API server's 90 s, so
 * that it never writes into a connection we are closing.
 */
export function createHttpsServer(surfaces: readonly HttpSurface[], deps: SurfaceDeps, options: HttpsOptions): FastifyInstance {
  const allowed = new Map<string, Set<string>>();
  const app = fastify({
    serverFactory: (handler) => openServer(options, ahead(surfaces, deps, handler as RequestListener)),
    logger: false,
    trustProxy: false,
    bodyLimit: deps.limits.bodyBytes,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true, maxParamLength: 64 },
    clientErrorHandler: createClientErrorHandler(deps),
    frameworkErrors: (_error, _request, reply) => void reject(reply, deps, 404, unknownPath(surfaces, allowed)),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, deps));

  app.addHook('onRoute', ({ url, method }) => {
    const methods = allowed.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    allowed.set(url, methods);
  });
  app.setNotFoundHandler((request, reply) => answerUnknown({ allowed, surfaces }, request, reply, deps));
  for (const surface of surfaces) surface.register?.(app, deps);
  return app;
}

/** The server with its limits; those of the framework apply to its own server only. */
function openServer({ tls, connections }: HttpsOptions, listener: RequestListener): Server {
  const mutual = tls.ca !== undefined;
  const server = createServer({
    ...tls,
    requestCert: mutual,
    rejectUnauthorized: mutual,
    handshakeTimeout: HTTP_TIMES.handshake,
    headersTimeout: HTTP_TIMES.headers,
    requestTimeout: HTTP_TIMES.request,
    keepAliveTimeout: HTTP_TIMES.keepAlive,
    connectionsCheckingInterval: HTTP_TIMES.check,
    maxHeaderSize: 16_384,
    insecureHTTPParser: false,
    requireHostHeader: true,
  }, listener);
  server.maxConnections = connections;
  return server;
}

/** Puts the review protocols before the framework: their paths are compared exactly, as they came over the wire (L05). */
function ahead(surfaces: readonly HttpSurface[], deps: SurfaceDeps, framework: RequestListener): RequestListener {
  const handlers = new Map<string, ReviewHandler>();
  for (const { reviews } of surfaces) if (reviews !== undefined) handlers.set(reviews.path, createReviewHandler(reviews, deps));
  return (request, response) => {
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const handler = handlers.get(mark < 0 ? url : url.slice(0, mark));
    if (handler === undefined) framework(request, response);
    else handler(request, response, mark < 0 ? '' : url.slice(mark + 1));
  };
}

/** Which paths of the framework take which methods. */
type Allowed = ReadonlyMap<string, ReadonlySet<string>>;

function unknownPath(
  surfaces: readonly HttpSurface[],
  allowed: Allowed,
): { readonly code: 'INPUT_NOT_A_REVIEW'; readonly message: string } {
  const paths = [
    ...surfaces.flatMap(({ reviews }) => (reviews === undefined ? [] : [`POST ${reviews.path}`])),
    ...[...allowed].map(([path, methods]) => `${[...methods].join(', ')} ${path}`),
  ];
  return { code: 'INPUT_NOT_A_REVIEW', message: `no such path; there are ${paths.join(', ')}` };
}

function answerUnknown(
  { allowed, surfaces }: { readonly allowed: Allowed; readonly surfaces: readonly HttpSurface[] },
  request: FastifyRequest,
  reply: FastifyReply,
  deps: SurfaceDeps,
): FastifyReply {
  const methods = allowed.get((request.raw.url ?? '').split('?', 1)[0] ?? '');
  if (methods === undefined || methods.has(request.method)) return reject(reply, deps, 404, unknownPath(surfaces, allowed));
  const allow = [...methods].join(', ');
  return reject(reply.header('allow', allow), deps, 405, {
    code: 'INPUT_NOT_A_REVIEW',
    message: `expected ${allow}, found ${request.method}`,
  });
}

/** Errors before or outside of a handler: bodies over the limit or cut short, and what should not happen. */
function answerError(error: FastifyError, reply: FastifyReply, deps: SurfaceDeps): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status === 413)
    return reject(reply, deps, 413, { code: 'INPUT_TOO_LARGE', message: `expected at most ${deps.limits.bodyBytes} bytes` });
  if (status < 500) return reject(reply, deps, status, { code: 'INPUT_NOT_A_REVIEW', message: 'the request could not be read' });
  deps.events.fault(error);
  return reject(reply, deps, 500, { code: 'ENGINE_FAULT', message: 'internal error' });
}
