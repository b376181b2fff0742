/** The mutating webhook as it is configured, and what is counted of it. */
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Metrics } from '../../platform/metrics/metrics.ts';
import type { MutateOptions, MutationKind } from '../../surfaces/index.ts';

/** What `/mutate` changes, counted; `undefined` where there is none. */
export function openMutation(
  { mutate: { enabled, ...settings } }: Pick<ServerConfig, 'mutate'>, metrics: Metrics,
): MutateOptions | undefined {
  if (!enabled) return undefined;
  const counts = new Map<MutationKind, number>([['pinned', 0], ['labelled', 0], ['unlabelled', 0]]);
  metrics.total('mutations_total', 'Changes that /mutate asked for: tags pinned, labels set and labels removed', ['what'], () =>
    [...counts].map(([what, value]) => ({ labels: { what }, value })));
  return { ...settings, changed: (what, steps) => void counts.set(what, (counts.get(what) ?? 0) + steps) };
}
