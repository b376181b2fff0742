/** The gate put together: who asks, what is judged with, what is signed, and the port of its own. */
import { createRunLookup } from '../../authn/index.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { newDecisionId } from '../../platform/decisions/id.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { evidenceFromFile } from '../../fetch/index.ts';
import type { RegistrySource } from '../../fetch/index.ts';
import { createKeptAnswers } from '../../surfaces/gate/kept-answers.ts';
import { createGateServer } from '../../surfaces/gate/server.ts';
import type { GateDeps } from '../../surfaces/gate/deps.ts';
import { Connections } from '../../surfaces/http/shares/connections.ts';
import { closeGently } from '../../surfaces/http/drain.ts';
import type { Cluster } from '../cluster.ts';
import type { Configuration } from '../live/configuration.ts';
import type { Lifetime } from '../lifetime.ts';
import { addressFor, listen, portOf } from '../listen.ts';
import type { Certificate } from '../serving.ts';
import { openGateCallers } from './callers.ts';
import { openGateTls } from './clients.ts';
import { createGateReaders } from './readers.ts';
import { createPublishing } from './publishing.ts';
import type { OpenReceipts } from './receipts.ts';

/** What the gate stands on. */
export interface GateParts {
  /** The configuration that the server was started with; what changes is asked of the other. */
  readonly config: ServerConfig;
  readonly configuration: Configuration;
  readonly certificate: Certificate;
  readonly admit: GateDeps['admit'];
  /** The cluster that knows tokens and runs; absent without one. */
  readonly cluster?: Pick<Cluster, 'reviews' | 'facts'> | undefined;
  readonly receipts: OpenReceipts;
  /** Where publish summaries are put; absent: they are given alone. */
  readonly registries?: (() => RegistrySource) | undefined;
  readonly draining: () => boolean;
  /** Of tokens and what is remembered of them; default: the system's. */
  readonly clock?: Clock | undefined;
  /** Told of what is followed for the gate. */
  readonly followed: (feed: Feed<unknown>) => void;
  /** Let the system choose the port. */
  readonly anyPort: boolean;
}

/** Opens the gate's port and gives its number; 0 when there is no gate. */
export async function openGate(parts: GateParts, telemetry: Telemetry, lifetime: Lifetime): Promise<number> {
  const { logger, metrics } = telemetry;
  const { config, configuration, certificate, admit, cluster, receipts, registries, draining, clock = Date, followed, anyPort } = parts;
  const { gate } = config;
  if (gate.port === 0 && !anyPort) return 0;
  const tls = await openGateTls(config, certificate, telemetry, lifetime);
  const ending = new AbortController();
  lifetime.defer(() => ending.abort());
  const failed = (problem: unknown): void => logger.warn({ problem }, 'a publish summary could not be pushed');
  const publishing = registries === undefined ? undefined : createPublishing({
    source: registries, receipts: receipts.reader, issuer: receipts.issuer, clock: Date, failed, signal: ending.signal,
  });
  const deps: GateDeps = {
    admit,
    clock,
    newId: newDecisionId,
    authenticator: await openGateCallers({ config, configuration, reviews: cluster?.reviews, clock, followed }, telemetry, lifetime),
    runOf: createRunLookup(cluster?.facts),
    issuer: receipts.issuer,
    receipts: receipts.reader,
    publishing,
    kept: createKeptAnswers(config.decisions.keep),
    mayRead: createGateReaders(cluster?.reviews),
    clients: tls.clients,
    clientNamespace: gate.provider?.namespace,
    readEvidence: evidenceFromFile,
    limits: gate,
    budget: gate.budget,
    draining,
    events: { rejected: metrics.rejected, fault: (err) => logger.error({ err }, 'fault on the path of a question') },
  };
  const connections = new Connections({ most: config.limits.connections, ageMs: config.limits.connectionAge });
  const app = createGateServer(deps, { tls: tls.current(), connections });
  tls.attach(app.server as never);
  lifetime.defer(() => closeGently(app));
  await listen(app, await addressFor(config.host), gate.port, 'gate-port');
  return portOf(app.server.address());
}
