/** The server's engine on real ground: cluster, registries and threads, and what is told of them. */
import { availableParallelism } from 'node:os';
import type { ReceiptReader } from '../domain/gate/receipt.ts';
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import type { PolicyStore, Recorder } from '../domain/ports.ts';
import { createAskRights } from '../cluster/token-rights.ts';
import type { AskRights } from '../cluster/token-rights.ts';
import type { AdmitPorts } from '../engine/ports.ts';
import { pageLink } from '../explain/index.ts';
import type { Feed } from '../feeds/feed.ts';
import { withRows } from '../extract/table/rows.ts';
import { besideStores, createEvidenceSource, evidenceOfRun, helperEnvironment, sourceByKind } from '../fetch/index.ts';
import type { RegistrySource } from '../fetch/index.ts';
import { isProvable, readsPullSecrets } from '../platform/config/callers.ts';
import { buildSettings } from '../platform/config/pipelines.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import type { Opinions } from '../platform/decisions/opinions.ts';
import type { Metrics } from '../platform/metrics/metrics.ts';
import { watchThreads } from '../platform/metrics/threads.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import type { Admit } from '../surfaces/http/deps.ts';
import { openCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Configuration } from './live/configuration.ts';
import { authsOf, readAuthsFile } from './docker-auths.ts';
import { openEngine } from './engine.ts';
import { openStores } from './stores/evidence-stores.ts';
import type { Engine, JudgedBy } from './engine.ts';
import { outbound, podEnvironment } from './environment.ts';
import type { Lifetime } from './lifetime.ts';
import { openPackages } from './gate/packages.ts';
import { renewed } from './live/renewed.ts';

/** A rollout asks for one image many times a second; what depends on the present is remembered for one second of it (ADR 0003). */
const RECALL_MS = 10_000;
/** What was begun for an answer that had to be given at the deadline goes on so long, for the next try. */
const LINGER_MS = 30_000;

/** `get decisions.gatehouse.dev`, by tokens that were issued for reading them (deploy/manifests/decisions-access.yaml). */
const READ_DECISIONS = { audience: 'decisions.gatehouse.dev', verb: 'get', group: 'gatehouse.dev', resource: 'decisions' } as const;

/** The server's engine, and what is followed for it. */
export interface Judging {
  readonly admit: Admit;
  /** Judges questions to the gate, with places of their own: neither takes the other's. */
  readonly gateAdmit: Admit;
  /** The cluster that is asked; absent without an engine of our own. */
  readonly cluster?: Cluster;
  /** The registries that are read, and written to where something is published; absent without an engine of our own. */
  readonly registries?: () => RegistrySource;
  feeds(): readonly Feed<unknown>[];
  /** Says what the holder of a token may read; absent without an API server. */
  readonly askCluster?: AskRights;
  /** The namespaces as the API server is watched for them; absent without a watch. */
  readonly namespaces?: Feed<unknown> | undefined;
  /** NetworkPolicies as they are followed; gives nothing until somebody needs them. */
  networkPolicies(): Feed<unknown> | undefined;
}

/** With what is judged. */
export interface JudgingParts {
  readonly policies: PolicyStore;
  readonly recorder: Recorder;
  readonly opinions: Opinions;
  /** Reads what this gate has signed. */
  readonly receipts: ReceiptReader;
  /** What is known of revoked certificates. */
  readonly certificates: CertificateStatuses;
}

/** The engine of the server with its real ports: cluster, registries and threads, all reported to the metrics. */
export async function openJudging(
  configuration: Configuration,
  { policies, recorder, opinions, receipts, certificates }: JudgingParts,
  { logger, metrics }: Telemetry,
  lifetime: Lifetime,
): Promise<Judging> {
  const config = configuration.current();
  const cluster = await openCluster({
    config: { ...config, kubernetes: { ...config.kubernetes, pullSecrets: readsPullSecrets(config) } },
    inCluster: podEnvironment(),
    readAuths: authsOf,
    failed: (problem) => logger.warn({ problem }, 'namespaces cannot be followed'),
    factsFailed: (problem) => logger.warn({ problem }, 'network policies cannot be followed'),
  });
  lifetime.defer(() => cluster.close());
  metrics.gauge('namespaces_age_seconds', 'Seconds since the API server confirmed the namespaces', () => {
    const age = cluster.feed?.age();
    return age === undefined ? undefined : age / 1000;
  });
  const images = await renewed(configuration, madeOf, (settings) => openSource(settings, policies, cluster), lifetime);
  reportSource(metrics, images);
  const packages = await openPackages(configuration, metrics, lifetime);
  const stores = await openStores(configuration, metrics, lifetime);
  const judgedBy = (settings: ServerConfig): JudgedBy => ({
    source: besideStores(sourceByKind({ images: images(), packages: packages() }), stores()),
    build: buildSettings(settings.pipelines),
    unmatched: settings.unmatched,
    pageOf: pageOf(settings.decisions.url),
    kinds: withRows(settings.extractors),
    recallMs: Math.min(RECALL_MS, settings.cache.evidenceTTL),
  });
  const { verifier, examiner, turns, audits, judgeBy, ...first } = openEngine(
    {
      policies,
      ...judgedBy(config),
      namespaces: cluster.namespaces,
      ...(cluster.facts === undefined ? {} : { facts: cluster.facts }),
      receipts,
      certificates,
      evidenceOfRun,
      recorder,
      lingerMs: LINGER_MS,
      onShed: ({ surface }) => metrics.shed(surface),
      sharing: { ...config.limits, ofGate: config.gate.maxInFlight },
      // Where nobody can show anything, nobody is worth less than another.
      isProven: ({ caller }) => !isProvable(config) || (caller?.proof ?? 'none') !== 'none',
      onFault: (err, review) => logger.error({ err, uid: review.uid.slice(0, 128) }, 'fault in the engine'),
      verification: {
        workers: config.workers ?? Math.max(1, availableParallelism() - 1),
        cacheBytes: config.cache.verificationBytes,
        opinion: opinions.heard,
      },
      examination: { threads: config.examiners, cacheBytes: config.cache.examinationBytes },
    },
    lifetime,
  );
  // A request is judged to its end by what it was begun with; the next one by what is in force then.
  let judge: Pick<Engine, 'admit' | 'gateAdmit'> = first;
  configuration.takesPart((next) => ({ commit: () => { judge = judgeBy(judgedBy(next)); } }));
  metrics.gauge('requests_waiting', 'Requests that wait for their turn to ask a registry or a thread', () => turns?.waiting());
  metrics.gauge('audits_in_flight', 'Answered requests whose policies in mode audit are still being judged', () => audits?.underWay());
  watchThreads(metrics, { verification: () => verifier.stats(), examination: () => examiner.stats() });
  return {
    admit: (review, budget) => judge.admit(review, budget),
    gateAdmit: (review, budget) => (judge.gateAdmit ?? judge.admit)(review, budget),
    cluster,
    registries: images,
    feeds: () => [cluster.feed, cluster.facts?.feed].filter((feed) => feed !== undefined),
    namespaces: cluster.feed,
    networkPolicies: () => cluster.facts?.feed,
    ...(cluster.reviews === undefined ? {} : { askCluster: createAskRights(cluster.reviews, READ_DECISIONS) }),
  };
}

/** Of what the source of evidence is made. */
function madeOf(config: ServerConfig): unknown {
  const { registries, plainHttp, evidenceSources, dockerConfig, credentialHelpers, cache, limits } = config;
  return [registries, plainHttp, evidenceSources, dockerConfig, credentialHelpers, cache, limits.evidenceBytes];
}

/**
 * The registries of the configuration. `absenceTTL` in milliseconds: re-verification takes a longer one (`reverify/judge.ts`); default: the
 * configuration's.
 */
export async function openSource(
  config: ServerConfig, policies: PolicyStore, { pullSecrets }: Pick<Cluster, 'pullSecrets'>, absenceTTL = config.cache.absenceTTL,
): Promise<RegistrySource> {
  return createEvidenceSource({
    ...outbound(),
    registries: config.registries,
    plainHttp: config.plainHttp,
    evidenceSources: config.evidenceSources,
    dockerAuths: config.dockerConfig === undefined ? undefined : await readAuthsFile(config.dockerConfig),
    pullSecrets,
    literalHosts: () => {
      const state = policies.current();
      return state.ready ? state.set.literalHosts : new Set();
    },
    cache: {
      evidenceTTL: config.cache.evidenceTTL,
      absenceTTL,
      tagTTL: config.cache.tagTTL,
      maxBytes: config.cache.evidenceBytes,
    },
    limits: { evidenceBytes: config.limits.evidenceBytes },
    helperDir: config.credentialHelpers,
    helperEnv: helperEnvironment(process.env),
  });
}

function reportSource(metrics: Metrics, source: () => RegistrySource): void {
  const counted = [
    'requests',
    'retries',
    'cacheHits',
    'cacheMisses',
    'cacheEntries',
    'cacheBytes',
    'pausedHosts',
    'pausedRepositories',
  ] as const;
  for (const name of counted) {
    metrics.gauge(
      `evidence_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      'Evidence fetched from registries and kept; all but entries, bytes and what is paused count from the start',
      () => source().stats()[name],
    );
  }
}

/** Where denials lead to, if anywhere. */
function pageOf(base: string | undefined): AdmitPorts['pageOf'] {
  return base === undefined ? undefined : (request) => pageLink(base, request);
}
