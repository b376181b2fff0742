/** Leaving without failing a request that is under way. */
import type { FastifyInstance } from 'fastify';

const LONGEST_CLOSE_MS = 35_000;

/** By server: closes the connections on which nobody has asked anything. */
const SILENT = new WeakMap<object, () => void>();

/** Says how the silent connections of a server are closed: to Node they are no idle ones, and nothing ends them once it closes. */
export function closesSilent(server: object, close: () => void): void {
  SILENT.set(server, close);
}

/**
 * Stops a server without failing a request: no new connections, requests under way are finished, idle
 * connections are closed, and silent ones. After 35 s, longer than any request may take, what is left is cut.
 */
export async function closeGently(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), LONGEST_CLOSE_MS);
  // Connections become idle while others finish, and a client that keeps one open must not keep us from leaving.
  const sweep = setInterval(() => {
    app.server.closeIdleConnections();
    SILENT.get(app.server)?.();
  }, 100);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(sweep);
  }
}
