/** The ecosystems of packages that the configuration names, opened and told of in the metrics. */
import { createPackageSource } from '../../fetch/index.ts';
import type { PackageSource } from '../../fetch/index.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Metrics } from '../../platform/metrics/metrics.ts';
import type { Configuration } from '../live/configuration.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';
import { renewed } from '../live/renewed.ts';

/** Opens the source of packages; one without any ecosystem says of each package that nobody is configured to ask. */
export async function openPackages(configuration: Configuration, metrics: Metrics, lifetime: Lifetime): Promise<() => PackageSource> {
  const open = ({ packages, plainHttp, cache }: ServerConfig): PackageSource => createPackageSource({
    ...outbound(),
    ecosystems: packages,
    plainHttp,
    cache: { evidenceTTL: cache.evidenceTTL, absenceTTL: cache.absenceTTL, maxBytes: cache.evidenceBytes },
  });
  const source = await renewed(configuration, ({ packages, plainHttp, cache }) => [packages, plainHttp, cache], open, lifetime);
  metrics.gauge('packages_requests', 'Questions sent to ecosystems of packages since the start', () => source().stats().requests);
  metrics.gauge('packages_retries', 'Questions to ecosystems that were sent again', () => source().stats().retries);
  metrics.gauge('packages_cache_entries', 'Answers of ecosystems that are kept', () => source().stats().cacheEntries);
  metrics.gauge('packages_cache_bytes', 'Memory that they take', () => source().stats().cacheBytes);
  return source;
}
