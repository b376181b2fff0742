/** A histogram that costs next to nothing to add to, and takes its form when it is scraped. */
import type { Metric, Registry } from 'prom-client';

/** A histogram of seconds by one label. */
export interface Durations {
  observe(label: string, seconds: number): void;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

interface Counts {
  /** Observations up to the bucket of the same index and above the one before; those beyond all are in `total` alone. */
  readonly within: number[];
  total: number;
  sum: number;
}

/**
 * Adds a histogram to a registry that counts in plain arrays and is put into the library's form when it is scraped: the
 * library's own checks and hashes the labels with every observation, which costs as much as extracting a pod.
 */
export function createDurations(
  about: { readonly name: string; readonly help: string; readonly label: string },
  registry: Registry,
): Durations {
  const counts = new Map<string, Counts>();
  const metric = {
    name: about.name,
    get: async () => ({
      name: about.name,
      help: about.help,
      type: 'histogram',
      aggregator: 'sum',
      values: [...counts].flatMap(([label, seen]) => valuesOf(about, label, seen)),
    }),
  };
  registry.registerMetric(metric as unknown as Metric);
  return {
    observe(label, seconds) {
      let seen = counts.get(label);
      if (seen === undefined) counts.set(label, (seen = { within: BUCKETS.map(() => 0), total: 0, sum: 0 }));
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) seen.within[bucket] = (seen.within[bucket] ?? 0) + 1;
      seen.total += 1;
      seen.sum += seconds;
    },
  };
}

/** Buckets count everything below them (Prometheus exposition format, histograms). */
function valuesOf(
  { name, label: key }: { readonly name: string; readonly label: string },
  label: string,
  { within, total, sum }: Counts,
): unknown[] {
  let below = 0;
  const buckets = BUCKETS.map((bound, index) => ({
    metricName: `${name}_bucket`,
    labels: { le: bound, [key]: label },
    value: (below += within[index] ?? 0),
  }));
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', [key]: label }, value: total },
    { metricName: `${name}_sum`, labels: { [key]: label }, value: sum },
    { metricName: `${name}_count`, labels: { [key]: label }, value: total },
  ];
}
