/** The server put together from its rooms, and what a test or the demo may put in the place of one. */
import type { DestinationStream } from 'pino';
import type { Clock, PolicyStore, Recorder, TrustReader } from '../domain/ports.ts';
import type { Feed } from '../feeds/feed.ts';
import type { CompilePolicies } from '../feeds/policies/store.ts';
import { reportFeeds } from '../feeds/report.ts';
import { isProvable } from '../platform/config/callers.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import { createActivity } from '../platform/decisions/activity.ts';
import type { Activity } from '../platform/decisions/activity.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import { createOpinions } from '../platform/decisions/opinions.ts';
import { createRecorder } from '../platform/decisions/recorder.ts';
import { createDecisionRing } from '../platform/decisions/ring.ts';
import { openLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics/metrics.ts';
import { watchTrust } from '../platform/metrics/trust-expiry.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { VERSION } from '../platform/version.ts';
import { expiries, trustEnds } from '../policy/index.ts';
import type { Admit } from '../surfaces/http/deps.ts';
import { openCallers } from './callers.ts';
import { createConfiguration, openConfigurationFile } from './live/configuration.ts';
import type { Configuration, ConfigurationFile } from './live/configuration.ts';
import { openEvents } from './events.ts';
import { openReceipts } from './gate/receipts.ts';
import { openJudging } from './judging.ts';
import type { Judging } from './judging.ts';
import { withLifetime } from './lifetime.ts';
import type { Lifetime } from './lifetime.ts';
import { openOwn } from './own/index.ts';
import { serveOn } from './ports.ts';
import type { RunningServer, ServerParts } from './ports.ts';
import { openPolicies, openTls } from './serving.ts';
import { openPolicySignatures } from './signed/index.ts';
import type { PolicySignatures } from './signed/index.ts';
import { recordCluster } from './signed/record.ts';
import { askedInForce, listsIn, openCertificates } from './trust/certificates.ts';
import { openTrustRoots } from './trust/roots.ts';

export type { RunningServer } from './ports.ts';

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
  /** Open the gate, on a port that the system chooses. */
  readonly anyGatePort?: boolean;
  /** The clock of the gate, by which tokens hold or not. */
  readonly gateClock?: Clock;
  /** The file that the configuration comes from, which is followed from now on. */
  readonly configuration?: ConfigurationFile;
}

/**
 * Starts the server: wires the rooms, opens policies, certificate and cluster, and listens.
 *
 * Rejects when the configuration names something that cannot be used at all (no certificate, a port in use). A
 * broken policy set is not that: the server stays up, unready, and answers `undetermined`.
 */
export function startServer(config: ServerConfig, overrides: ServerOverrides = {}): Promise<RunningServer> {
  const log = openLog(config.log.level, overrides.logStream);
  return withLifetime(async (lifetime) => {
    lifetime.defer(() => log.flush());
    const metrics = createMetrics({ version: VERSION, node: process.version });
    metrics.gauge('log_lines_dropped', 'Log lines dropped since the start because nobody read them', log.dropped);
    const telemetry = { log, logger: log.logger, metrics };
    const configuration = createConfiguration(config, telemetry);
    const events = await openEvents(configuration, log, telemetry, lifetime);
    const followed = await openFollowed(configuration, overrides, telemetry, lifetime);
    const { policies } = followed;
    const receipts = await openReceipts(config.gate.receipts, policies, telemetry, lifetime, overrides.pollMs);
    const ring = createDecisionRing(config.decisions.keep);
    const activity = config.decisions.enabled ? openActivity(config) : undefined;
    const recorder = createRecorder({ ring, log, metrics, activity, events });
    const opinions = createOpinions(telemetry);
    const asked = (): ReturnType<typeof askedInForce> => askedInForce(policies);
    const { certificates, followListed } = openCertificates({
      asked, network: () => configuration.current(), telemetry, folder: listsIn(config.trust.cacheDir, 'revocation'),
    }, lifetime);
    lifetime.defer(followed.changed(followListed));
    followListed();
    const judging: Judging = overrides.admit === undefined
      ? await openJudging(configuration, { policies, recorder, opinions, receipts: receipts.reader, certificates }, telemetry, lifetime)
      : { ...alone(overrides.admit(recorder, policies)), feeds: () => [], networkPolicies: () => undefined };
    const others: Feed<unknown>[] = [];
    reportFeeds(metrics, () => [...followed.feeds(), ...judging.feeds(), ...receipts.feeds, ...others]);
    configuration.takesPart(({ log: { level } }) => ({ commit: () => { log.logger.level = level; } }));
    const anyOpsPort = overrides.anyOpsPort === true;
    const { gateAdmit, cluster, registries, askCluster, namespaces, networkPolicies } = judging;
    const { signatures, trust } = followed;
    const admit = openOwn({ configuration, policies, recorder, cluster, signatures, trust }, telemetry, judging.admit);
    const anyGatePort = overrides.anyGatePort === true;
    return serveOn(
      {
        config, configuration, ...followed, admit, gateAdmit, cluster, registries, askCluster, namespaces, networkPolicies, receipts, ring,
        recorder, activity, disagreements: opinions, anyOpsPort, anyGatePort, gateClock: overrides.gateClock,
        gateFollowed: (feed) => void others.push(feed),
        follow() {
          if (overrides.configuration === undefined) return undefined;
          const feed = openConfigurationFile(overrides.configuration, configuration, telemetry, lifetime, overrides.pollMs);
          others.push(feed);
          return feed;
        },
      },
      telemetry,
      lifetime,
    );
  });
}

/** Where callers can show who they are, nobody else makes the controller write anything. */
function openActivity(config: ServerConfig): Activity {
  const provable = isProvable(config);
  const now = Date.now();
  return createActivity({
    replica: newDecisionId(now), since: now, isProven: ({ caller }) => !provable || (caller?.proof ?? 'none') !== 'none',
  });
}

/** An engine that a test or the demo brings along judges questions as well. */
function alone(admit: Admit): Pick<Judging, 'admit' | 'gateAdmit'> {
  return { admit, gateAdmit: admit };
}

async function openFollowed(
  configuration: Configuration,
  { compile, devCert, pollMs }: ServerOverrides,
  telemetry: Telemetry,
  lifetime: Lifetime,
): Promise<Pick<ServerParts, 'certificate' | 'callers' | 'policies' | 'watch'> & {
  readonly signatures: PolicySignatures; readonly trust: TrustReader; feeds(): readonly Feed<unknown>[];
  /** Calls whenever other policies are in force; gives what ends that. */
  changed(listener: () => void): () => void;
}> {
  const config = configuration.current();
  const certificate = await openTls(config.tls, devCert, telemetry, pollMs);
  lifetime.defer(() => certificate.close());
  const { callers, feeds: tokens } = await openCallers(config, certificate, telemetry, lifetime, pollMs);
  const signatures = await openPolicySignatures(
    config.policySignatures, telemetry, lifetime, {
      cluster: () => recordCluster(config), network: () => configuration.current(),
      folder: listsIn(config.trust.cacheDir, 'revocation-policies'),
    }, pollMs,
  );
  const roots = await openTrustRoots(configuration, telemetry, lifetime, signatures);
  const compilers = { compile: compile ?? roots.compile, composing: roots.composing };
  const policies = await openPolicies(configuration, compilers, telemetry, pollMs, signatures);
  lifetime.defer(() => policies.close());
  signatures.follow(() => policies.recompile().then(() => policies.rejudge()));
  configuration.takesPart((next, before) =>
    (next.allowNoPolicies === before.allowNoPolicies ? undefined : { commit: () => void policies.rejudge() }));
  await roots.follow(() => policies.recompile());
  const watch = watchTrust({ policies, expiries, ends: trustEnds, ...telemetry, clock: Date });
  lifetime.defer(() => watch.close());
  const feeds = (): readonly Feed<unknown>[] =>
    [certificate, policies, ...(policies.sources ?? []), ...tokens, ...roots.feeds(), ...signatures.feeds];
  const changed = (listener: () => void): (() => void) => policies.changed(listener);
  return { certificate, callers, policies, watch, signatures, trust: roots.known, feeds, changed };
}
