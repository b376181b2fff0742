/** The process of the controller: it works until it is told to stop, and ends at once for whatever nobody caught. */
import type { ServerConfig } from '../../platform/config/config.ts';
import { startController } from './index.ts';

/** Controls until SIGTERM or SIGINT, then gives the Lease back and resolves; whatever nobody caught ends the process with 1. */
export async function control(config: ServerConfig): Promise<void> {
  const die = (cause: unknown): void => {
    process.stderr.write(`gatehouse: fatal: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  const controller = await startController(config);
  await new Promise((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  await controller.close();
}
