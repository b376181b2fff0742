/** Everybody who is told of a decision, in one place; telling can fail, deciding cannot. */
import type { Recorder } from '../../domain/ports.ts';
import type { DecisionRing } from './ring.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';

/**
 * Tells every decision to the log, the metrics and the ring.
 *
 * A dry run is logged and counted but not kept: it must leave nothing behind that others see (security.md H13).
 * Never throws: a decision that cannot be recorded is still a decision.
 */
export function createRecorder(to: {
  readonly ring: DecisionRing;
  readonly log: Pick<Log, 'logger' | 'decisions'>;
  readonly metrics: Metrics;
}): Recorder {
  return {
    record(decision) {
      try {
        if (!decision.request.dryRun) to.ring.add(decision);
        to.metrics.decided(decision);
        to.log.decisions(decision);
      } catch (cause) {
        to.log.logger.error({ err: cause, id: decision.id }, 'decision could not be recorded');
      }
    },
  };
}
