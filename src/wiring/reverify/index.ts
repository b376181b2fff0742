/** Background re-verification on real ground: pods of the cluster, an engine of its own, reports and Events through the API. */
import type { KubeApi, KubeWrites } from '../../cluster/api.ts';
import { pagesOf } from '../../cluster/objects.ts';
import type { ServedKind } from '../../cluster/objects.ts';
import { createStandingEvents } from '../../controller/reverify/events.ts';
import { createReverifier } from '../../controller/reverify/index.ts';
import type { Pauses, Reverifier, ReverifierStats } from '../../controller/reverify/index.ts';
import { createReports } from '../../controller/reverify/reports.ts';
import type { PodPages } from '../../controller/reverify/round.ts';
import { createPacedWriter } from '../../controller/reverify/writer.ts';
import type { PacedWriter } from '../../controller/reverify/writer.ts';
import type { AdmitPorts } from '../../engine/ports.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import { watchThreads } from '../../platform/metrics/threads.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { openEngine } from '../engine.ts';
import type { EngineOptions } from '../engine.ts';
import { pinnable, withPins } from '../forecast/pins.ts';
import type { Lifetime } from '../lifetime.ts';

/** With what is judged, and where it is told. */
export interface ReverifyParts {
  readonly policies: PolicyStore;
  readonly api: KubeApi;
  readonly writes: KubeWrites;
  /** Give it a long `absenceTTL`: a refusal is given on evidence that is no older, and many pods are refused for one image. */
  readonly source: EngineOptions['source'];
  readonly engine: Pick<AdmitPorts, 'namespaces' | 'unmatched'> & Partial<Pick<AdmitPorts, 'facts' | 'build' | 'kinds' | 'receipts'>>
    & Pick<EngineOptions, 'verification' | 'examination'>;
  readonly settings: ReverifySettings;
}

/** How it is set up. */
export interface ReverifySettings {
  readonly reports: boolean;
  readonly events: boolean;
  /** Name of the pod that writes. */
  readonly instance: string;
  /** Reports and Events, together. Default 25. */
  readonly writesPerSecond?: number;
  readonly except?: ReadonlySet<string>;
  readonly pauses?: Partial<Pauses>;
}

/** Milliseconds for one pod: nobody waits for the answer. */
const EACH_MS = 60_000;
/** How often it is looked whether the set of policies is another. */
const LOOK_MS = 1000;
const PODS: ServedKind = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true };
const NOT_ENDED = `fieldSelector=${encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed')}`;

/** A re-verifier with its writer; both end with the lifetime. */
export interface OpenReverifier extends Reverifier {
  readonly writer: PacedWriter;
}

/** Opens it, and has it look again whenever another set of policies is in force: trust roots, keys and revocations are part of a set. */
export function openReverifier(
  { policies, api, writes, source, engine, settings }: ReverifyParts, { logger, metrics }: Telemetry, lifetime: Lifetime,
): OpenReverifier {
  const { admit, verifier, examiner } = openEngine({
    ...engine, policies, source: pinnable(source),
    recorder: { record: () => undefined },
    onFault: (err, review) => logger.error({ err, namespace: review.namespace, pod: review.name }, 'fault in the engine'),
  }, lifetime);
  const population: PodPages = (signal) => pagesOf(api, PODS, { isWanted: () => true, signal, query: NOT_ENDED });
  const writer = createPacedWriter({ perSecond: settings.writesPerSecond ?? 25 });
  const { except, pauses, instance } = settings;
  const reverifier = createReverifier({
    population,
    admit: ({ review, pins }) =>
      withPins(pins, () => admit(review, { deadline: Date.now() + EACH_MS, signal: new AbortController().signal })),
    ...(settings.reports ? { reports: createReports(api, writes, writer) } : {}),
    ...(settings.events ? { events: createStandingEvents(writes, writer, { instance }) } : {}),
    clock: Date,
    ...(except === undefined ? {} : { except }), ...(pauses === undefined ? {} : { pauses }),
    failed: (cause) => logger.warn({ problem: cause instanceof Error ? cause.message : String(cause) }, 'what runs cannot be looked at'),
  });
  let judgedBy = setOf(policies);
  const looking = setInterval(() => {
    const now = setOf(policies);
    if (now === judgedBy) return;
    judgedBy = now;
    reverifier.changed();
  }, LOOK_MS);
  lifetime.defer(() => {
    clearInterval(looking);
    reverifier.close();
    writer.close();
  });
  watchThreads(metrics, { verification: () => verifier.stats(), examination: () => examiner.stats() });
  const last = (): ReverifierStats['last'] => reverifier.stats().last;
  metrics.gauge('reverified_pods', 'Running pods that the last round of re-verification has judged', () => last()?.pods);
  metrics.gauge('reverified_pods_refused', 'Of these, pods that would not be admitted now', () => last()?.refused);
  metrics.gauge('reverified_pods_undetermined', 'Of the refused, pods of which nothing is known to be wrong', () => last()?.undetermined);
  metrics.gauge('reverify_last_timestamp_seconds', 'When the last round ended, in seconds since 1970', () => {
    const at = last()?.at;
    return at === undefined ? undefined : at / 1000;
  });
  metrics.gauge('reverify_duration_seconds', 'How long the last round took', () => {
    const ms = last()?.ms;
    return ms === undefined ? undefined : ms / 1000;
  });
  metrics.gauge('reverify_rounds_failed', 'Rounds that could not be made to their end, since the start', () => reverifier.stats().brokenOff);
  metrics.gauge('reverify_writes_pending', 'Reports and Events that wait to be written', () => writer.pending);
  return { ...reverifier, writer };
}

function setOf(policies: PolicyStore): unknown {
  const state = policies.current();
  return state.ready ? state.set : undefined;
}
