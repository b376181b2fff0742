/** The ports of a running server: opened, answering, unready while it drains, closed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain/ports.ts';
import type { RegistrySource } from '../fetch/index.ts';
import type { Feed } from '../feeds/feed.ts';
import type { FolderPolicyStore } from '../feeds/policies/store.ts';
import type { ComposedPolicyStore } from '../feeds/policies/composed/store.ts';
import { sourcesConfirmed } from './policy-sources.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import type { TrustWatch } from '../platform/metrics/trust-expiry.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { VERSION } from '../platform/version.ts';
import type { SurfaceDeps } from '../surfaces/http/deps.ts';
import { Connections } from '../surfaces/http/shares/connections.ts';
import { closeGently } from '../surfaces/http/drain.ts';
import { Load } from '../surfaces/http/shares/load.ts';
import { engineImageNote, uncoveredTektonImages } from '../select/engine-images.ts';
import { createHttpsServer } from '../surfaces/http/server.ts';
import { httpSurfaces } from '../surfaces/index.ts';
import type { Condition } from '../surfaces/ops/index.ts';
import type { Cluster } from './cluster.ts';
import { configurationKnown } from './live/configuration.ts';
import type { Configuration } from './live/configuration.ts';
import type { OpenReceipts } from './gate/receipts.ts';
import type { Lifetime } from './lifetime.ts';
import { addressFor, listen, portOf } from './listen.ts';
import { openMutation } from './mutate/index.ts';
import { namespacesKnown } from './namespaces-known.ts';
import { networkPoliciesKnown } from './pipelines/network-policies-known.ts';
import { openOperations } from './operations.ts';
import type { OperationsParts } from './operations.ts';
import type { Certificate } from './serving.ts';

/** A server that answers. */
export interface RunningServer {
  readonly port: number;
  /** 0 when there is no gate. */
  readonly gatePort: number;
  /** 0 when the operations port is off. */
  readonly opsPort: number;
  /** The certificate to trust when it was made for development, PEM. */
  readonly developmentCertificate?: string;
  /** Looks at the configuration file now; resolves when what it says is in force or refused. Does nothing without one. */
  reload(): Promise<void>;
  /** Stops as on SIGTERM: unready at once, serving on for the drain time, then finishing what is under way. */
  close(): Promise<void>;
}

/** What the ports are opened on. */
export interface ServerParts
  extends Pick<SurfaceDeps, 'admit' | 'callers' | 'recorder'>, Pick<OperationsParts, 'ring' | 'disagreements' | 'activity' | 'askCluster'> {
  /** The configuration that the server was started with; what changes is asked of the other. */
  readonly config: ServerConfig;
  readonly configuration: Configuration;
  /** Follows the file of the configuration from now on; gives nothing where there is none. */
  follow(): Feed<unknown> | undefined;
  readonly certificate: Certificate;
  readonly policies: FolderPolicyStore & Partial<ComposedPolicyStore>;
  readonly watch: TrustWatch;
  /** The namespaces as they are watched; absent without a watch. */
  readonly namespaces?: Feed<unknown> | undefined;
  /** NetworkPolicies as they are followed; gives nothing until somebody needs them. */
  networkPolicies(): Feed<unknown> | undefined;
  readonly receipts: OpenReceipts;
  readonly registries?: (() => RegistrySource) | undefined;
  /** Let the system choose the operations port. */
  readonly anyOpsPort: boolean;
  /** Judges questions, with places of their own. */
  readonly gateAdmit: SurfaceDeps['admit'];
  readonly cluster?: Pick<Cluster, 'reviews' | 'facts'> | undefined;
  readonly anyGatePort: boolean;
  /** Told of what is followed for the gate. */
  readonly gateFollowed: (feed: Feed<unknown>) => void;
  /** The gate's; default: the system's. */
  readonly gateClock?: Clock | undefined;
}

/** Opens the ports and answers on them; closing drains the server and ends the lifetime. Rejects when a port cannot be had. */
export async function serveOn(
  {
    config, configuration, follow, certificate, policies, watch, namespaces, networkPolicies, receipts, registries, anyOpsPort, ring,
    disagreements, activity, askCluster, gateAdmit, cluster, anyGatePort, gateClock, gateFollowed, ...judging
  }: ServerParts,
  telemetry: Telemetry,
  lifetime: Lifetime,
): Promise<RunningServer> {
  const { logger, metrics } = telemetry;
  let draining = false;
  let followed: Feed<unknown> | undefined;
  const deps: SurfaceDeps = {
    ...judging,
    newId: newDecisionId,
    clock: Date,
    limits: config.limits,
    budget: config.budget,
    load: new Load(config.limits.bodyBytes),
    draining: () => draining,
    events: { rejected: metrics.rejected, fault: (err) => logger.error({ err }, 'fault on the request path') },
  };
  const connections = new Connections({ most: config.limits.connections, ageMs: config.limits.connectionAge });
  metrics.gauge('connections', 'Connections that are open', () => connections.open);
  metrics.total('connections_refused_total', 'Connections that were not let in, or had to leave for others', [], () => [
    { labels: {}, value: connections.refused },
  ]);
  metrics.gauge('requests_in_flight', 'Requests being judged', () => deps.load.inFlight);
  const app = createHttpsServer(httpSurfaces(openMutation(config, metrics)), deps, {
    tls: certificate.current(),
    connections,
  });
  certificate.attach(app.server as never);
  const ops = await openOperations(
    {
      config,
      certificate,
      askCluster,
      ring,
      disagreements,
      activity,
      notes: () => engineNotes(policies),
      conditions: () => [
        ...conditions(policies, watch, connections, draining),
        namespacesKnown(policies, namespaces),
        sourcesConfirmed(policies),
        networkPoliciesKnown(policies, networkPolicies()),
        configurationKnown(configuration, followed),
      ],
      scrape: metrics.scrape,
      fault: deps.events.fault,
      events: deps.events,
    },
    telemetry,
    lifetime,
  );
  lifetime.defer(() => closeGently(app));
  lifetime.defer(() => closeGently(ops));
  const host = await addressFor(config.host);
  await listen(app, host, config.port, 'port');
  if (config.opsPort !== 0 || anyOpsPort) await listen(ops, host, config.opsPort, 'ops-port');

  // Most servers have no gate, and carry nothing of it.
  const gate = config.gate.port === 0 && !anyGatePort ? undefined : await import('./gate/index.ts');
  const gatePort = (await gate?.openGate(
    {
      config, configuration, certificate, admit: gateAdmit, cluster, receipts, registries, draining: deps.draining,
      clock: gateClock, followed: gateFollowed, anyPort: anyGatePort,
    },
    telemetry, lifetime,
  )) ?? 0;

  const [port, opsPort] = [portOf(app.server.address()), portOf(ops.server.address())];
  logger.info({ host, port, opsPort, gatePort, version: VERSION, node: process.version, policies: config.policies }, 'serving');
  // Last of all: whoever takes part in changes is there by now.
  followed = follow();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    draining = true;
    const { drain } = configuration.current();
    logger.info({ drainMs: drain }, 'shutting down');
    await sleep(drain);
    await lifetime.disposeAsync();
  };
  return {
    port,
    opsPort,
    gatePort,
    ...(certificate.development === undefined ? {} : { developmentCertificate: certificate.development }),
    reload: async () => followed?.refresh(),
    close: () => (closing ??= close()),
  };
}

/** What `/readyz` says. Trust that ends is a note, never a reason to stop answering: what it no longer proves is denied one by one. */
function conditions(policies: FolderPolicyStore, watch: TrustWatch, connections: Connections, draining: boolean): Condition[] {
  const note = watch.note();
  return [
    {
      name: 'policies',
      ...(policies.condition().ready
        ? { ok: true }
        : { ok: false, reason: whyNone(policies) }),
    },
    { name: 'trust', ok: true, ...(note === undefined ? {} : { reason: note }) },
    {
      name: 'connections',
      ...(connections.full ? { ok: false, reason: `all of limits.connections (${connections.open}) are taken` } : { ok: true }),
    },
    { name: 'serving', ...(draining ? { ok: false, reason: 'shutting down' } : { ok: true }) },
  ];
}

/** Whether there is none or one that is refused; names and contents of files are for the log alone (L06). */
function whyNone(policies: FolderPolicyStore): string {
  const state = policies.current();
  const empty = !state.ready && state.problems.length > 0 && state.problems.every(({ severity }) => severity === 'warning');
  return empty
    ? 'no policy is there: what policies are read from holds none yet, and the first one makes this ready (or allowNoPolicies: true)'
    : 'no valid set of policies is loaded; the log names every problem';
}

/** Where there are policies about pipelines there is an engine, whose own images need a policy too. */
function engineNotes(policies: FolderPolicyStore): readonly string[] {
  const state = policies.current();
  const set = state.ready ? state.set : undefined;
  return set === undefined || (set.requestPolicies ?? []).length === 0 ? [] : uncoveredTektonImages(set).map(engineImageNote);
}
