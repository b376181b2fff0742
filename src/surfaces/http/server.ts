/** The main port: TLS, its surfaces, and how long anybody may keep it waiting. */
import { createServer } from 'node:https';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Connections } from './shares/connections.ts';
import { closesSilent } from './drain.ts';
import { createClientErrorHandler } from './client-error.ts';
import type { HttpSurface, SurfaceDeps } from './deps.ts';
import { openDoor } from './door.ts';
import { lastSegment, rawPath } from './routes.ts';

/** Where requests wait longest and how many may come; milliseconds. */
export const HTTP_TIMES = { headers: 10_000, request: 30_000, keepAlive: 120_000, handshake: 10_000, check: 2000 } as const;

/** TLS of the main port; with `ca` clients are asked for a certificate, and who shows none is served as who shows none (row H19). */
export interface HttpsOptions {
  readonly tls: SecureContextOptions;
  /** Fresh ones: they belong to this server alone. */
  readonly connections: Connections;
}

/**
 * Builds the HTTPS server with its surfaces, not yet listening.
 *
 * Keep-alive outlasts the API server's 90 s, so that it never writes into a connection we are closing.
 */
export function createHttpsServer(surfaces: readonly HttpSurface[], deps: SurfaceDeps, options: HttpsOptions): FastifyInstance {
  return openDoor(
    surfaces.flatMap((surface) => surface.routes(deps)),
    { events: deps.events, bodyBytes: deps.limits.bodyBytes },
    {
      serverFactory: (handler) =>
        openServer(options, lastWhereDue(handler as RequestListener, deps, options.connections), deps.callers.opened),
      return503OnClosing: false,
      clientErrorHandler: createClientErrorHandler(deps),
    },
  );
}

/**
 * Whatever is answered, a refusal too, ends the connection once it is old enough or the server is about to leave: the
 * caller has then to choose a replica anew.
 */
function lastWhereDue(listener: RequestListener, { draining, callers }: SurfaceDeps, connections: Connections): RequestListener {
  const isProven = (request: IncomingMessage): boolean =>
    callers.provable && callers.of(request, lastSegment(rawPath(request.url ?? ''))).proof !== 'none';
  return (request, response) => {
    if (connections.asks(request, isProven) || draining()) response.shouldKeepAlive = false;
    listener(request, response);
  };
}

/** The server with its limits; those of the framework apply to its own server only. */
function openServer({ tls, connections }: HttpsOptions, listener: RequestListener, opened: (socket: TLSSocket) => void): Server {
  const mutual = tls.ca !== undefined;
  const server = createServer({
    ...tls,
    requestCert: mutual,
    rejectUnauthorized: false,
    handshakeTimeout: HTTP_TIMES.handshake,
    headersTimeout: HTTP_TIMES.headers,
    requestTimeout: HTTP_TIMES.request,
    keepAliveTimeout: HTTP_TIMES.keepAlive,
    connectionsCheckingInterval: HTTP_TIMES.check,
    maxHeaderSize: 16_384,
    insecureHTTPParser: false,
    requireHostHeader: true,
  }, listener);
  if (mutual) {
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!socket.authorized) forgetRefusedSignature(socket);
      opened(socket);
    });
  }
  connections.guard(server);
  closesSilent(server, () => connections.closeSilent());
  return server;
}

/**
 * OpenSSL leaves it in its queue of errors that the signature of a client's certificate is not the authority's, and Node takes
 * what stands there for the outcome of the next read: the caller, who is to be answered as one who shows nothing, would be cut
 * off. To ask for the certificate empties the queue.
 */
export function forgetRefusedSignature(socket: TLSSocket): void {
  socket.getPeerX509Certificate();
}
