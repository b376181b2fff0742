/** What is told of revoked certificates: ages and ends of lists as metrics, changes and failures in the log. */
import type { Telemetry } from '../../platform/telemetry.ts';
import type { CertificateFeed, CertificateFeedEvents, ListState } from './index.ts';

/** Lists that have series of their own: certificates name them, and there may be many. */
const MOST_SERIES = 100;
const WARN_LEFT = 3_600_000;

/** Metrics of the feed, and the log of what happens to it. */
export function reportCertificates(
  { logger, metrics }: Pick<Telemetry, 'logger' | 'metrics'>, feed: () => Pick<CertificateFeed, 'lists' | 'stats'> | undefined,
): CertificateFeedEvents {
  const series = (read: (state: ListState) => number | undefined) => () =>
    (feed()?.lists() ?? []).slice(0, MOST_SERIES).flatMap((state) => {
      const value = read(state);
      return value === undefined ? [] : [{ labels: { url: state.url }, value }];
    });
  metrics.series('revocation_list_age_seconds', 'Seconds since the list of revoked certificates was last fetched and held', ['url'],
    series(({ age }) => (age === undefined ? undefined : age / 1000)));
  metrics.series('revocation_list_ends_seconds', 'Seconds until the list ends (nextUpdate); below zero it has ended, and nothing is known by it', ['url'],
    series(({ left }) => (left === undefined ? undefined : left / 1000)));
  metrics.series('revocation_list_failures', 'Attempts that failed since the last one that succeeded', ['url'], series(({ failures }) => failures));
  metrics.gauge('revocation_lists', 'Lists of revoked certificates that are kept', () => feed()?.stats().lists);
  metrics.gauge('revocation_answers', 'Answers of OCSP responders that are kept', () => feed()?.stats().answers);
  metrics.gauge('revocation_bytes', 'Bytes of the lists that are kept', () => feed()?.stats().bytes);
  return {
    fetched(what, url) {
      logger.info({ what, url }, 'word of revoked certificates fetched');
      const left = feed()?.lists().find((list) => list.url === url)?.left;
      if (what === 'list' && left !== undefined && left < WARN_LEFT)
        logger.warn({ url, endsInSeconds: Math.round(left / 1000) }, 'list of revoked certificates ends within the hour');
    },
    failed(what, url, problem, isNew) {
      logger[isNew ? 'warn' : 'debug']({ what, url, problem }, 'word of revoked certificates could not be fetched, the last one is used while it holds');
    },
  };
}
