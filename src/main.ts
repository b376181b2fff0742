import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationStream } from 'pino';
import type { PolicyStore, Recorder } from './domain/ports.ts';
import type { ServerConfig } from './platform/config/config.ts';
import { newDecisionId } from './platform/decisions/id.ts';
import { createDecisionRing } from './platform/decisions/ring.ts';
import { openLog } from './platform/log.ts';
import type { Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics/metrics.ts';
import { openPolicies, openTls } from './wiring/serving.ts';
import type { Telemetry } from './wiring/serving.ts';
import type { CompilePolicies } from './feeds/policies/store.ts';
import { createRecorder } from './platform/decisions/recorder.ts';
import { watchTrust } from './platform/metrics/trust-expiry.ts';
import { VERSION } from './platform/version.ts';
import { expiries, trustEnds } from './policy/index.ts';
import type { Admit, SurfaceDeps } from './surfaces/http/deps.ts';
import { closeGently } from './surfaces/http/drain.ts';
import { createHttpsServer } from './surfaces/http/server.ts';
import { httpSurfaces } from './surfaces/index.ts';
import { createOpsServer } from './surfaces/ops/index.ts';
import { openEngine } from './wiring/engine.ts';
import { openTrustRoots } from './wiring/trust-roots.ts';

/** A server that answers. */
export interface RunningServer {
  readonly port: number;
  /** 0 when the operations port is off. */
  readonly opsPort: number;
  /** The certificate to trust when it was made for development, PEM. */
  readonly developmentCertificate?: string;
  /** Stops as on SIGTERM: unready at once, serving on for the drain time, then finishing what is under way. */
  close(): Promise<void>;
}

/** What tests and the demo put in the place of a part; everything else is as in production. */
export interface ServerOverrides {
  readonly admit?: (recorder: Recorder, policies: PolicyStore) => Admit;
  readonly compile?: CompilePolicies;
  readonly logStream?: DestinationStream;
  /** Serve with a certificate made in memory, valid for these names too. */
  readonly devCert?: readonly string[];
  /** How often files are looked at, milliseconds. */
  readonly pollMs?: number;
  /** Let the system choose the operations port, which `opsPort: 0` cannot say. */
  readonly anyOpsPort?: boolean;
}

type Closers = (() => unknown)[];

/**
 * Starts the server: wires the rooms, opens policies, certificate and cluster, and listens.
 *
 * Rejects when the configuration names something that cannot be used at all (no certificate, a port in use). A
 * broken policy set is not that: the server stays up, unready, and answers `undetermined`.
 */
export async function startServer(config: ServerConfig, overrides: ServerOverrides = {}): Promise<RunningServer> {
  const log = openLog(config.log.level, overrides.logStream);
  const closers: Closers = [() => log.flush()];
  try {
    const metrics = createMetrics({ version: VERSION, node: process.version });
    metrics.gauge('log_lines_dropped', 'Log lines dropped since the start because nobody read them', log.dropped);
    return await assemble(config, overrides, { log, logger: log.logger, metrics }, closers);
  } catch (cause) {
    await closeAll(closers);
    throw cause;
  }
}

async function assemble(
  config: ServerConfig,
  overrides: ServerOverrides,
  telemetry: Telemetry & { readonly log: Log },
  closers: Closers,
): Promise<RunningServer> {
  const { logger, metrics } = telemetry;
  const { pollMs } = overrides;
  let draining = false;
  const certificate = await openTls(config.tls, overrides.devCert, telemetry, pollMs);
  closers.push(() => certificate.close());
  const roots = openTrustRoots(config, telemetry);
  closers.push(() => roots.close());
  const policies = await openPolicies(config.policies, overrides.compile ?? roots.compile, telemetry, pollMs);
  closers.push(() => policies.close());
  await roots.follow(() => policies.recompile());
  const watch = watchTrust({ policies, expiries, ends: trustEnds, ...telemetry, clock: Date });
  closers.push(() => watch.close());
  const ring = createDecisionRing(config.decisions.keep);
  const recorder = createRecorder({ ring, log: telemetry.log, metrics });
  const admit = overrides.admit?.(recorder, policies) ?? await openEngine(config, { policies, recorder }, telemetry, closers);

  const deps: SurfaceDeps = {
    admit, ring, recorder, newId: newDecisionId, clock: Date, limits: config.limits, budget: config.budget,
    load: { inFlight: 0, bufferedBytes: 0 },
    draining: () => draining,
    events: { rejected: metrics.rejected, shed: metrics.shed, fault: (err) => logger.error({ err }, 'fault on the request path') },
  };
  metrics.gauge('requests_in_flight', 'Requests being judged', () => deps.load.inFlight);
  const app = createHttpsServer(httpSurfaces({ decisions: config.decisions.keep > 0 }), deps, {
    tls: certificate.options,
    connections: config.limits.connections,
  });
  certificate.attach(app.server as never);
  const ops = createOpsServer({
    conditions: () => [
      {
        name: 'policies',
        ...(policies.current().ready
          ? { ok: true }
          : { ok: false, reason: 'no valid set of policies is loaded; the log names every problem' }),
      },
      trustCondition(watch.note()),
      { name: 'serving', ...(draining ? { ok: false, reason: 'shutting down' } : { ok: true }) },
    ],
    scrape: metrics.scrape,
    fault: deps.events.fault,
  });
  closers.push(() => closeGently(app), () => closeGently(ops));
  await listen(app, config.host, config.port, 'port');
  if (config.opsPort !== 0 || overrides.anyOpsPort === true) await listen(ops, config.host, config.opsPort, 'ops-port');

  const [port, opsPort] = [portOf(app.server.address()), portOf(ops.server.address())];
  logger.info({ port, opsPort, version: VERSION, node: process.version, policies: config.policies }, 'serving');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    draining = true;
    logger.info({ drainMs: config.drain }, 'shutting down');
    await sleep(config.drain);
    await closeAll(closers);
  };
  return {
    port,
    opsPort,
    ...(certificate.development === undefined ? {} : { developmentCertificate: certificate.development }),
    close: () => (closing ??= close()),
  };
}

/** Trust that ends is a note, never a reason to stop answering: what it no longer proves is denied one by one. */
function trustCondition(note: string | undefined): { readonly name: string; readonly ok: true; readonly reason?: string } {
  return { name: 'trust', ok: true, ...(note === undefined ? {} : { reason: note }) };
}

/** Serves until SIGTERM or SIGINT, then drains and resolves; whatever nobody caught ends the process with 1 (L07). */
export async function serve(config: ServerConfig, overrides: ServerOverrides = {}): Promise<void> {
  const die = (cause: unknown): void => {
    process.stderr.write(`gatehouse: fatal: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  const server = await startServer(config, overrides);
  await new Promise((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  await server.close();
}

/** What a port that cannot be had leaves to do, in the words of the command line. */
const LISTEN_FAILURES: ReadonlyMap<string | undefined, string> = new Map([
  ['EADDRINUSE', 'is in use'],
  ['EACCES', 'may not be used by this user'],
  ['EADDRNOTAVAIL', 'is on an address that this machine does not have'],
]);

async function listen(
  server: { listen(at: { readonly host: string; readonly port: number }): Promise<unknown> },
  host: string,
  port: number,
  flag: string,
): Promise<void> {
  await server.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const why = LISTEN_FAILURES.get(cause.code);
    throw why === undefined ? cause : new Error(`port ${port} of ${host} ${why} (${cause.code}); choose another with --${flag} or --host`);
  });
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
