/** The stores of evidence of a configuration, as advice about them takes them. */
import { STORE_KINDS } from '../../platform/config/stores/evidence-stores.ts';
import type { EvidenceStoresConfig } from '../../platform/config/stores/evidence-stores.ts';
import type { LintedStore } from '../../policy/index.ts';

/** Each entry with its place. */
export function storesToLint(entries: EvidenceStoresConfig): readonly LintedStore[] {
  return entries.flatMap((entry, index) => STORE_KINDS.flatMap((kind): readonly LintedStore[] => {
    const place = entry[kind];
    if (place === undefined) return [];
    const url = 'api' in place ? place.api : place.url;
    return [{ path: `evidenceStores[${index}]`, kind, url, artifacts: entry.artifacts, hasToken: place.tokenFile !== undefined }];
  }));
}
