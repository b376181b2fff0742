/** What ecosystems answered is kept as long as evidence of images is: found for long, absent for a moment, failed not at all. */
import type { IndexEntry } from '../../domain/artifact/package-index.ts';
import type { Clock, EvidenceBatch } from '../../domain/ports.ts';
import { currentAsker } from '../../flow/asker.ts';
import { createFairMemory } from '../../flow/fair-memory.ts';
import { createFlights } from '../../flow/single-flight.ts';
import { isRetryable, outOfTime } from '../../net/failure.ts';
import type { CacheSettings } from '../../net/options.ts';
import { batchBytes } from '../evidence/size.ts';

/** A value with the time at which it was asked for, epoch milliseconds. */
export interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

/** How long a value holds: `found` as evidence that was found, `absent` for a moment, `failed` is not kept. */
export interface Worth {
  readonly as: 'found' | 'absent' | 'failed';
  readonly bytes: number;
}

/** Answers by key; whoever asks for the same at the same time shares the asking. */
export interface KeptAnswers<T> {
  /** What is kept and young enough; with `fresh` no older than absence may be. */
  known(key: string, fresh?: boolean): Kept<T> | undefined;
  ask(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Kept<T>>;
  /** Nothing is kept any more. */
  clear(): void;
  readonly entries: number;
  readonly bytes: number;
}

/** Bounded in number and bytes; where there is no more room, the namespace for which most was asked loses what it used longest ago. */
export function createKept<T>(settings: CacheSettings, clock: Clock, worth: (value: T) => Worth): KeptAnswers<T> {
  const kept = createFairMemory<Kept<T> & { readonly until: number }>({ entries: settings.maxEntries, bytes: settings.maxBytes });
  const flights = createFlights<Kept<T>>((key) => outOfTime(key));
  return {
    known(key, fresh = false) {
      const one = kept.known(key);
      if (one === undefined) return undefined;
      const age = clock.now() - one.at;
      return age >= 0 && clock.now() < one.until && !(fresh && age > settings.absenceTTL) ? one : undefined;
    },
    ask: (key, work, signal) =>
      flights.run(key, async (shared) => {
        const at = clock.now();
        const value = await work(shared);
        const { as, bytes } = worth(value);
        const ttl = as === 'found' ? settings.evidenceTTL : settings.absenceTTL;
        if (as !== 'failed') kept.keep(key, { value, at, until: at + ttl }, bytes + key.length, currentAsker().namespace);
        return { value, at };
      }, signal),
    clear: () => kept.clear(),
    get entries() { return kept.entries; },
    get bytes() { return kept.bytes; },
  };
}

/** What an index says of a version: one that has thousands of files lists all their digests. */
export function worthOfEntry(entry: IndexEntry | 'none'): Worth {
  if (entry === 'none') return { as: 'absent', bytes: LEAST };
  const { digests, yanked = '', earlier = '' } = entry;
  return { as: 'found', bytes: digests.reduce((sum, digest) => sum + digest.length + EACH, LEAST + yanked.length + earlier.length) };
}

const LEAST = 1024;
/** Reckoned for a text beside its characters. */
const EACH = 32;

/** Of a batch: a place that failed leaves it open whether there is more, so nothing of it is kept. */
export function worthOfBatch(batch: EvidenceBatch): Worth {
  const { evidence, problems } = batch;
  const bytes = batchBytes(batch);
  if (problems.some(isRetryable)) return { as: 'failed', bytes };
  return { as: evidence.length > 0 ? 'found' : 'absent', bytes };
}
