/** Pieces of look-ups that left something open: kept apart from what is whole, and never taken for it. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { Clock, EvidenceBatch } from '../../domain/ports.ts';
import { currentAsker } from '../../flow/asker.ts';
import { createFairMemory } from '../../flow/fair-memory.ts';
import type { CacheSettings } from '../../net/options.ts';
import { batchBytes } from '../evidence/size.ts';
import type { Kept } from '../packages/kept.ts';

/** Pieces by key; what could not be said beside them is not kept, so that it is asked about again. */
export interface Parts {
  /** Those that are young enough as evidence that was found. */
  known(key: string): Kept<EvidenceBatch> | undefined;
  /** Without pieces there is nothing to keep, and what was kept before stays. */
  keep(key: string, evidence: readonly UnverifiedEvidence[], at: number): void;
  drop(key: string): void;
  /** Nothing is kept any more. */
  clear(): void;
  readonly entries: number;
  readonly bytes: number;
}

/** Bounded as what is whole is, and in shares of namespaces as well. */
export function createParts({ evidenceTTL, maxEntries, maxBytes }: CacheSettings, clock: Clock): Parts {
  const kept = createFairMemory<Kept<EvidenceBatch>>({ entries: maxEntries, bytes: maxBytes });
  return {
    known(key) {
      const one = kept.known(key);
      const age = one === undefined ? evidenceTTL : clock.now() - one.at;
      return age >= 0 && age < evidenceTTL ? one : undefined;
    },
    keep(key, evidence, at) {
      if (evidence.length === 0) return;
      const value = { evidence, problems: [] };
      kept.keep(key, { value, at }, batchBytes(value) + key.length, currentAsker().namespace);
    },
    drop: (key) => kept.drop(key),
    clear: () => kept.clear(),
    get entries() { return kept.entries; },
    get bytes() { return kept.bytes; },
  };
}
