/** Stores of evidence are loaded when the configuration names one: whoever has none pays nothing for them. */
import type { EvidenceStores, StoreOptions } from './source.ts';

/** Opens the stores; see `createEvidenceStores`. With none of them nobody is ever asked. */
export async function openEvidenceStores(options: StoreOptions): Promise<EvidenceStores> {
  if (options.stores.length === 0) return NONE;
  const { createEvidenceStores } = await import('./source.ts');
  return createEvidenceStores(options);
}

const NONE: EvidenceStores = {
  for: () => [],
  forget: () => undefined,
  close: () => Promise.resolve(),
  stats: () => ({ requests: 0, retries: 0, cacheEntries: 0, cacheBytes: 0 }),
};
