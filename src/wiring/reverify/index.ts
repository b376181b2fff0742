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
import type { PolicySet } from '../../domain/policy/policy.ts';
import { nextEnd } from '../../policy/index.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { watchThreads } from '../../platform/metrics/threads.ts';
import type { Engine } from '../engine.ts';
import { pause } from '../../flow/pause.ts';
import { withLifetime } from '../lifetime.ts';
import type { Lifetime } from '../lifetime.ts';
import { inForce, openPinnedJudge } from './judge.ts';
import type { JudgeParts } from './judge.ts';

/** With what is judged, and where it is told. */
export interface ReverifyParts extends JudgeParts {
  readonly api: KubeApi;
  readonly writes: KubeWrites;
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

/** How often it is looked whether the set of policies is another. */
const LOOK_MS = 1000;
const PODS: ServedKind = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true };
const NOT_ENDED = `fieldSelector=${encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed')}`;

/** A re-verifier with its writer and engine; all of them end with the lifetime. */
export interface OpenReverifier extends Reverifier {
  /** Events that were left out because there were too many. */
  readonly eventsDropped: number;
  readonly writer: PacedWriter;
  readonly engine: Pick<Engine, 'verifier' | 'examiner'>;
}

/**
 * Opens it, and has it look again whenever another set of policies is in force, of which trust roots, keys and revocations are part, and
 * whenever authorities have revoked another certificate.
 */
export function openReverifier(
  { api, writes, settings, ...judging }: ReverifyParts, { logger }: Pick<Telemetry, 'logger'>, lifetime: Lifetime,
): OpenReverifier {
  const { judge, engine } = openPinnedJudge(judging, logger, lifetime);
  const { clock = Date } = judging;
  /** By what the last round was begun, and when something of it ends. */
  let judgedBy: PolicySet | undefined;
  let [ends, revoked] = [Infinity, 0];
  const revokedNow = (): number => judging.asking?.changes() ?? 0;
  const began = (set: PolicySet | undefined): void => {
    [judgedBy, revoked] = [set, revokedNow()];
    ends = (set === undefined ? undefined : nextEnd(set, clock.now())) ?? Infinity;
  };
  const population: PodPages = async function* (signal) {
    // A process that has just begun knows no policies yet, and must not tell of every pod that it cannot be judged.
    while (inForce(judging) === undefined) {
      await pause(LOOK_MS, signal);
      signal.throwIfAborted();
    }
    began(inForce(judging));
    yield* pagesOf(api, PODS, { isWanted: () => true, signal, query: NOT_ENDED });
  };
  const writer = createPacedWriter({ perSecond: settings.writesPerSecond ?? 25 });
  const { except, pauses, instance } = settings;
  const events = settings.events ? createStandingEvents(writes, writer, { instance }) : undefined;
  const reverifier = createReverifier({
    population,
    admit: judge,
    ...(settings.reports ? { reports: createReports(api, writes, writer) } : {}),
    ...(events === undefined ? {} : { events }),
    clock: Date,
    ...(except === undefined ? {} : { except }), ...(pauses === undefined ? {} : { pauses }),
    failed: (cause) => logger.warn({ problem: cause instanceof Error ? cause.message : String(cause) }, 'what runs cannot be looked at'),
  });
  const looking = setInterval(() => {
    const now = inForce(judging);
    // What ends is a change of trust, although nobody writes anything. The first round waits for the first set.
    if (judgedBy === undefined || (now === judgedBy && clock.now() <= ends && revokedNow() === revoked)) return;
    began(now);
    reverifier.changed();
  }, LOOK_MS);
  lifetime.defer(() => {
    clearInterval(looking);
    reverifier.close();
    writer.close();
  });
  return { ...reverifier, writer, engine, get eventsDropped() { return events?.dropped ?? 0; } };
}

/** What a leader does; `current` is the re-verifier of the time in which it leads. */
export interface ReverifyTask {
  readonly name: 'reverify';
  /** Re-verifies until it is aborted, and resolves when everything that it has opened is closed. */
  run(signal: AbortSignal): Promise<void>;
  current(): OpenReverifier | undefined;
}

/** Re-verification as something that only a leader does: each time of leading begins with a round. Tells metrics, once for all of them. */
export function reverifyTask(parts: ReverifyParts, telemetry: Telemetry): ReverifyTask {
  let current: OpenReverifier | undefined;
  report(telemetry, () => current);
  return {
    name: 'reverify',
    current: () => current,
    run: (signal) => withLifetime(async (lifetime) => {
      current = openReverifier(parts, telemetry, lifetime);
      if (!signal.aborted) await new Promise((ended) => signal.addEventListener('abort', ended, { once: true }));
      current = undefined;
      await lifetime.disposeAsync();
    }),
  };
}

const NO_WORK = { verifications: 0, cacheHits: 0, cacheBytes: 0, queued: 0, restarts: 0 } as const;
const NO_EXAMINATIONS = {
  examinations: 0, cacheHits: 0, cacheBytes: 0, threads: 0, running: 0, queued: 0, restarts: 0, timeouts: 0,
} as const;

function report({ metrics }: Telemetry, current: () => OpenReverifier | undefined): void {
  const last = (): ReverifierStats['last'] => current()?.stats().last;
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  metrics.gauge('reverified_pods', 'Running pods that the last round of re-verification has judged', () => last()?.pods);
  metrics.gauge('reverified_pods_refused', 'Of these, pods that would not be admitted now', () => last()?.refused);
  metrics.gauge('reverified_pods_undetermined', 'Of the refused, pods of which nothing is known to be wrong', () => last()?.undetermined);
  metrics.gauge('reverify_last_timestamp_seconds', 'When the last round ended, in seconds since 1970', () => seconds(last()?.at));
  metrics.gauge('reverify_duration_seconds', 'How long the last round took', () => seconds(last()?.ms));
  metrics.gauge('reverify_rounds_failed', 'Rounds that could not be made to their end, since we lead', () => current()?.stats().brokenOff);
  metrics.gauge('reverify_writes_pending', 'Reports and Events that wait to be written', () => current()?.writer.pending);
  metrics.gauge('reverify_events_dropped', 'Events of re-verification that found no room, since we lead', () => current()?.eventsDropped);
  watchThreads(metrics, {
    verification: () => current()?.engine.verifier.stats() ?? NO_WORK,
    examination: () => current()?.engine.examiner.stats() ?? NO_EXAMINATIONS,
  });
}
