/** Leaving without failing a request that is under way. */
import type { FastifyInstance } from 'fastify';

const LONGEST_CLOSE_MS = 35_000;

/**
 * Stops a server without failing a request: no new connections, requests under way are finished, idle
 * connections are closed. After 35 s, longer than any request may take, what is left is cut.
 */
export async function closeGently(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), LONGEST_CLOSE_MS);
  // Connections become idle while others finish, and a client that keeps one open must not keep us from leaving.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 100);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(sweep);
  }
}
