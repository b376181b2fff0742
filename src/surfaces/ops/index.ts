import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';

/** One condition for readiness; `reason` says what is missing when it does not hold. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
}

export interface OpsDeps {
  /** Asked at every probe; must be quick. */
  conditions(): readonly Condition[];
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/**
 * Builds the operations server, `/livez`, `/readyz` and `/metrics` over plain HTTP on a port of its own.
 *
 * Nothing here holds policies, names of images or secrets (L06). Liveness says only that the event loop turns:
 * a broken policy set makes a replica unready, and restarting would not mend it.
 */
export function createOpsServer(deps: OpsDeps): FastifyInstance {
  const app = fastify({
    logger: false,
    trustProxy: false,
    exposeHeadRoutes: false,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  });
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const conditions = deps.conditions();
    const ready = conditions.every((condition) => condition.ok);
    return reply.code(ready ? 200 : 503).type('application/json').send(`${JSON.stringify({ ready, conditions })}\n`);
  });
  app.get('/metrics', async (_request, reply) => {
    const { text, contentType } = await deps.scrape();
    return reply.type(contentType).send(text);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('not found\n'));
  return app;
}
