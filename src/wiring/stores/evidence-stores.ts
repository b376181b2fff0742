/** The stores of evidence that the configuration names, opened and told of in the metrics. */
import { readFile } from 'node:fs/promises';
import { openEvidenceStores } from '../../fetch/index.ts';
import type { EvidenceStores, StorePlace } from '../../fetch/index.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Metrics } from '../../platform/metrics/metrics.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';
import type { Configuration } from '../live/configuration.ts';
import { renewed } from '../live/renewed.ts';

/** Opens the stores; one that is down is found out when it is asked. */
export async function openStores(configuration: Configuration, metrics: Metrics, lifetime: Lifetime): Promise<() => EvidenceStores> {
  const stores = await renewed(
    configuration, ({ evidenceStores, plainHttp, cache, limits }) => [evidenceStores, plainHttp, cache, limits.evidenceBytes],
    (config) => storesOf(config), lifetime,
  );
  metrics.gauge('stores_requests', 'Questions sent to stores of evidence since the start', () => stores().stats().requests);
  metrics.gauge('stores_retries', 'Questions to stores of evidence that were sent again', () => stores().stats().retries);
  metrics.gauge('stores_cache_entries', 'Answers of stores of evidence that are kept', () => stores().stats().cacheEntries);
  metrics.gauge('stores_cache_bytes', 'Memory that they take', () => stores().stats().cacheBytes);
  return stores;
}

/** The stores as this configuration has them; `absenceTTL` in milliseconds, default: the configuration's. */
export function storesOf(
  { evidenceStores, plainHttp, cache, limits }: ServerConfig, absenceTTL = cache.absenceTTL,
): Promise<EvidenceStores> {
  return openEvidenceStores({
    ...outbound(), stores: placesOf(evidenceStores), plainHttp,
    cache: { evidenceTTL: cache.evidenceTTL, absenceTTL, maxBytes: cache.evidenceBytes },
    limits: { evidenceBytes: limits.evidenceBytes },
  });
}

/** Where the bundles lie that an API only names, as far as that is known of it. */
const BUNDLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['https://api.github.com', ['https://tmaproduction.blob.core.windows.net/attestations']],
]);

/** The entries of the configuration as the stores take them, their tokens read from files whenever they are needed. */
export function placesOf(entries: ServerConfig['evidenceStores']): readonly StorePlace[] {
  return entries.flatMap(({ artifacts, archivista, grafeas, folder, github, tekton }): readonly StorePlace[] => {
    const common = ({ ca, tokenFile }: { readonly ca?: string; readonly tokenFile?: string }) =>
      ({ artifacts, ca, ...(tokenFile === undefined ? {} : { token: () => readToken(tokenFile) }) });
    if (archivista !== undefined) return [{ kind: 'archivista', url: archivista.url, ...common(archivista) }];
    if (folder !== undefined) return [{ kind: 'folder', url: folder.url, ...common(folder) }];
    if (grafeas !== undefined)
      return [{ kind: 'grafeas', url: grafeas.url, project: grafeas.project, notes: grafeas.notes, ...common(grafeas) }];
    if (tekton !== undefined)
      return [{ kind: 'tekton', url: tekton.url, namespaces: tekton.namespaces, selector: tekton.selector, ...common(tekton) }];
    if (github === undefined) return [];
    const { api, owner, user, repository, bundles = BUNDLES.get(api.replace(/\/$/, '')) } = github;
    return [{ kind: 'github', url: api, owner, user, repository, bundles, ...common(github) }];
  });
}

/**
 * What stands in the file, in a form that a header can hold; never told to anybody else. Nor is where it lies: whoever is denied reads
 * why, and the operator knows what tokenFile names.
 */
async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const { code } = error as { readonly code?: unknown };
    throw new Error(`the file that tokenFile names cannot be read${typeof code === 'string' ? ` (${code})` : ''}`);
  });
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,8192}$/.test(token)) throw new Error('expected one token of visible ASCII in the file that tokenFile names');
  return token;
}
