/** The controller, as a command: it takes the same configuration file as the server. */
import { existsSync } from 'node:fs';
import { formatConfigProblem, loadConfig } from '../../platform/config/config.ts';
import { EXIT, PlacedProblems, UsageError } from './context.ts';
import type { CliContext } from './context.ts';

export interface ControllerFlags {
  readonly config?: string;
  readonly policy?: string[];
  readonly host?: string;
  readonly opsPort?: string;
  readonly logLevel?: string;
  readonly keepCertificate?: boolean;
}

/** By its flags the server is told where its certificate lies; what else stands under `tls` is not for the controller, which serves with none. */
const OF_THE_SERVER = { 'tls.cert': '/etc/gatehouse/tls/tls.crt', 'tls.key': '/etc/gatehouse/tls/tls.key' };

/** `gatehouse controller`: status, Events and what else is written to the cluster, until SIGTERM. */
export async function controller(flags: ControllerFlags, context: CliContext): Promise<number> {
  const result = loadConfig(flags.config, {
    ...OF_THE_SERVER,
    host: flags.host,
    policies: flags.policy,
    opsPort: flags.opsPort !== undefined && /^\d{1,6}$/.test(flags.opsPort) ? Number(flags.opsPort) : flags.opsPort,
    'log.level': flags.logLevel,
    'controller.keepCertificate': flags.keepCertificate,
  });
  if (!result.ok) throw new PlacedProblems(result.problems.map(formatConfigProblem).join('\n'));
  const missing = result.config.policies.filter((folder) => !existsSync(folder));
  if (missing.length > 0) throw new UsageError(`${missing.join(', ')}: there is no such policy folder; name those of the server`);
  await context.rooms.control(result.config);
  return EXIT.admitted;
}
