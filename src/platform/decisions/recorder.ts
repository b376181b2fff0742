/** Everybody who is told of a decision, in one place; telling can fail, deciding cannot. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Recorder } from '../../domain/ports.ts';
import type { Activity } from './activity.ts';
import type { DecisionRing } from './ring.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';

/**
 * Tells every decision to the log, the metrics, the ring, whoever counts what policies do, and whoever takes events.
 *
 * A dry run is logged and counted but not kept: it must leave nothing behind that others see (security.md H13).
 * A decision that is answered before all of it is known is in the ring at once, since its id is in the answer, and is
 * replaced there when it is final; log and metrics are told once, of the final one.
 * Never throws: a decision that cannot be recorded is still a decision.
 */
export function createRecorder(to: {
  readonly ring: DecisionRing;
  readonly log: Pick<Log, 'logger' | 'decisions'>;
  readonly metrics: Metrics;
  readonly activity?: Pick<Activity, 'record'> | undefined;
  /** Takes decisions out of the process; must not throw. */
  readonly events?: { told(decision: Decision): void };
}): Recorder {
  const answered = new Set<string>();
  return {
    answered(decision) {
      if (decision.request.dryRun) return;
      answered.add(decision.id);
      to.ring.add(decision);
    },
    record(decision, review) {
      try {
        if (answered.delete(decision.id)) to.ring.replace(decision);
        else if (!decision.request.dryRun) to.ring.add(decision);
        to.metrics.decided(decision);
        to.activity?.record(decision, review);
        to.log.decisions(decision);
        to.events?.told(decision);
      } catch (cause) {
        to.log.logger.error({ err: cause, id: decision.id }, 'decision could not be recorded');
      }
    },
  };
}
