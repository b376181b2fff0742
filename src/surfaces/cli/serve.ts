/** The server, as a command: flags are laid over the configuration and checked with it. */
import { existsSync } from 'node:fs';
import type { ConfigFlags, ConfigProblem } from '../../platform/config/config.ts';
import { formatConfigProblem, loadConfig } from '../../platform/config/config.ts';
import { EXIT, PlacedProblems, UsageError } from './context.ts';
import type { CliContext } from './context.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly policy?: string[];
  readonly host?: string;
  readonly port?: string;
  readonly opsPort?: string;
  readonly gatePort?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCa?: string;
  readonly devCert?: true;
  readonly devCertName?: string[];
  readonly namespaces?: string;
  readonly plainHttp?: string[];
  readonly dockerConfig?: string;
  readonly unmatched?: string;
  readonly logLevel?: string;
  readonly drain?: string;
}

/** `gatehouse serve`: the admission server, until SIGTERM. */
export async function serve(flags: ServeFlags, context: CliContext): Promise<number> {
  const laidOver: ConfigFlags = {
    host: flags.host,
    port: asNumber(flags.port),
    opsPort: asNumber(flags.opsPort),
    'gate.port': asNumber(flags.gatePort),
    policies: flags.policy,
    'tls.cert': flags.tlsCert,
    'tls.key': flags.tlsKey,
    'tls.clientCA': flags.clientCa,
    namespacesFile: flags.namespaces,
    plainHttp: flags.plainHttp,
    dockerConfig: flags.dockerConfig,
    unmatched: flags.unmatched,
    'log.level': flags.logLevel,
    drain: flags.drain,
  };
  const result = loadConfig(flags.config, laidOver);
  if (!result.ok) throw new PlacedProblems(result.problems.map(inWordsOfFlags).map(formatConfigProblem).join('\n'));
  const { config } = result;
  if (config.policies.length + config.policySources.length === 0)
    throw new UsageError('no policies: name a folder with -p DIR, or under policies in the configuration, or other places under policySources');
  const missing = [...config.policies, ...config.policySources.flatMap(({ files }) => files ?? [])].filter((folder) => !existsSync(folder));
  if (missing.length > 0)
    throw new UsageError(`${missing.join(', ')}: there is no such policy folder; correct the path, or make it: an empty one will do, and is read again when a file is put there`);
  const asked = flags.devCert === true || flags.devCertName !== undefined;
  if (config.tls !== undefined && asked) throw new UsageError('--dev-cert and a serving certificate exclude each other');
  if (config.tls === undefined && !asked)
    context.stderr(
      'gatehouse: no serving certificate given (--tls-cert and --tls-key, or tls in the configuration): one is made in memory, which no API server will trust\n',
    );
  await context.rooms.serve(config, {
    ...(config.tls === undefined ? { devCert: flags.devCertName ?? [] } : {}),
    ...(flags.config === undefined ? {} : { configuration: { path: flags.config, flags: laidOver } }),
  });
  return EXIT.admitted;
}

/** The flags of values that are laid over the configuration, where the names differ by more than a dash. */
const FLAGS: Readonly<Record<string, string>> = {
  'tls.cert': '--tls-cert', 'tls.key': '--tls-key', 'tls.clientCA': '--client-ca', port: '--port', opsPort: '--ops-port', 'gate.port': '--gate-port',
  host: '--host', policies: '--policy', namespacesFile: '--namespaces', plainHttp: '--plain-http', dockerConfig: '--docker-config',
  unmatched: '--unmatched', 'log.level': '--log-level', drain: '--drain',
};

/** Whoever wrote flags has written no configuration: what is wrong is called as he wrote it. */
function inWordsOfFlags(problem: ConfigProblem): ConfigProblem {
  const flag = problem.file === 'command line' ? FLAGS[problem.path.replace(/\[\d+\]$/, '')] : undefined;
  if (flag === undefined) return problem;
  const other = flag === '--tls-key' ? '--tls-cert' : flag === '--tls-cert' ? '--tls-key' : undefined;
  const missing = problem.message.startsWith('is missing') && other !== undefined;
  return { ...problem, path: flag, message: missing ? `is missing: give the file that goes with ${other}` : problem.message };
}

/** Digits as a number; other text is handed on for the schema to refuse. */
function asNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : text;
}
