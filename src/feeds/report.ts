/** How old what is followed is and how often it was broken, as metrics. */
import type { Metrics } from '../platform/metrics/metrics.ts';
import type { Feed } from './feed.ts';

/** Shows every feed in the metrics, by its name. Names come from the program and from policies, so series are few. */
export function reportFeeds(metrics: Metrics, feeds: () => readonly Feed<unknown>[]): void {
  metrics.series(
    'feed_age_seconds',
    'Seconds since what is in force was last confirmed by its source',
    ['feed'],
    () => feeds().flatMap((feed) => {
      const age = feed.age();
      return age === undefined ? [] : [{ labels: { feed: feed.name }, value: age / 1000 }];
    }),
  );
  metrics.total(
    'feed_refused_total',
    'Broken content that a source held and that was refused, each once',
    ['feed'],
    () => feeds().map((feed) => ({ labels: { feed: feed.name }, value: feed.condition().refused })),
  );
}
