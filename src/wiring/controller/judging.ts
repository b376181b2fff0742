/** What already stands in the cluster is judged while this controller leads: what runs, and what enforcement would refuse. */
import { availableParallelism } from 'node:os';
import { createKubeApi, createKubeWrites } from '../../cluster/api.ts';
import type { KubeWrites } from '../../cluster/api.ts';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { NotLeading } from '../../controller/cluster/fenced.ts';
import type { PolicyForecast } from '../../controller/forecast/by-policy.ts';
import type { StatusPart } from '../../controller/status/status.ts';
import type { LeaderTask } from '../../controller/tasks.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import { withRows } from '../../extract/table/rows.ts';
import { readsPullSecrets } from '../../platform/config/callers.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { buildSettings } from '../../platform/config/pipelines.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { openCluster } from '../cluster.ts';
import { authsOf } from '../docker-auths.ts';
import { podEnvironment } from '../environment.ts';
import { forecastTask } from '../forecast/task.ts';
import { besideStores } from '../../fetch/index.ts';
import { storesOf } from '../stores/evidence-stores.ts';
import { openSource } from '../judging.ts';
import type { Lifetime } from '../lifetime.ts';
import { askedInForce, listsIn, openCertificates } from '../trust/certificates.ts';
import { reverifyTask } from '../reverify/index.ts';
import type { JudgeParts } from '../reverify/judge.ts';

/** A refusal is given on evidence that is no older; many pods are refused for one image. */
const ABSENCE_MS = 300_000;

/** With what is judged. */
export interface JudgingOptions {
  readonly config: ServerConfig;
  readonly policies: PolicyStore;
  readonly access: KubeAccess;
  readonly instance: string;
  leads(): boolean;
  /** Trust roots that have nothing that may be used, with the cause. */
  unusableRoots(): ReadonlyMap<string, string>;
}

/** How long roots are waited for that have not answered yet. */
const ROOTS_WITHIN_MS = 60_000;

/** The tasks, as they are configured, and what they say in the status of policies. */
export async function openJudgingTasks(
  { config, policies, access, instance, leads, unusableRoots }: JudgingOptions, telemetry: Telemetry, lifetime: Lifetime,
): Promise<{ readonly tasks: readonly LeaderTask[]; readonly parts: readonly StatusPart[] }> {
  const { events, writesPerSecond, reverify, forecast } = config.controller;
  if (!reverify.enabled && !forecast) return { tasks: [], parts: [] };
  const api = createKubeApi(access);
  const began = performance.now();
  const isComplete = (): boolean => unusableRoots().size === 0 || performance.now() - began >= ROOTS_WITHIN_MS;
  const judging = { ...(await partsOf(config, policies, telemetry, lifetime)), isComplete };
  const writes = whileLeading(createKubeWrites(access), leads);
  const settings = { reports: reverify.reports, events, instance, writesPerSecond };
  const verifying = reverify.enabled ? [reverifyTask({ ...judging, api, writes, settings }, telemetry)] : [];
  const foreseeing = forecast ? forecastTask({ ...judging, api }, telemetry) : undefined;
  return {
    tasks: [...verifying, ...(foreseeing === undefined ? [] : [foreseeing])],
    parts: foreseeing === undefined ? [] : [{
      keys: ['forecast'],
      get isKnown() { return foreseeing.isKnown; },
      of({ key, namespace }) {
        const found = foreseeing.byPolicy()?.get(key);
        return found === undefined ? undefined : { forecast: shownIn(namespace, found) };
      },
    }],
  };
}

/** Whoever reads a policy of the cluster need not know what other namespaces run: there it is counts and codes; `forecast` names them. */
function shownIn(namespace: string, { items, ...counts }: PolicyForecast): JsonObject {
  return namespace === '' ? counts : { ...counts, items };
}

/** An engine by the configuration of the server, over evidence that is kept for longer. */
async function partsOf(config: ServerConfig, policies: PolicyStore, telemetry: Telemetry, lifetime: Lifetime): Promise<JudgeParts> {
  const cluster = await openCluster({
    config: { ...config, kubernetes: { ...config.kubernetes, pullSecrets: readsPullSecrets(config) } },
    inCluster: podEnvironment(),
    readAuths: authsOf,
    failed: (problem) => telemetry.logger.warn({ problem }, 'namespaces cannot be followed'),
  });
  lifetime.defer(() => cluster.close());
  const stores = await storesOf(config, ABSENCE_MS);
  lifetime.defer(() => stores.close());
  return {
    policies,
    source: besideStores(await openSource(config, policies, cluster, ABSENCE_MS), stores),
    asking: openCertificates({
      asked: () => askedInForce(policies), network: () => config, telemetry, folder: listsIn(config.trust.cacheDir, 'revocation'),
    }, lifetime),
    engine: {
      namespaces: cluster.namespaces, unmatched: config.unmatched,
      build: buildSettings(config.pipelines), kinds: withRows(config.extractors),
      ...(cluster.facts === undefined ? {} : { facts: cluster.facts }),
      verification: { workers: config.workers ?? Math.max(1, availableParallelism() - 1), cacheBytes: config.cache.verificationBytes },
      examination: { threads: 1, cacheBytes: config.cache.examinationBytes },
    },
  };
}

/** No longer than lies between the end of our leading and the end of the Lease (`controller/cluster/lease.ts`). */
const ANSWER_MS = 5000;

function inTime(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
}

function whileLeading(writes: KubeWrites, leads: () => boolean): KubeWrites {
  const fence = <T>(write: () => Promise<T>): Promise<T> => (leads() ? write() : Promise.reject(new NotLeading()));
  return {
    apply: (path, body, options, signal) => fence(() => writes.apply(path, body, options, inTime(signal))),
    remove: (path, signal) => fence(() => writes.remove(path, inTime(signal))),
  };
}
