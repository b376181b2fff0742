import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationStream } from 'pino';
import type { PolicyStore, Recorder, TrustReader } from './domain/ports.ts';
import { createAdmit } from './engine/admit.ts';
import { createExaminer } from './examine/index.ts';
import { createEvidenceSource, createTufMirror, helperEnvironment, readDockerConfig } from './fetch/index.ts';
import type { ServerConfig } from './platform/config.ts';
import { newDecisionId } from './platform/decision-id.ts';
import { createDecisionRing } from './platform/decision-ring.ts';
import { openCluster } from './platform/kube/index.ts';
import { openLog } from './platform/log.ts';
import type { Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { openPolicies, openTls } from './platform/open.ts';
import type { Telemetry } from './platform/open.ts';
import type { CompilePolicies } from './platform/policy-store.ts';
import { createRecorder } from './platform/recorder.ts';
import { watchTrust } from './platform/trust-expiry.ts';
import { createFileStore, createTrustRootFollower, reportTrustRoots } from './platform/trust-roots/index.ts';
import { watchThreads } from './platform/thread-metrics.ts';
import { VERSION } from './platform/version.ts';
import { compilePolicies, expiries, PUBLIC_GOOD, trustEnds } from './policy/index.ts';
import type { Admit, SurfaceDeps } from './surfaces/http/deps.ts';
import { closeGently } from './surfaces/http/drain.ts';
import { createHttpsServer } from './surfaces/http/server.ts';
import { httpSurfaces } from './surfaces/index.ts';
import { createOpsServer } from './surfaces/ops/index.ts';
import { createTrustReader, createTufRootSource, PUBLIC_GOOD_AT, publicGoodTuf } from './trust/index.ts';
import { createVerifier } from './verify/index.ts';

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

async function assemble(config: ServerConfig, overrides: ServerOverrides, telemetry: Telemetry & { readonly log: Log }, closers: Closers): Promise<RunningServer> {
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
  const app = createHttpsServer(httpSurfaces({ decisions: config.decisions.keep > 0 }), deps, { tls: certificate.options, connections: config.limits.connections });
  certificate.attach(app.server as never);
  const ops = createOpsServer({
    conditions: () => [
      { name: 'policies', ...(policies.current().ready ? { ok: true } : { ok: false, reason: 'no valid set of policies is loaded; the log names every problem' }) },
      trustCondition(watch.note()),
      { name: 'serving', ...(draining ? { ok: false, reason: 'shutting down' } : { ok: true }) },
    ],
    scrape: metrics.scrape,
  });
  closers.push(() => closeGently(app), () => closeGently(ops));
  await app.listen({ host: config.host, port: config.port });
  if (config.opsPort !== 0 || overrides.anyOpsPort === true) await ops.listen({ host: config.host, port: config.opsPort });

  const [port, opsPort] = [portOf(app.server.address()), portOf(ops.server.address())];
  logger.info({ port, opsPort, version: VERSION, node: process.version, policies: config.policies }, 'serving');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    draining = true;
    logger.info({ drainMs: config.drain }, 'shutting down');
    await sleep(config.drain);
    await closeAll(closers);
  };
  return { port, opsPort, ...(certificate.development === undefined ? {} : { developmentCertificate: certificate.development }), close: () => (closing ??= close()) };
}

/** How long the start waits for trust roots over TUF; what is not there by then is undetermined until it is. */
const PRIMED_WITHIN = 5_000;

/** Compiles policies with what TUF repositories publish, and follows these in the background. */
function openTrustRoots(config: ServerConfig, telemetry: Telemetry): { readonly compile: CompilePolicies; follow(changed: () => void): Promise<void>; close(): Promise<void> } {
  const { logger } = telemetry;
  let recompile = (): void => undefined;
  const mirror = createTufMirror({ clock: Date, plainHttp: config.plainHttp, registries: config.registries, proxy: proxyFromEnvironment(), userAgent: `gatehouse/${VERSION}` });
  const { refreshPublicGood, cacheDir } = config.trust;
  const follower = createTrustRootFollower({
    clock: Date,
    open(spec, id) {
      const store = createFileStore(cacheDir === undefined ? undefined : join(cacheDir, id), (problem) => logger.warn({ problem }, 'trust.cacheDir cannot be written, TUF metadata is kept in memory only'));
      return createTufRootSource(spec, { store, files: mirror.files });
    },
    events: reportTrustRoots(telemetry, () => follower.states()),
    changed: () => recompile(),
  });
  const reader = createTrustReader();
  const trust: TrustReader = {
    ...reader,
    tufRoot: follower.tufRoot,
    get publicGood() {
      const published = refreshPublicGood ? follower.follow(PUBLIC_GOOD, publicGoodTuf, PUBLIC_GOOD_AT) : undefined;
      return published?.usable === true ? published.content : reader.publicGood;
    },
  };
  return {
    compile: (files) => follower.during(() => compilePolicies(files, { trust })),
    async follow(changed) {
      recompile = changed;
      if (await follower.primed(PRIMED_WITHIN)) changed();
    },
    async close() {
      follower.close();
      await mirror.close();
    },
  };
}

/** Trust that ends is a note, never a reason to stop answering: what it no longer proves is denied one by one. */
function trustCondition(note: string | undefined): { readonly name: string; readonly ok: true; readonly reason?: string } {
  return { name: 'trust', ok: true, ...(note === undefined ? {} : { reason: note }) };
}

/** A rollout asks for one image many times a second; nothing that a second could change is remembered longer (ADR 0003). */
const RECALL_MS = 1000;

/** The engine with its real ports: cluster, registries and verification workers. */
async function openEngine(config: ServerConfig, { policies, recorder }: { policies: PolicyStore; recorder: Recorder }, { logger, metrics }: Telemetry, closers: Closers): Promise<Admit> {
  const cluster = await openCluster({
    config,
    inCluster: process.env['KUBERNETES_SERVICE_HOST'] === undefined ? false : process.env,
    readAuths: (text) => { const read = readDockerConfig(text); return read.ok ? read.auths : undefined; },
    failed: (problem) => logger.warn({ problem }, 'namespaces cannot be followed'),
  });
  closers.push(() => cluster.close());
  metrics.gauge('namespaces_age_seconds', 'Seconds since the API server confirmed the namespaces', () => { const age = cluster.age(); return age === undefined ? undefined : age / 1000; });
  const source = createEvidenceSource({
    clock: Date,
    registries: config.registries,
    plainHttp: config.plainHttp,
    evidenceSources: config.evidenceSources,
    dockerAuths: config.dockerConfig === undefined ? undefined : await readAuthsFile(config.dockerConfig),
    pullSecrets: cluster.pullSecrets,
    literalHosts: () => { const state = policies.current(); return state.ready ? state.set.literalHosts : new Set(); },
    cache: { evidenceTTL: config.cache.evidenceTTL, absenceTTL: config.cache.absenceTTL, tagTTL: config.cache.tagTTL, maxBytes: config.cache.evidenceBytes },
    proxy: proxyFromEnvironment(),
    userAgent: `gatehouse/${VERSION}`,
    helperDir: config.credentialHelpers,
    helperEnv: helperEnvironment(process.env),
  });
  closers.push(() => source.close());
  for (const name of ['requests', 'retries', 'cacheHits', 'cacheMisses', 'cacheEntries', 'cacheBytes', 'pausedHosts'] as const) {
    metrics.gauge(`evidence_${snakeCase(name)}`, 'Evidence fetched from registries and kept; all but entries, bytes and paused hosts count from the start', () => source.stats()[name]);
  }
  const verifier = createVerifier({ workers: config.workers ?? Math.max(1, availableParallelism() - 1), cacheBytes: config.cache.verificationBytes });
  const examiner = createExaminer({ threads: config.examiners, cacheBytes: config.cache.examinationBytes });
  closers.push(() => verifier.close(), () => examiner.close());
  watchThreads(metrics, { verification: () => verifier.stats(), examination: () => examiner.stats() });
  return createAdmit({
    clock: Date, policies, source, resolver: source, verifier, examiner, namespaces: cluster.namespaces, recorder, unmatched: config.unmatched, newId: newDecisionId,
    recallMs: Math.min(RECALL_MS, config.cache.evidenceTTL),
    onFault: (err, review) => logger.error({ err, uid: review.uid.slice(0, 128) }, 'fault in the engine'),
  });
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

async function readAuthsFile(path: string): Promise<Extract<ReturnType<typeof readDockerConfig>, { ok: true }>['auths']> {
  const read = readDockerConfig(await readFile(path, 'utf8'));
  if (!read.ok) throw new Error(`${path}: ${read.problem.cause ?? 'is not a docker configuration'}`);
  return read.auths;
}

function proxyFromEnvironment(): { httpProxy?: string | undefined; httpsProxy?: string | undefined; noProxy?: string | undefined } {
  const read = (name: string): string | undefined => process.env[name] ?? process.env[name.toLowerCase()];
  return { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
