/** The controller, as a command: it takes the same configuration file as the server. */
import { formatConfigProblem, loadConfig } from '../../platform/config/config.ts';
import { EXIT, PlacedProblems } from './context.ts';
import type { CliContext } from './context.ts';

export interface ControllerFlags {
  readonly config?: string;
  readonly host?: string;
  readonly opsPort?: string;
  readonly logLevel?: string;
  readonly keepCertificate?: boolean;
}

/** `gatehouse controller`: status, Events and what else is written to the cluster, until SIGTERM. */
export async function controller(flags: ControllerFlags, context: CliContext): Promise<number> {
  const result = loadConfig(flags.config, {
    host: flags.host,
    opsPort: flags.opsPort !== undefined && /^\d{1,6}$/.test(flags.opsPort) ? Number(flags.opsPort) : flags.opsPort,
    'log.level': flags.logLevel,
    'controller.keepCertificate': flags.keepCertificate,
  });
  if (!result.ok) throw new PlacedProblems(result.problems.map(formatConfigProblem).join('\n'));
  await context.rooms.control(result.config);
  return EXIT.admitted;
}
