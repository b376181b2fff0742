/** The port for operators: alive, ready, metrics for everybody; whatever else stands on it has a door of its own. */
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { openDoor } from '../http/door.ts';
import { Connections } from '../http/shares/connections.ts';
import type { Route } from '../http/routes.ts';

/** One condition for readiness; `reason` says what is missing when it does not hold. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/** What the operations server tells of. */
export interface OpsDeps {
  /** Asked at every probe; must be quick. */
  conditions(): readonly Condition[];
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Further lines of the table; each says itself whom it answers. */
  readonly routes?: readonly Route[];
  /** Told what was thrown while a request was answered; must not throw. */
  fault(cause: unknown): void;
}

/**
 * Builds the operations server, `/livez`, `/readyz` and `/metrics` on a port of its own: over plain HTTP, or over TLS with what
 * is given. Clients are not asked for certificates here: kubelets have none to show.
 *
 * Nothing of these three holds policies, names of images or secrets (L06). Liveness says only that the event loop turns:
 * a broken policy set makes a replica unready, and restarting would not mend it.
 */
export function createOpsServer(deps: OpsDeps, tls?: SecureContextOptions): FastifyInstance {
  const door = openDoor(
    [
      { path: '/livez', methods: ['GET'], handler: (_request, reply) => reply.type('text/plain').send('ok\n') },
      {
        path: '/readyz',
        methods: ['GET'],
        handler(_request, reply) {
          const conditions = deps.conditions();
          const ready = conditions.every((condition) => condition.ok);
          return reply.code(ready ? 200 : 503).type('application/json').send(`${JSON.stringify({ ready, conditions })}\n`);
        },
      },
      {
        path: '/metrics',
        methods: ['GET'],
        async handler(_request, reply) {
          const { text, contentType } = await deps.scrape();
          return reply.type(contentType).send(text);
        },
      },
      ...(deps.routes ?? []),
    ],
    // Refusals are counted where reviews come in; a probe at a wrong path is nobody's attack.
    { events: { rejected: () => undefined, fault: (cause) => deps.fault(cause) }, bodyBytes: 1024 },
    {
      requestTimeout: 10_000,
      forceCloseConnections: true,
      ...(tls === undefined ? {} : { serverFactory: (handler) => openTlsServer(tls, handler as RequestListener) }),
    },
  );
  // Whoever took all descriptors of the process here would take them from the main port, and probes from the kubelet.
  new Connections({ most: MOST_CONNECTIONS, ageMs: Number.POSITIVE_INFINITY }).guard(door.server);
  return door;
}

/** Probes, a few scrapers and readers need no more. */
const MOST_CONNECTIONS = 256;

/** The times of the framework apply to its own server only. */
function openTlsServer({ ca: _clients, ...tls }: SecureContextOptions, listener: RequestListener): Server {
  return createServer({ ...tls, requestCert: false, handshakeTimeout: 10_000, headersTimeout: 10_000, requestTimeout: 10_000 }, listener);
}
