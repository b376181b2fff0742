import { availableParallelism } from 'node:os';
import type { PolicyStore, Recorder } from '../domain/ports.ts';
import { createAdmit } from '../engine/admit.ts';
import { createExaminer } from '../examine/index.ts';
import { createEvidenceSource, helperEnvironment, readDockerConfig } from '../fetch/index.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import { readInputText } from '../platform/input-file.ts';
import { openCluster } from './cluster.ts';
import type { Telemetry } from './serving.ts';
import { watchThreads } from '../platform/metrics/threads.ts';
import { VERSION } from '../platform/version.ts';
import type { Admit } from '../surfaces/http/deps.ts';
import { createVerifier } from '../verify/index.ts';
import { proxyFromEnvironment } from './environment.ts';

/** A rollout asks for one image many times a second; what depends on the present is remembered for one second of it (ADR 0003). */
const RECALL_MS = 10_000;

/** The engine with its real ports: cluster, registries and verification workers. */
export async function openEngine(
  config: ServerConfig,
  { policies, recorder }: { policies: PolicyStore; recorder: Recorder },
  { logger, metrics }: Telemetry,
  closers: (() => unknown)[],
): Promise<Admit> {
  const cluster = await openCluster({
    config,
    inCluster: process.env['KUBERNETES_SERVICE_HOST'] === undefined ? false : process.env,
    readAuths: (text) => { const read = readDockerConfig(text); return read.ok ? read.auths : undefined; },
    failed: (problem) => logger.warn({ problem }, 'namespaces cannot be followed'),
  });
  closers.push(() => cluster.close());
  metrics.gauge('namespaces_age_seconds', 'Seconds since the API server confirmed the namespaces', () => {
    const age = cluster.age();
    return age === undefined ? undefined : age / 1000;
  });
  const source = createEvidenceSource({
    clock: Date,
    registries: config.registries,
    plainHttp: config.plainHttp,
    evidenceSources: config.evidenceSources,
    dockerAuths: config.dockerConfig === undefined ? undefined : await readAuthsFile(config.dockerConfig),
    pullSecrets: cluster.pullSecrets,
    literalHosts: () => {
      const state = policies.current();
      return state.ready ? state.set.literalHosts : new Set();
    },
    cache: {
      evidenceTTL: config.cache.evidenceTTL,
      absenceTTL: config.cache.absenceTTL,
      tagTTL: config.cache.tagTTL,
      maxBytes: config.cache.evidenceBytes,
    },
    proxy: proxyFromEnvironment(),
    userAgent: `gatehouse/${VERSION}`,
    helperDir: config.credentialHelpers,
    helperEnv: helperEnvironment(process.env),
  });
  closers.push(() => source.close());
  for (const name of ['requests', 'retries', 'cacheHits', 'cacheMisses', 'cacheEntries', 'cacheBytes', 'pausedHosts'] as const) {
    metrics.gauge(
      `evidence_${snakeCase(name)}`,
      'Evidence fetched from registries and kept; all but entries, bytes and paused hosts count from the start',
      () => source.stats()[name],
    );
  }
  const verifier = createVerifier({
    workers: config.workers ?? Math.max(1, availableParallelism() - 1),
    cacheBytes: config.cache.verificationBytes,
  });
  const examiner = createExaminer({ threads: config.examiners, cacheBytes: config.cache.examinationBytes });
  closers.push(() => verifier.close(), () => examiner.close());
  watchThreads(metrics, { verification: () => verifier.stats(), examination: () => examiner.stats() });
  return createAdmit({
    clock: Date,
    policies,
    source,
    resolver: source,
    verifier,
    examiner,
    namespaces: cluster.namespaces,
    recorder,
    unmatched: config.unmatched,
    newId: newDecisionId,
    recallMs: Math.min(RECALL_MS, config.cache.evidenceTTL),
    onFault: (err, review) => logger.error({ err, uid: review.uid.slice(0, 128) }, 'fault in the engine'),
  });
}

async function readAuthsFile(path: string): Promise<Extract<ReturnType<typeof readDockerConfig>, { ok: true }>['auths']> {
  const read = readDockerConfig(await readInputText(path));
  if (!read.ok) throw new Error(`${path}: ${read.problem.cause ?? 'is not a docker configuration'}`);
  return read.auths;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
