/** The forecast of the policies in force, made again when they change and now and then, for their statuses. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../cluster/api.ts';
import { listObjects } from '../../cluster/objects.ts';
import { ungatedNamespaces } from '../../cluster/webhook-scope.ts';
import { forecastByPolicy } from '../../controller/forecast/by-policy.ts';
import type { PolicyForecast } from '../../controller/forecast/by-policy.ts';
import { asEnforced } from '../../controller/forecast/enforced.ts';
import { forecast } from '../../controller/forecast/forecast.ts';
import type { Judge } from '../../controller/forecast/forecast.ts';
import { slim, startsPods } from '../../controller/forecast/population.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { inForce, openPinnedJudge } from '../reverify/judge.ts';
import type { JudgeParts } from '../reverify/judge.ts';
import { expiries, nextEnd, WARN_AHEAD } from '../../policy/index.ts';
import { withLifetime } from '../lifetime.ts';

/** With what it is made, and how often. */
export interface ForecastTaskParts extends JudgeParts {
  readonly api: KubeApi;
  /** Milliseconds; default one hour. */
  readonly every?: number;
  /** Milliseconds after a change for others to come with it; default 10 s. */
  readonly settle?: number;
}

/** What a leader does; `byPolicy` is what it last found, empty before. */
export interface ForecastTask {
  readonly name: 'forecast';
  run(signal: AbortSignal): Promise<void>;
  /** What each policy would refuse if all enforced, by the key of its document; absent before the first forecast of this time of leading. */
  byPolicy(): ReadonlyMap<string, PolicyForecast> | undefined;
  /** Whether a forecast was made, or could not be made, since we lead: before that silence means nothing. */
  readonly isKnown: boolean;
}

const LOOK_MS = 1000;
/** Whoever writes policies all the time must not keep us judging all the time: a rest is as long as the work was. */
const LONGEST_REST_MS = 600_000;
/** Each end of trust that is looked at is as much work as the present, and twice. */
const MOST_ENDS = 4;

/** The forecast as something that only a leader does. A forecast that cannot be made leaves the one before. */
export function forecastTask(
  { api, every = 3_600_000, settle = 10_000, ...judging }: ForecastTaskParts, { logger }: Pick<Telemetry, 'logger'>,
): ForecastTask {
  let found: ReadonlyMap<string, PolicyForecast> | undefined;
  let isKnown = false;

  const endsOf = (set: PolicySet, now: number): readonly Expiry[] =>
    [...expiries(set, now), ...(judging.asking?.ends(now, WARN_AHEAD) ?? [])];

  async function once(set: PolicySet, signal: AbortSignal): Promise<void> {
    await withLifetime(async (lifetime) => {
      const policies = { current: () => ({ ready: true as const, set: asEnforced(set) }) };
      // One moment is judged after the other, and stands still meanwhile: what ends in it must not end while it is looked at.
      const now = Date.now();
      const moment = { at: now };
      const { judge } = openPinnedJudge({ ...judging, policies, clock: { now: () => moment.at } }, logger, lifetime);
      const listed = await listObjects(api, { isWanted: startsPods(judging.engine.kinds), keep: slim, signal });
      const ungated = await ungatedNamespaces(api, signal);
      const judgeAt = (at: number): Judge => {
        moment.at = at;
        return judge;
      };
      const made = await forecast(listed, {
        judgeAt, now, expiries: () => endsOf(set, now), mostEnds: MOST_ENDS, atOnce: 4, ungated, signal,
      });
      if (!signal.aborted) found = forecastByPolicy(made, set);
      await lifetime.disposeAsync();
    });
  }

  return {
    name: 'forecast',
    byPolicy: () => found,
    get isKnown() { return isKnown; },
    async run(signal) {
      // What was found while we led before may be older than what another leader has said since.
      [found, isKnown] = [undefined, false];
      let ends = Infinity;
      let [judgedBy, at, took] = [undefined as PolicySet | undefined, -Infinity, 0];
      while (!signal.aborted) {
        const known = inForce(judging);
        if (known !== undefined && (known !== judgedBy || performance.now() - at >= every || Date.now() > ends)) {
          if (judgedBy !== undefined && known !== judgedBy) 
            await sleep(Math.max(settle, Math.min(took, LONGEST_REST_MS)), undefined, { signal }).catch(() => undefined);
          const set = inForce(judging) ?? known;
          [judgedBy, at, ends] = [set, performance.now(), nextEnd(set, Date.now()) ?? Infinity];
          await once(set, signal).catch((cause: unknown) => {
            const problem = cause instanceof Error ? cause.message : String(cause);
            if (!signal.aborted) logger.warn({ problem }, 'no forecast could be made');
          });
          isKnown = true;
          took = performance.now() - at;
        }
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
