/** The numbers of the threads that verify and examine, as gauges. */
import type { ExaminationNumbers, VerificationNumbers } from '../../domain/thread-numbers.ts';
import type { Metrics } from './metrics.ts';

/** Shows the numbers of both kinds of threads; read anew for every scrape. */
export function watchThreads(
  metrics: Metrics,
  read: { readonly verification: () => VerificationNumbers; readonly examination: () => ExaminationNumbers },
): void {
  const { verification, examination } = read;
  metrics.gauge('verifications', 'Pieces of evidence verified since the start', () => verification().verifications);
  metrics.gauge('verification_cache_hits', 'Pieces of evidence answered from memory since the start', () => verification().cacheHits);
  metrics.gauge('verification_cache_bytes', 'Memory that remembered outcomes are reckoned at', () => verification().cacheBytes);
  metrics.gauge('verification_queued', 'Jobs that wait for a verification thread or are worked on', () => verification().queued);
  metrics.gauge('verification_restarts', 'Verification threads replaced since the start', () => verification().restarts);
  metrics.gauge('examinations', 'Statements examined since the start', () => examination().examinations);
  metrics.gauge('examination_cache_hits', 'Examinations answered from memory since the start', () => examination().cacheHits);
  metrics.gauge('examination_cache_bytes', 'Memory that remembered answers take', () => examination().cacheBytes);
  metrics.gauge('examination_threads', 'Examination threads that live', () => examination().threads);
  metrics.gauge('examination_running', 'Examinations that a thread is at', () => examination().running);
  metrics.gauge('examination_queued', 'Examinations that wait for a thread', () => examination().queued);
  metrics.gauge('examination_restarts', 'Examination threads replaced since the start', () => examination().restarts);
  metrics.gauge('examination_timeouts', 'Examinations ended because they took too long, since the start', () => examination().timeouts);
}
