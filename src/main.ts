/** The process of the server: it serves until it is told to stop, and ends at once for whatever nobody caught. */
import type { ServerConfig } from './platform/config/config.ts';
import { startServer } from './wiring/server.ts';
import type { ServerOverrides } from './wiring/server.ts';

export { startServer } from './wiring/server.ts';
export type { RunningServer, ServerOverrides } from './wiring/server.ts';

/** Serves until SIGTERM or SIGINT, looks at its configuration at SIGHUP; then drains and resolves; whatever nobody caught ends the process with 1 (L07). */
export async function serve(config: ServerConfig, overrides: ServerOverrides = {}): Promise<void> {
  const die = (cause: unknown): void => {
    process.stderr.write(`gatehouse: fatal: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  const server = await startServer(config, overrides);
  // Where it means something to others it must not end us: the configuration is looked at, as it is by itself.
  process.on('SIGHUP', () => void server.reload());
  await new Promise((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  await server.close();
}
