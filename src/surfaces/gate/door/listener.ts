/** The gate's port as the system sees it: TLS, limits, connections shared among addresses, and the end of old ones. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { ClientCertificates } from '../../http/client-certificate.ts';
import { closesSilent } from '../../http/drain.ts';
import { forgetRefusedSignature, HTTP_TIMES } from '../../http/server.ts';
import type { Connections } from '../../http/shares/connections.ts';

/** TLS of the gate's port. */
export interface GateOptions {
  /** With `ca` clients are asked for a certificate; who shows none is served all the same, where a token says who it is. */
  readonly tls: SecureContextOptions;
  /** Fresh ones: they belong to this server alone. */
  readonly connections: Connections;
}

/** Opens the server, not yet listening. */
export function openListener(
  listener: RequestListener,
  { tls, connections }: GateOptions,
  { draining, clients }: { readonly draining: () => boolean; readonly clients?: ClientCertificates | undefined },
): Server {
  const { ca, ...shown } = tls;
  const mutual = clients !== undefined && ca !== undefined;
  const server = createServer({
    ...shown, ...(mutual ? { ca } : {}), requestCert: mutual, rejectUnauthorized: false,
    handshakeTimeout: HTTP_TIMES.handshake, headersTimeout: HTTP_TIMES.headers, requestTimeout: HTTP_TIMES.request,
    keepAliveTimeout: HTTP_TIMES.keepAlive, connectionsCheckingInterval: HTTP_TIMES.check,
    // The longest token that is read, with what else there is.
    maxHeaderSize: 16_384, insecureHTTPParser: false, requireHostHeader: true,
  }, (request, response) => {
    // Also a refusal is the last answer where it is due: the caller has to choose a replica anew. Nobody is exempt from shares here.
    if (connections.asks(request, () => false) || draining()) response.shouldKeepAlive = false;
    listener(request, response);
  });
  if (mutual) {
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!socket.authorized) forgetRefusedSignature(socket);
      clients.opened(socket);
    });
  }
  connections.guard(server);
  closesSilent(server, () => connections.closeSilent());
  return server;
}
