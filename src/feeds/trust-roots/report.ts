/** What becomes of trust roots, told to the log and the metrics. */
import type { Telemetry } from '../../platform/telemetry.ts';
import type { TrustRootEvents } from './root.ts';
import type { TrustRootState } from './follower.ts';

/** Reports what becomes of trust roots that are published somewhere to log and metrics. Root names come from policies, so series are few. */
export function reportTrustRoots({ logger, metrics }: Telemetry, states: () => readonly TrustRootState[]): TrustRootEvents {
  const series = (read: (state: TrustRootState) => number | undefined) => () =>
    states().flatMap((state) => {
      const value = read(state);
      return value === undefined ? [] : [{ labels: { root: state.name }, value }];
    });
  metrics.series(
    'trust_root_age_seconds',
    'Seconds since whoever publishes the root, over TUF or as a bundle, confirmed it',
    ['root'],
    series(({ age }) => (age === undefined ? undefined : age / 1000)),
  );
  metrics.series(
    'trust_root_usable',
    '0 when the root was never loaded or is older than its maxStale',
    ['root'],
    series(({ usable }) => Number(usable)),
  );
  metrics.series(
    'trust_root_refresh_failures',
    'Attempts that failed since the last one that succeeded',
    ['root'],
    series(({ failures }) => failures),
  );
  return {
    confirmed(root, { versions }, isNew) {
      logger[isNew ? 'info' : 'debug']({ root, versions }, isNew ? 'trust root has new content' : 'trust root confirmed');
    },
    failed(root, problem, retryMs, isNew) {
      logger[isNew ? 'warn' : 'debug'](
        { root, problem, retryMs: Math.round(retryMs) },
        'trust root could not be refreshed, the last good one stays in use',
      );
    },
    stale(root, confirmedAt) {
      logger.error(
        { root, confirmedAt: new Date(confirmedAt).toISOString() },
        'trust root is stale: evidence that needs it is undetermined until whoever publishes it answers',
      );
    },
  };
}
