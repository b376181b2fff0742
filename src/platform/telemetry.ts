/** Log and metrics, as they are handed to whoever has something to tell. */
import type { Logger } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';

/** Where the parts of the server report to. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}
