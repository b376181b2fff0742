/** The port for operators: alive, ready, metrics; nothing on it is secret. */
import type { FastifyInstance } from 'fastify';
import { openDoor } from '../http/door.ts';

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
  /** Told what was thrown while a request was answered; must not throw. */
  fault(cause: unknown): void;
}

/**
 * Builds the operations server, `/livez`, `/readyz` and `/metrics` over plain HTTP on a port of its own.
 *
 * Nothing here holds policies, names of images or secrets (L06). Liveness says only that the event loop turns:
 * a broken policy set makes a replica unready, and restarting would not mend it.
 */
export function createOpsServer(deps: OpsDeps): FastifyInstance {
  return openDoor(
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
    ],
    // Refusals are counted where reviews come in; a probe at a wrong path is nobody's attack.
    { events: { rejected: () => undefined, fault: (cause) => deps.fault(cause) }, bodyBytes: 1024 },
    { requestTimeout: 10_000, forceCloseConnections: true },
  );
}
