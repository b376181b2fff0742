/** The ports of a running server: opened, answering, unready while it drains, closed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Feed } from '../feeds/feed.ts';
import type { FolderPolicyStore } from '../feeds/policies/store.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import type { TrustWatch } from '../platform/metrics/trust-expiry.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { VERSION } from '../platform/version.ts';
import type { SurfaceDeps } from '../surfaces/http/deps.ts';
import { closeGently } from '../surfaces/http/drain.ts';
import { createHttpsServer } from '../surfaces/http/server.ts';
import { httpSurfaces } from '../surfaces/index.ts';
import { createOpsServer } from '../surfaces/ops/index.ts';
import type { Condition } from '../surfaces/ops/index.ts';
import type { Lifetime } from './lifetime.ts';
import { addressFor, listen, portOf } from './listen.ts';
import { namespacesKnown } from './namespaces-known.ts';
import type { Certificate } from './serving.ts';

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

/** What the ports are opened on. */
export interface ServerParts extends Pick<SurfaceDeps, 'admit' | 'ring' | 'recorder' | 'disagreements'> {
  readonly config: ServerConfig;
  readonly certificate: Certificate;
  readonly policies: FolderPolicyStore;
  readonly watch: TrustWatch;
  /** The namespaces as they are watched; absent without a watch. */
  readonly namespaces?: Feed<unknown> | undefined;
  /** Let the system choose the operations port. */
  readonly anyOpsPort: boolean;
}

/** Opens the ports and answers on them; closing drains the server and ends the lifetime. Rejects when a port cannot be had. */
export async function serveOn(
  { config, certificate, policies, watch, namespaces, anyOpsPort, ...judging }: ServerParts,
  { logger, metrics }: Telemetry,
  lifetime: Lifetime,
): Promise<RunningServer> {
  let draining = false;
  const deps: SurfaceDeps = {
    ...judging,
    newId: newDecisionId,
    clock: Date,
    limits: config.limits,
    budget: config.budget,
    load: { inFlight: 0, bufferedBytes: 0 },
    draining: () => draining,
    events: { rejected: metrics.rejected, shed: metrics.shed, fault: (err) => logger.error({ err }, 'fault on the request path') },
  };
  metrics.gauge('requests_in_flight', 'Requests being judged', () => deps.load.inFlight);
  const app = createHttpsServer(httpSurfaces({ decisions: config.decisions.keep > 0 }), deps, {
    tls: certificate.current(),
    connections: config.limits.connections,
  });
  certificate.attach(app.server as never);
  const ops = createOpsServer({
    conditions: () => [...conditions(policies, watch, draining), namespacesKnown(policies, namespaces)],
    scrape: metrics.scrape,
    fault: deps.events.fault,
  });
  lifetime.defer(() => closeGently(app));
  lifetime.defer(() => closeGently(ops));
  const host = await addressFor(config.host);
  await listen(app, host, config.port, 'port');
  if (config.opsPort !== 0 || anyOpsPort) await listen(ops, host, config.opsPort, 'ops-port');

  const [port, opsPort] = [portOf(app.server.address()), portOf(ops.server.address())];
  logger.info({ host, port, opsPort, version: VERSION, node: process.version, policies: config.policies }, 'serving');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    draining = true;
    logger.info({ drainMs: config.drain }, 'shutting down');
    await sleep(config.drain);
    await lifetime.disposeAsync();
  };
  return {
    port,
    opsPort,
    ...(certificate.development === undefined ? {} : { developmentCertificate: certificate.development }),
    close: () => (closing ??= close()),
  };
}

/** What `/readyz` says. Trust that ends is a note, never a reason to stop answering: what it no longer proves is denied one by one. */
function conditions(policies: FolderPolicyStore, watch: TrustWatch, draining: boolean): Condition[] {
  const note = watch.note();
  return [
    {
      name: 'policies',
      ...(policies.condition().ready
        ? { ok: true }
        : { ok: false, reason: 'no valid set of policies is loaded; the log names every problem' }),
    },
    { name: 'trust', ok: true, ...(note === undefined ? {} : { reason: note }) },
    { name: 'serving', ...(draining ? { ok: false, reason: 'shutting down' } : { ok: true }) },
  ];
}
